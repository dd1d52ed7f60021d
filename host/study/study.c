/* SPDX-License-Identifier: MIT
 * Lists the cases of a study and runs them; see study.h. */
#include "study/study.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/device.h"
#include "backend/activation.h"
#include "core/memory.h"
#include "core/rng.h"
#include "model/spec.h"
#include "study/measure.h"
#include "study/verdict.h"
#include "train/trainer.h"

/* Hidden layers of the case that shows how far Kaiming's scheme carries ReLU. */
#define DEEP 8u

/* Reports of a training. */
#define N_REPORTS 100u

const gemlet_init_scheme gm_study_schemes[GM_STUDY_N_SCHEMES] = {
    GEMLET_INIT_NORMAL, GEMLET_INIT_SCALED_NORMAL, GEMLET_INIT_XAVIER, GEMLET_INIT_KAIMING,
    GEMLET_INIT_LECUN};
const gemlet_activation gm_study_activations[GM_STUDY_N_ACTIVATIONS] = {
    GEMLET_ACTIVATION_RELU, GEMLET_ACTIVATION_TANH,       GEMLET_ACTIVATION_SIGMOID,
    GEMLET_ACTIVATION_ELU,  GEMLET_ACTIVATION_LEAKY_RELU, GEMLET_ACTIVATION_SELU,
    GEMLET_ACTIVATION_GELU, GEMLET_ACTIVATION_SILU,       GEMLET_ACTIVATION_MISH};

const char *gm_study_scheme_title(gemlet_init_scheme scheme)
{
    switch (scheme) {
    case GEMLET_INIT_NORMAL:
        return "N(0, 1)";
    case GEMLET_INIT_SCALED_NORMAL:
        return "N(0, 1) x 0.05";
    case GEMLET_INIT_XAVIER:
        return "Xavier";
    case GEMLET_INIT_KAIMING:
        return "Kaiming";
    case GEMLET_INIT_LECUN:
        return "LeCun";
    case GEMLET_INIT_AUTO:
        break;
    }
    return "auto";
}

/* Start of the names of files. */
static const char *scheme_prefix(gemlet_init_scheme scheme)
{
    switch (scheme) {
    case GEMLET_INIT_NORMAL:
        return "rand_weights";
    case GEMLET_INIT_SCALED_NORMAL:
        return "rand_scaled_weights";
    case GEMLET_INIT_XAVIER:
        return "xavier_weights";
    case GEMLET_INIT_KAIMING:
        return "kaiming_weights";
    case GEMLET_INIT_LECUN:
        return "lecun_weights";
    case GEMLET_INIT_AUTO:
        break;
    }
    return "auto_weights";
}

static const char *activation_title(gemlet_activation activation)
{
    return activation == GEMLET_ACTIVATION_RELU ? "ReLU" : gm_activation_name(activation);
}

/* ---- one case ------------------------------------------------------------------------------- */

static gemlet_status create_model(gemlet_model **out, const gm_study_case *c,
                                  const gm_study_options *options, const gemlet_dataset *dataset)
{
    gemlet_spec spec = {.n_inputs = gemlet_dataset_features(dataset), .n_layers = c->depth + 1};
    for (unsigned l = 0; l < c->depth; ++l)
        spec.layers[l] = (gemlet_layer_spec){options->width, c->batch_norm, c->activation};
    spec.layers[c->depth] =
        (gemlet_layer_spec){gemlet_dataset_classes(dataset), 0, GEMLET_ACTIVATION_IDENTITY};
    gemlet_init_options init;
    gemlet_init_options_init(&init);
    init.scheme = c->scheme;
    init.seed = options->seed;
    GEMLET_TRY(gemlet_model_create(out, &spec, &init));
    const int is_bytes = gemlet_dataset_element(dataset) == GEMLET_ELEMENT_U8;
    return gemlet_model_set_input_scale(*out, is_bytes ? 1.0f / 255.0f : 1.0f);
}

static void on_progress(const gemlet_progress *progress, void *user)
{
    gm_study_case *c = user;
    c->losses[c->n_losses++] = (gm_study_loss){progress->step, progress->train_loss};
    c->final_accuracy = progress->train_accuracy;
}

static gemlet_status train(gm_study_case *c, gemlet_model *model, gemlet_device *device,
                           const gemlet_dataset *dataset, const gm_study_options *options)
{
    gemlet_train_options training;
    gemlet_train_options_init(&training);
    training.batch = options->batch;
    training.n_steps = options->steps;
    training.learning_rate = options->learning_rate;
    training.schedule = GEMLET_SCHEDULE_CONSTANT;
    training.weight_decay = 0;
    training.seed = options->seed;
    training.log_every = (options->steps + N_REPORTS - 1) / N_REPORTS;
    training.fused = GEMLET_FUSED_AUTO;
    training.on_progress = on_progress;
    training.user = c;
    training.stop = options->stop;
    GEMLET_TRY(GM_ALLOC(c->losses, N_REPORTS + 2, "losses")); /* and the first step, the last */
    gemlet_train_result result;
    const gemlet_status status = gm_train(model, device, dataset, &training, &result);
    if (status != GEMLET_E_DIVERGED)
        return status;
    c->diverged_step = result.diverged_step > 0 ? result.diverged_step : result.steps;
    return GEMLET_OK;
}

static gemlet_status run_case(gm_study_case *c, gemlet_device *device, gm_device_data *data,
                              const gemlet_dataset *dataset, const gm_study_options *options)
{
    gemlet_model *model = NULL;
    gemlet_status status = GEMLET_OK;
    c->expected_loss = log((double)gemlet_dataset_classes(dataset));
    GEMLET_TRY(GM_ALLOC(c->layers, c->depth, "layers"));
    GEMLET_TRY_CLEANUP(status, create_model(&model, c, options, dataset));
    GEMLET_TRY_CLEANUP(status, gm_measure_case(c, model, data, options->rows));
    gm_verdict_judge(c);
    if (options->steps > 0)
        GEMLET_TRY_CLEANUP(status, train(c, model, device, dataset, options));
cleanup:
    gemlet_model_destroy(model);
    return status;
}

/* ---- all of them ---------------------------------------------------------------------------- */

static int is_chosen(unsigned choice, unsigned value)
{
    return choice == GM_STUDY_ALL || choice == value;
}

int gm_study_has_activation(const gm_study_options *options, gemlet_activation activation)
{
    return options->activation == GM_STUDY_ALL ? !gm_activation_is_separate(activation)
                                               : options->activation == activation;
}

static void add_case(gm_study *study, gemlet_activation activation, gemlet_init_scheme scheme,
                     int batch_norm, gemlet_dim depth)
{
    const gm_study_options *options = &study->options;
    if (!is_chosen(options->scheme, scheme) ||
        !is_chosen(options->batch_norm, (unsigned)batch_norm))
        return;
    gm_study_case *c = &study->cases[study->n_cases++];
    *c = (gm_study_case){
        .activation = activation, .scheme = scheme, .batch_norm = batch_norm, .depth = depth};
    char layers[32] = "";
    char title_layers[32] = "";
    if (depth != options->depth) {
        snprintf(layers, sizeof layers, "_%u_layers", depth);
        snprintf(title_layers, sizeof title_layers, ", %u layers", depth);
    }
    snprintf(c->name, sizeof c->name, "%s_%s%s%s", scheme_prefix(scheme),
             gm_activation_name(activation), batch_norm ? "_batch_norm" : "", layers);
    snprintf(c->title, sizeof c->title, "%s, %s%s%s", activation_title(activation),
             gm_study_scheme_title(scheme), batch_norm ? ", batch-norm" : "", title_layers);
}

/* has_activation: whether one is among them. */
static gemlet_status list_cases(gm_study *study,
                                int (*has_activation)(const gm_study_options *, gemlet_activation))
{
    GEMLET_TRY(GM_ALLOC(study->cases, 2 * GM_STUDY_N_ACTIVATIONS * GM_STUDY_N_SCHEMES + 1,
                        "cases of the study"));
    for (unsigned a = 0; a < GM_STUDY_N_ACTIVATIONS; ++a) {
        for (unsigned s = 0; s < GM_STUDY_N_SCHEMES; ++s) {
            for (int batch_norm = 0;
                 batch_norm < 2 && has_activation(&study->options, gm_study_activations[a]);
                 ++batch_norm)
                add_case(study, gm_study_activations[a], gm_study_schemes[s], batch_norm,
                         study->options.depth);
        }
    }
    if (study->options.depth != DEEP && has_activation(&study->options, GEMLET_ACTIVATION_RELU))
        add_case(study, GEMLET_ACTIVATION_RELU, GEMLET_INIT_KAIMING, 0, DEEP);
    return GEMLET_OK;
}

/* The rows that are measured are a random choice. */
static gemlet_status load_rows(gm_device_data *data, gm_backend *backend,
                               const gemlet_dataset *dataset, const gm_study_options *options)
{
    const gemlet_dim n_rows = gemlet_dataset_rows(dataset);
    uint32_t *order;
    gm_rng rng;
    GEMLET_TRY(gm_device_data_create(data, backend, dataset, options->rows));
    GEMLET_TRY(GM_ALLOC(order, n_rows, "order of the rows"));
    gm_rng_init(&rng, options->seed, GM_RNG_SHUFFLE, 0);
    gm_rng_permutation(&rng, order, n_rows);
    const gemlet_status status = gm_device_data_set_order(data, order);
    free(order);
    return status;
}

static int has_every_activation(const gm_study_options *options, gemlet_activation activation)
{
    (void)options;
    (void)activation;
    return 1;
}

gemlet_status gm_study_list_all(gm_study *study)
{
    *study = (gm_study){.options = {.activation = GM_STUDY_ALL,
                                    .scheme = GM_STUDY_ALL,
                                    .batch_norm = GM_STUDY_ALL}};
    return list_cases(study, has_every_activation);
}

static gemlet_status check_options(const gm_study_options *options, const gemlet_dataset *dataset)
{
    const gemlet_dim n_rows = gemlet_dataset_rows(dataset);
    if (options->depth < 1 || options->depth >= GEMLET_MAX_LAYERS)
        return gm_error(GEMLET_E_RANGE, "depth of %u hidden layers, expected 1 to %u",
                        options->depth, GEMLET_MAX_LAYERS - 1);
    if (options->rows < 2 || options->rows > n_rows)
        return gm_error(GEMLET_E_RANGE, "%u rows to measure, expected 2 to the %u of the data",
                        options->rows, n_rows);
    return GEMLET_OK;
}

static int is_stopped(const gm_study_options *options)
{
    return options->stop != NULL && *options->stop != 0;
}

static void free_case(gm_study_case *c)
{
    free(c->losses);
    free(c->layers);
}

gemlet_status gm_study_run(gm_study *study, gemlet_device *device, const gemlet_dataset *dataset,
                           const gm_study_options *options, gm_study_callback callback, void *user)
{
    gm_device_data data = {0};
    gemlet_status status = GEMLET_OK;
    *study = (gm_study){.options = *options};
    GEMLET_TRY(check_options(options, dataset));
    GEMLET_TRY(list_cases(study, gm_study_has_activation));
    GEMLET_TRY_CLEANUP(status, load_rows(&data, gm_device_backend(device), dataset, options));
    for (size_t i = 0; i < study->n_cases; ++i) {
        if (!is_stopped(options))
            status = run_case(&study->cases[i], device, &data, dataset, options);
        if (status != GEMLET_OK || is_stopped(options)) {
            free_case(&study->cases[i]);
            study->n_cases = i;
            break;
        }
        if (callback != NULL)
            callback(&study->cases[i], user);
    }
cleanup:
    gm_device_data_destroy(&data);
    return status;
}

void gm_study_free(gm_study *study)
{
    for (size_t i = 0; i < study->n_cases; ++i)
        free_case(&study->cases[i]);
    free(study->cases);
    *study = (gm_study){0};
}

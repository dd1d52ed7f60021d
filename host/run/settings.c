/* SPDX-License-Identifier: MIT
 * See settings.h. */
#include "run/settings.h"

#include <math.h>

#include "core/error.h"
#include "model/spec.h"
#include "run/start.h"

const gm_name gm_span_unit_names[] = {
    {"steps", GM_SPAN_STEPS},
    {"epochs", GM_SPAN_EPOCHS},
    {NULL, 0},
};

void gm_run_settings_init(gm_run_settings *s, gm_recipe_id recipe)
{
    const gm_recipe *chosen = gm_recipe_get(recipe);
    *s = (gm_run_settings){
        .data = "datasets/mnist",
        .input_scale = (double)NAN,
        .validation = chosen->validation,
        .augment = chosen->augment,
        .average = chosen->average,
        .lr_scale = chosen->lr_scale,
        .hidden = chosen->hidden,
        .activation = chosen->activation,
        .no_batch_norm = chosen->no_batch_norm,
        .recipe = recipe,
        .split_seed = GM_RUN_SEED,
        .ensemble = 1,
        .keep_checkpoints = GM_RUN_KEEP_CHECKPOINTS,
    };
    gemlet_init_options_init(&s->init);
    gemlet_train_options_init(&s->train);
    gemlet_device_options_init(&s->device);
    s->init.scheme = chosen->init;
    s->init.output_gain = chosen->output_gain;
    s->train.batch = chosen->batch;
    s->train.optimizer = chosen->optimizer;
    if (chosen->beta2 > 0)
        s->train.beta2 = chosen->beta2;
    s->train.learning_rate = chosen->learning_rate;
    s->train.momentum = chosen->momentum;
    s->train.schedule = chosen->schedule;
    s->train.warmup = chosen->warmup;
    s->train.weight_decay = chosen->weight_decay;
    s->train.dropout = chosen->dropout;
    s->train.input_dropout = chosen->input_dropout;
    s->train.label_smoothing = chosen->label_smoothing;
    s->train.fused = chosen->fused;
}

gm_recipe_id gm_run_settings_usual_recipe(const gm_run_settings *s)
{
    return gm_table_is_file(s->data) ? GM_RECIPE_TABLE : GM_RECIPE_DEFAULT;
}

/* ---- network -------------------------------------------------------------------------------- */

int gm_run_settings_have_batch_norm(const gm_run_settings *s)
{
    gemlet_spec spec;
    if (s->from != NULL && s->network == NULL)
        return gm_start_has_batch_norm(s->from);
    if (s->network == NULL)
        return s->batch_norm_output || (!s->no_batch_norm && s->hidden.n > 0);
    return gemlet_spec_parse(&spec, s->network) != GEMLET_OK || gm_spec_has_batch_norm(&spec);
}

static gemlet_status parse_network(gemlet_spec *spec, const char *network, gemlet_dim n_features,
                                   gemlet_dim n_classes)
{
    GEMLET_TRY(gemlet_spec_parse(spec, network));
    if (spec->n_inputs != n_features)
        return gm_error(GEMLET_E_SHAPE, "--network %s has %u inputs, the data have %u features",
                        network, spec->n_inputs, n_features);
    if (n_classes == 0 && spec->task != GEMLET_TASK_REGRESSION)
        return gm_error(GEMLET_E_SHAPE,
                        "--network %s answers with classes, expected 1-linear at its end: the data "
                        "have a number to predict",
                        network);
    if (n_classes > 0 && spec->task != GEMLET_TASK_CLASSIFICATION)
        return gm_error(GEMLET_E_SHAPE,
                        "--network %s answers with a number, expected %u at its end: the data have "
                        "classes",
                        network, n_classes);
    if (gm_spec_classes(spec) < n_classes)
        return gm_error(GEMLET_E_SHAPE, "--network %s has %u classes, the data have %u", network,
                        gm_spec_classes(spec), n_classes);
    return GEMLET_OK;
}

gemlet_status gm_run_settings_spec(gemlet_spec *spec, const gm_run_settings *s,
                                   gemlet_dim n_features, gemlet_dim n_classes)
{
    if (s->network != NULL)
        return parse_network(spec, s->network, n_features, n_classes);
    if (s->from != NULL)
        return gm_start_spec(spec, s->from, n_features, n_classes);
    if (s->hidden.n >= GEMLET_MAX_LAYERS)
        return gm_error(GEMLET_E_RANGE, "--hidden: found %u layers, expected at most %u",
                        s->hidden.n, GEMLET_MAX_LAYERS - 1);
    *spec = (gemlet_spec){
        .n_inputs = n_features,
        .n_layers = s->hidden.n + 1,
        .task = n_classes > 0 ? GEMLET_TASK_CLASSIFICATION : GEMLET_TASK_REGRESSION,
    };
    for (unsigned l = 0; l < s->hidden.n; ++l) {
        spec->layers[l] = (gemlet_layer_spec){
            .width = s->hidden.values[l],
            .batch_norm = !s->no_batch_norm,
            .activation = s->activation,
        };
    }
    spec->layers[s->hidden.n] = (gemlet_layer_spec){
        .width = n_classes > 0 ? n_classes : 1,
        .batch_norm = s->batch_norm_output,
        .activation = GEMLET_ACTIVATION_IDENTITY,
    };
    return gemlet_spec_validate(spec);
}

/* ---- the rest ------------------------------------------------------------------------------- */

void gm_run_settings_take_seed(gm_run_settings *s, uint64_t seed)
{
    s->split_seed = gm_run_settings_split_seed(s);
    s->train.seed = seed;
    s->init.seed = seed;
}

uint64_t gm_run_settings_count_steps(const gm_run_settings *s, gemlet_dim n_rows)
{
    if (s->epochs > 0)
        return s->epochs * (n_rows / s->train.batch);
    if (s->train.n_steps > 0)
        return s->train.n_steps;
    return gm_recipe_count_steps(&gm_recipe_get(s->recipe)->length, n_rows, s->train.batch);
}

void gm_run_settings_fit_schedule(gm_run_settings *s, gemlet_dim n_rows)
{
    const uint64_t per_epoch = n_rows / s->train.batch;
    if (s->schedule_unit == GM_SPAN_STEPS)
        return;
    s->train.step_every *= per_epoch;
    s->train.cycle_steps *= per_epoch;
    if (s->train.warmup >= 1.0)
        s->train.warmup *= (double)per_epoch;
    s->schedule_unit = GM_SPAN_STEPS;
}

gemlet_status gm_run_settings_check_batch(const gm_run_settings *s, const gemlet_spec *spec)
{
    for (unsigned l = 0; l < spec->n_layers && s->train.batch == 1; ++l) {
        if (spec->layers[l].batch_norm)
            return gm_error(GEMLET_E_RANGE,
                            "--batch: found 1, expected at least 2 with batch-norm, which learns "
                            "nothing from a single row; or use --no-batch-norm");
    }
    return GEMLET_OK;
}

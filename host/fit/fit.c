/* SPDX-License-Identifier: MIT
 * A training from memory; see gemlet/fit.h. */
#include "gemlet/fit.h"

#include <stdlib.h>

#include "core/memory.h"
#include "core/struct_size.h"
#include "fit/fit_settings.h"
#include "run/model_place.h"
#include "run/network_set.h"
#include "run/setup.h"

static const gemlet_fit_options defaults = {.struct_size = sizeof(gemlet_fit_options)};

void gemlet_fit_options_init_sized(void *options, size_t struct_size)
{
    gm_struct_init(options, struct_size, &defaults, sizeof defaults);
}

typedef struct fitting {
    gemlet_fit_options options;
    gm_fit_settings settings;
    gm_setup setup;
    gemlet_dim n;                 /* networks, as the following */
    gm_set_network *networks;     /* (n) with their models */
    gemlet_train_result *results; /* (n) */
} fitting;

static gemlet_status begin(fitting *f, const gemlet_fit_options *options, gm_recipe_id recipe)
{
    f->options = defaults;
    GEMLET_TRY(gm_struct_complete(&f->options, sizeof f->options, options, "fit options"));
    GEMLET_TRY(gm_fit_settings_read(&f->settings, &f->options, recipe));
    f->setup.settings = f->settings.run;
    f->setup.events.on_note = f->options.on_note;
    f->setup.events.user = f->options.user;
    return GEMLET_OK;
}

/* Of several networks: sums of their steps and times, means of their losses; of the validation
 * they are those of networks, not of the ensemble. */
static void add_result(gemlet_fit_result *sum, const gemlet_train_result *trained, gemlet_dim n)
{
    sum->steps += trained->steps;
    sum->model_steps += trained->good_steps;
    sum->seconds += trained->seconds;
    sum->train_loss += trained->train_loss / n;
    sum->train_accuracy += trained->train_accuracy / n;
    sum->validation_rows = trained->validation.rows;
    sum->validation_loss += trained->validation.loss / n;
    sum->validation_accuracy += trained->validation.accuracy / n;
    sum->stopped |= trained->stopped;
    sum->stopped_early |= trained->stopped_early;
}

static void report(gemlet_fit_result *result, const fitting *f)
{
    const gm_setup *s = &f->setup;
    const gemlet_dim per_epoch = gemlet_dataset_rows(s->rows.train) / s->settings.train.batch;
    *result = (gemlet_fit_result){.n_steps = f->n * f->networks[0].options.n_steps};
    for (gemlet_dim i = 0; i < f->n; ++i)
        add_result(result, &f->results[i], f->n);
    result->epochs = (double)result->steps / per_epoch;
}

/* Network `place`, of the seed behind those of the ones before it. */
static gemlet_status prepare(fitting *f, gemlet_dim place)
{
    gm_setup *s = &f->setup;
    gm_set_network *network = &f->networks[place];
    gemlet_train_options *options = &network->options;
    gm_run_settings_take_seed(&s->settings, f->settings.run.train.seed + place);
    GEMLET_TRY(gm_setup_create_model(s));
    network->model = s->model;
    s->model = NULL;
    network->result = &f->results[place];
    *options = s->settings.train;
    options->n_steps =
        gm_run_settings_count_steps(&s->settings, gemlet_dataset_rows(s->rows.train));
    options->cache_directory = s->cache_directory;
    options->on_note = f->options.on_note;
    options->on_progress = f->options.on_progress;
    options->user = f->options.user;
    options->stop = f->options.stop;
    if (s->settings.validation != NULL)
        options->validation = s->rows.validation;
    if (options->validation != NULL)
        network->gated.test_rows[0] = gemlet_dataset_rows(options->validation);
    return GEMLET_OK;
}

/* Of those that have begun, of which there is none where the training was stopped before. */
static gemlet_status take_model(gemlet_model **out, fitting *f)
{
    const gemlet_model *trained[GEMLET_MAX_ENSEMBLE];
    gemlet_dim n = 0;
    for (gemlet_dim i = 0; i < f->n; ++i) {
        if (f->results[i].steps > 0)
            trained[n++] = f->networks[i].model;
    }
    if (n > 1)
        return gemlet_model_create_ensemble(out, trained, n);
    if (n == 1) {
        *out = f->networks[0].model;
        f->networks[0].model = NULL;
    }
    return GEMLET_OK;
}

/* Once the rows are there. */
static gemlet_status train(gemlet_model **out, fitting *f, gemlet_device *device,
                           gemlet_fit_result *result)
{
    gm_setup *s = &f->setup;
    f->n = s->settings.ensemble;
    GEMLET_TRY(gm_run_settings_check_batch(&s->settings, &s->spec));
    GEMLET_TRY(GM_ALLOC(f->networks, f->n, "networks"));
    GEMLET_TRY(GM_ALLOC(f->results, f->n, "networks"));
    for (gemlet_dim i = 0; i < f->n; ++i)
        GEMLET_TRY(prepare(f, i));
    const gm_network_set set = {
        .device = device, .rows = s->rows.train, .networks = f->networks, .n = f->n};
    GEMLET_TRY(gm_network_set_train(&set));
    report(result, f);
    return take_model(out, f);
}

static void end(fitting *f)
{
    for (gemlet_dim i = 0; i < f->n && f->networks != NULL; ++i)
        gemlet_model_destroy(f->networks[i].model);
    free(f->networks);
    free(f->results);
    gm_setup_free(&f->setup);
    gm_fit_settings_free(&f->settings);
}

gemlet_status gemlet_fit_table(gemlet_model **out, gemlet_device *device, const gemlet_table *table,
                               const gemlet_fit_options *options, gemlet_fit_result *result)
{
    fitting f = {.settings = {.n = 0}};
    *out = NULL;
    *result = (gemlet_fit_result){.steps = 0};
    gemlet_status status = begin(&f, options, GM_RECIPE_TABLE);
    if (status == GEMLET_OK)
        status = gm_setup_take_table(&f.setup, table);
    if (status == GEMLET_OK)
        status = train(out, &f, device, result);
    end(&f);
    return status;
}

gemlet_status gemlet_fit_items(gemlet_model **out, gemlet_device *device,
                               const gemlet_dataset *items, const gemlet_fit_options *options,
                               gemlet_fit_result *result)
{
    fitting f = {.settings = {.n = 0}};
    *out = NULL;
    *result = (gemlet_fit_result){.steps = 0};
    gemlet_status status = begin(&f, options, GM_RECIPE_DEFAULT);
    if (status == GEMLET_OK)
        status = gm_setup_take_items(&f.setup, items);
    if (status == GEMLET_OK)
        status = train(out, &f, device, result);
    end(&f);
    return status;
}

gemlet_status gemlet_model_load_from(gemlet_model **out, const char *place)
{
    return gm_model_load_from(out, place);
}

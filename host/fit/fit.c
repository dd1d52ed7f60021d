/* SPDX-License-Identifier: MIT
 * A training from memory; see gemlet/fit.h. */
#include "gemlet/fit.h"

#include "core/struct_size.h"
#include "fit/fit_settings.h"
#include "run/model_place.h"
#include "run/setup.h"
#include "run/train.h"

static const gemlet_fit_options defaults = {.struct_size = sizeof(gemlet_fit_options)};

void gemlet_fit_options_init_sized(void *options, size_t struct_size)
{
    gm_struct_init(options, struct_size, &defaults, sizeof defaults);
}

typedef struct fitting {
    gemlet_fit_options options;
    gm_fit_settings settings;
    gm_setup setup;
    gemlet_train_result trained;
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

static void report(gemlet_fit_result *result, const fitting *f, uint64_t n_steps)
{
    const gemlet_train_result *trained = &f->trained;
    const gm_setup *s = &f->setup;
    const gemlet_dim per_epoch = gemlet_dataset_rows(s->rows.train) / s->settings.train.batch;
    *result = (gemlet_fit_result){
        .steps = trained->steps,
        .n_steps = n_steps,
        .model_steps = trained->good_steps,
        .epochs = (double)trained->steps / per_epoch,
        .seconds = trained->seconds,
        .train_loss = trained->train_loss,
        .train_accuracy = trained->train_accuracy,
        .validation_rows = trained->validation.rows,
        .validation_loss = trained->validation.loss,
        .validation_accuracy = trained->validation.accuracy,
        .stopped = trained->stopped,
        .stopped_early = trained->stopped_early,
    };
}

/* Once the rows are there. */
static gemlet_status train(gemlet_model **out, fitting *f, gemlet_device *device,
                           gemlet_fit_result *result)
{
    gm_setup *s = &f->setup;
    gm_gated_options gated = {.on_begin = NULL};
    GEMLET_TRY(gm_run_settings_check_batch(&s->settings, &s->spec));
    GEMLET_TRY(gm_setup_create_model(s));
    gemlet_train_options options = s->settings.train;
    options.n_steps = gm_run_settings_count_steps(&s->settings, gemlet_dataset_rows(s->rows.train));
    options.cache_directory = s->cache_directory;
    options.on_note = f->options.on_note;
    options.on_progress = f->options.on_progress;
    options.user = f->options.user;
    options.stop = f->options.stop;
    if (s->settings.validation != NULL)
        options.validation = s->rows.validation;
    if (options.validation != NULL)
        gated.test_rows[0] = gemlet_dataset_rows(options.validation);
    GEMLET_TRY(gm_gated_train(s->model, device, s->rows.train, &options, &gated, &f->trained));
    report(result, f, options.n_steps);
    if (f->trained.stopped && f->trained.steps == 0)
        return GEMLET_OK;
    *out = s->model;
    s->model = NULL;
    return GEMLET_OK;
}

static void end(fitting *f)
{
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

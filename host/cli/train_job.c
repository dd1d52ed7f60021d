/* SPDX-License-Identifier: MIT
 * See train_job.h. */
#include "cli/train_job.h"

#include <math.h>

static gemlet_status hold_out_rows(gm_train_rows *rows, const gm_train_settings *settings)
{
    if (settings->hold_out == 0)
        return GEMLET_OK;
    gemlet_dataset *rest;
    GEMLET_TRY(gemlet_dataset_hold_out(&rest, &rows->held_out, rows->train, settings->hold_out,
                                       settings->seed));
    gemlet_dataset_destroy(rows->train);
    rows->train = rest;
    return GEMLET_OK;
}

gemlet_status gm_train_job_load(gm_train_rows *rows, gemlet_spec *spec,
                                const gm_train_settings *settings)
{
    const char *directory = settings->data;
    GEMLET_TRY(gemlet_dataset_load_directory(&rows->train, directory, GEMLET_SPLIT_TRAIN));
    GEMLET_TRY(gemlet_dataset_load_directory(&rows->test, directory, GEMLET_SPLIT_TEST));
    const gemlet_dim features = gemlet_dataset_features(rows->train);
    const gemlet_dim test_features = gemlet_dataset_features(rows->test);
    if (features != test_features)
        return gm_error(GEMLET_E_SHAPE, "%s: %u features in the training rows, %u in the test rows",
                        directory, features, test_features);
    const gemlet_dim classes = gemlet_dataset_classes(rows->train);
    const gemlet_dim test_classes = gemlet_dataset_classes(rows->test);
    if (classes == 0 || test_classes == 0)
        return gm_error(GEMLET_E_SHAPE, "%s: rows without labels", directory);
    /* A class may be missing on either side. */
    GEMLET_TRY(gm_train_settings_spec(spec, settings, features,
                                      classes > test_classes ? classes : test_classes));
    return hold_out_rows(rows, settings);
}

gemlet_status gm_train_job_count_steps(uint64_t *n_steps, const gm_train_settings *settings,
                                       const gemlet_dataset *train)
{
    const gemlet_dim rows = gemlet_dataset_rows(train);
    if (settings->batch > rows)
        return gm_error(GEMLET_E_RANGE, "--batch: found %u, expected 1 to the %u rows of %s",
                        settings->batch, rows, settings->data);
    *n_steps = settings->epochs > 0 ? settings->epochs * (rows / settings->batch) : settings->steps;
    return GEMLET_OK;
}

gemlet_status gm_train_job_create_model(gemlet_model **out, const gm_train_settings *settings,
                                        const gemlet_spec *spec, const gemlet_dataset *train)
{
    gemlet_init_options init = GEMLET_INIT_OPTIONS_DEFAULT;
    init.scheme = (gemlet_init_scheme)settings->init;
    init.scale = settings->init_scale;
    init.output_gain = settings->output_gain;
    init.seed = settings->seed;
    GEMLET_TRY(gemlet_model_create(out, spec, &init));
    const int is_bytes = gemlet_dataset_element(train) == GEMLET_ELEMENT_U8;
    const double by_type = is_bytes ? 1.0 / 255.0 : 1.0;
    const double chosen = settings->input_scale;
    return gemlet_model_set_input_scale(*out, (float)(isnan(chosen) ? by_type : chosen));
}

gemlet_train_options gm_train_job_options(const gm_train_settings *settings, uint64_t n_steps)
{
    gemlet_train_options options = GEMLET_TRAIN_OPTIONS_DEFAULT;
    options.batch = settings->batch;
    options.n_steps = n_steps;
    options.learning_rate = settings->learning_rate;
    options.schedule = (gemlet_schedule)settings->schedule;
    options.step_every = settings->lr_step_every;
    options.step_factor = settings->lr_step_factor;
    options.weight_decay = settings->weight_decay;
    options.seed = settings->seed;
    options.log_every = settings->log_every;
    options.fused = (gemlet_fused)settings->fused;
    return options;
}

void gm_train_rows_free(gm_train_rows *rows)
{
    gemlet_dataset_destroy(rows->test);
    gemlet_dataset_destroy(rows->held_out);
    gemlet_dataset_destroy(rows->train);
    *rows = (gm_train_rows){0};
}

/* SPDX-License-Identifier: MIT
 * See train_job.h. */
#include "cli/train_job.h"
#include "core/clean_text.h"

#include <math.h>
#include <stdio.h>

static gemlet_status hold_out_rows(gm_train_rows *rows, const gm_train_settings *settings)
{
    if (settings->hold_out == 0)
        return GEMLET_OK;
    gemlet_dataset *rest;
    GEMLET_TRY(gemlet_dataset_hold_out(&rest, &rows->held_out, rows->train, settings->hold_out,
                                       settings->train.seed));
    gemlet_dataset_destroy(rows->train);
    rows->train = rest;
    return GEMLET_OK;
}

gemlet_status gm_train_job_fit_batch(const char *command, gm_train_settings *settings,
                                     const gemlet_dataset *train)
{
    const gemlet_dim rows = gemlet_dataset_rows(train);
    if (settings->train.batch <= rows)
        return GEMLET_OK;
    if (settings->is_batch_given)
        return gm_error(GEMLET_E_RANGE, "--batch: found %u, expected 1 to the %u rows of %s",
                        settings->train.batch, rows, settings->data);
    gm_print_text(stderr, "gemlet %s: %u rows a step instead of the default %u: %s has no more\n",
                  command, rows, settings->train.batch, settings->data);
    settings->train.batch = rows;
    return GEMLET_OK;
}

gemlet_status gm_train_job_load(gm_train_rows *rows, gemlet_spec *spec, const char *command,
                                gm_train_settings *settings)
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
    GEMLET_TRY(hold_out_rows(rows, settings));
    return gm_train_job_fit_batch(command, settings, rows->train);
}

uint64_t gm_train_job_count_steps(const gm_train_settings *settings, const gemlet_dataset *train)
{
    return settings->epochs > 0
               ? settings->epochs * (gemlet_dataset_rows(train) / settings->train.batch)
               : settings->train.n_steps;
}

gemlet_status gm_train_job_check_batch_norm(const gm_train_settings *settings,
                                            const gemlet_spec *spec)
{
    for (unsigned l = 0; l < spec->n_layers && settings->train.batch == 1; ++l) {
        if (spec->layers[l].batch_norm)
            return gm_error(GEMLET_E_RANGE,
                            "--batch: found 1, expected at least 2 with batch-norm, which learns "
                            "nothing from a single row; or use --no-batch-norm");
    }
    return GEMLET_OK;
}

void gm_train_job_warn_of_one_class(const char *command, const gemlet_dataset *train)
{
    const uint32_t *labels = gemlet_dataset_labels(train);
    const gemlet_dim rows = gemlet_dataset_rows(train);
    for (gemlet_dim i = 1; i < rows; ++i) {
        if (labels[i] != labels[0])
            return;
    }
    gm_print_text(
        stderr, "gemlet %s: all %u training rows are of class %u: there is nothing to tell apart\n",
        command, rows, labels[0]);
}

gemlet_status gm_train_job_create_model(gemlet_model **out, const gm_train_settings *settings,
                                        const gemlet_spec *spec, const gemlet_dataset *train)
{
    GEMLET_TRY(gemlet_model_create(out, spec, &settings->init));
    const int is_bytes = gemlet_dataset_element(train) == GEMLET_ELEMENT_U8;
    const double by_type = is_bytes ? 1.0 / 255.0 : 1.0;
    const double chosen = settings->input_scale;
    return gemlet_model_set_input_scale(*out, (float)(isnan(chosen) ? by_type : chosen));
}

gemlet_train_options gm_train_job_options(const gm_train_settings *settings, uint64_t n_steps)
{
    gemlet_train_options options = settings->train;
    options.n_steps = n_steps;
    return options;
}

void gm_train_rows_free(gm_train_rows *rows)
{
    gemlet_dataset_destroy(rows->test);
    gemlet_dataset_destroy(rows->held_out);
    gemlet_dataset_destroy(rows->train);
    *rows = (gm_train_rows){0};
}

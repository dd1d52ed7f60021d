/* SPDX-License-Identifier: MIT
 * See rows.h. */
#include "run/rows.h"

#include <stdlib.h>

#include "core/cache_directory.h"
#include "core/error.h"
#include "data/dataset.h"
#include "run/note.h"
#include "run/row_weights.h"
#include "run/table_rows.h"
#include "run/validation_rows.h"

/* Of all rows: a class may be missing in some. */
static gemlet_dim count_classes(const gm_rows *rows)
{
    const gemlet_dataset *const all[] = {rows->train, rows->test, rows->validation};
    gemlet_dim n = 0;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; ++i) {
        if (all[i] != NULL && gemlet_dataset_classes(all[i]) > n)
            n = gemlet_dataset_classes(all[i]);
    }
    return n;
}

gemlet_status gm_rows_fit_batch(const gm_rows *rows, gm_run_settings *settings,
                                const gm_run_events *events)
{
    const gemlet_dim n_rows = gemlet_dataset_rows(rows->train);
    if (settings->train.batch <= n_rows)
        return GEMLET_OK;
    if (settings->is_batch_given)
        return gm_error(GEMLET_E_RANGE, "--batch: found %u, expected 1 to the %u rows of %s",
                        settings->train.batch, n_rows, settings->data);
    gm_note(events->on_note, events->user,
            "%u rows a step instead of the default %u: %s has no more", n_rows,
            settings->train.batch, settings->data);
    settings->train.batch = n_rows;
    return GEMLET_OK;
}

gemlet_status gm_rows_limit_memory(uint64_t max_memory)
{
    char *directory;
    gemlet_memory_limit_set((size_t)max_memory);
    GEMLET_TRY(gm_cache_directory(&directory));
    const gemlet_status status = gemlet_dataset_allow_files(1, directory);
    free(directory);
    return status;
}

/* Options that mean nothing to the directory of a data set. */
static gemlet_status check_no_table(const gm_run_settings *s)
{
    const char *option = s->test != NULL                  ? "test"
                         : s->table.choice.target != NULL ? "target"
                         : s->table.choice.weight != NULL ? "weight"
                                                          : NULL;
    if (option == NULL)
        return GEMLET_OK;
    return gm_error(GEMLET_E_ARGUMENT,
                    "%s: found --%s with a directory, expected it with a table: --data FILE",
                    s->data, option);
}

/* Instead of the test rows of the data, which take no part. */
static gemlet_status take_fold(gm_rows *rows, const gm_run_settings *settings)
{
    gemlet_dataset *rest;
    gemlet_dataset *fold;
    GEMLET_TRY(gemlet_dataset_take_fold(&rest, &fold, &rows->test_rows, rows->train,
                                        settings->folds, settings->fold - 1,
                                        gm_run_settings_split_seed(settings)));
    gemlet_dataset_destroy(rows->train);
    gemlet_dataset_destroy(rows->test);
    rows->train = rest;
    rows->test = fold;
    return GEMLET_OK;
}

/* Fits the network to the rows of a table. */
static gemlet_status fit_table(gm_rows *rows, gemlet_spec *spec, gm_run_settings *settings,
                               const gm_run_events *events)
{
    GEMLET_TRY(
        gm_run_settings_spec(spec, settings, rows->schema->n_inputs, rows->schema->n_classes));
    GEMLET_TRY(gm_row_weights_apply(rows, settings, events));
    return gm_rows_fit_batch(rows, settings, events);
}

/* The same of items; takes out the validation rows, too. */
static gemlet_status fit_items(gm_rows *rows, gemlet_spec *spec, gm_run_settings *settings,
                               const gm_run_events *events)
{
    GEMLET_TRY(gm_validation_rows_load(rows, settings));
    GEMLET_TRY(gm_run_settings_spec(spec, settings, gemlet_dataset_features(rows->train),
                                    count_classes(rows)));
    GEMLET_TRY(gm_validation_rows_split(rows, settings));
    GEMLET_TRY(gm_row_weights_apply(rows, settings, events));
    return gm_rows_fit_batch(rows, settings, events);
}

gemlet_status gm_rows_take_table(gm_rows *rows, gemlet_spec *spec, gm_run_settings *settings,
                                 const gm_table *table, const gm_run_events *events)
{
    GEMLET_TRY(gm_table_rows_take(rows, settings, table, events));
    return fit_table(rows, spec, settings, events);
}

gemlet_status gm_rows_take_items(gm_rows *rows, gemlet_spec *spec, gm_run_settings *settings,
                                 const gemlet_dataset *items, const gm_run_events *events)
{
    GEMLET_TRY(check_no_table(settings));
    if (gemlet_dataset_classes(items) == 0)
        return gm_error(GEMLET_E_SHAPE, "%s: rows without labels", settings->data);
    GEMLET_TRY(gm_dataset_copy(&rows->train, items));
    return fit_items(rows, spec, settings, events);
}

gemlet_status gm_rows_load(gm_rows *rows, gemlet_spec *spec, gm_run_settings *settings,
                           const gm_run_events *events)
{
    const char *directory = settings->data;
    GEMLET_TRY(gm_rows_limit_memory(settings->max_memory));
    if (gm_table_is_file(directory)) {
        GEMLET_TRY(gm_table_rows_load(rows, settings, events));
        return fit_table(rows, spec, settings, events);
    }
    GEMLET_TRY(check_no_table(settings));
    GEMLET_TRY(gemlet_dataset_load_directory(&rows->train, directory, GEMLET_SPLIT_TRAIN));
    GEMLET_TRY(gemlet_dataset_load_directory(&rows->test, directory, GEMLET_SPLIT_TEST));
    const gemlet_dim features = gemlet_dataset_features(rows->train);
    const gemlet_dim test_features = gemlet_dataset_features(rows->test);
    if (features != test_features)
        return gm_error(GEMLET_E_SHAPE, "%s: %u features in the training rows, %u in the test rows",
                        directory, features, test_features);
    if (gemlet_dataset_classes(rows->train) == 0 || gemlet_dataset_classes(rows->test) == 0)
        return gm_error(GEMLET_E_SHAPE, "%s: rows without labels", directory);
    if (settings->folds > 0)
        GEMLET_TRY(take_fold(rows, settings));
    return fit_items(rows, spec, settings, events);
}

gemlet_status gm_rows_fit(gm_rows *rows, gemlet_spec *spec, gm_run_settings *settings,
                          const gm_run_events *events)
{
    const gm_schema *schema = rows->schema;
    GEMLET_TRY(gm_run_settings_spec(
        spec, settings, schema != NULL ? schema->n_inputs : gemlet_dataset_features(rows->train),
        schema != NULL ? schema->n_classes : count_classes(rows)));
    return gm_rows_fit_batch(rows, settings, events);
}

int gm_rows_are_of_one_class(const gm_rows *rows)
{
    const uint32_t *labels = gemlet_dataset_labels(rows->train);
    const gemlet_dim n_rows = gemlet_dataset_rows(rows->train);
    if (labels == NULL)
        return 0;
    for (gemlet_dim i = 1; i < n_rows; ++i) {
        if (labels[i] != labels[0])
            return 0;
    }
    return 1;
}

void gm_rows_free(gm_rows *rows)
{
    gemlet_dataset_destroy(rows->test);
    gemlet_dataset_destroy(rows->validation);
    gemlet_dataset_destroy(rows->train);
    gm_schema_destroy(rows->schema);
    free(rows->table);
    cJSON_Delete(rows->gaps);
    free(rows->test_rows);
    *rows = (gm_rows){0};
}

/* SPDX-License-Identifier: MIT
 * Models as gemlet inspect shows them; see inspect.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/inspect.h"
#include "compare/run_record.h"
#include "core/clean_text.h"
#include "core/file.h"
#include "core/text_table.h"
#include "model/model.h"

/* ---- the schema ----------------------------------------------------------------------------- */

static gemlet_status add_column(gm_text_table *rows, const gm_schema *schema, gemlet_dim i)
{
    const gm_schema_column *column = &schema->columns[i];
    char values[GM_INSPECT_TEXT_SIZE] = "";
    char inputs[GM_INSPECT_TEXT_SIZE];
    char *name;
    if (column->kind == GM_COLUMN_TEXTS) {
        snprintf(values, sizeof values, "%.24s%s%.24s%s",
                 column->n_levels > 0 ? column->levels[0] : "-", column->n_levels > 1 ? ", " : "",
                 column->n_levels > 1 ? column->levels[1] : "",
                 column->n_levels > 2 ? ", ..." : "");
    } else {
        char low[64];
        char high[64];
        gm_inspect_value(low, sizeof low, column->kind, column->min);
        gm_inspect_value(high, sizeof high, column->kind, column->max);
        snprintf(values, sizeof values, "%s to %s", low, high);
    }
    gm_inspect_inputs(inputs, column, schema->scaling);
    gm_clean_text_in_place(values);
    GEMLET_TRY(gm_clean_text(&name, column->name));
    gemlet_status status = gm_text_table_add(rows, "%s", name);
    free(name);
    if (status == GEMLET_OK)
        status = gm_text_table_add(rows, "%s", gm_column_kind_name(column->kind));
    if (status == GEMLET_OK)
        status = gm_text_table_add(rows, "%s", values);
    return status == GEMLET_OK ? gm_text_table_add(rows, "%s", inputs) : status;
}

static gemlet_status print_columns(const gm_schema *schema, FILE *stream)
{
    static const char *const headers[] = {"column", "holds", "values", "inputs"};
    gm_text_table rows = {.n_columns = 4, .n_names = 4, .n_keys = 1};
    gemlet_status status = GEMLET_OK;
    for (size_t i = 0; i < 4 && status == GEMLET_OK; ++i)
        status = gm_text_table_add(&rows, "%s", headers[i]);
    for (gemlet_dim i = 0; i < schema->n_columns && status == GEMLET_OK; ++i)
        status = add_column(&rows, schema, i);
    if (status == GEMLET_OK)
        status = gm_text_table_print(&rows, stream);
    gm_text_table_free(&rows);
    return status;
}

static gemlet_status print_schema(const gm_schema *schema, FILE *stream)
{
    if (schema == NULL) {
        gm_print_text(stream, "no schema of a table: it takes rows of numbers\n");
        return GEMLET_OK;
    }
    GEMLET_TRY(print_columns(schema, stream));
    if (schema->task == GM_TASK_REGRESSION)
        gm_print_text(stream, "predicts %s, a number: mean %.6g, deviation %.6g\n", schema->target,
                      schema->mean, schema->deviation);
    else if (schema->task == GM_TASK_CLASSIFICATION)
        gm_print_text(stream, "predicts %s, one of %u classes: %s, %s%s\n", schema->target,
                      schema->n_classes, schema->classes[0], schema->classes[1],
                      schema->n_classes > 2 ? ", ..." : "");
    return GEMLET_OK;
}

/* ---- the training --------------------------------------------------------------------------- */

static void print_figures(const gm_run_record *record, FILE *stream)
{
    static const struct {
        gm_figure figure;
        const char *name;
    } shown[] = {
        {GM_FIGURE_TEST_ACCURACY, "accuracy"}, {GM_FIGURE_TEST_RMSE, "RMSE"},
        {GM_FIGURE_TEST_MAE, "MAE"},           {GM_FIGURE_TEST_R2, "R2"},
        {GM_FIGURE_TEST_LOSS, "loss"},
    };
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; ++i) {
        const double value = record->figures[shown[i].figure];
        if (!isnan(value))
            gm_print_text(stream, "  test %s: %.6g\n", shown[i].name, value);
    }
}

/* The record of the run whose directory the model lies in, if there is one that can be read. */
static gemlet_status print_training(const char *path, FILE *stream)
{
    gm_run_record record;
    char *directory;
    char *stats;
    GEMLET_TRY(gm_path_parent(&directory, path));
    gemlet_status status = gm_path_join(&stats, directory, "stats.json");
    if (status != GEMLET_OK) {
        free(directory);
        return status;
    }
    if (!gm_file_exists(stats)) {
        gm_print_text(stream, "no stats.json beside it: how it was trained is not known\n");
    } else if (gm_run_record_read(&record, directory) != GEMLET_OK) {
        gm_print_text(stream, "how it was trained cannot be read: %s\n", gemlet_last_error());
    } else {
        gm_print_text(stream, "training, by %s:\n", stats);
        print_figures(&record, stream);
        for (size_t i = 0; i < record.n_traits; ++i) {
            if (strcmp(record.traits[i].value, "-") != 0)
                gm_print_text(stream, "  %s: %s\n", record.traits[i].name, record.traits[i].value);
        }
        gm_run_record_free(&record);
    }
    free(stats);
    free(directory);
    return GEMLET_OK;
}

gemlet_status gm_inspect_print_model(const gemlet_model *model, const char *path, FILE *stream)
{
    char spec[GEMLET_SPEC_TEXT_SIZE];
    GEMLET_TRY(gemlet_spec_format(gemlet_model_spec(model), spec, sizeof spec));
    const size_t n_parameters = gemlet_spec_n_parameters(gemlet_model_spec(model));
    gm_print_text(stream, "%s: a model, %zu parameters\n", path,
                  n_parameters * gm_model_n_networks(model));
    const gemlet_dim n_networks = gemlet_model_networks(model);
    if (n_networks > 0)
        gm_print_text(stream, "ensemble: of %u networks, which have %zu parameters each\n",
                      n_networks, n_parameters);
    gm_print_text(stream, "network: %s\n", spec);
    gm_print_text(stream, "input scale: %.9g\n", (double)gemlet_model_input_scale(model));
    GEMLET_TRY(print_schema(gm_model_schema(model), stream));
    return print_training(path, stream);
}

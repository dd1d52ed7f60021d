/* SPDX-License-Identifier: MIT
 * See answers.h. */
#include "table/answers.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "data/number.h"
#include "table/sort.h"

/* ---- classes -------------------------------------------------------------------------------- */

static gemlet_status refuse_class(const gm_column *column, const gm_schema *schema,
                                  const char *name, const char *path)
{
    return gm_error(GEMLET_E_FORMAT,
                    "%s: target '%.80s': found class '%.80s', expected one of the %u that were "
                    "trained",
                    path, column->name, name, schema->n_classes);
}

static gemlet_status label_texts(uint32_t *labels, const gm_schema *schema, const gm_column *column,
                                 const gemlet_dim *rows, gemlet_dim n_rows, const char *path)
{
    gm_levels classes = {0};
    gemlet_status status = GEMLET_OK;
    for (uint32_t i = 0; i < schema->n_classes && status == GEMLET_OK; ++i) {
        uint32_t label;
        status = gm_levels_add(&classes, &label, schema->classes[i], strlen(schema->classes[i]),
                               GEMLET_MAX_CLASSES, path);
    }
    for (gemlet_dim i = 0; i < n_rows && status == GEMLET_OK; ++i) {
        const char *name = gm_levels_text(&column->levels, gm_column_level(column, rows[i]));
        if (!gm_levels_find(&classes, &labels[i], name, strlen(name)))
            status = refuse_class(column, schema, name, path);
    }
    gm_levels_free(&classes);
    return status;
}

/* values (n_classes) out: the names of classes that are numbers, which are in their order. */
static gemlet_status parse_classes(double *values, const gm_schema *schema)
{
    gm_number_locale locale;
    GEMLET_TRY(gm_number_enter(&locale));
    for (uint32_t i = 0; i < schema->n_classes; ++i) {
        if (gm_number_parse(&values[i], schema->classes[i], strlen(schema->classes[i])) !=
            GM_NUMBER_FINITE)
            values[i] = (double)INFINITY; /* no number is this class */
    }
    gm_number_leave(&locale);
    return GEMLET_OK;
}

static gemlet_status label_numbers(uint32_t *labels, const gm_schema *schema,
                                   const gm_column *column, const gemlet_dim *rows,
                                   gemlet_dim n_rows, const char *path)
{
    double *values;
    GEMLET_TRY(GM_ALLOC(values, schema->n_classes, path));
    gemlet_status status = parse_classes(values, schema);
    for (gemlet_dim i = 0; i < n_rows && status == GEMLET_OK; ++i) {
        const double value = gm_column_number(column, rows[i]);
        char name[GM_NUMBER_TEXT_SIZE];
        labels[i] = (uint32_t)gm_lower_bound(values, schema->n_classes, value);
        if (labels[i] < schema->n_classes && values[labels[i]] == value)
            continue;
        gm_column_name_number(name, value);
        status = refuse_class(column, schema, name, path);
    }
    free(values);
    return status;
}

/* ---- numbers -------------------------------------------------------------------------------- */

static gemlet_status standardise(uint32_t *bits, const gm_schema *schema, const gm_column *column,
                                 const gemlet_dim *rows, gemlet_dim n_rows, const char *path)
{
    for (gemlet_dim i = 0; i < n_rows; ++i) {
        const double value = gm_column_number(column, rows[i]);
        const float answer = (float)((value - schema->mean) / schema->deviation);
        if (!isfinite(answer))
            return gm_error(GEMLET_E_RANGE,
                            "%s: target '%.80s': found %g, expected a number nearer to the %g that "
                            "it is on average (deviation %g)",
                            path, column->name, value, schema->mean, schema->deviation);
        memcpy(&bits[i], &answer, sizeof answer);
    }
    return GEMLET_OK;
}

double gm_answer_value(const gm_schema *schema, float output)
{
    return schema->mean + schema->deviation * (double)output;
}

/* ---- either --------------------------------------------------------------------------------- */

static int is_known(const gm_column *column, gemlet_dim row)
{
    if (column->kind == GM_COLUMN_TEXTS)
        return gm_column_level(column, row) != GM_NO_LEVEL;
    return column->values != NULL && !isnan(gm_column_number(column, row));
}

static gemlet_status find_column(const gm_column **column, const gm_schema *schema,
                                 const gm_table *table, const char *path)
{
    gemlet_dim place = 0;
    GEMLET_TRY(gm_table_find(table, &place, schema->target, path, "target of the model"));
    *column = &table->columns[place];
    return GEMLET_OK;
}

gemlet_status gm_answers_find_rows(gemlet_dim **rows, gemlet_dim *n_rows, const gm_schema *schema,
                                   const gm_table *table, const char *path)
{
    const gm_column *column;
    *rows = NULL;
    *n_rows = 0;
    GEMLET_TRY(find_column(&column, schema, table, path));
    GEMLET_TRY(GM_ALLOC(*rows, table->rows, path));
    for (gemlet_dim row = 0; row < table->rows; ++row) {
        if (is_known(column, row))
            (*rows)[(*n_rows)++] = row;
    }
    if (*n_rows > 0)
        return GEMLET_OK;
    free(*rows);
    *rows = NULL;
    return gm_error(GEMLET_E_FORMAT, "%s: target '%.80s': found no value in any row", path,
                    column->name);
}

gemlet_status gm_answers_of_rows(uint32_t **answers, const gm_schema *schema, const gm_table *table,
                                 const gemlet_dim *rows, gemlet_dim n_rows, const char *path)
{
    const gm_column *column;
    *answers = NULL;
    GEMLET_TRY(find_column(&column, schema, table, path));
    GEMLET_TRY(GM_ALLOC(*answers, n_rows, path));
    const gemlet_status status = schema->task == GM_TASK_REGRESSION
                                     ? standardise(*answers, schema, column, rows, n_rows, path)
                                 : column->kind == GM_COLUMN_TEXTS
                                     ? label_texts(*answers, schema, column, rows, n_rows, path)
                                     : label_numbers(*answers, schema, column, rows, n_rows, path);
    if (status != GEMLET_OK) {
        free(*answers);
        *answers = NULL;
    }
    return status;
}

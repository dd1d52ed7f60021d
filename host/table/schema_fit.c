/* SPDX-License-Identifier: MIT
 * Learning a schema from rows; see schema.h. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "table/schema.h"
#include "table/sort.h"

typedef struct fitting {
    const gm_table *table;
    const gemlet_dim *rows; /* (n_rows) */
    gemlet_dim n_rows;
    const gm_schema_options *options;
    double *values; /* (n_rows) room for a column */
} fitting;

/* ---- numbers -------------------------------------------------------------------------------- */

/* Mean and deviation in two passes, in the order of the rows. */
static void find_moments(double *mean, double *deviation, const double *values, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; ++i)
        sum += values[i];
    *mean = sum / (double)n;
    double squares = 0;
    for (size_t i = 0; i < n; ++i)
        squares += (values[i] - *mean) * (values[i] - *mean);
    *deviation = sqrt(squares / (double)n);
}

/* The quantiles i / n_bins, each once; at least two bins, or none. */
static gemlet_status find_edges(gm_schema_column *column, const double *sorted, size_t n,
                                unsigned n_bins)
{
    if (n_bins == 0)
        return GEMLET_OK;
    GEMLET_TRY(GM_ALLOC(column->edges, n_bins + 1, "edges of a column"));
    for (unsigned i = 0; i <= n_bins; ++i) {
        const double edge = gm_quantile(sorted, n, (double)i / n_bins);
        if (column->n_edges == 0 || edge > column->edges[column->n_edges - 1])
            column->edges[column->n_edges++] = edge;
    }
    if (column->n_edges < 3)
        column->n_edges = 0;
    return GEMLET_OK;
}

/* *reason out: why the column has nothing to say, or NULL. */
static gemlet_status fit_numbers(gm_schema_column *column, const char **reason,
                                 const gm_column *from, const fitting *f)
{
    size_t n = 0;
    for (gemlet_dim i = 0; i < f->n_rows; ++i) {
        const double value = gm_column_number(from, f->rows[i]);
        if (!isnan(value))
            f->values[n++] = value;
    }
    *reason = n == 0 ? "all gaps in the rows for training" : NULL;
    if (n == 0)
        return GEMLET_OK;
    find_moments(&column->mean, &column->deviation, f->values, n);
    GEMLET_TRY(gm_sort_numbers(f->values, n));
    column->min = f->values[0];
    column->max = f->values[n - 1];
    for (int i = 0; i < 3; ++i)
        column->quartiles[i] = gm_quantile(f->values, n, 0.25 * (i + 1));
    column->has_gaps = n < f->n_rows;
    if (column->min == column->max && !column->has_gaps)
        *reason = "one value in all rows for training";
    return find_edges(column, f->values, n, f->options->n_bins);
}

/* ---- texts ---------------------------------------------------------------------------------- */

static gemlet_status keep_levels(gm_schema_column *column, const gm_levels *levels,
                                 const gemlet_dim *counts)
{
    uint32_t n_kept = 0;
    for (uint32_t i = 0; i < levels->n; ++i)
        n_kept += counts[i] >= GM_MIN_LEVEL_ROWS ? 1u : 0u;
    GEMLET_TRY(GM_ALLOC(column->levels, n_kept, "levels of a column"));
    for (uint32_t i = 0; i < levels->n; ++i) {
        if (counts[i] >= GM_MIN_LEVEL_ROWS) {
            GEMLET_TRY(
                gm_copy_string(&column->levels[column->n_levels], gm_levels_text(levels, i)));
            ++column->n_levels;
        } else if (counts[i] > 0) {
            ++column->n_merged;
        }
    }
    gm_sort_texts(column->levels, column->n_levels);
    return GEMLET_OK;
}

static gemlet_status fit_texts(gm_schema_column *column, const char **reason, const gm_column *from,
                               const fitting *f)
{
    gemlet_dim *counts;
    gemlet_dim n_missing = 0;
    GEMLET_TRY(GM_ALLOC(counts, from->levels.n, "levels of a column"));
    for (gemlet_dim i = 0; i < f->n_rows; ++i) {
        const uint32_t level = gm_column_level(from, f->rows[i]);
        if (level != GM_NO_LEVEL)
            ++counts[level];
        else
            ++n_missing;
    }
    column->keeps_texts = from->keeps_texts;
    column->has_missing_level = n_missing >= GM_MIN_LEVEL_ROWS;
    const gemlet_status status = keep_levels(column, &from->levels, counts);
    free(counts);
    *reason = NULL;
    if (column->n_levels == 0)
        *reason = "no text in 5 rows or more";
    else if (column->n_levels == 1 && !column->has_missing_level && column->n_merged == 0 &&
             n_missing == 0)
        *reason = "one value in all rows for training";
    return status;
}

/* ---- the whole ------------------------------------------------------------------------------ */

static void empty_column(gm_schema_column *column)
{
    for (uint32_t i = 0; i < column->n_levels; ++i)
        free(column->levels[i]);
    free(column->levels);
    free(column->edges);
    free(column->name);
    *column = (gm_schema_column){0};
}

static gemlet_status fit_column(gm_schema *schema, gm_column_role *role, const gm_column *from,
                                const fitting *f)
{
    gm_schema_column *column = &schema->columns[schema->n_columns];
    const char *reason = NULL;
    column->kind = from->kind;
    column->date_order = from->date_order;
    gemlet_status status = gm_copy_string(&column->name, from->name);
    if (status == GEMLET_OK)
        status = from->kind == GM_COLUMN_TEXTS ? fit_texts(column, &reason, from, f)
                                               : fit_numbers(column, &reason, from, f);
    if (status != GEMLET_OK || reason != NULL) {
        empty_column(column);
        if (reason != NULL) {
            role->use = GM_USE_LEFT_OUT;
            snprintf(role->reason, GM_REASON_SIZE, "%s", reason);
        }
        return status;
    }
    ++schema->n_columns;
    return GEMLET_OK;
}

static gemlet_status fit_regression(gm_schema *schema, const gm_column *column, const fitting *f)
{
    size_t n = 0;
    for (gemlet_dim i = 0; i < f->n_rows; ++i) {
        const double value = gm_column_number(column, f->rows[i]);
        if (!isnan(value))
            f->values[n++] = value;
    }
    if (n > 0)
        find_moments(&schema->mean, &schema->deviation, f->values, n);
    if (n == 0 || schema->deviation <= 0)
        return gm_error(GEMLET_E_RANGE,
                        "target '%.80s': found one value in all %u rows for training, expected "
                        "several",
                        column->name, f->n_rows);
    return GEMLET_OK;
}

static gemlet_status fit_target(gm_schema *schema, const gm_target *target, const fitting *f)
{
    const gm_column *column = &f->table->columns[target->column];
    schema->task = target->task;
    schema->target_kind = column->kind;
    schema->target_keeps_texts = column->keeps_texts;
    GEMLET_TRY(gm_copy_string(&schema->target, column->name));
    if (target->task == GM_TASK_REGRESSION)
        return fit_regression(schema, column, f);
    GEMLET_TRY(GM_ALLOC(schema->classes, target->n_classes, "names of classes"));
    for (; schema->n_classes < target->n_classes; ++schema->n_classes)
        GEMLET_TRY(gm_copy_string(&schema->classes[schema->n_classes],
                                  target->classes[schema->n_classes]));
    return GEMLET_OK;
}

static gemlet_status fit(gm_schema *schema, gm_column_role *roles, const gm_target *target,
                         const fitting *f, const char *path)
{
    const gm_table *table = f->table;
    GEMLET_TRY(GM_ALLOC(schema->columns, table->n_columns, "schema"));
    schema->scaling = f->options->scaling;
    schema->rows = f->n_rows;
    if (f->options->missing != NULL)
        GEMLET_TRY(gm_copy_string(&schema->missing, f->options->missing));
    for (gemlet_dim i = 0; i < table->n_columns; ++i) {
        if (roles[i].use == GM_USE_INPUT)
            GEMLET_TRY(fit_column(schema, &roles[i], &table->columns[i], f));
        else if (roles[i].use == GM_USE_ID)
            GEMLET_TRY(gm_copy_string(&schema->id, table->columns[i].name));
    }
    if (schema->n_columns == 0)
        return gm_error(GEMLET_E_RANGE,
                        "%s: found no column that says anything in the %u rows for training, "
                        "expected at least one",
                        path, f->n_rows);
    if (target != NULL)
        GEMLET_TRY(fit_target(schema, target, f));
    return gm_schema_count_inputs(schema, path);
}

gemlet_status gm_schema_fit(gm_schema **out, const gm_table *table, gm_column_role *roles,
                            const gm_target *target, const gemlet_dim *rows, gemlet_dim n_rows,
                            const gm_schema_options *options, const char *path)
{
    fitting f = {.table = table, .rows = rows, .n_rows = n_rows, .options = options};
    gm_schema *schema = NULL;
    *out = NULL;
    GEMLET_TRY(GM_ALLOC(f.values, n_rows, "values of a column"));
    gemlet_status status = GM_ALLOC(schema, 1, "schema");
    if (status == GEMLET_OK)
        schema->n_owners = 1;
    if (status == GEMLET_OK)
        status = fit(schema, roles, target, &f, path);
    free(f.values);
    if (status == GEMLET_OK)
        *out = schema;
    else
        gm_schema_destroy(schema);
    return status;
}

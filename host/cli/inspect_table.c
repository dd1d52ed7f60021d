/* SPDX-License-Identifier: MIT
 * Tables as gemlet inspect shows them; see inspect.h. */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli/inspect.h"
#include "core/clean_text.h"
#include "core/memory.h"
#include "core/text_table.h"
#include "table/dialect.h"

#define N_SHOWN_LEVELS  3u
#define N_SHOWN_CLASSES 12u

/* ---- words ---------------------------------------------------------------------------------- */

static int is_truth_value(const char *text)
{
    static const char *const words[] = {"true", "false", "yes", "no", "t", "f", "y", "n", "0", "1"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; ++i) {
        if (strcasecmp(words[i], text) == 0)
            return 1;
    }
    return 0;
}

const char *gm_inspect_type(const gm_column *column)
{
    switch (column->kind) {
    case GM_COLUMN_NUMBERS:
        return "number";
    case GM_COLUMN_DATES:
        return "date";
    case GM_COLUMN_TEXTS:
        if (column->levels.n == 2 && is_truth_value(gm_levels_text(&column->levels, 0)) &&
            is_truth_value(gm_levels_text(&column->levels, 1)))
            return "boolean";
        return "category";
    case GM_COLUMN_TOO_MANY:
        return "text";
    case GM_COLUMN_EMPTY:
    case GM_COLUMN_SKIPPED:
        break;
    }
    return "-";
}

void gm_inspect_value(char *text, size_t size, gm_column_kind kind, double value)
{
    if (kind == GM_COLUMN_DATES)
        gm_date_show(text, size, value);
    else
        snprintf(text, size, "%.6g", value);
}

void gm_inspect_inputs(char text[GM_INSPECT_TEXT_SIZE], const gm_schema_column *c,
                       gm_scaling scaling)
{
    if (c->kind == GM_COLUMN_TEXTS) {
        snprintf(text, GM_INSPECT_TEXT_SIZE, "%u: %u level%s%s, others", c->n_inputs, c->n_levels,
                 c->n_levels == 1 ? "" : "s", c->has_missing_level ? ", gap" : "");
        return;
    }
    char bins[32] = "";
    if (c->n_edges > 0)
        snprintf(bins, sizeof bins, "%u bins", c->n_edges - 1);
    const char *scaled = c->max <= c->min               ? ""
                         : scaling == GM_SCALING_ROBUST ? "scaled"
                                                        : "standardised";
    snprintf(text, GM_INSPECT_TEXT_SIZE, "%u: %s%s%s%s%s", c->n_inputs, scaled,
             *scaled != '\0' && *bins != '\0' ? ", " : "", bins,
             c->has_gaps && (*scaled != '\0' || *bins != '\0') ? ", " : "",
             c->has_gaps ? "gap" : "");
}

/* ---- values --------------------------------------------------------------------------------- */

typedef struct level_count {
    const char *text;
    gemlet_dim n;
} level_count;

static int compare_counts(const void *a, const void *b)
{
    const level_count *left = a;
    const level_count *right = b;
    if (left->n != right->n)
        return left->n < right->n ? 1 : -1;
    return strcmp(left->text, right->text);
}

/* *counts out (column->levels.n), the most frequent first. Release with free(). */
static gemlet_status count_levels(level_count **counts, const gm_column *column, gemlet_dim rows)
{
    const uint32_t n = column->levels.n;
    GEMLET_TRY(GM_ALLOC(*counts, n, "levels of a column"));
    for (uint32_t i = 0; i < n; ++i)
        (*counts)[i].text = gm_levels_text(&column->levels, i);
    for (gemlet_dim row = 0; row < rows; ++row) {
        const uint32_t level = gm_column_level(column, row);
        if (level != GM_NO_LEVEL)
            ++(*counts)[level].n;
    }
    qsort(*counts, n, sizeof **counts, compare_counts);
    return GEMLET_OK;
}

static gemlet_status describe_levels(char text[GM_INSPECT_TEXT_SIZE], const gm_column *column,
                                     gemlet_dim rows)
{
    level_count *counts;
    const uint32_t n = column->levels.n;
    GEMLET_TRY(count_levels(&counts, column, rows));
    size_t length =
        (size_t)snprintf(text, GM_INSPECT_TEXT_SIZE, "%u text%s: ", n, n == 1 ? "" : "s");
    for (uint32_t i = 0; i < n && i < N_SHOWN_LEVELS; ++i)
        length += (size_t)snprintf(text + length, GM_INSPECT_TEXT_SIZE - length, "%s%.16s %u",
                                   i > 0 ? ", " : "", counts[i].text, counts[i].n);
    if (n > N_SHOWN_LEVELS)
        snprintf(text + length, GM_INSPECT_TEXT_SIZE - length, ", ...");
    free(counts);
    return GEMLET_OK;
}

static void find_range(double *min, double *max, const gm_column *column, gemlet_dim rows)
{
    *min = DBL_MAX;
    *max = -DBL_MAX;
    for (gemlet_dim row = 0; row < rows; ++row) {
        const double value = gm_column_number(column, row);
        *min = value < *min ? value : *min;
        *max = value > *max ? value : *max;
    }
}

static gemlet_status describe_values(char text[GM_INSPECT_TEXT_SIZE], const gm_column *column,
                                     gemlet_dim rows)
{
    double min;
    double max;
    char low[64];
    char high[64];
    if (column->kind == GM_COLUMN_TEXTS)
        return describe_levels(text, column, rows);
    strcpy(text, "-");
    if (column->kind != GM_COLUMN_NUMBERS && column->kind != GM_COLUMN_DATES)
        return GEMLET_OK;
    find_range(&min, &max, column, rows);
    gm_inspect_value(low, sizeof low, column->kind, min);
    gm_inspect_value(high, sizeof high, column->kind, max);
    snprintf(text, GM_INSPECT_TEXT_SIZE, "%s to %s", low, high);
    return GEMLET_OK;
}

/* ---- uses ----------------------------------------------------------------------------------- */

static const gm_schema_column *find_schema_column(const gm_inspected_table *t, gemlet_dim i)
{
    for (gemlet_dim j = 0; j < t->schema->n_columns; ++j) {
        if (strcmp(t->schema->columns[j].name, t->table->columns[i].name) == 0)
            return &t->schema->columns[j];
    }
    return NULL;
}

static void describe_use(char text[GM_INSPECT_TEXT_SIZE], const gm_inspected_table *t, gemlet_dim i)
{
    const gm_schema_column *column;
    switch (t->roles[i].use) {
    case GM_USE_INPUT:
        column = find_schema_column(t, i);
        if (column != NULL)
            gm_inspect_inputs(text, column, t->schema->scaling);
        return;
    case GM_USE_TARGET:
        snprintf(text, GM_INSPECT_TEXT_SIZE, "target: %s", gm_task_name(t->target->task));
        return;
    case GM_USE_ID:
        snprintf(text, GM_INSPECT_TEXT_SIZE, "id: passed on");
        return;
    case GM_USE_WEIGHT:
        snprintf(text, GM_INSPECT_TEXT_SIZE, "weight of the row");
        return;
    case GM_USE_LEFT_OUT:
        snprintf(text, GM_INSPECT_TEXT_SIZE, "none: %s", t->roles[i].reason);
        return;
    }
}

static void print_classes(const gm_inspected_table *t, FILE *stream)
{
    const gm_target *target = t->target;
    const gemlet_dim n_known = t->table->rows - target->n_missing;
    gm_print_text(stream, "%u classes (%s):\n", target->n_classes, target->sign);
    for (uint32_t i = 0; i < target->n_classes && i < N_SHOWN_CLASSES; ++i)
        gm_print_text(stream, "  %s: %u rows (%.1f %%)\n", target->classes[i], target->n_rows_of[i],
                      100.0 * target->n_rows_of[i] / n_known);
    if (target->n_classes > N_SHOWN_CLASSES)
        gm_print_text(stream, "  and %u more\n", target->n_classes - N_SHOWN_CLASSES);
}

static void print_target(const gm_inspected_table *t, FILE *stream)
{
    const gm_target *target = t->target;
    if (target == NULL) {
        gm_print_text(stream, "no target: name one with --target\n");
        return;
    }
    if (target->task == GM_TASK_CLASSIFICATION)
        print_classes(t, stream);
    else
        gm_print_text(stream, "a number to predict (%s): mean %.6g, deviation %.6g\n", target->sign,
                      t->schema->mean, t->schema->deviation);
    if (target->n_missing > 0)
        gm_print_text(stream, "%u rows without a target: not used\n", target->n_missing);
}

/* ---- the whole ------------------------------------------------------------------------------ */

static gemlet_status add_column(gm_text_table *rows, const gm_inspected_table *t, gemlet_dim i)
{
    const gm_column *column = &t->table->columns[i];
    char values[GM_INSPECT_TEXT_SIZE];
    char use[GM_INSPECT_TEXT_SIZE] = "-";
    char *name;
    GEMLET_TRY(describe_values(values, column, t->table->rows));
    describe_use(use, t, i);
    gm_clean_text_in_place(values);
    gm_clean_text_in_place(use);
    GEMLET_TRY(gm_clean_text(&name, column->name));
    gemlet_status status = gm_text_table_add(rows, "%s", name);
    free(name);
    if (status == GEMLET_OK)
        status = gm_text_table_add(rows, "%s", gm_inspect_type(column));
    if (status == GEMLET_OK)
        status = gm_text_table_add(rows, "%s", values);
    if (status == GEMLET_OK)
        status = gm_text_table_add(rows, "%s", use);
    return status == GEMLET_OK ? gm_text_table_add(rows, "%u", column->n_missing) : status;
}

gemlet_status gm_inspect_print_table(const gm_inspected_table *t, FILE *stream)
{
    static const char *const headers[] = {"column", "type", "values", "inputs", "gaps"};
    gm_text_table rows = {.n_columns = 5, .n_names = 4, .n_keys = 1};
    gemlet_status status = GEMLET_OK;
    char form[GM_TABLE_FORM_SIZE];
    gm_table_describe_form(form, t->table);
    gm_print_text(stream, "%s: %u rows, %u columns, %s\n", t->path, t->table->rows,
                  t->table->n_columns, form);
    for (size_t i = 0; i < 5 && status == GEMLET_OK; ++i)
        status = gm_text_table_add(&rows, "%s", headers[i]);
    for (gemlet_dim i = 0; i < t->table->n_columns && status == GEMLET_OK; ++i)
        status = add_column(&rows, t, i);
    if (status == GEMLET_OK)
        status = gm_text_table_print(&rows, stream);
    gm_text_table_free(&rows);
    GEMLET_TRY(status);
    print_target(t, stream);
    gm_print_text(stream, "%u inputs of a network\n", t->schema->n_inputs);
    for (size_t i = 0; i < t->table->n_notes; ++i)
        gm_print_text(stream, "note: %s\n", t->table->notes[i]);
    return GEMLET_OK;
}

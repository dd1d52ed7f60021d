/* SPDX-License-Identifier: MIT
 * See target.h. */
#include "table/target.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "table/sort.h"

#define MIN_ROWS_PER_CLASS 3u
/* A correlation beyond this says the target, but for rounding. */
#define MAX_CORRELATION 0.999999

const char *gm_task_name(gm_task task)
{
    static const char *const names[] = {"unknown", "classification", "regression"};
    return names[task];
}

/* ---- the task ------------------------------------------------------------------------------- */

static gemlet_status find_task(gm_target *target, const gm_table *table, gm_task task,
                               const char *path)
{
    const gm_column *column = &table->columns[target->column];
    const gemlet_dim n_known = table->rows - column->n_missing;
    gemlet_dim n_distinct;
    target->task = task;
    target->sign = "as was said";
    if (column->kind == GM_COLUMN_TEXTS && task == GM_TASK_REGRESSION)
        return gm_error(GEMLET_E_ARGUMENT,
                        "%s: target '%.80s': found texts as '%.40s', expected numbers for "
                        "regression",
                        path, column->name, gm_levels_text(&column->levels, 0));
    if (task != GM_TASK_FIND)
        return GEMLET_OK;
    target->task = GM_TASK_CLASSIFICATION;
    target->sign = "texts";
    if (column->kind == GM_COLUMN_TEXTS)
        return GEMLET_OK;
    GEMLET_TRY(
        gm_column_count_distinct(&n_distinct, column, table->rows, GM_MAX_NUMBERED_CLASSES + 1));
    target->sign = "few distinct whole numbers";
    if (gm_column_is_whole(column, table->rows) && column->kind == GM_COLUMN_NUMBERS &&
        (n_distinct <= 2 ||
         (n_distinct <= GM_MAX_NUMBERED_CLASSES && n_distinct <= n_known / MIN_ROWS_PER_CLASS)))
        return GEMLET_OK;
    target->task = GM_TASK_REGRESSION;
    target->sign = column->kind == GM_COLUMN_DATES ? "dates" : "many distinct numbers";
    return GEMLET_OK;
}

/* ---- classes -------------------------------------------------------------------------------- */

static gemlet_status copy_names(gm_target *target, const gm_levels *levels)
{
    GEMLET_TRY(GM_ALLOC(target->classes, levels->n, "names of classes"));
    for (; target->n_classes < levels->n; ++target->n_classes)
        GEMLET_TRY(gm_copy_string(&target->classes[target->n_classes],
                                  gm_levels_text(levels, target->n_classes)));
    gm_sort_texts(target->classes, target->n_classes);
    return GEMLET_OK;
}

static gemlet_status label_texts(gm_target *target, const gm_column *column, gemlet_dim rows)
{
    const gm_levels *levels = &column->levels;
    uint32_t *label_of;
    GEMLET_TRY(copy_names(target, levels));
    GEMLET_TRY(GM_ALLOC(label_of, levels->n, "labels"));
    for (uint32_t label = 0; label < target->n_classes; ++label) {
        uint32_t level = 0;
        const char *name = target->classes[label];
        gm_levels_find(levels, &level, name, strlen(name)); /* it is one of them */
        label_of[level] = label;
    }
    for (gemlet_dim row = 0; row < rows; ++row) {
        const uint32_t level = gm_column_level(column, row);
        target->labels[row] = level != GM_NO_LEVEL ? label_of[level] : GM_NO_LABEL;
    }
    free(label_of);
    return GEMLET_OK;
}

/* values (rows) in: sorted, *n_classes of them out without repetitions. */
static gemlet_status name_numbers(gm_target *target, double *values, size_t n_values,
                                  const gm_column *column, const char *path)
{
    size_t n = 0;
    for (size_t i = 0; i < n_values; ++i) {
        if (n == 0 || values[i] != values[n - 1])
            values[n++] = values[i];
    }
    if (n > GEMLET_MAX_CLASSES)
        return gm_error(GEMLET_E_RANGE,
                        "%s: target '%.80s': found %zu distinct numbers, expected at most %u "
                        "classes",
                        path, column->name, n, GEMLET_MAX_CLASSES);
    GEMLET_TRY(GM_ALLOC(target->classes, n, "names of classes"));
    for (; target->n_classes < n; ++target->n_classes) {
        char name[GM_NUMBER_TEXT_SIZE];
        gm_column_name_number(name, values[target->n_classes]);
        GEMLET_TRY(gm_copy_string(&target->classes[target->n_classes], name));
    }
    return GEMLET_OK;
}

static gemlet_status label_numbers(gm_target *target, const gm_column *column, gemlet_dim rows,
                                   const char *path)
{
    double *values;
    size_t n_values = 0;
    GEMLET_TRY(GM_ALLOC(values, rows, "values of a target"));
    for (gemlet_dim row = 0; row < rows; ++row) {
        const double value = gm_column_number(column, row);
        if (!isnan(value))
            values[n_values++] = value + 0.0; /* -0 becomes 0 */
    }
    gemlet_status status = gm_sort_numbers(values, n_values);
    if (status == GEMLET_OK)
        status = name_numbers(target, values, n_values, column, path);
    for (gemlet_dim row = 0; status == GEMLET_OK && row < rows; ++row) {
        const double value = gm_column_number(column, row);
        target->labels[row] =
            isnan(value) ? GM_NO_LABEL : (uint32_t)gm_lower_bound(values, target->n_classes, value);
    }
    free(values);
    return status;
}

static gemlet_status check_classes(const gm_target *target, const gm_table *table, const char *path)
{
    const gm_column *column = &table->columns[target->column];
    const gemlet_dim n_known = table->rows - column->n_missing;
    if (target->n_classes == 1)
        return gm_error(GEMLET_E_RANGE,
                        "%s: target '%.80s': found one class, '%.40s', in all rows, expected at "
                        "least two",
                        path, column->name, target->classes[0]);
    if (target->n_classes > n_known / 2 && n_known > 4)
        return gm_error(GEMLET_E_RANGE,
                        "%s: target '%.80s': found %u classes in %u rows, expected several rows of "
                        "each%s",
                        path, column->name, target->n_classes, n_known,
                        column->kind == GM_COLUMN_NUMBERS ? " (--task regression for a number)"
                                                          : " (is this the column to predict?)");
    return GEMLET_OK;
}

static gemlet_status find_classes(gm_target *target, const gm_table *table, const char *path)
{
    const gm_column *column = &table->columns[target->column];
    GEMLET_TRY(GM_ALLOC(target->labels, table->rows, "labels"));
    GEMLET_TRY(column->kind == GM_COLUMN_TEXTS ? label_texts(target, column, table->rows)
                                               : label_numbers(target, column, table->rows, path));
    GEMLET_TRY(GM_ALLOC(target->n_rows_of, target->n_classes, "sizes of classes"));
    for (gemlet_dim row = 0; row < table->rows; ++row) {
        if (target->labels[row] != GM_NO_LABEL)
            ++target->n_rows_of[target->labels[row]];
    }
    return check_classes(target, table, path);
}

static gemlet_status check_values(const gm_column *column, gemlet_dim rows, const char *path)
{
    gemlet_dim n_distinct;
    GEMLET_TRY(gm_column_count_distinct(&n_distinct, column, rows, 2));
    if (n_distinct < 2)
        return gm_error(GEMLET_E_RANGE,
                        "%s: target '%.80s': found one value in all rows, expected several", path,
                        column->name);
    return GEMLET_OK;
}

static gemlet_status check_kind(const gm_column *column, const char *path)
{
    if (column->kind == GM_COLUMN_TOO_MANY)
        return gm_error(GEMLET_E_RANGE,
                        "%s: target '%.80s': found more than %u distinct texts, expected at most "
                        "as many classes",
                        path, column->name, GM_MAX_LEVELS);
    if (column->kind == GM_COLUMN_EMPTY || column->kind == GM_COLUMN_SKIPPED)
        return gm_error(GEMLET_E_RANGE, "%s: target '%.80s': found no value in any row", path,
                        column->name);
    return GEMLET_OK;
}

gemlet_status gm_target_find(gm_target **out, const gm_table *table, gemlet_dim column,
                             gm_task task, const char *path)
{
    gm_target *target = NULL;
    gemlet_status status = GEMLET_OK;
    *out = NULL;
    GEMLET_TRY(check_kind(&table->columns[column], path));
    GEMLET_TRY(GM_ALLOC(target, 1, "target"));
    target->column = column;
    target->n_missing = table->columns[column].n_missing;
    GEMLET_TRY_CLEANUP(status, find_task(target, table, task, path));
    status = target->task == GM_TASK_CLASSIFICATION
                 ? find_classes(target, table, path)
                 : check_values(&table->columns[column], table->rows, path);
cleanup:
    if (status == GEMLET_OK)
        *out = target;
    else
        gm_target_destroy(target);
    return status;
}

int gm_target_is_known(const gm_target *target, const gm_table *table, gemlet_dim row)
{
    if (target->task == GM_TASK_CLASSIFICATION)
        return target->labels[row] != GM_NO_LABEL;
    return !isnan(gm_column_number(&table->columns[target->column], row));
}

void gm_target_destroy(gm_target *target)
{
    if (target == NULL)
        return;
    for (uint32_t i = 0; i < target->n_classes; ++i)
        free(target->classes[i]);
    free(target->classes);
    free(target->n_rows_of);
    free(target->labels);
    free(target);
}

/* ---- inputs that say the target ------------------------------------------------------------- */

/* 1 if each level goes with one class, and there are about as many of them. */
static gemlet_status says_class(int *says, const gm_target *target, const gm_column *column,
                                gemlet_dim rows)
{
    uint32_t *class_of;
    *says = 0;
    if (column->levels.n > 2 * target->n_classes)
        return GEMLET_OK;
    GEMLET_TRY(GM_ALLOC(class_of, column->levels.n, "classes of levels"));
    for (uint32_t i = 0; i < column->levels.n; ++i)
        class_of[i] = GM_NO_LABEL;
    *says = 1;
    for (gemlet_dim row = 0; row < rows && *says; ++row) {
        const uint32_t level = gm_column_level(column, row);
        const uint32_t label = target->labels[row];
        if (level == GM_NO_LEVEL || label == GM_NO_LABEL)
            continue;
        *says = class_of[level] == GM_NO_LABEL || class_of[level] == label;
        class_of[level] = label;
    }
    free(class_of);
    return GEMLET_OK;
}

static double target_number(const gm_target *target, const gm_column *column, gemlet_dim row)
{
    if (target->task == GM_TASK_REGRESSION)
        return gm_column_number(column, row);
    return target->labels[row] == GM_NO_LABEL ? (double)NAN : (double)target->labels[row];
}

/* The correlation of two columns over the rows where both have a value (Pearson), in two passes. */
static double correlation(const gm_target *target, const gm_table *table, const gm_column *column)
{
    const gm_column *other = &table->columns[target->column];
    double mean_x = 0;
    double mean_y = 0;
    double xx = 0;
    double yy = 0;
    double xy = 0;
    double n = 0;
    for (int pass = 0; pass < 2; ++pass) {
        for (gemlet_dim row = 0; row < table->rows; ++row) {
            const double x = gm_column_number(column, row) - mean_x;
            const double y = target_number(target, other, row) - mean_y;
            if (isnan(x) || isnan(y))
                continue;
            n += pass == 0;
            xx += pass == 0 ? x : x * x;
            yy += pass == 0 ? y : y * y;
            xy += x * y;
        }
        if (pass == 0) {
            mean_x = xx / n;
            mean_y = yy / n;
            xx = yy = xy = 0;
        }
    }
    return n > 2 && xx > 0 && yy > 0 ? xy / sqrt(xx) / sqrt(yy) : 0;
}

gemlet_status gm_target_check_inputs(const gm_target *target, gm_table *table,
                                     const gm_column_role *roles)
{
    for (gemlet_dim i = 0; i < table->n_columns; ++i) {
        const gm_column *column = &table->columns[i];
        int says = 0;
        if (roles[i].use != GM_USE_INPUT)
            continue;
        if (column->kind == GM_COLUMN_TEXTS && target->task == GM_TASK_CLASSIFICATION)
            GEMLET_TRY(says_class(&says, target, column, table->rows));
        else if (column->kind == GM_COLUMN_NUMBERS || column->kind == GM_COLUMN_DATES)
            says = fabs(correlation(target, table, column)) > MAX_CORRELATION;
        if (says)
            GEMLET_TRY(gm_table_note(table,
                                     "column '%.80s' says the target '%.80s': --drop it unless it "
                                     "is known when predictions are made",
                                     column->name, table->columns[target->column].name));
    }
    return GEMLET_OK;
}

/* SPDX-License-Identifier: MIT
 * What is to be predicted: the task, and of each row its class or its value. */
#ifndef GM_TABLE_TARGET_H
#define GM_TABLE_TARGET_H

#include "table/column_use.h"

typedef enum gm_task {
    GM_TASK_FIND,
    GM_TASK_CLASSIFICATION,
    GM_TASK_REGRESSION
} gm_task;

/* Whole numbers of more distinct values than this are to be regressed, unless the user says
 * otherwise; so are those of which each comes less than three times on average. */
#define GM_MAX_NUMBERED_CLASSES 30u

#define GM_NO_LABEL             UINT32_MAX

typedef struct gm_target {
    gemlet_dim column;
    gm_task task;
    const char *sign;     /* why that task. Static text */
    gemlet_dim n_missing; /* rows without a target */
    /* classification */
    uint32_t n_classes;
    char **classes;        /* (n_classes) names: numbers by value, texts by their bytes */
    gemlet_dim *n_rows_of; /* (n_classes) */
    uint32_t *labels;      /* (rows) GM_NO_LABEL: no target */
    /* regression: the values are those of the column */
} gm_target;

/* Finds the task, unless `task` says it, and the classes. GEMLET_E_RANGE for a target that nothing
 * can be learned from: no value at all, one class, a constant, nearly a class for each row;
 * GEMLET_E_ARGUMENT for the regression of texts. On failure *out = NULL. Release with
 * gm_target_destroy(). */
gemlet_status gm_target_find(gm_target **out, const gm_table *table, gemlet_dim column,
                             gm_task task, const char *path);

/* 1 if the row has a target. */
int gm_target_is_known(const gm_target *target, const gm_table *table, gemlet_dim row);

/* Adds a note to the table for each input that says the target: equal to it, or each of its values
 * going with one class. */
gemlet_status gm_target_check_inputs(const gm_target *target, gm_table *table,
                                     const gm_column_role *roles);

/* "classification", ... Static text. */
const char *gm_task_name(gm_task task);

/* NULL is allowed. */
void gm_target_destroy(gm_target *target);

#endif

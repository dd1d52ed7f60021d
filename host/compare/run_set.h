/* SPDX-License-Identifier: MIT
 * Runs read to be shown together: their records, gathered in groups, and the losses of each group.
 */
#ifndef GM_COMPARE_RUN_SET_H
#define GM_COMPARE_RUN_SET_H

#include "compare/run_groups.h"
#include "report/loss_curve.h"

/* Starts as {0}. */
typedef struct gm_run_set {
    size_t n;
    gm_run_record *records; /* (n) */
    gm_run_groups groups;
    /* (groups.n) means over the runs of each, thinned; NULL if they were not asked for */
    gm_loss_curve *curves;
    gm_loss_curve *validation; /* of some n is 0 */
} gm_run_set;

/* Reads the runs in directories (n >= 1). n_smoothed: reports in the moving mean of the training
 * losses, 1: none; 0: no curves are read. What is read of a run is never of two, though runs may be
 * replaced meanwhile: GEMLET_E_IO if that happens again and again. On failure *set is all zero.
 * Release with gm_run_set_free(). */
gemlet_status gm_run_set_read(gm_run_set *set, char *const *directories, size_t n,
                              size_t n_smoothed);

/* Harmless on a zeroed set. */
void gm_run_set_free(gm_run_set *set);

#endif

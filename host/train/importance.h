/* SPDX-License-Identifier: MIT
 * How much a model needs each column of a table: permutation importance (Breiman 2001, section 10;
 * Fisher, Rudin and Dominici 2019). The values of one column are given to other rows, and the
 * model is tested again: what it loses is what it took from this column. */
#ifndef GM_TRAIN_IMPORTANCE_H
#define GM_TRAIN_IMPORTANCE_H

#include "gemlet/train.h"

#define GM_IMPORTANCE_REPEATS 5u

/* Rows that are passed through the network for it, at most; each counts once for every column and
 * repeat. */
typedef struct gm_importance_limits {
    double n_passes;
    gemlet_dim n_rows;
} gm_importance_limits;

typedef struct gm_column_importance {
    double accuracy_fall; /* mean over the repeats; NAN of a regression */
    double accuracy_std;  /* of the repeats, dividing by their number */
    double loss_rise;     /* of the mean cross-entropy; of a regression of the root mean square
                             error, in units of the targets */
    double loss_std;
} gm_column_importance;

/* Starts as {0}; release with gm_importance_free(). */
typedef struct gm_importance {
    gemlet_dim n_rows; /* that were tested; 0: nothing was measured */
    unsigned n_repeats;
    uint32_t *rows; /* (n_rows) of the data set, in an order at random: in repeat r = 1, 2, ... row
                       rows[i] gets the value of row rows[(i + r) mod n_rows] */
    gemlet_dim n_columns;
    gm_column_importance *columns; /* (n_columns) */
} gm_importance;

/* Measures it on rows of the data set with answers, whose features are encoded from columns. Rows
 * and repeats are as many as the limits allow; if those are too few rows, nothing is measured:
 * n_rows = 0. Every pass has the shape of an evaluation of the whole data set. On failure
 * *importance is {0}. */
gemlet_status gm_importance_measure(gm_importance *importance, const gemlet_model *model,
                                    gemlet_device *device, const gemlet_dataset *dataset,
                                    const gm_importance_limits *limits, uint64_t seed);

void gm_importance_free(gm_importance *importance);

#endif

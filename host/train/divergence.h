/* SPDX-License-Identifier: MIT
 * What may have made a run diverge, told from its data and options. */
#ifndef GM_TRAIN_DIVERGENCE_H
#define GM_TRAIN_DIVERGENCE_H

#include "gemlet/train.h"

/* Room for any text of gm_divergence_advise(). */
#define GM_DIVERGENCE_ADVICE_SIZE 512u

typedef struct gm_diverged_run {
    const gemlet_train_options *options;
    const gemlet_dataset *dataset;
    const gemlet_model *good; /* its last finite state */
    uint64_t good_steps;      /* steps done to reach it */
    uint64_t step;            /* from 1: the one that failed */
} gm_diverged_run;

/* text (GM_DIVERGENCE_ADVICE_SIZE) out: everything that is out of range, the inputs, the initial
 * weights, the weight decay, the learning rate; or, if nothing is, to lower the learning rate. */
void gm_divergence_advise(char *text, const gm_diverged_run *run);

/* The value of largest magnitude of `n_rows` rows from row `first`; *feature (from 0) out. */
double gm_largest_value(gemlet_dim *feature, const gemlet_dataset *dataset, gemlet_dim first,
                        gemlet_dim n_rows);

#endif

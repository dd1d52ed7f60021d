/* SPDX-License-Identifier: MIT
 * Where a training stands, beside its model: all that the steps to come depend on, and the sums
 * that its next report will need. Order of the rows, learning rates and random numbers follow from
 * the number of the step. */
#ifndef GM_TRAIN_TRAIN_STATE_H
#define GM_TRAIN_TRAIN_STATE_H

#include "train/validation.h"

typedef struct gm_train_state {
    uint64_t n_done;     /* steps */
    double initial_loss; /* as in gemlet_train_result, as the next two */
    double train_loss;
    double train_accuracy;

    /* since the last report */
    double loss_sum;
    uint64_t correct_sum;
    uint64_t n_summed; /* steps */

    double seconds;        /* of all steps done, without validation */
    double report_seconds; /* the same at the last report */
    double validation_seconds;
    gm_validation_state validation;
} gm_train_state;

#endif

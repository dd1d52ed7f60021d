/* SPDX-License-Identifier: MIT
 * What the networks of an ensemble answer, made one answer, on the host and in double. */
#ifndef GM_TRAIN_COMBINE_H
#define GM_TRAIN_COMBINE_H

#include <stddef.h>

#include "gemlet/model.h"

/* Outputs of networks: (n_networks, rows, ld), of which each row has n_outputs values. */
typedef struct gm_combination {
    gemlet_dim n_networks;
    gemlet_dim rows;
    gemlet_dim n_outputs;
    size_t ld;
    gemlet_task task;
} gm_combination;

/* all in. outputs (rows, ld) out, padding included: of classes the logarithms of the mean
 * probabilities, which as logits give these probabilities and their logarithms as losses; of a
 * regression the mean.
 * spread (rows) out, may be NULL: the standard deviation over the networks (n - 1 degrees of
 * freedom) of the probability of the class with the largest mean, of equal ones the first; of a
 * regression of the outputs. */
void gm_combine_outputs(float *outputs, float *spread, const float *all, const gm_combination *of);

#endif

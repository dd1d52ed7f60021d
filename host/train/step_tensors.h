/* SPDX-License-Identifier: MIT
 * What a training step writes, by name, in the order in which it is written. */
#ifndef GM_TRAIN_STEP_TENSORS_H
#define GM_TRAIN_STEP_TENSORS_H

#include "model/network.h"

#define GM_STEP_TENSOR_NAME_SIZE 48u

typedef struct gm_step_tensor {
    char name[GM_STEP_TENSOR_NAME_SIZE]; /* "layer 2 dweight"; layers count from 1 */
    gm_matrix view;                      /* a vector is one row */
} gm_step_tensor;

/* *out = the tensors of a step of `rows` rows, *n of them: as gm_train_step() leaves them, so that
 * of a gradient that is calculated in place of another only the last is there ("dz").
 *   x (rows, inputs) the batch; loss (1)
 * The same network gives the same list on every backend. Release with free(). */
gemlet_status gm_step_tensors_list(gm_step_tensor **out, size_t *n, const gm_network *network,
                                   gm_matrix x, gm_vector loss);

/* *finite = 0 if a value of the view is NaN, infinite, or, in double, beyond the largest float. */
gemlet_status gm_step_tensors_finite(int *finite, gm_backend *backend, gm_matrix view);

#endif

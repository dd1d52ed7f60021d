/* SPDX-License-Identifier: MIT
 * One training step. */
#ifndef GM_TRAIN_STEP_H
#define GM_TRAIN_STEP_H

#include "model/network.h"
#include "train/device_data.h"

typedef struct gm_step_args {
    size_t first;     /* place in data->order where the batch begins */
    gemlet_dim batch; /* rows */
    gm_policies policies;
    gm_vector record;  /* (GM_RECORD_SIZE) in */
    gm_vector loss;    /* (1) REAL out: mean loss of the batch before the update */
    gm_vector correct; /* (1) U32 out: rows classified rightly before the update */
} gm_step_args;

/* gather, augment, forward, loss, backward, update. Only enqueues. */
gemlet_status gm_train_step(gm_network *network, gm_device_data *data, const gm_step_args *args);

#endif

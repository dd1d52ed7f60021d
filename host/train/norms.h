/* SPDX-License-Identifier: MIT
 * Limits of norms that options ask for: of the whole gradient, and of the weights of each unit. */
#ifndef GM_TRAIN_NORMS_H
#define GM_TRAIN_NORMS_H

#include "gemlet/train.h"
#include "model/network.h"

/* GEMLET_E_RANGE for impossible ones. */
gemlet_status gm_norms_check(const gemlet_train_options *options);

/* record = that of a step; it is zeroed before. */
void gm_norms_fill_record(float record[GM_RECORD_SIZE], const gemlet_train_options *options);

/* Between the gradients and the update. Only enqueues. */
gemlet_status gm_norms_clip(gm_network *network, gm_vector record);

/* Behind the update: the weights of all layers. Only enqueues. */
gemlet_status gm_norms_limit(gm_network *network, gm_vector record);

#endif

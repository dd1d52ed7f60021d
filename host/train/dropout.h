/* SPDX-License-Identifier: MIT
 * Dropout and noise, as the options ask for them: which network they need, and
 * what the record of a step holds. */
#ifndef GM_TRAIN_DROPOUT_H
#define GM_TRAIN_DROPOUT_H

#include "gemlet/train.h"
#include "model/network.h"

/* GM_NETWORK_TRAIN, or one with dropout, noise or both. */
gm_network_use gm_dropout_network_use(const gemlet_train_options *options);

/* GEMLET_E_RANGE for a rate or a deviation that is impossible. */
gemlet_status gm_dropout_check(const gemlet_train_options *options);

/* Its items of the record of any step. */
void gm_dropout_fill_record(float record[GM_RECORD_SIZE], const gemlet_train_options *options);

#endif

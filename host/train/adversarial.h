/* SPDX-License-Identifier: MIT
 * Adversarial training by the fast gradient sign method (Goodfellow et al. 2015): half of a batch
 * is moved against the network before the step learns from it. */
#ifndef GM_TRAIN_ADVERSARIAL_H
#define GM_TRAIN_ADVERSARIAL_H

#include "gemlet/train.h"
#include "model/network.h"

/* GEMLET_E_RANGE for a step that is impossible. */
gemlet_status gm_adversarial_check(const gemlet_train_options *options);

/* Its item of the record of any step. */
void gm_adversarial_fill_record(float record[GM_RECORD_SIZE], const gemlet_train_options *options);

/* x (B, inputs) in and out, record and policies: those of the step; the network has done
 * gm_network_backward() with them. Moves rows B/2 to B-1. Only enqueues. */
gemlet_status gm_adversarial_move(gm_network *network, const gm_policies *policies, gm_matrix x,
                                  gm_vector record);

#endif

/* SPDX-License-Identifier: MIT
 * Virtual adversarial training (Miyato et al. 2018): beside the loss, a step lowers the divergence
 * KL(p(x) || p(x + r)) of the network's answers in the direction in which they change most. */
#ifndef GM_TRAIN_VIRTUAL_ADVERSARIAL_H
#define GM_TRAIN_VIRTUAL_ADVERSARIAL_H

#include "gemlet/train.h"
#include "model/network.h"

/* GEMLET_E_RANGE for numbers that are impossible; GEMLET_E_SHAPE for a network without classes. */
gemlet_status gm_virtual_adversarial_check(const gemlet_train_options *options,
                                           const gemlet_spec *spec);

/* Its items of the record of any step. */
void gm_virtual_adversarial_fill_record(float record[GM_RECORD_SIZE],
                                        const gemlet_train_options *options);

/* x (B, inputs) in, record and policies: those of the step; the network has done
 * gm_network_forward_train() and gm_network_backward() with them. Adds the gradients of the
 * divergence to those of the parameters. Only enqueues. */
gemlet_status gm_virtual_adversarial_add(gm_network *network, const gm_policies *policies,
                                         gm_matrix x, gm_vector record);

#endif

/* SPDX-License-Identifier: MIT
 * The descriptors that op_list.c collects. */
#ifndef GM_TESTS_SUPPORT_OP_DESCRIPTORS_H
#define GM_TESTS_SUPPORT_OP_DESCRIPTORS_H

#include "support/op_case.h"

extern const op_descriptor op_gather_batch;
extern const op_descriptor op_dense_fwd;
extern const op_descriptor op_dense_bwd_w;
extern const op_descriptor op_dense_bwd_x;
extern const op_descriptor op_act_bwd;
extern const op_descriptor op_bn_act_fwd_train;
extern const op_descriptor op_bn_act_fwd_test;
extern const op_descriptor op_bn_act_bwd;
extern const op_descriptor op_softmax;
extern const op_descriptor op_softmax_xent;
extern const op_descriptor op_sgd_step;

#endif

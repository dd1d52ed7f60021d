/* SPDX-License-Identifier: MIT
 * The operations of backend.h as data: operands, call, bounds. Nothing else knows which operations
 * there are. */
#ifndef GM_VERIFY_CHECKED_OPS_H
#define GM_VERIFY_CHECKED_OPS_H

#include "verify/checked_backend.h"

/* Room for the arguments of any operation. */
typedef union gm_check_args {
    gm_gather_batch_args gather_batch;
    gm_dense_fwd_args dense_fwd;
    gm_dense_bwd_w_args dense_bwd_w;
    gm_dense_bwd_x_args dense_bwd_x;
    gm_act_bwd_args act_bwd;
    gm_bn_act_fwd_train_args bn_act_fwd_train;
    gm_bn_act_fwd_test_args bn_act_fwd_test;
    gm_bn_act_bwd_args bn_act_bwd;
    gm_softmax_args softmax;
    gm_softmax_xent_args softmax_xent;
    gm_sgd_step_args sgd_step;
} gm_check_args;

extern const gm_check_op gm_check_gather_batch;
extern const gm_check_op gm_check_dense_fwd;
extern const gm_check_op gm_check_dense_bwd_w;
extern const gm_check_op gm_check_dense_bwd_x;
extern const gm_check_op gm_check_act_bwd;
extern const gm_check_op gm_check_bn_act_fwd_train;
extern const gm_check_op gm_check_bn_act_fwd_test;
extern const gm_check_op gm_check_bn_act_bwd;
extern const gm_check_op gm_check_softmax;
extern const gm_check_op gm_check_softmax_xent;
extern const gm_check_op gm_check_sgd_step;

#endif

/* SPDX-License-Identifier: MIT
 * What an operation costs at least, from the shapes of its arguments: the one place that counts
 * work and traffic, for reports only. Nothing that is calculated depends on it. */
#ifndef GM_BACKEND_OP_COST_H
#define GM_BACKEND_OP_COST_H

#include "backend/backend.h"

/* FLOPs are those of the matrix products, a multiply-add being two; the rest of a network is a few
 * operations per element and bound by memory. Bytes count every tensor once per time that the
 * operation must read or write it, as if no cache held anything from before. */
typedef struct gm_op_cost {
    uint64_t n_flops;
    uint64_t n_bytes;
} gm_op_cost;

/* A matrix product (m,k) x (k,n) -> (m,n). */
gm_op_cost gm_op_cost_product(uint64_t m, uint64_t k, uint64_t n);

gm_op_cost gm_op_cost_add(gm_op_cost a, gm_op_cost b);

gm_op_cost gm_op_cost_gather_batch(const gm_gather_batch_args *args);
gm_op_cost gm_op_cost_dense_fwd(const gm_dense_fwd_args *args);
gm_op_cost gm_op_cost_dense_bwd_w(const gm_dense_bwd_w_args *args);
gm_op_cost gm_op_cost_dense_bwd_x(const gm_dense_bwd_x_args *args);
gm_op_cost gm_op_cost_act_bwd(const gm_act_bwd_args *args);
gm_op_cost gm_op_cost_bn_act_fwd_train(const gm_bn_act_fwd_train_args *args);
gm_op_cost gm_op_cost_bn_act_fwd_test(const gm_bn_act_fwd_test_args *args);
gm_op_cost gm_op_cost_bn_act_bwd(const gm_bn_act_bwd_args *args);
gm_op_cost gm_op_cost_softmax(const gm_softmax_args *args);
gm_op_cost gm_op_cost_softmax_xent(const gm_softmax_xent_args *args);
gm_op_cost gm_op_cost_sgd_step(const gm_sgd_step_args *args);

/* One training step of `batch` rows, however it is carried out. FLOPs: forward, dW, and dX of every
 * layer but the first, whose inputs need no gradient. Bytes: what no way of doing it can avoid,
 * each parameter read and written once and each value of the batch, of so many bytes, read once. */
gm_op_cost gm_op_cost_step(const gemlet_spec *spec, gemlet_dim batch, unsigned bytes_per_value);

#endif

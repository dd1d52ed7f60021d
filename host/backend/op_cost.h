/* SPDX-License-Identifier: MIT
 * What work costs at least, from its shapes, for reports only: nothing that is calculated depends
 * on it. Operations are counted by gm_op_cost_of() in ops.h. */
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

/* One training step of `batch` rows, however it is carried out. FLOPs: forward, dW, and dX of every
 * layer but the first, whose inputs need no gradient. Bytes: those that no implementation can
 * avoid, each parameter read and written once and each value of the batch, of so many bytes, read
 * once. */
gm_op_cost gm_op_cost_step(const gemlet_spec *spec, gemlet_dim batch, unsigned bytes_per_value);

#endif

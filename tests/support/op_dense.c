/* SPDX-License-Identifier: MIT
 * Descriptors of dense_fwd, dense_bwd_w and dense_bwd_x. Shape: B x K x N of backend.h.
 *
 * Small integers make every partial sum exact, so there the bits must be right. */
#include <math.h>
#include <stdlib.h>

#include "support/op_case.h"

enum {
    DATA_INTEGERS,
    DATA_RANDOM,
    DATA_SATURATED, /* a bias of +-100 */
    DATA_NAN        /* one NaN in the input */
};

#define FLAG_BIAS 1u

static void fill(op_case *c, op_tensor *t, double std)
{
    if (c->variant->data == DATA_INTEGERS)
        op_fill_integers(c, t, -4, 4);
    else
        op_fill_normal(c, t, 0, std);
}

/* Of integers every partial sum is exact. */
static void narrow_bounds(op_case *c)
{
    for (unsigned i = 0; c->variant->data == DATA_INTEGERS && i < c->n_tensors; ++i) {
        if (c->tensors[i].role == OP_OUTPUT && !c->tensors[i].is_none)
            op_expect_exact(&c->tensors[i]);
    }
}

/* ---- dense_fwd ------------------------------------------------------------------------------ */

static const op_variant fwd_variants[] = {
    {"integers", DATA_INTEGERS, GEMLET_ACTIVATION_IDENTITY, 0},
    {"integers-bias-relu", DATA_INTEGERS, GEMLET_ACTIVATION_RELU, FLAG_BIAS},
    {"random", DATA_RANDOM, GEMLET_ACTIVATION_IDENTITY, 0},
    {"random-bias", DATA_RANDOM, GEMLET_ACTIVATION_IDENTITY, FLAG_BIAS},
    {"random-relu", DATA_RANDOM, GEMLET_ACTIVATION_RELU, 0},
    {"random-bias-relu", DATA_RANDOM, GEMLET_ACTIVATION_RELU, FLAG_BIAS},
    {"random-bias-sigmoid", DATA_RANDOM, GEMLET_ACTIVATION_SIGMOID, FLAG_BIAS},
    {"random-bias-tanh", DATA_RANDOM, GEMLET_ACTIVATION_TANH, FLAG_BIAS},
    {"saturated-sigmoid", DATA_SATURATED, GEMLET_ACTIVATION_SIGMOID, FLAG_BIAS},
    {"saturated-tanh", DATA_SATURATED, GEMLET_ACTIVATION_TANH, FLAG_BIAS},
    {"nan-relu", DATA_NAN, GEMLET_ACTIVATION_RELU, FLAG_BIAS},
};

static int fwd_prepare(op_case *c)
{
    const gemlet_dim batch = c->dims[0];
    const gemlet_dim n_inputs = c->dims[1];
    const gemlet_dim n_outputs = c->dims[2];
    op_tensor *x = op_add(c, batch, n_inputs);
    fill(c, x, 1);
    if (c->variant->data == DATA_NAN)
        x->initial[op_size(x) / 2] = (double)NAN;
    fill(c, op_add(c, n_inputs, n_outputs), 1 / sqrt((double)n_inputs));
    if ((c->variant->flags & FLAG_BIAS) == 0) {
        op_add_none(c);
    } else {
        op_tensor *bias = op_add(c, 1, n_outputs);
        if (c->variant->data == DATA_INTEGERS)
            op_fill_integers(c, bias, -4, 4);
        else
            op_fill_alternating(c, bias, 0.25);
        for (size_t n = 0; c->variant->data == DATA_SATURATED && n < n_outputs; ++n)
            bias->initial[n] = n % 2 == 0 ? 100 : -100;
    }
    op_tensor *y = op_add(c, batch, n_outputs);
    y->nan_allowed = c->variant->data == DATA_NAN;
    /* One output column saturates to one value; a product of few integers is often zero. */
    y->may_be_plain = c->variant->data == DATA_SATURATED || c->variant->data == DATA_INTEGERS;
    return 1;
}

const op_descriptor op_dense_fwd = {
    .op = &gm_op_dense_fwd,
    .n_dims = 3,
    .max_product = 1100000,
    .variants = fwd_variants,
    .n_variants = sizeof fwd_variants / sizeof fwd_variants[0],
    .prepare = fwd_prepare,
    .narrow_bounds = narrow_bounds,
};

/* ---- dense_bwd_w ---------------------------------------------------------------------------- */

static const op_variant bwd_w_variants[] = {
    {"integers", DATA_INTEGERS, GEMLET_ACTIVATION_IDENTITY, 0},
    {"integers-bias", DATA_INTEGERS, GEMLET_ACTIVATION_IDENTITY, FLAG_BIAS},
    {"random", DATA_RANDOM, GEMLET_ACTIVATION_IDENTITY, 0},
    {"random-bias", DATA_RANDOM, GEMLET_ACTIVATION_IDENTITY, FLAG_BIAS},
};

static int bwd_w_prepare(op_case *c)
{
    const gemlet_dim batch = c->dims[0];
    const gemlet_dim n_inputs = c->dims[1];
    const gemlet_dim n_outputs = c->dims[2];
    fill(c, op_add(c, batch, n_inputs), 1);
    fill(c, op_add(c, batch, n_outputs), 0.1);
    op_tensor *dw = op_add(c, n_inputs, n_outputs);
    dw->may_be_plain = c->variant->data == DATA_INTEGERS; /* products of few are often zero */
    if ((c->variant->flags & FLAG_BIAS) != 0)
        op_add(c, 1, n_outputs);
    else
        op_add_none(c);
    return 1;
}

const op_descriptor op_dense_bwd_w = {
    .op = &gm_op_dense_bwd_w,
    .n_dims = 3,
    .max_product = 1100000,
    .variants = bwd_w_variants,
    .n_variants = sizeof bwd_w_variants / sizeof bwd_w_variants[0],
    .prepare = bwd_w_prepare,
    .narrow_bounds = narrow_bounds,
};

/* ---- dense_bwd_x ---------------------------------------------------------------------------- */

static const op_variant bwd_x_variants[] = {
    {"integers", DATA_INTEGERS, GEMLET_ACTIVATION_IDENTITY, 0},
    {"random", DATA_RANDOM, GEMLET_ACTIVATION_IDENTITY, 0},
};

static int bwd_x_prepare(op_case *c)
{
    const gemlet_dim batch = c->dims[0];
    const gemlet_dim n_inputs = c->dims[1];
    const gemlet_dim n_outputs = c->dims[2];
    fill(c, op_add(c, batch, n_outputs), 0.1);
    fill(c, op_add(c, n_inputs, n_outputs), 1);
    op_tensor *dx = op_add(c, batch, n_inputs);
    dx->may_be_plain = c->variant->data == DATA_INTEGERS; /* products of few are often zero */
    return 1;
}

const op_descriptor op_dense_bwd_x = {
    .op = &gm_op_dense_bwd_x,
    .n_dims = 3,
    .max_product = 1100000,
    .variants = bwd_x_variants,
    .n_variants = sizeof bwd_x_variants / sizeof bwd_x_variants[0],
    .prepare = bwd_x_prepare,
    .narrow_bounds = narrow_bounds,
};

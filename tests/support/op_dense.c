/* SPDX-License-Identifier: MIT
 * Descriptors of dense_fwd, dense_bwd_w and dense_bwd_x. Shape: B x K x N of backend.h.
 *
 * Small integers make every partial sum exact, so there the bits must be right. */
#include <math.h>
#include <stdlib.h>

#include "support/op_case.h"
#include "verify/bounds_dense.h"

enum {
    DATA_INTEGERS,
    DATA_RANDOM,
    DATA_SATURATED, /* a bias of +-100 */
    DATA_NAN        /* one NaN in the input */
};

#define FLAG_BIAS 1u

/* Bounds need room of their own; without it there is no test. */
static void demand(gemlet_status status)
{
    if (status != GEMLET_OK)
        abort();
}

static gm_dense_shape shape_of(const op_case *c)
{
    return (gm_dense_shape){c->dims[0], c->dims[1], c->dims[2]};
}

static void fill(op_case *c, op_tensor *t, double std)
{
    if (c->variant->data == DATA_INTEGERS)
        op_fill_integers(c, t, -4, 4);
    else
        op_fill_normal(c, t, 0, std);
}

/* ---- dense_fwd ------------------------------------------------------------------------------ */

enum {
    FWD_X,
    FWD_W,
    FWD_BIAS,
    FWD_Y
};

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
    op_tensor *x = op_add(c, OP_INPUT, "x", GM_REAL, batch, n_inputs);
    fill(c, x, 1);
    if (c->variant->data == DATA_NAN)
        x->initial[op_size(x) / 2] = (double)NAN;
    fill(c, op_add(c, OP_INPUT, "w", GM_REAL, n_inputs, n_outputs), 1 / sqrt((double)n_inputs));
    if ((c->variant->flags & FLAG_BIAS) == 0) {
        op_add_none(c, "bias");
    } else {
        op_tensor *bias = op_add(c, OP_INPUT, "bias", GM_REAL, 1, n_outputs);
        if (c->variant->data == DATA_INTEGERS)
            op_fill_integers(c, bias, -4, 4);
        else
            op_fill_alternating(c, bias, 0.25);
        for (size_t n = 0; c->variant->data == DATA_SATURATED && n < n_outputs; ++n)
            bias->initial[n] = n % 2 == 0 ? 100 : -100;
    }
    op_tensor *y = op_add(c, OP_OUTPUT, "y", GM_REAL, batch, n_outputs);
    y->nan_allowed = c->variant->data == DATA_NAN;
    /* One output column saturates to one value; a product of few integers is often zero. */
    y->may_be_plain = c->variant->data == DATA_SATURATED || c->variant->data == DATA_INTEGERS;
    return 1;
}

static gemlet_status fwd_call(const op_case *c, op_side side, gm_backend *backend)
{
    const gm_dense_fwd_args args = {
        .x = op_matrix(c, side, FWD_X),
        .w = op_matrix(c, side, FWD_W),
        .bias = op_vector(c, side, FWD_BIAS),
        .activation = c->variant->activation,
        .y = op_matrix(c, side, FWD_Y),
    };
    return gm_dense_fwd(backend, &args);
}

static void fwd_set_bounds(op_case *c)
{
    op_tensor *y = &c->tensors[FWD_Y];
    if (c->variant->data == DATA_INTEGERS) {
        op_expect_exact(y);
        return;
    }
    const op_tensor *bias = &c->tensors[FWD_BIAS];
    demand(gm_bounds_dense_fwd(y->bound, c->tensors[FWD_X].initial, c->tensors[FWD_W].initial,
                               bias->is_none ? NULL : bias->initial, y->ref, shape_of(c),
                               c->variant->activation));
}

const op_descriptor op_dense_fwd = {
    .name = "dense_fwd",
    .n_dims = 3,
    .max_product = 1100000,
    .variants = fwd_variants,
    .n_variants = sizeof fwd_variants / sizeof fwd_variants[0],
    .prepare = fwd_prepare,
    .call = fwd_call,
    .set_bounds = fwd_set_bounds,
};

/* ---- dense_bwd_w ---------------------------------------------------------------------------- */

enum {
    BWD_W_X,
    BWD_W_DZ,
    BWD_W_DW,
    BWD_W_DBIAS
};

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
    fill(c, op_add(c, OP_INPUT, "x", GM_REAL, batch, n_inputs), 1);
    fill(c, op_add(c, OP_INPUT, "dz", GM_REAL, batch, n_outputs), 0.1);
    op_tensor *dw = op_add(c, OP_OUTPUT, "dw", GM_REAL, n_inputs, n_outputs);
    dw->may_be_plain = c->variant->data == DATA_INTEGERS; /* products of few are often zero */
    if ((c->variant->flags & FLAG_BIAS) != 0)
        op_add(c, OP_OUTPUT, "dbias", GM_REAL, 1, n_outputs);
    else
        op_add_none(c, "dbias");
    return 1;
}

static gemlet_status bwd_w_call(const op_case *c, op_side side, gm_backend *backend)
{
    const gm_dense_bwd_w_args args = {
        .x = op_matrix(c, side, BWD_W_X),
        .dz = op_matrix(c, side, BWD_W_DZ),
        .dw = op_matrix(c, side, BWD_W_DW),
        .dbias = op_vector(c, side, BWD_W_DBIAS),
    };
    return gm_dense_bwd_w(backend, &args);
}

static void bwd_w_set_bounds(op_case *c)
{
    op_tensor *dw = &c->tensors[BWD_W_DW];
    op_tensor *dbias = &c->tensors[BWD_W_DBIAS];
    if (c->variant->data == DATA_INTEGERS) {
        op_expect_exact(dw);
        if (!dbias->is_none)
            op_expect_exact(dbias);
        return;
    }
    demand(gm_bounds_dense_bwd_w(dw->bound, dbias->is_none ? NULL : dbias->bound,
                                 c->tensors[BWD_W_X].initial, c->tensors[BWD_W_DZ].initial,
                                 shape_of(c)));
}

const op_descriptor op_dense_bwd_w = {
    .name = "dense_bwd_w",
    .n_dims = 3,
    .max_product = 1100000,
    .variants = bwd_w_variants,
    .n_variants = sizeof bwd_w_variants / sizeof bwd_w_variants[0],
    .prepare = bwd_w_prepare,
    .call = bwd_w_call,
    .set_bounds = bwd_w_set_bounds,
};

/* ---- dense_bwd_x ---------------------------------------------------------------------------- */

enum {
    BWD_X_DZ,
    BWD_X_W,
    BWD_X_DX
};

static const op_variant bwd_x_variants[] = {
    {"integers", DATA_INTEGERS, GEMLET_ACTIVATION_IDENTITY, 0},
    {"random", DATA_RANDOM, GEMLET_ACTIVATION_IDENTITY, 0},
};

static int bwd_x_prepare(op_case *c)
{
    const gemlet_dim batch = c->dims[0];
    const gemlet_dim n_inputs = c->dims[1];
    const gemlet_dim n_outputs = c->dims[2];
    fill(c, op_add(c, OP_INPUT, "dz", GM_REAL, batch, n_outputs), 0.1);
    fill(c, op_add(c, OP_INPUT, "w", GM_REAL, n_inputs, n_outputs), 1);
    op_tensor *dx = op_add(c, OP_OUTPUT, "dx", GM_REAL, batch, n_inputs);
    dx->may_be_plain = c->variant->data == DATA_INTEGERS; /* products of few are often zero */
    return 1;
}

static gemlet_status bwd_x_call(const op_case *c, op_side side, gm_backend *backend)
{
    const gm_dense_bwd_x_args args = {
        .dz = op_matrix(c, side, BWD_X_DZ),
        .w = op_matrix(c, side, BWD_X_W),
        .dx = op_matrix(c, side, BWD_X_DX),
    };
    return gm_dense_bwd_x(backend, &args);
}

static void bwd_x_set_bounds(op_case *c)
{
    op_tensor *dx = &c->tensors[BWD_X_DX];
    if (c->variant->data == DATA_INTEGERS) {
        op_expect_exact(dx);
        return;
    }
    demand(gm_bounds_dense_bwd_x(dx->bound, c->tensors[BWD_X_DZ].initial,
                                 c->tensors[BWD_X_W].initial, shape_of(c)));
}

const op_descriptor op_dense_bwd_x = {
    .name = "dense_bwd_x",
    .n_dims = 3,
    .max_product = 1100000,
    .variants = bwd_x_variants,
    .n_variants = sizeof bwd_x_variants / sizeof bwd_x_variants[0],
    .prepare = bwd_x_prepare,
    .call = bwd_x_call,
    .set_bounds = bwd_x_set_bounds,
};

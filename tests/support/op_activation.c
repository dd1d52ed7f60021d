/* SPDX-License-Identifier: MIT
 * Descriptors of act_fwd and act_bwd. Shape: B x N. */
#include <math.h>

#include "support/op_case.h"

enum {
    DATA_RANDOM,
    DATA_WIDE, /* as far as floats go: saturated, overflowing, flushed */
    DATA_NAN
};

#define FLAG_ALIAS 1u /* the output takes the place of the gradient, or of the only input */

/* Inputs of an activation. Numbers next to 0 and on both sides of it are among them. */
static void fill_inputs(op_case *c, op_tensor *a)
{
    op_fill_normal(c, a, 0, 2);
    for (size_t i = 0; c->variant->data == DATA_WIDE && i < op_size(a); ++i)
        a->initial[i] *= ldexp(1, (int)gm_rng_below(&c->rng, 100) - 60);
}

static void add_nans(const op_case *c, op_tensor *t)
{
    for (size_t i = 0; c->variant->data == DATA_NAN && i < op_size(t); i += 3)
        t->initial[i] = (double)NAN;
}

/* ---- act_fwd -------------------------------------------------------------------------------- */

static const op_variant fwd_variants[] = {
    {"leaky_relu", DATA_RANDOM, GEMLET_ACTIVATION_LEAKY_RELU, 0},
    {"elu", DATA_RANDOM, GEMLET_ACTIVATION_ELU, 0},
    {"selu", DATA_RANDOM, GEMLET_ACTIVATION_SELU, 0},
    {"gelu", DATA_RANDOM, GEMLET_ACTIVATION_GELU, 0},
    {"silu", DATA_RANDOM, GEMLET_ACTIVATION_SILU, 0},
    {"mish", DATA_RANDOM, GEMLET_ACTIVATION_MISH, 0},
    {"wide-elu", DATA_WIDE, GEMLET_ACTIVATION_ELU, 0},
    {"wide-selu", DATA_WIDE, GEMLET_ACTIVATION_SELU, 0},
    {"wide-gelu", DATA_WIDE, GEMLET_ACTIVATION_GELU, 0},
    {"wide-silu", DATA_WIDE, GEMLET_ACTIVATION_SILU, 0},
    {"wide-mish", DATA_WIDE, GEMLET_ACTIVATION_MISH, 0},
    {"gelu-in-place", DATA_RANDOM, GEMLET_ACTIVATION_GELU, FLAG_ALIAS},
    {"leaky_relu-nan", DATA_NAN, GEMLET_ACTIVATION_LEAKY_RELU, 0},
    {"elu-nan", DATA_NAN, GEMLET_ACTIVATION_ELU, 0},
    {"gelu-nan", DATA_NAN, GEMLET_ACTIVATION_GELU, 0},
    {"mish-nan", DATA_NAN, GEMLET_ACTIVATION_MISH, 0},
};

static int fwd_prepare(op_case *c)
{
    op_tensor *a = op_add(c, c->dims[0], c->dims[1]);
    fill_inputs(c, a);
    add_nans(c, a);
    op_tensor *y = op_add(c, c->dims[0], c->dims[1]);
    y->nan_allowed = c->variant->data == DATA_NAN;
    if ((c->variant->flags & FLAG_ALIAS) != 0)
        y->alias = 0;
    return 1;
}

const op_descriptor op_act_fwd = {
    .op = &gm_op_act_fwd,
    .n_dims = 2,
    .max_product = 130000,
    .variants = fwd_variants,
    .n_variants = sizeof fwd_variants / sizeof fwd_variants[0],
    .prepare = fwd_prepare,
};

/* ---- act_bwd -------------------------------------------------------------------------------- */

#define DY 1 /* its place among the operands */

static const op_variant bwd_variants[] = {
    {"identity", DATA_RANDOM, GEMLET_ACTIVATION_IDENTITY, 0},
    {"relu", DATA_RANDOM, GEMLET_ACTIVATION_RELU, 0},
    {"sigmoid", DATA_RANDOM, GEMLET_ACTIVATION_SIGMOID, 0},
    {"tanh", DATA_RANDOM, GEMLET_ACTIVATION_TANH, 0},
    {"relu-in-place", DATA_RANDOM, GEMLET_ACTIVATION_RELU, FLAG_ALIAS},
    {"tanh-in-place", DATA_RANDOM, GEMLET_ACTIVATION_TANH, FLAG_ALIAS},
    {"relu-nan", DATA_NAN, GEMLET_ACTIVATION_RELU, 0}, /* gradients, also where it is shut */
    {"leaky_relu", DATA_RANDOM, GEMLET_ACTIVATION_LEAKY_RELU, 0},
    {"elu", DATA_RANDOM, GEMLET_ACTIVATION_ELU, 0},
    {"selu", DATA_RANDOM, GEMLET_ACTIVATION_SELU, 0},
    {"gelu", DATA_RANDOM, GEMLET_ACTIVATION_GELU, 0},
    {"silu", DATA_RANDOM, GEMLET_ACTIVATION_SILU, 0},
    {"mish", DATA_RANDOM, GEMLET_ACTIVATION_MISH, 0},
    {"wide-elu", DATA_WIDE, GEMLET_ACTIVATION_ELU, 0},
    {"wide-selu", DATA_WIDE, GEMLET_ACTIVATION_SELU, 0},
    {"wide-gelu", DATA_WIDE, GEMLET_ACTIVATION_GELU, 0},
    {"wide-silu", DATA_WIDE, GEMLET_ACTIVATION_SILU, 0},
    {"wide-mish", DATA_WIDE, GEMLET_ACTIVATION_MISH, 0},
    {"mish-in-place", DATA_RANDOM, GEMLET_ACTIVATION_MISH, FLAG_ALIAS},
    {"silu-nan", DATA_NAN, GEMLET_ACTIVATION_SILU, 0},
};

static int bwd_prepare(op_case *c)
{
    op_tensor *kept = op_add(c, c->dims[0], c->dims[1]);
    fill_inputs(c, kept);
    for (size_t i = 0; i < op_size(kept); ++i)
        kept->initial[i] = op_round(op_activate(c->variant->activation, kept->initial[i]));
    op_tensor *dy = op_add(c, c->dims[0], c->dims[1]);
    op_fill_normal(c, dy, 0, 1);
    add_nans(c, dy);
    op_tensor *dz = op_add(c, c->dims[0], c->dims[1]);
    dz->nan_allowed = c->variant->data == DATA_NAN;
    if ((c->variant->flags & FLAG_ALIAS) != 0)
        dz->alias = DY;
    return 1;
}

const op_descriptor op_act_bwd = {
    .op = &gm_op_act_bwd,
    .n_dims = 2,
    .max_product = 130000,
    .variants = bwd_variants,
    .n_variants = sizeof bwd_variants / sizeof bwd_variants[0],
    .prepare = bwd_prepare,
};

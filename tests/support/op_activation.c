/* SPDX-License-Identifier: MIT
 * Descriptors of act_fwd and act_bwd. Shape: B x N. */
#include <math.h>

#include "backend/activation.h"
#include "support/op_case.h"

enum {
    DATA_RANDOM,
    DATA_WIDE, /* as far as floats go: saturated, overflowing, flushed */
    DATA_NAN
};

#define FLAG_ALIAS   1u /* the output takes the place of the gradient, or of the only input */
#define FLAG_DROPOUT 2u
#define FLAG_INPUT   4u /* of a joined activation its input is kept; dropout has it always */

#define LAYER        3u /* of dropout */

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

/* The record of dropout, of layer LAYER; or none. */
static void add_record(op_case *c)
{
    if ((c->variant->flags & FLAG_DROPOUT) != 0)
        op_add_dropout_record(c);
    else
        op_add_none(c);
}

/* ---- act_fwd -------------------------------------------------------------------------------- */

static const op_variant fwd_variants[] = {
    {"identity", DATA_RANDOM, GEMLET_ACTIVATION_IDENTITY, 0},
    {"relu", DATA_RANDOM, GEMLET_ACTIVATION_RELU, 0},
    {"sigmoid", DATA_RANDOM, GEMLET_ACTIVATION_SIGMOID, 0},
    {"tanh", DATA_RANDOM, GEMLET_ACTIVATION_TANH, 0},
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
    {"identity-dropout", DATA_RANDOM, GEMLET_ACTIVATION_IDENTITY, FLAG_DROPOUT},
    {"sigmoid-dropout", DATA_RANDOM, GEMLET_ACTIVATION_SIGMOID, FLAG_DROPOUT},
    {"tanh-dropout", DATA_RANDOM, GEMLET_ACTIVATION_TANH, FLAG_DROPOUT | FLAG_ALIAS},
    {"silu-dropout", DATA_RANDOM, GEMLET_ACTIVATION_SILU, FLAG_DROPOUT},
    {"wide-silu-dropout", DATA_WIDE, GEMLET_ACTIVATION_SILU, FLAG_DROPOUT},
    {"silu-dropout-nan", DATA_NAN, GEMLET_ACTIVATION_SILU, FLAG_DROPOUT},
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
    add_record(c);
    op_tensor *y = op_add(c, c->dims[0], c->dims[1]);
    y->nan_allowed = c->variant->data == DATA_NAN;
    y->may_be_plain = (c->variant->flags & FLAG_DROPOUT) != 0 && op_size(y) < 16;
    if ((c->variant->flags & FLAG_ALIAS) != 0)
        y->alias = 0;
    return 1;
}

static void fwd_set_numbers(const op_case *c, gm_any_args *args)
{
    (void)c;
    args->act_fwd.layer = LAYER;
}

const op_descriptor op_act_fwd = {
    .op = &gm_op_act_fwd,
    .n_dims = 2,
    .max_product = 130000,
    .variants = fwd_variants,
    .n_variants = sizeof fwd_variants / sizeof fwd_variants[0],
    .prepare = fwd_prepare,
    .set_numbers = fwd_set_numbers,
};

/* ---- act_bwd -------------------------------------------------------------------------------- */

#define DY 1 /* its place among the operands */

static int input_is_kept(const op_variant *variant)
{
    return (variant->flags & (FLAG_DROPOUT | FLAG_INPUT)) != 0 ||
           gm_activation_is_separate(variant->activation);
}

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
    {"relu-input", DATA_RANDOM, GEMLET_ACTIVATION_RELU, FLAG_INPUT},
    {"sigmoid-input", DATA_RANDOM, GEMLET_ACTIVATION_SIGMOID, FLAG_INPUT},
    {"tanh-input", DATA_RANDOM, GEMLET_ACTIVATION_TANH, FLAG_INPUT},
    {"wide-sigmoid-input", DATA_WIDE, GEMLET_ACTIVATION_SIGMOID, FLAG_INPUT},
    {"identity-dropout", DATA_RANDOM, GEMLET_ACTIVATION_IDENTITY, FLAG_DROPOUT},
    {"elu-dropout", DATA_RANDOM, GEMLET_ACTIVATION_ELU, FLAG_DROPOUT | FLAG_ALIAS},
    {"sigmoid-dropout", DATA_RANDOM, GEMLET_ACTIVATION_SIGMOID, FLAG_DROPOUT},
    {"silu-dropout", DATA_RANDOM, GEMLET_ACTIVATION_SILU, FLAG_DROPOUT},
    {"wide-silu-dropout", DATA_WIDE, GEMLET_ACTIVATION_SILU, FLAG_DROPOUT},
    {"gelu-dropout-nan", DATA_NAN, GEMLET_ACTIVATION_GELU, FLAG_DROPOUT},
    {"mish-in-place", DATA_RANDOM, GEMLET_ACTIVATION_MISH, FLAG_ALIAS},
    {"silu-nan", DATA_NAN, GEMLET_ACTIVATION_SILU, 0},
};

static int bwd_prepare(op_case *c)
{
    op_tensor *kept = op_add(c, c->dims[0], c->dims[1]);
    fill_inputs(c, kept);
    for (size_t i = 0; !input_is_kept(c->variant) && i < op_size(kept); ++i)
        kept->initial[i] = op_round(op_activate(c->variant->activation, kept->initial[i]));
    op_tensor *dy = op_add(c, c->dims[0], c->dims[1]);
    op_fill_normal(c, dy, 0, 1);
    add_nans(c, dy);
    add_record(c);
    op_tensor *dz = op_add(c, c->dims[0], c->dims[1]);
    dz->nan_allowed = c->variant->data == DATA_NAN;
    dz->may_be_plain = (c->variant->flags & FLAG_DROPOUT) != 0 && op_size(dz) < 16;
    if ((c->variant->flags & FLAG_ALIAS) != 0)
        dz->alias = DY;
    return 1;
}

static void bwd_set_numbers(const op_case *c, gm_any_args *args)
{
    args->act_bwd.kept_is_input = input_is_kept(c->variant);
    args->act_bwd.layer = LAYER;
}

const op_descriptor op_act_bwd = {
    .op = &gm_op_act_bwd,
    .n_dims = 2,
    .max_product = 130000,
    .variants = bwd_variants,
    .n_variants = sizeof bwd_variants / sizeof bwd_variants[0],
    .prepare = bwd_prepare,
    .set_numbers = bwd_set_numbers,
};

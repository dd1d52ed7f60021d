/* SPDX-License-Identifier: MIT
 * Descriptors of sgd_step and sgd_momentum_step. Shape: any two factors of the number of
 * parameters. */
#include <math.h>

#include "support/op_case.h"

enum {
    PARAMETERS,
    MOMENTUM
};

enum {
    DATA_POWERS, /* few bits: every operation is exact */
    DATA_RANDOM
};

#define FLAG_DECAY_NONE 1u
#define FLAG_DECAY_ALL  2u
#define FLAG_NESTEROV   4u

static const op_variant variants[] = {
    {"powers", DATA_POWERS, GEMLET_ACTIVATION_IDENTITY, 0},
    {"powers-no-decay", DATA_POWERS, GEMLET_ACTIVATION_IDENTITY, FLAG_DECAY_NONE},
    {"random", DATA_RANDOM, GEMLET_ACTIVATION_IDENTITY, 0},
    {"random-all-decay", DATA_RANDOM, GEMLET_ACTIVATION_IDENTITY, FLAG_DECAY_ALL},
};

static size_t count_decayed(const op_case *c)
{
    const size_t n = op_size(&c->tensors[PARAMETERS]);
    if ((c->variant->flags & FLAG_DECAY_NONE) != 0)
        return 0;
    return (c->variant->flags & FLAG_DECAY_ALL) != 0 ? n : n / 2;
}

static const op_variant momentum_variants[] = {
    {"powers", DATA_POWERS, GEMLET_ACTIVATION_IDENTITY, 0},
    {"powers-no-decay", DATA_POWERS, GEMLET_ACTIVATION_IDENTITY, FLAG_DECAY_NONE},
    {"random", DATA_RANDOM, GEMLET_ACTIVATION_IDENTITY, 0},
    {"random-nesterov", DATA_RANDOM, GEMLET_ACTIVATION_IDENTITY, FLAG_NESTEROV},
    {"powers-nesterov", DATA_POWERS, GEMLET_ACTIVATION_IDENTITY, FLAG_NESTEROV},
};

/* A vector of the operation. */
static void add_vector(op_case *c)
{
    op_tensor *t = op_add(c, 1, c->dims[0] * c->dims[1]);
    if (c->variant->data == DATA_POWERS)
        op_fill_powers(c, t, -2, 2);
    else
        op_fill_normal(c, t, 0, 1);
}

static void add_record(op_case *c, int has_momentum)
{
    op_tensor *record = op_add(c, 1, GM_RECORD_SIZE);
    const int is_exact = c->variant->data == DATA_POWERS;
    for (unsigned i = 0; i < GM_RECORD_SIZE; ++i)
        record->initial[i] = NAN; /* of no use to this operation */
    record->initial[GM_RECORD_LEARNING_RATE] = is_exact ? 0.125 : (double)0.1f;
    record->initial[GM_RECORD_WEIGHT_DECAY] = is_exact ? 0.0625 : (double)2e-3f;
    if (!has_momentum)
        return;
    record->initial[GM_RECORD_MOMENTUM] = is_exact ? 0.5 : (double)0.9f;
    record->initial[GM_RECORD_NESTEROV] = (c->variant->flags & FLAG_NESTEROV) != 0;
}

static int prepare(op_case *c)
{
    add_vector(c);
    add_vector(c);
    add_record(c, 0);
    return 1;
}

static int prepare_momentum(op_case *c)
{
    for (unsigned i = 0; i < 3; ++i)
        add_vector(c);
    add_record(c, 1);
    return 1;
}

static void set_numbers(const op_case *c, gm_any_args *args)
{
    args->sgd_step.n_decayed = count_decayed(c);
}

static void set_momentum_numbers(const op_case *c, gm_any_args *args)
{
    args->sgd_momentum_step.n_decayed = count_decayed(c);
}

static void narrow_bounds(op_case *c)
{
    if (c->variant->data == DATA_POWERS)
        op_expect_exact(&c->tensors[PARAMETERS]);
}

static void narrow_momentum_bounds(op_case *c)
{
    narrow_bounds(c);
    if (c->variant->data == DATA_POWERS)
        op_expect_exact(&c->tensors[MOMENTUM]);
}

const op_descriptor op_sgd_momentum_step = {
    .op = &gm_op_sgd_momentum_step,
    .n_dims = 2,
    .max_product = 260000,
    .variants = momentum_variants,
    .n_variants = sizeof momentum_variants / sizeof momentum_variants[0],
    .prepare = prepare_momentum,
    .set_numbers = set_momentum_numbers,
    .narrow_bounds = narrow_momentum_bounds,
};

const op_descriptor op_sgd_step = {
    .op = &gm_op_sgd_step,
    .n_dims = 2,
    .max_product = 260000,
    .variants = variants,
    .n_variants = sizeof variants / sizeof variants[0],
    .prepare = prepare,
    .set_numbers = set_numbers,
    .narrow_bounds = narrow_bounds,
};

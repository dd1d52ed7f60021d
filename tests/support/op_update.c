/* SPDX-License-Identifier: MIT
 * Descriptors of sgd_step, sgd_momentum_step and adam_step. Shape: any two factors of the number of
 * parameters. */
#include <math.h>

#include "support/op_case.h"

enum {
    PARAMETERS,
    MOMENTUM,
    FIRST_MOMENT = 1,
    SECOND_MOMENT
};

enum {
    DATA_POWERS, /* few bits: every operation is exact */
    DATA_RANDOM,
    DATA_FIRST_STEP /* moments of 0 */
};

#define FLAG_DECAY_NONE 1u
#define FLAG_DECAY_ALL  2u
#define FLAG_NESTEROV   4u
#define FLAG_DECOUPLED  8u

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

/* ---- adam_step ------------------------------------------------------------------------------ */

static const op_variant adam_variants[] = {
    {"powers", DATA_POWERS, GEMLET_ACTIVATION_IDENTITY, FLAG_DECAY_NONE},
    {"random", DATA_RANDOM, GEMLET_ACTIVATION_IDENTITY, 0},
    {"random-decoupled", DATA_RANDOM, GEMLET_ACTIVATION_IDENTITY, FLAG_DECOUPLED},
    {"random-all-decay", DATA_RANDOM, GEMLET_ACTIVATION_IDENTITY, FLAG_DECAY_ALL},
    {"first-step", DATA_FIRST_STEP, GEMLET_ACTIVATION_IDENTITY, FLAG_DECOUPLED},
};

static void add_adam_record(op_case *c)
{
    op_tensor *record = op_add(c, 1, GM_RECORD_SIZE);
    const int is_exact = c->variant->data == DATA_POWERS;
    const int is_first = c->variant->data == DATA_FIRST_STEP;
    for (unsigned i = 0; i < GM_RECORD_SIZE; ++i)
        record->initial[i] = NAN; /* of no use to this operation */
    record->initial[GM_RECORD_LEARNING_RATE] = is_exact ? 0.125 : (double)1e-3f;
    record->initial[GM_RECORD_WEIGHT_DECAY] = (double)1e-2f;
    record->initial[GM_RECORD_NEW_FIRST] = is_exact ? 0.5 : (double)0.1f;
    record->initial[GM_RECORD_NEW_SECOND] = is_exact ? 1 : (double)1e-3f;
    record->initial[GM_RECORD_FIRST_CORRECTION] = is_exact ? 2 : is_first ? 10 : (double)1.1f;
    record->initial[GM_RECORD_SECOND_CORRECTION] = is_exact ? 1 : is_first ? 1000 : (double)30.7f;
    record->initial[GM_RECORD_EPSILON] = is_exact ? 0x1p-60 : (double)1e-8f;
    record->initial[GM_RECORD_DECOUPLED] = (c->variant->flags & FLAG_DECOUPLED) != 0;
}

/* Of powers the second moment is the gradient squared, and its root the gradient, beside which
 * epsilon vanishes. */
static int prepare_adam(op_case *c)
{
    add_vector(c);
    for (unsigned i = FIRST_MOMENT; i <= SECOND_MOMENT; ++i) {
        add_vector(c);
        op_tensor *t = &c->tensors[i];
        for (size_t j = 0; j < op_size(t); ++j) {
            if (c->variant->data == DATA_FIRST_STEP)
                t->initial[j] = 0;
            else if (i == SECOND_MOMENT)
                t->initial[j] = fabs(t->initial[j]);
        }
    }
    add_vector(c);
    add_adam_record(c);
    return 1;
}

static void set_adam_numbers(const op_case *c, gm_any_args *args)
{
    args->adam_step.n_decayed = count_decayed(c);
}

/* What the root and the division leave is not exact on every device. */
static void narrow_adam_bounds(op_case *c)
{
    if (c->variant->data != DATA_POWERS)
        return;
    op_expect_exact(&c->tensors[FIRST_MOMENT]);
    op_expect_exact(&c->tensors[SECOND_MOMENT]);
}

const op_descriptor op_adam_step = {
    .op = &gm_op_adam_step,
    .n_dims = 2,
    .max_product = 260000,
    .variants = adam_variants,
    .n_variants = sizeof adam_variants / sizeof adam_variants[0],
    .prepare = prepare_adam,
    .set_numbers = set_adam_numbers,
    .narrow_bounds = narrow_adam_bounds,
};

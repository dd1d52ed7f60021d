/* SPDX-License-Identifier: MIT
 * Descriptors of norm_squares, norm_clip and norm_max. */
#include <math.h>

#include "support/op_case.h"

enum {
    DATA_RANDOM,
    DATA_POWERS /* few bits, so that sums are exact; of one kind of sign */
};

enum {
    LIMIT_LOW = 1, /* far below the norm */
    LIMIT_HIGH     /* far above it: nothing changes */
};

static const op_variant variants[] = {
    {"low", DATA_RANDOM, GEMLET_ACTIVATION_IDENTITY, LIMIT_LOW},
    {"high", DATA_RANDOM, GEMLET_ACTIVATION_IDENTITY, LIMIT_HIGH},
};

static const op_variant sum_variants[] = {
    {"random", DATA_RANDOM, GEMLET_ACTIVATION_IDENTITY, 0},
    {"powers", DATA_POWERS, GEMLET_ACTIVATION_IDENTITY, 0},
};

static void add_record(op_case *c, gm_record_item item, double norm)
{
    op_tensor *record = op_add(c, 1, GM_RECORD_SIZE);
    for (unsigned i = 0; i < GM_RECORD_SIZE; ++i)
        record->initial[i] = NAN; /* of no use to these operations */
    record->initial[item] =
        (double)(float)(c->variant->flags == LIMIT_LOW ? norm / 3 : norm * 3 + 1);
}

/* ---- norm_squares: sums x values of each ------------------------------------------------------
 */

static int prepare_sums(op_case *c)
{
    const gemlet_dim n_sums = c->dims[0];
    const gemlet_dim n = n_sums + (n_sums - 1) / 2 + (n_sums - 1) * c->dims[1];
    op_tensor *values = op_add(c, 1, n); /* the last sum may have none */
    if (c->variant->data == DATA_POWERS)
        op_fill_powers(c, values, -1, 1);
    else
        op_fill_normal(c, values, 0, 1);
    op_add(c, 1, n_sums)->may_be_plain = 1;
    return 1;
}

const op_descriptor op_norm_squares = {
    .op = &gm_op_norm_squares,
    .n_dims = 2,
    .max_product = 260000,
    .variants = sum_variants,
    .n_variants = sizeof sum_variants / sizeof sum_variants[0],
    .prepare = prepare_sums,
};

/* ---- norm_clip: two factors of the number of gradients --------------------------------------- */

static int prepare_clip(op_case *c)
{
    const gemlet_dim n = c->dims[0] * c->dims[1];
    double squares = 0;
    op_tensor *gradients = op_add(c, 1, n);
    op_fill_normal(c, gradients, 0, 1);
    op_tensor *sums = op_add(c, 1, c->dims[0] % 7 + 1);
    op_fill_uniform(c, sums, 0.5, 20);
    for (gemlet_dim j = 0; j < sums->cols; ++j)
        squares += sums->initial[j];
    add_record(c, GM_RECORD_CLIP_NORM, sqrt(squares));
    return 1;
}

const op_descriptor op_norm_clip = {
    .op = &gm_op_norm_clip,
    .n_dims = 2,
    .max_product = 260000,
    .variants = variants,
    .n_variants = sizeof variants / sizeof variants[0],
    .prepare = prepare_clip,
};

/* ---- norm_max: rows x columns ---------------------------------------------------------------- */

static int prepare_max(op_case *c)
{
    op_fill_normal(c, op_add(c, c->dims[0], c->dims[1]), 0, 1);
    add_record(c, GM_RECORD_MAX_NORM, sqrt(c->dims[0]));
    return 1;
}

const op_descriptor op_norm_max = {
    .op = &gm_op_norm_max,
    .n_dims = 2,
    .max_product = 260000,
    .variants = variants,
    .n_variants = sizeof variants / sizeof variants[0],
    .prepare = prepare_max,
};

/* SPDX-License-Identifier: MIT
 * Descriptor of row_step. Shape: B x N. */
#include <math.h>

#include "support/op_case.h"

enum {
    DATA_RANDOM,
    DATA_SMALL, /* gradients whose squares are no floats */
    DATA_NONE,  /* rows of zeros, and of values that give no direction, among others */
    DATA_NAN    /* a NaN in every third row */
};

static const op_variant variants[] = {
    {"random", DATA_RANDOM, GEMLET_ACTIVATION_IDENTITY, 0},
    {"small", DATA_SMALL, GEMLET_ACTIVATION_IDENTITY, 0},
    {"none", DATA_NONE, GEMLET_ACTIVATION_IDENTITY, 0},
    {"nan", DATA_NAN, GEMLET_ACTIVATION_IDENTITY, 0},
};

static void spoil_rows(op_case *c, op_tensor *g)
{
    for (size_t i = 0; i < g->rows; ++i) {
        double *row = g->initial + i * g->cols;
        for (size_t j = 0; c->variant->data == DATA_NONE && j < g->cols; ++j)
            row[j] = i % 3 == 0 ? 0 : i % 3 == 1 ? op_round(0x1p-104 * row[j]) : row[j];
        if (c->variant->data == DATA_NAN && i % 3 == 0)
            row[gm_rng_below(&c->rng, g->cols)] = (double)NAN;
    }
}

static int prepare(op_case *c)
{
    op_fill_normal(c, op_add(c, c->dims[0], c->dims[1]), 0, 1);
    op_tensor *g = op_add(c, c->dims[0], c->dims[1]);
    op_fill_normal(c, g, 0, c->variant->data == DATA_SMALL ? 1e-25 : 1);
    spoil_rows(c, g);
    op_tensor *record = op_add_record(c);
    record->initial[GM_RECORD_VIRTUAL_STEP] = op_round(2.1);
    op_tensor *y = op_add(c, c->dims[0], c->dims[1]);
    y->nan_allowed = c->variant->data == DATA_NAN;
    return 1;
}

static void set_numbers(const op_case *c, gm_any_args *args)
{
    (void)c;
    args->row_step.item = GM_RECORD_VIRTUAL_STEP;
}

const op_descriptor op_row_step = {
    .op = &gm_op_row_step,
    .n_dims = 2,
    .max_product = 130000,
    .variants = variants,
    .n_variants = sizeof variants / sizeof variants[0],
    .prepare = prepare,
    .set_numbers = set_numbers,
};

/* SPDX-License-Identifier: MIT
 * Descriptor of dropout. Shape: B x N. The bits must be those of the reference: every element that
 * is dropped on one side only is wrong by far. */
#include <math.h>

#include "support/op_case.h"

enum {
    DATA_RANDOM,
    DATA_NAN
};

#define FLAG_ALIAS 1u /* y takes the place of x */

static const op_variant variants[] = {
    {"apart", DATA_RANDOM, GEMLET_ACTIVATION_IDENTITY, 0},
    {"in-place", DATA_RANDOM, GEMLET_ACTIVATION_IDENTITY, FLAG_ALIAS},
    {"nan", DATA_NAN, GEMLET_ACTIVATION_IDENTITY, 0},
};

static int prepare(op_case *c)
{
    op_tensor *x = op_add(c, c->dims[0], c->dims[1]);
    op_fill_normal(c, x, 3, 1); /* far from 0, which is not seen to be dropped */
    for (size_t i = 0; c->variant->data == DATA_NAN && i < op_size(x); i += 3)
        x->initial[i] = (double)NAN;
    op_add_dropout_record(c);
    op_tensor *y = op_add(c, c->dims[0], c->dims[1]);
    y->nan_allowed = c->variant->data == DATA_NAN;
    y->may_be_plain = op_size(y) < 16; /* all of few may be dropped */
    if ((c->variant->flags & FLAG_ALIAS) != 0)
        y->alias = 0;
    return 1;
}

const op_descriptor op_dropout = {
    .op = &gm_op_dropout,
    .n_dims = 2,
    .max_product = 130000,
    .variants = variants,
    .n_variants = sizeof variants / sizeof variants[0],
    .prepare = prepare,
};

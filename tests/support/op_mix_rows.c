/* SPDX-License-Identifier: MIT
 * Descriptor of mix_rows. Shape: B x N. */
#include <math.h>

#include "support/op_case.h"

#define FLAG_ALIAS 1u /* y takes the place of x */

static const op_variant variants[] = {
    {"apart", 0, GEMLET_ACTIVATION_IDENTITY, 0},
    {"in-place", 0, GEMLET_ACTIVATION_IDENTITY, FLAG_ALIAS},
};

static int prepare(op_case *c)
{
    op_fill_normal(c, op_add(c, c->dims[0], c->dims[1]), 0, 1);
    op_tensor *record = op_add_record(c);
    record->initial[GM_RECORD_MIXED_PART] = op_round(0.3);
    op_tensor *y = op_add(c, c->dims[0], c->dims[1]);
    if (c->variant->flags == FLAG_ALIAS)
        y->alias = 0;
    return 1;
}

const op_descriptor op_mix_rows = {
    .op = &gm_op_mix_rows,
    .n_dims = 2,
    .max_product = 130000,
    .variants = variants,
    .n_variants = sizeof variants / sizeof variants[0],
    .prepare = prepare,
};

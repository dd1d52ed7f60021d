/* SPDX-License-Identifier: MIT
 * Descriptor of average_step. Shape: any two factors of the number of values. */
#include <math.h>

#include "support/op_case.h"

enum {
    AVERAGES
};

enum {
    DATA_POWERS, /* few bits: every operation is exact */
    DATA_RANDOM
};

/* The weight of the newest values: all, as before a window, or a part. */
#define FLAG_WHOLE 1u

static const op_variant variants[] = {
    {"powers", DATA_POWERS, GEMLET_ACTIVATION_IDENTITY, 0},
    {"powers-whole", DATA_POWERS, GEMLET_ACTIVATION_IDENTITY, FLAG_WHOLE},
    {"random", DATA_RANDOM, GEMLET_ACTIVATION_IDENTITY, 0},
    {"random-whole", DATA_RANDOM, GEMLET_ACTIVATION_IDENTITY, FLAG_WHOLE},
};

static int prepare(op_case *c)
{
    const int is_exact = c->variant->data == DATA_POWERS;
    for (unsigned i = 0; i < 2; ++i) {
        op_tensor *t = op_add(c, 1, c->dims[0] * c->dims[1]);
        if (is_exact)
            op_fill_powers(c, t, -2, 2);
        else
            op_fill_normal(c, t, 0, 1);
    }
    op_tensor *record = op_add_record(c);
    record->initial[GM_RECORD_AVERAGE_WEIGHT] = (c->variant->flags & FLAG_WHOLE) != 0 ? 1.0
                                                : is_exact                            ? 0.25
                                                           : (double)0.01f;
    return 1;
}

static void narrow_bounds(op_case *c)
{
    if (c->variant->data == DATA_POWERS)
        op_expect_exact(&c->tensors[AVERAGES]);
}

const op_descriptor op_average_step = {
    .op = &gm_op_average_step,
    .n_dims = 2,
    .max_product = 260000,
    .variants = variants,
    .n_variants = sizeof variants / sizeof variants[0],
    .prepare = prepare,
    .narrow_bounds = narrow_bounds,
};

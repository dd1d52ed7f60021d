/* SPDX-License-Identifier: MIT
 * Descriptor of add_gradients. Shape: any two factors of the number of values. */
#include "support/op_case.h"

enum {
    GRADIENTS
};

enum {
    DATA_POWERS, /* few bits: sums are exact */
    DATA_RANDOM
};

static const op_variant variants[] = {
    {"powers", DATA_POWERS, GEMLET_ACTIVATION_IDENTITY, 0},
    {"random", DATA_RANDOM, GEMLET_ACTIVATION_IDENTITY, 0},
};

static int prepare(op_case *c)
{
    for (unsigned i = 0; i < 2; ++i) {
        op_tensor *t = op_add(c, 1, c->dims[0] * c->dims[1]);
        if (c->variant->data == DATA_POWERS)
            op_fill_powers(c, t, -2, 2);
        else
            op_fill_normal(c, t, 0, 1);
    }
    return 1;
}

static void narrow_bounds(op_case *c)
{
    if (c->variant->data == DATA_POWERS)
        op_expect_exact(&c->tensors[GRADIENTS]);
}

const op_descriptor op_add_gradients = {
    .op = &gm_op_add_gradients,
    .n_dims = 2,
    .max_product = 260000,
    .variants = variants,
    .n_variants = sizeof variants / sizeof variants[0],
    .prepare = prepare,
    .narrow_bounds = narrow_bounds,
};

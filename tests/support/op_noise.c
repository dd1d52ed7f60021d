/* SPDX-License-Identifier: MIT
 * Descriptor of noise. Shape: B x N. */
#include <math.h>

#include "support/op_case.h"

#define FLAG_ALIAS     1u /* y takes the place of x */
#define FLAG_HIDDEN    2u /* of a hidden layer */
#define FLAG_DIRECTION 4u /* there is no x */

enum {
    Y = 2
};

static const op_variant variants[] = {
    {"apart", 0, GEMLET_ACTIVATION_IDENTITY, 0},
    {"in-place", 0, GEMLET_ACTIVATION_IDENTITY, FLAG_ALIAS},
    {"hidden", 0, GEMLET_ACTIVATION_IDENTITY, FLAG_HIDDEN | FLAG_ALIAS},
    {"direction", 0, GEMLET_ACTIVATION_IDENTITY, FLAG_DIRECTION},
};

static int prepare(op_case *c)
{
    if (c->variant->flags == FLAG_DIRECTION)
        op_add_none(c);
    else
        op_fill_normal(c, op_add(c, c->dims[0], c->dims[1]), 0, 1);
    op_tensor *record = op_add_record(c);
    record->initial[GM_RECORD_INPUT_NOISE] = op_round(0.3 / 53510);
    record->initial[GM_RECORD_HIDDEN_NOISE] = op_round(0.7 / 53510);
    for (unsigned i = 0; i < 4; ++i)
        record->initial[GM_RECORD_KEY + i] = gm_rng_below(&c->rng, 65536);
    op_tensor *y = op_add(c, c->dims[0], c->dims[1]);
    if ((c->variant->flags & FLAG_ALIAS) != 0)
        y->alias = 0;
    return 1;
}

static void set_numbers(const op_case *c, gm_any_args *args)
{
    const unsigned flags = c->variant->flags;
    args->noise.layer = (flags & FLAG_HIDDEN) != 0      ? 2
                        : (flags & FLAG_DIRECTION) != 0 ? GM_NOISE_DIRECTION
                                                        : 0;
}

static void narrow_bounds(op_case *c)
{
    if (c->variant->flags == FLAG_DIRECTION)
        op_expect_exact(&c->tensors[Y]);
}

const op_descriptor op_noise = {
    .op = &gm_op_noise,
    .n_dims = 2,
    .max_product = 130000,
    .variants = variants,
    .n_variants = sizeof variants / sizeof variants[0],
    .prepare = prepare,
    .set_numbers = set_numbers,
    .narrow_bounds = narrow_bounds,
};

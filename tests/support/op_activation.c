/* SPDX-License-Identifier: MIT
 * Descriptor of act_bwd. Shape: B x N. */
#include <math.h>

#include "support/op_case.h"

enum {
    Y,
    DY
};

enum {
    DATA_RANDOM,
    DATA_NAN /* NaN gradients, also where relu is shut */
};

#define FLAG_ALIAS 1u /* dz takes the place of dy */

static const op_variant variants[] = {
    {"identity", DATA_RANDOM, GEMLET_ACTIVATION_IDENTITY, 0},
    {"relu", DATA_RANDOM, GEMLET_ACTIVATION_RELU, 0},
    {"sigmoid", DATA_RANDOM, GEMLET_ACTIVATION_SIGMOID, 0},
    {"tanh", DATA_RANDOM, GEMLET_ACTIVATION_TANH, 0},
    {"relu-in-place", DATA_RANDOM, GEMLET_ACTIVATION_RELU, FLAG_ALIAS},
    {"tanh-in-place", DATA_RANDOM, GEMLET_ACTIVATION_TANH, FLAG_ALIAS},
    {"relu-nan", DATA_NAN, GEMLET_ACTIVATION_RELU, 0},
};

static int prepare(op_case *c)
{
    op_tensor *y = op_add(c, c->dims[0], c->dims[1]);
    op_fill_normal(c, y, 0, 2);
    for (size_t i = 0; i < op_size(y); ++i)
        y->initial[i] = op_round(op_activate(c->variant->activation, y->initial[i]));
    op_tensor *dy = op_add(c, c->dims[0], c->dims[1]);
    op_fill_normal(c, dy, 0, 1);
    op_tensor *dz = op_add(c, c->dims[0], c->dims[1]);
    if (c->variant->data == DATA_NAN) {
        dz->nan_allowed = 1;
        for (size_t i = 0; i < op_size(dy); i += 3)
            dy->initial[i] = (double)NAN;
    }
    if ((c->variant->flags & FLAG_ALIAS) != 0)
        dz->alias = DY;
    return 1;
}

const op_descriptor op_act_bwd = {
    .op = &gm_op_act_bwd,
    .n_dims = 2,
    .max_product = 130000,
    .variants = variants,
    .n_variants = sizeof variants / sizeof variants[0],
    .prepare = prepare,
};

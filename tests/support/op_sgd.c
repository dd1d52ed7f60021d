/* SPDX-License-Identifier: MIT
 * Descriptor of sgd_step. Shape: any two factors of the number of parameters. */
#include "support/op_case.h"
#include "verify/bounds_elementwise.h"

enum {
    PARAMETERS,
    GRADIENTS
};

enum {
    DATA_POWERS, /* few bits: every operation is exact */
    DATA_RANDOM
};

#define FLAG_DECAY_NONE 1u
#define FLAG_DECAY_ALL  2u

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

static float learning_rate(const op_case *c)
{
    return c->variant->data == DATA_POWERS ? 0.125f : 0.1f;
}

static float weight_decay(const op_case *c)
{
    return c->variant->data == DATA_POWERS ? 0.0625f : 2e-3f;
}

static int prepare(op_case *c)
{
    const gemlet_dim n = c->dims[0] * c->dims[1];
    op_tensor *parameters = op_add(c, OP_UPDATED, "parameters", GM_REAL, 1, n);
    op_tensor *gradients = op_add(c, OP_INPUT, "gradients", GM_REAL, 1, n);
    if (c->variant->data == DATA_POWERS) {
        op_fill_powers(c, parameters, -2, 2);
        op_fill_powers(c, gradients, -2, 2);
    } else {
        op_fill_normal(c, parameters, 0, 1);
        op_fill_normal(c, gradients, 0, 1);
    }
    return 1;
}

static gemlet_status call(const op_case *c, op_side side, gm_backend *backend)
{
    const gm_sgd_step_args args = {
        .parameters = op_vector(c, side, PARAMETERS),
        .gradients = op_vector(c, side, GRADIENTS),
        .n_decayed = count_decayed(c),
        .learning_rate = learning_rate(c),
        .weight_decay = weight_decay(c),
    };
    return gm_sgd_step(backend, &args);
}

static void set_bounds(op_case *c)
{
    op_tensor *p = &c->tensors[PARAMETERS];
    if (c->variant->data == DATA_POWERS) {
        op_expect_exact(p);
        return;
    }
    gm_bounds_sgd_step(p->bound, p->initial, c->tensors[GRADIENTS].initial, NULL, p->ref,
                       op_size(p), count_decayed(c), (double)learning_rate(c),
                       (double)weight_decay(c));
}

const op_descriptor op_sgd_step = {
    .name = "sgd_step",
    .n_dims = 2,
    .max_product = 260000,
    .variants = variants,
    .n_variants = sizeof variants / sizeof variants[0],
    .prepare = prepare,
    .call = call,
    .set_bounds = set_bounds,
};

/* SPDX-License-Identifier: MIT
 * Descriptor of gather_batch. Shape: rows of the batch x features. */
#include "support/op_case.h"

enum {
    FEATURES,
    LABELS,
    ORDER,
    X,
    BATCH_LABELS
};

enum {
    DATA_U8,
    DATA_REAL
};

#define FLAG_NO_LABELS 1u

static const op_variant variants[] = {
    {"u8", DATA_U8, GEMLET_ACTIVATION_IDENTITY, 0},
    {"real", DATA_REAL, GEMLET_ACTIVATION_IDENTITY, 0},
    {"u8-no-labels", DATA_U8, GEMLET_ACTIVATION_IDENTITY, FLAG_NO_LABELS},
};

static int prepare(op_case *c)
{
    const gemlet_dim batch = c->dims[0];
    const gemlet_dim n_features = c->dims[1];
    const gemlet_dim n_rows = batch / 2 + 5; /* fewer and more than the batch: rows come twice */
    const int has_labels = (c->variant->flags & FLAG_NO_LABELS) == 0;
    op_tensor *features = op_add(c, OP_INPUT, "features",
                                 c->variant->data == DATA_U8 ? GM_U8 : GM_REAL, n_rows, n_features);
    if (c->variant->data == DATA_U8)
        op_fill_below(c, features, 256);
    else
        op_fill_normal(c, features, 0, 1);
    op_tensor *labels =
        has_labels ? op_add(c, OP_INPUT, "labels", GM_U32, 1, n_rows) : op_add_none(c, "labels");
    op_fill_below(c, labels, GEMLET_MAX_CLASSES);
    op_fill_below(c, op_add(c, OP_INPUT, "order", GM_U32, 1, batch), n_rows);
    op_add(c, OP_OUTPUT, "x", GM_REAL, batch, n_features);
    if (has_labels)
        op_add(c, OP_OUTPUT, "batch_labels", GM_U32, 1, batch);
    else
        op_add_none(c, "batch_labels");
    return 1;
}

static gemlet_status call(const op_case *c, op_side side, gm_backend *backend)
{
    const gm_gather_batch_args args = {
        .features = op_matrix(c, side, FEATURES),
        .labels = op_vector(c, side, LABELS),
        .order = op_vector(c, side, ORDER),
        .scale = 1.0f / 255.0f,
        .x = op_matrix(c, side, X),
        .batch_labels = op_vector(c, side, BATCH_LABELS),
    };
    return gm_gather_batch(backend, &args);
}

/* The reference's product of two floats is exact, so its rounding is the one rounding allowed. */
static void set_bounds(op_case *c)
{
    op_expect_exact(&c->tensors[X]);
    if (!c->tensors[BATCH_LABELS].is_none)
        op_expect_exact(&c->tensors[BATCH_LABELS]);
}

const op_descriptor op_gather_batch = {
    .name = "gather_batch",
    .n_dims = 2,
    .max_product = 130000,
    .variants = variants,
    .n_variants = sizeof variants / sizeof variants[0],
    .prepare = prepare,
    .call = call,
    .set_bounds = set_bounds,
};

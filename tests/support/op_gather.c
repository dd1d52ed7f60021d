/* SPDX-License-Identifier: MIT
 * Descriptor of gather_batch. Shape: rows of the batch x features. */
#include "support/op_case.h"

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
    op_tensor *features = op_add(c, n_rows, n_features);
    if (c->variant->data == DATA_U8) {
        features->element = GM_U8;
        op_fill_below(c, features, 256);
    } else {
        op_fill_normal(c, features, 0, 1);
    }
    op_tensor *labels = has_labels ? op_add(c, 1, n_rows) : op_add_none(c);
    op_fill_below(c, labels, GEMLET_MAX_CLASSES);
    op_fill_below(c, op_add(c, 1, batch), n_rows);
    op_add(c, batch, n_features);
    if (has_labels)
        op_add(c, 1, batch);
    else
        op_add_none(c);
    return 1;
}

static void set_numbers(const op_case *c, gm_any_args *args)
{
    (void)c;
    args->gather_batch.scale = 1.0f / 255.0f;
}

const op_descriptor op_gather_batch = {
    .op = &gm_op_gather_batch,
    .n_dims = 2,
    .max_product = 130000,
    .variants = variants,
    .n_variants = sizeof variants / sizeof variants[0],
    .prepare = prepare,
    .set_numbers = set_numbers,
};

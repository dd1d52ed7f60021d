/* SPDX-License-Identifier: MIT
 * Descriptors of softmax, softmax_xent and softmax_kl. Shape: B x C.
 */
#include <math.h>

#include "support/op_case.h"
#include "verify/numeric.h"

enum {
    DATA_RANDOM,  /* normal, one outlier a row */
    DATA_EXTREME, /* +-80 */
    DATA_SHIFTED, /* around 1000: exp overflows unless the largest logit is taken off */
    DATA_EQUAL,   /* every logit of a row the same */
    DATA_TIES,    /* small integers: the largest logit often comes twice */
    DATA_NAN      /* a NaN in every third row */
};

#define FLAG_ALIAS       1u /* the output takes the place of the logits */
#define FLAG_LABEL_FIRST 2u
#define FLAG_LABEL_LAST  4u
#define FLAG_SMOOTHED    8u  /* label smoothing, which softmax does not know */
#define FLAG_WEIGHTED    16u /* as weights of rows */
#define FLAG_MIXED       32u /* and rows that were mixed */

static const op_variant variants[] = {
    {"random", DATA_RANDOM, GEMLET_ACTIVATION_IDENTITY, 0},
    {"random-in-place", DATA_RANDOM, GEMLET_ACTIVATION_IDENTITY, FLAG_ALIAS},
    {"extreme", DATA_EXTREME, GEMLET_ACTIVATION_IDENTITY, 0},
    {"shifted", DATA_SHIFTED, GEMLET_ACTIVATION_IDENTITY, 0},
    {"equal", DATA_EQUAL, GEMLET_ACTIVATION_IDENTITY, 0},
    {"equal-label-first", DATA_EQUAL, GEMLET_ACTIVATION_IDENTITY, FLAG_LABEL_FIRST},
    {"ties", DATA_TIES, GEMLET_ACTIVATION_IDENTITY, 0},
    {"ties-label-first", DATA_TIES, GEMLET_ACTIVATION_IDENTITY, FLAG_LABEL_FIRST},
    {"ties-label-last", DATA_TIES, GEMLET_ACTIVATION_IDENTITY, FLAG_LABEL_LAST},
    {"nan", DATA_NAN, GEMLET_ACTIVATION_IDENTITY, 0},
    {"smoothed", DATA_RANDOM, GEMLET_ACTIVATION_IDENTITY, FLAG_SMOOTHED},
    {"smoothed-in-place", DATA_RANDOM, GEMLET_ACTIVATION_IDENTITY, FLAG_SMOOTHED | FLAG_ALIAS},
    {"smoothed-extreme", DATA_EXTREME, GEMLET_ACTIVATION_IDENTITY, FLAG_SMOOTHED},
    {"smoothed-shifted", DATA_SHIFTED, GEMLET_ACTIVATION_IDENTITY, FLAG_SMOOTHED},
    {"weighted", DATA_RANDOM, GEMLET_ACTIVATION_IDENTITY, FLAG_WEIGHTED},
    {"weighted-in-place", DATA_RANDOM, GEMLET_ACTIVATION_IDENTITY, FLAG_WEIGHTED | FLAG_ALIAS},
    {"weighted-extreme", DATA_EXTREME, GEMLET_ACTIVATION_IDENTITY, FLAG_WEIGHTED},
    {"weighted-smoothed", DATA_RANDOM, GEMLET_ACTIVATION_IDENTITY, FLAG_WEIGHTED | FLAG_SMOOTHED},
    {"mixed", DATA_RANDOM, GEMLET_ACTIVATION_IDENTITY, FLAG_MIXED},
    {"mixed-in-place", DATA_RANDOM, GEMLET_ACTIVATION_IDENTITY, FLAG_MIXED | FLAG_ALIAS},
    {"mixed-extreme", DATA_EXTREME, GEMLET_ACTIVATION_IDENTITY, FLAG_MIXED},
    {"mixed-smoothed", DATA_SHIFTED, GEMLET_ACTIVATION_IDENTITY, FLAG_MIXED | FLAG_SMOOTHED},
    {"smoothed-nan", DATA_NAN, GEMLET_ACTIVATION_IDENTITY, FLAG_SMOOTHED},
};

static void add_logits(op_case *c)
{
    const gemlet_dim n_classes = c->dims[1];
    op_tensor *logits = op_add(c, c->dims[0], n_classes);
    if (c->variant->data == DATA_TIES)
        op_fill_integers(c, logits, -2, 2);
    else
        op_fill_normal(c, logits, c->variant->data == DATA_SHIFTED ? 1000 : 0, 2);
    for (size_t i = 0; i < logits->rows; ++i) {
        double *x = logits->initial + i * n_classes;
        const uint32_t chosen = gm_rng_below(&c->rng, n_classes);
        if (c->variant->data == DATA_RANDOM)
            x[chosen] = op_round(x[chosen] + 8);
        if (c->variant->data == DATA_NAN && i % 3 == 0)
            x[chosen] = (double)NAN;
        for (size_t n = 0; n < n_classes; ++n) {
            if (c->variant->data == DATA_EXTREME)
                x[n] = gm_rng_below(&c->rng, 2) == 0 ? 80 : -80;
            if (c->variant->data == DATA_EQUAL)
                x[n] = x[0];
        }
    }
}

/* ---- softmax -------------------------------------------------------------------------------- */

enum {
    SOFTMAX_LOGITS,
    SOFTMAX_P
};

static int softmax_prepare(op_case *c)
{
    if ((c->variant->flags &
         (FLAG_LABEL_FIRST | FLAG_LABEL_LAST | FLAG_SMOOTHED | FLAG_WEIGHTED)) != 0)
        return 0;
    add_logits(c);
    op_tensor *p = op_add(c, c->dims[0], c->dims[1]);
    p->nan_allowed = c->variant->data == DATA_NAN;
    /* All equal is what the softmax of equal logits, and of one class, is. */
    p->may_be_plain = c->variant->data == DATA_EQUAL || c->dims[1] == 1;
    if ((c->variant->flags & FLAG_ALIAS) != 0)
        p->alias = SOFTMAX_LOGITS;
    return 1;
}

static void softmax_narrow_bounds(op_case *c)
{
    op_tensor *p = &c->tensors[SOFTMAX_P];
    for (size_t i = 0; c->variant->data == DATA_EQUAL && i < op_size(p); ++i)
        p->bound[i] = 3 * gm_ulp(1 / (double)p->cols);
}

const op_descriptor op_softmax = {
    .op = &gm_op_softmax,
    .n_dims = 2,
    .max_product = 66000,
    .variants = variants,
    .n_variants = sizeof variants / sizeof variants[0],
    .prepare = softmax_prepare,
    .narrow_bounds = softmax_narrow_bounds,
};

/* ---- softmax_xent --------------------------------------------------------------------------- */

enum {
    XENT_LOGITS
};

static int xent_prepare(op_case *c)
{
    const gemlet_dim n_classes = c->dims[1];
    add_logits(c);
    op_tensor *labels = op_add(c, 1, c->dims[0]);
    op_fill_below(c, labels, n_classes);
    for (size_t i = 0; i < labels->cols; ++i) {
        if ((c->variant->flags & FLAG_LABEL_FIRST) != 0)
            labels->initial[i] = 0;
        if ((c->variant->flags & FLAG_LABEL_LAST) != 0)
            labels->initial[i] = (double)(n_classes - 1);
    }
    if ((c->variant->flags & FLAG_WEIGHTED) != 0)
        op_fill_uniform(c, op_add(c, 1, c->dims[0]), 0.1, 3);
    else
        op_add_none(c);
    if ((c->variant->flags & (FLAG_SMOOTHED | FLAG_MIXED)) != 0) {
        op_tensor *record = op_add(c, 1, GM_RECORD_SIZE);
        op_fill_normal(c, record, 0, 1); /* what does not belong to the head must not count */
        record->initial[GM_RECORD_LABEL_SMOOTHING] =
            (c->variant->flags & FLAG_SMOOTHED) != 0 ? op_round(0.1) : 0;
        record->initial[GM_RECORD_MIXED_PART] =
            (c->variant->flags & FLAG_MIXED) != 0 ? op_round(0.3) : 0;
    } else {
        op_add_none(c);
    }
    op_tensor *dlogits = op_add(c, c->dims[0], n_classes);
    op_tensor *loss = op_add(c, 1, 1);
    op_add(c, 1, 1);
    dlogits->nan_allowed = c->variant->data == DATA_NAN;
    loss->nan_allowed = c->variant->data == DATA_NAN;
    dlogits->may_be_plain = n_classes == 1; /* p - 1 is 0 */
    if ((c->variant->flags & FLAG_ALIAS) != 0)
        dlogits->alias = XENT_LOGITS;
    return 1;
}

const op_descriptor op_softmax_xent = {
    .op = &gm_op_softmax_xent,
    .n_dims = 2,
    .max_product = 66000,
    .variants = variants,
    .n_variants = sizeof variants / sizeof variants[0],
    .prepare = xent_prepare,
};

/* ---- softmax_kl ----------------------------------------------------------------------------- */

static int kl_prepare(op_case *c)
{
    if ((c->variant->flags & ~FLAG_ALIAS) != 0)
        return 0;
    add_logits(c);
    op_fill_uniform(c, op_add(c, c->dims[0], c->dims[1]), 0, 1);
    op_tensor *record = op_add_record(c);
    record->initial[GM_RECORD_VIRTUAL_WEIGHT] = op_round(0.7);
    op_tensor *dlogits = op_add(c, c->dims[0], c->dims[1]);
    dlogits->nan_allowed = c->variant->data == DATA_NAN;
    if ((c->variant->flags & FLAG_ALIAS) != 0)
        dlogits->alias = XENT_LOGITS;
    return 1;
}

const op_descriptor op_softmax_kl = {
    .op = &gm_op_softmax_kl,
    .n_dims = 2,
    .max_product = 66000,
    .variants = variants,
    .n_variants = sizeof variants / sizeof variants[0],
    .prepare = kl_prepare,
};

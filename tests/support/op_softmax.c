/* SPDX-License-Identifier: MIT
 * Descriptors of softmax and softmax_xent. Shape: B x C.
 *
 * Bounds, with d the largest distance of a logit from the largest one of its row: an exponent is
 * off by at most d u, exp by 3 ulp, the sum of C terms by C roundings, the division by 2.5 ulp, so
 * p by (2 d + C + 16) u p. */
#include <math.h>

#include "support/compare.h"
#include "support/op_case.h"

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
};

/* The logits and where their row ends. */
typedef struct row_facts {
    double largest;
    double distance; /* d */
    double log_sum;  /* log(sum exp(x - largest)) */
    const double *values;
} row_facts;

static row_facts measure_row(const op_tensor *logits, size_t row)
{
    row_facts facts = {.values = logits->initial + row * logits->cols};
    facts.largest = facts.values[0];
    double smallest = facts.values[0];
    for (size_t c = 1; c < logits->cols; ++c) {
        facts.largest = fmax(facts.largest, facts.values[c]);
        smallest = fmin(smallest, facts.values[c]);
    }
    facts.distance = facts.largest - smallest;
    double sum = 0;
    for (size_t c = 0; c < logits->cols; ++c)
        sum += exp(facts.values[c] - facts.largest);
    facts.log_sum = log(sum);
    return facts;
}

static double probability_bound(const row_facts *facts, size_t n_classes, size_t c)
{
    const double p = exp(facts->values[c] - facts->largest - facts->log_sum);
    return (2 * facts->distance + (double)n_classes + 16) * COMPARE_U * p;
}

static void add_logits(op_case *c)
{
    const gemlet_dim n_classes = c->dims[1];
    op_tensor *logits = op_add(c, OP_INPUT, "logits", GM_REAL, c->dims[0], n_classes);
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
    if ((c->variant->flags & (FLAG_LABEL_FIRST | FLAG_LABEL_LAST)) != 0)
        return 0;
    add_logits(c);
    op_tensor *p = op_add(c, OP_OUTPUT, "probabilities", GM_REAL, c->dims[0], c->dims[1]);
    p->nan_allowed = c->variant->data == DATA_NAN;
    /* All equal is what the softmax of equal logits, and of one class, is. */
    p->may_be_plain = c->variant->data == DATA_EQUAL || c->dims[1] == 1;
    if ((c->variant->flags & FLAG_ALIAS) != 0)
        p->alias = SOFTMAX_LOGITS;
    return 1;
}

static gemlet_status softmax_call(const op_case *c, op_side side, gm_backend *backend)
{
    const gm_softmax_args args = {
        .logits = op_matrix(c, side, SOFTMAX_LOGITS),
        .probabilities = op_matrix(c, side, SOFTMAX_P),
    };
    return gm_softmax(backend, &args);
}

static void softmax_set_bounds(op_case *c)
{
    op_tensor *p = &c->tensors[SOFTMAX_P];
    for (size_t i = 0; i < p->rows; ++i) {
        const row_facts facts = measure_row(&c->tensors[SOFTMAX_LOGITS], i);
        for (size_t n = 0; n < p->cols; ++n)
            p->bound[i * p->cols + n] = c->variant->data == DATA_EQUAL
                                            ? 3 * compare_ulp(1 / (double)p->cols)
                                            : probability_bound(&facts, p->cols, n);
    }
}

const op_descriptor op_softmax = {
    .name = "softmax",
    .n_dims = 2,
    .max_product = 66000,
    .variants = variants,
    .n_variants = sizeof variants / sizeof variants[0],
    .prepare = softmax_prepare,
    .call = softmax_call,
    .set_bounds = softmax_set_bounds,
};

/* ---- softmax_xent --------------------------------------------------------------------------- */

enum {
    XENT_LOGITS,
    XENT_LABELS,
    XENT_DLOGITS,
    XENT_LOSS,
    XENT_CORRECT
};

static int xent_prepare(op_case *c)
{
    const gemlet_dim n_classes = c->dims[1];
    add_logits(c);
    op_tensor *labels = op_add(c, OP_INPUT, "labels", GM_U32, 1, c->dims[0]);
    op_fill_below(c, labels, n_classes);
    for (size_t i = 0; i < labels->cols; ++i) {
        if ((c->variant->flags & FLAG_LABEL_FIRST) != 0)
            labels->initial[i] = 0;
        if ((c->variant->flags & FLAG_LABEL_LAST) != 0)
            labels->initial[i] = (double)(n_classes - 1);
    }
    op_tensor *dlogits = op_add(c, OP_OUTPUT, "dlogits", GM_REAL, c->dims[0], n_classes);
    op_tensor *loss = op_add(c, OP_OUTPUT, "loss", GM_REAL, 1, 1);
    op_add(c, OP_OUTPUT, "correct", GM_U32, 1, 1);
    dlogits->nan_allowed = c->variant->data == DATA_NAN;
    loss->nan_allowed = c->variant->data == DATA_NAN;
    dlogits->may_be_plain = n_classes == 1; /* p - 1 is 0 */
    if ((c->variant->flags & FLAG_ALIAS) != 0)
        dlogits->alias = XENT_LOGITS;
    return 1;
}

static gemlet_status xent_call(const op_case *c, op_side side, gm_backend *backend)
{
    const gm_softmax_xent_args args = {
        .logits = op_matrix(c, side, XENT_LOGITS),
        .labels = op_vector(c, side, XENT_LABELS),
        .dlogits = op_matrix(c, side, XENT_DLOGITS),
        .loss = op_vector(c, side, XENT_LOSS),
        .correct = op_vector(c, side, XENT_CORRECT),
    };
    return gm_softmax_xent(backend, &args);
}

/* dlogits: the error of p, one difference, one division (2.5 ulp <= 5 u).
 * loss: a row's lse is off by (d + C + 8) u from the sum and 4 ulp from the logarithm and what it
 * is added to; the mean of B rows adds gamma(B + 6). */
static void xent_set_bounds(op_case *c)
{
    op_tensor *dlogits = &c->tensors[XENT_DLOGITS];
    const double n_rows = (double)dlogits->rows;
    const double n_classes = (double)dlogits->cols;
    double row_errors = 0;
    double magnitude = 0;
    for (size_t i = 0; i < dlogits->rows; ++i) {
        const row_facts facts = measure_row(&c->tensors[XENT_LOGITS], i);
        const size_t label = (size_t)c->tensors[XENT_LABELS].initial[i];
        for (size_t n = 0; n < dlogits->cols; ++n) {
            const size_t k = i * dlogits->cols + n;
            dlogits->bound[k] = probability_bound(&facts, dlogits->cols, n) / n_rows +
                                compare_gamma(6) * fabs(dlogits->ref[k]);
        }
        const double lse = facts.largest + facts.log_sum;
        const double scale = fmax(fmax(fabs(facts.largest), fabs(lse)), 1);
        row_errors += (facts.distance + n_classes + 8) * COMPARE_U + 4 * compare_ulp(scale);
        magnitude += fabs(lse - facts.values[label]);
    }
    c->tensors[XENT_LOSS].bound[0] =
        row_errors / n_rows + compare_gamma(n_rows + 6) * magnitude / n_rows;
}

const op_descriptor op_softmax_xent = {
    .name = "softmax_xent",
    .n_dims = 2,
    .max_product = 66000,
    .variants = variants,
    .n_variants = sizeof variants / sizeof variants[0],
    .prepare = xent_prepare,
    .call = xent_call,
    .set_bounds = xent_set_bounds,
};

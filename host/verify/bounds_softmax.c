/* SPDX-License-Identifier: MIT
 * See bounds_softmax.h. */
#include "verify/bounds_softmax.h"

#include <math.h>

#include "verify/numeric.h"

/* The logits of one row and what follows from all of them. */
typedef struct row_facts {
    const double *logits;
    double n_classes;
    double largest;
    double log_sum;       /* log(sum exp(x - largest)) */
    double mean_distance; /* D */
} row_facts;

static row_facts measure_row(const double *logits, gemlet_dim n_classes)
{
    row_facts facts = {.logits = logits, .n_classes = (double)n_classes, .largest = logits[0]};
    for (size_t c = 1; c < n_classes; ++c)
        facts.largest = fmax(facts.largest, logits[c]);
    double sum = 0;
    double weighted = 0;
    for (size_t c = 0; c < n_classes; ++c) {
        const double distance = facts.largest - logits[c];
        sum += exp(-distance);
        weighted += distance * exp(-distance);
    }
    facts.log_sum = log(sum);
    facts.mean_distance = weighted / sum;
    return facts;
}

/* Flushed may be the exponential, every other one in the sum, and the quotient. */
static double probability_bound(const row_facts *facts, size_t c)
{
    const double distance = facts->largest - facts->logits[c];
    const double p = exp(-distance - facts->log_sum);
    /* Beyond this distance p is 0 in double already, whatever its relative error. */
    const double roundings = fmin(distance, 1000) + facts->mean_distance + facts->n_classes + 16;
    return gm_gamma(roundings) * p + (2 + facts->n_classes * p) * GM_UNDERFLOW;
}

void gm_bounds_softmax(double *p_bound, const double *logits, gemlet_dim batch, gemlet_dim classes)
{
    for (size_t i = 0; i < batch; ++i) {
        const row_facts facts = measure_row(logits + i * classes, classes);
        for (size_t c = 0; c < classes; ++c)
            p_bound[i * classes + c] = probability_bound(&facts, c);
    }
}

/* dlogits: the error of p, one difference, one division (2.5 ulp <= 5 u).
 * loss: a row's lse is off by gamma(D + C + 8) from the sum and 4 ulp from the logarithm and what
 * it is added to; the mean of B rows adds gamma(B + 6). */
void gm_bounds_softmax_xent(double *dlogits_bound, double *loss_bound, const double *logits,
                            const double *labels, const double *dlogits_ref, gemlet_dim batch,
                            gemlet_dim classes)
{
    const double n_rows = (double)batch;
    double row_errors = 0;
    double magnitude = 0;
    for (size_t i = 0; i < batch; ++i) {
        const row_facts facts = measure_row(logits + i * classes, classes);
        for (size_t c = 0; c < classes; ++c) {
            const size_t k = i * classes + c;
            dlogits_bound[k] = probability_bound(&facts, c) / n_rows +
                               gm_gamma(6) * fabs(dlogits_ref[k]) + GM_UNDERFLOW;
        }
        const double lse = facts.largest + facts.log_sum;
        const double scale = fmax(fmax(fabs(facts.largest), fabs(lse)), 1);
        row_errors += gm_gamma(facts.mean_distance + facts.n_classes + 8) + 4 * gm_ulp(scale);
        magnitude += fabs(lse - facts.logits[(size_t)labels[i]]);
    }
    const double bound =
        row_errors / n_rows + gm_gamma(n_rows + 6) * (magnitude + row_errors) / n_rows;
    *loss_bound = gm_bound_in_range(bound, magnitude);
}

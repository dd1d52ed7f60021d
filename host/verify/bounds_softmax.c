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
    double distance; /* d */
    double log_sum;  /* log(sum exp(x - largest)) */
} row_facts;

static row_facts measure_row(const double *logits, gemlet_dim n_classes)
{
    row_facts facts = {.logits = logits, .n_classes = (double)n_classes, .largest = logits[0]};
    double smallest = logits[0];
    for (size_t c = 1; c < n_classes; ++c) {
        facts.largest = fmax(facts.largest, logits[c]);
        smallest = fmin(smallest, logits[c]);
    }
    facts.distance = facts.largest - smallest;
    double sum = 0;
    for (size_t c = 0; c < n_classes; ++c)
        sum += exp(logits[c] - facts.largest);
    facts.log_sum = log(sum);
    return facts;
}

/* Flushed may be the exponential, every other one in the sum, and the quotient. */
static double probability_bound(const row_facts *facts, size_t c)
{
    const double p = exp(facts->logits[c] - facts->largest - facts->log_sum);
    return (2 * facts->distance + facts->n_classes + 16) * GM_UNIT_ROUNDOFF * p +
           (2 + facts->n_classes * p) * GM_UNDERFLOW;
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
 * loss: a row's lse is off by (d + C + 8) u from the sum and 4 ulp from the logarithm and what it
 * is added to; the mean of B rows adds gamma(B + 6). */
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
        row_errors += (facts.distance + facts.n_classes + 8) * GM_UNIT_ROUNDOFF + 4 * gm_ulp(scale);
        magnitude += fabs(lse - facts.logits[(size_t)labels[i]]);
    }
    *loss_bound = row_errors / n_rows + gm_gamma(n_rows + 6) * (magnitude + row_errors) / n_rows;
}

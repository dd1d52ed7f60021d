/* SPDX-License-Identifier: MIT
 * Error bounds of softmax, softmax_xent and softmax_kl.
 *
 * With d the distance of a logit from the largest one of its row, an exponent is off by at most d u
 * and exp by 3 ulp. The sum of C terms takes C - 1 roundings and the errors of its terms, which
 * weigh as much as the terms: D u and 6 u, D = sum p d. With 2.5 ulp of the division p is off by
 * gamma(d + D + C + 16) p. */
#include <math.h>

#include "verify/bounds.h"
#include "verify/bounds_elementwise.h"
#include "verify/numeric.h"

/* The logits of one row and what follows from all of them. */
typedef struct row_facts {
    const double *logits;
    double n_classes;
    double largest;
    double log_sum;        /* log(sum exp(x - largest)) */
    double mean_distance;  /* D */
    double plain_distance; /* the same, with the weight 1 / C for each logit */
} row_facts;

static row_facts measure_row(const double *logits, gemlet_dim n_classes)
{
    row_facts facts = {.logits = logits, .n_classes = (double)n_classes, .largest = logits[0]};
    for (size_t c = 1; c < n_classes; ++c)
        facts.largest = fmax(facts.largest, logits[c]);
    double sum = 0;
    double weighted = 0;
    double plain = 0;
    for (size_t c = 0; c < n_classes; ++c) {
        const double distance = facts.largest - logits[c];
        sum += exp(-distance);
        weighted += distance * exp(-distance);
        plain += distance;
    }
    facts.log_sum = log(sum);
    facts.mean_distance = weighted / sum;
    facts.plain_distance = plain / facts.n_classes;
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

gemlet_status gm_bounds_softmax(gm_check_call *call)
{
    const gm_softmax_args *args = call->args;
    const double *logits = GM_OPERAND(call, softmax, logits)->before;
    double *bound = GM_OPERAND(call, softmax, probabilities)->bound;
    const gemlet_dim n_classes = args->logits.cols;
    for (size_t i = 0; i < args->logits.rows; ++i) {
        const row_facts facts = measure_row(logits + i * n_classes, n_classes);
        for (size_t c = 0; c < n_classes; ++c)
            bound[i * n_classes + c] = probability_bound(&facts, c);
    }
    return GEMLET_OK;
}

/* Label smoothing E makes a target of at most eight roundings (1 - E, E / C to 2.5 ulp, their sum),
 * a mixed part r of ten (1 - r, and the product of both). r makes the distance of the target's
 * logit from the largest a mean of two: three roundings with theirs. So does E with all distances:
 * 1 - E times that one, and E / C times their sum, C + 8 roundings with theirs, all terms positive.
 * dlogits: the error of p, one difference, one division (2.5 ulp <= 5 u). loss: a row's lse is off
 * by gamma(D + C + 8) from the sum and 4 ulp from the logarithm and what it is added to; the mean
 * of B rows adds gamma(B + 6). The weight of a row multiplies its errors, and its loss and
 * gradients once more. */
static void bound_dlogits_and_loss(gm_check_call *call)
{
    const gm_softmax_xent_args *args = call->args;
    const double *logits = GM_OPERAND(call, softmax_xent, logits)->before;
    const double *labels = GM_OPERAND(call, softmax_xent, labels)->before;
    const gm_check_operand *dlogits = GM_OPERAND(call, softmax_xent, dlogits);
    const gm_check_operand *weights = GM_OPERAND(call, softmax_xent, weights);
    const gm_check_operand *record = GM_OPERAND(call, softmax_xent, record);
    const double smoothing = record->n > 0 ? record->before[GM_RECORD_LABEL_SMOOTHING] : 0;
    const double mixed = record->n > 0 ? record->before[GM_RECORD_MIXED_PART] : 0;
    const gemlet_dim n_classes = args->logits.cols;
    const double n_rows = (double)args->logits.rows;
    double row_errors = 0;
    double magnitude = 0;
    for (size_t i = 0; i < args->logits.rows; ++i) {
        const row_facts facts = measure_row(logits + i * n_classes, n_classes);
        const double weight = weights->n > 0 ? fabs(weights->before[i]) : 1;
        const size_t label = (size_t)labels[i];
        const size_t other_label = (size_t)labels[args->logits.rows - 1 - i];
        for (size_t c = 0; c < n_classes; ++c) {
            const size_t k = i * n_classes + c;
            const double answer = (c == label ? 1 - mixed : 0) + (c == other_label ? mixed : 0);
            const double target = (1 - smoothing) * answer + smoothing / facts.n_classes;
            const double target_bound = smoothing != 0 || mixed != 0
                                            ? gm_gamma(mixed != 0 ? 10 : 8) * target + GM_UNDERFLOW
                                            : 0;
            dlogits->bound[k] =
                weight * ((probability_bound(&facts, c) + target_bound) / n_rows + GM_UNDERFLOW) +
                gm_gamma(7) * fabs(dlogits->ref[k]) + GM_UNDERFLOW;
        }
        const double lse = facts.largest + facts.log_sum;
        const double scale = fmax(fmax(fabs(facts.largest), fabs(lse)), 1);
        const double distance = facts.largest - facts.logits[label];
        const double other_distance = facts.largest - facts.logits[other_label];
        const double below =
            mixed != 0 ? (1 - mixed) * distance + mixed * other_distance : distance;
        double row_error = gm_gamma(facts.mean_distance + facts.n_classes + 8) + 4 * gm_ulp(scale);
        double row_size = below + facts.log_sum;
        if (mixed != 0)
            row_error += gm_gamma(4) * below + 2 * GM_UNDERFLOW + 2 * gm_ulp(row_size);
        if (smoothing != 0) {
            const double smoothed = (1 - smoothing) * below + smoothing * facts.plain_distance;
            row_error += gm_gamma(facts.n_classes + 8) * smoothed + 2 * GM_UNDERFLOW +
                         2 * gm_ulp(smoothed + facts.log_sum);
            row_size = smoothed + facts.log_sum;
        }
        row_errors += weight * row_error + gm_gamma(1) * weight * row_size + GM_UNDERFLOW;
        magnitude += weight * row_size;
    }
    const double bound =
        row_errors / n_rows + gm_gamma(n_rows + 6) * (magnitude + row_errors) / n_rows;
    *GM_OPERAND(call, softmax_xent, loss)->bound = gm_bound_in_range(bound, magnitude);
}

gemlet_status gm_bounds_softmax_xent(gm_check_call *call)
{
    const gm_check_operand *correct = GM_OPERAND(call, softmax_xent, correct);
    bound_dlogits_and_loss(call);
    gm_bounds_rounded(correct->bound, correct->ref,
                      1); /* the logits are the same: so is the answer */
    return GEMLET_OK;
}

/* The error of p, one difference, one division (2.5 ulp <= 5 u), one product, as of softmax_xent.
 */
gemlet_status gm_bounds_softmax_kl(gm_check_call *call)
{
    const gm_softmax_kl_args *args = call->args;
    const double *logits = GM_OPERAND(call, softmax_kl, logits)->before;
    const gm_check_operand *dlogits = GM_OPERAND(call, softmax_kl, dlogits);
    const double *record = GM_OPERAND(call, softmax_kl, record)->before;
    const double weight = fabs(record[GM_RECORD_VIRTUAL_WEIGHT]);
    const gemlet_dim n_classes = args->logits.cols;
    const double n_rows = (double)args->logits.rows;
    for (size_t i = 0; i < args->logits.rows; ++i) {
        const row_facts facts = measure_row(logits + i * n_classes, n_classes);
        for (size_t c = 0; c < n_classes; ++c) {
            const size_t k = i * n_classes + c;
            const double p_bound = probability_bound(&facts, c);
            dlogits->bound[k] = weight * (1 + gm_gamma(7)) * (p_bound / n_rows + GM_UNDERFLOW) +
                                gm_gamma(7) * fabs(dlogits->ref[k]) + GM_UNDERFLOW;
        }
    }
    return GEMLET_OK;
}

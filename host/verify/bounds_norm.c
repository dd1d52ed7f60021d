/* SPDX-License-Identifier: MIT
 * Error bounds of norms: norm_squares, norm_clip, norm_max. All terms are positive, so what bounds
 * a sum bounds its relative error. */
#include <math.h>

#include "verify/bounds.h"
#include "verify/numeric.h"

static double doubt_at(const gm_check_operand *o, size_t i)
{
    return o->doubt != NULL ? o->doubt[i] : 0;
}

/* A block is summed as 16 sums side by side or more; a square and the tree above them add a few
 * roundings. A value that is off by e has a square that is off by e (2 |v| + e). */
gemlet_status gm_bounds_norm_squares(gm_check_call *call)
{
    const gm_check_operand *values = GM_OPERAND(call, norm_squares, values);
    const gm_check_operand *sums = GM_OPERAND(call, norm_squares, sums);
    const size_t block = gm_square_block(values->n, sums->n);
    const double roundings = (double)block / 16 + 12;
    for (size_t j = 0; j < sums->n; ++j) {
        double doubt = 0;
        for (size_t i = j * block; i < values->n && i < (j + 1) * block; ++i)
            doubt += doubt_at(values, i) * (2 * fabs(values->before[i]) + doubt_at(values, i));
        const double sum = sums->ref[j] + doubt;
        sums->bound[j] = gm_bound_in_range(
            doubt + gm_gamma(roundings) * sum + (double)block * GM_UNDERFLOW, sum);
    }
    return GEMLET_OK;
}

/* Of what is multiplied with c / sqrt(s), s of n_terms: half of the error of s is that of its root,
 * which is off by 3 ulp itself, the quotient by 2.5, the product by one rounding. Where s is about
 * c^2 the factor is about 1, chosen or calculated. */
static double relative_bound(double n_terms)
{
    return gm_gamma((n_terms + 2) / 2 + 13);
}

/* min(1, limit / norm). */
static double factor(double norm, double limit)
{
    return norm > limit ? limit / norm : 1;
}

/* By how much the factor may be off if the norm is. It falls as the norm grows, so the ends of the
 * norm's range are its own. */
static double factor_doubt(double norm, double limit, double norm_doubt)
{
    return fmax(factor(fmax(norm - norm_doubt, 0), limit) - factor(norm, limit),
                factor(norm, limit) - factor(norm + norm_doubt, limit));
}

gemlet_status gm_bounds_norm_clip(gm_check_call *call)
{
    const gm_check_operand *gradients = GM_OPERAND(call, norm_clip, gradients);
    const gm_check_operand *sums = GM_OPERAND(call, norm_clip, sums);
    const double limit = GM_OPERAND(call, norm_clip, record)->before[GM_RECORD_CLIP_NORM];
    double squares = 0;
    double squares_doubt = 0;
    for (size_t j = 0; j < sums->n; ++j) {
        squares += sums->before[j];
        squares_doubt += doubt_at(sums, j);
    }
    const double norm = sqrt(squares);
    const double norm_doubt = norm - sqrt(fmax(squares - squares_doubt, 0)); /* the larger side */
    const double scale_doubt = factor_doubt(norm, limit, norm_doubt);
    for (size_t i = 0; i < gradients->n; ++i) {
        const double g = fabs(gradients->before[i]) + doubt_at(gradients, i);
        const double doubt = doubt_at(gradients, i) * factor(norm, limit) + g * scale_doubt;
        gradients->bound[i] = gm_bound_in_range(
            doubt + relative_bound((double)sums->n) * (fabs(gradients->ref[i]) + doubt) +
                GM_UNDERFLOW,
            squares + squares_doubt + g);
    }
    return GEMLET_OK;
}

/* Of column n: norms of vectors that differ by e differ by no more than the norm of e. */
static void bound_column(const gm_check_operand *weights, size_t n, double limit)
{
    const size_t rows = weights->view.rows;
    const size_t cols = weights->view.cols;
    double squares = 0;
    double doubt_squares = 0;
    for (size_t i = n; i < rows * cols; i += cols) {
        squares += weights->before[i] * weights->before[i];
        doubt_squares += doubt_at(weights, i) * doubt_at(weights, i);
    }
    const double norm = sqrt(squares);
    const double scale_doubt = factor_doubt(norm, limit, sqrt(doubt_squares));
    for (size_t i = n; i < rows * cols; i += cols) {
        const double w = fabs(weights->before[i]) + doubt_at(weights, i);
        const double doubt = doubt_at(weights, i) * factor(norm, limit) + w * scale_doubt;
        weights->bound[i] = gm_bound_in_range(
            doubt + relative_bound((double)rows) * (fabs(weights->ref[i]) + doubt) + GM_UNDERFLOW,
            squares + doubt_squares);
    }
}

gemlet_status gm_bounds_norm_max(gm_check_call *call)
{
    const gm_check_operand *weights = GM_OPERAND(call, norm_max, weights);
    const double limit = GM_OPERAND(call, norm_max, record)->before[GM_RECORD_MAX_NORM];
    for (size_t n = 0; n < weights->view.cols; ++n)
        bound_column(weights, n, limit);
    return GEMLET_OK;
}

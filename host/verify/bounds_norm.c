/* SPDX-License-Identifier: MIT
 * Error bounds of norms: norm_squares, norm_clip, norm_max. All terms are positive, so what bounds
 * a sum bounds its relative error. */
#include <math.h>

#include "verify/bounds.h"
#include "verify/numeric.h"

/* A block is summed as 16 sums side by side or more; a square and the tree above them add a few
 * roundings. */
gemlet_status gm_bounds_norm_squares(gm_check_call *call)
{
    const gm_check_operand *values = GM_OPERAND(call, norm_squares, values);
    const gm_check_operand *sums = GM_OPERAND(call, norm_squares, sums);
    const double block = (double)gm_square_block(values->n, sums->n);
    for (size_t j = 0; j < sums->n; ++j)
        sums->bound[j] = gm_bound_in_range(
            gm_gamma(block / 16 + 12) * sums->ref[j] + block * GM_UNDERFLOW, sums->ref[j]);
    return GEMLET_OK;
}

/* Of what is multiplied with c / sqrt(s), s of n_terms: half of the error of s is that of its root,
 * which is off by 3 ulp itself, the quotient by 2.5, the product by one rounding. Where s is about
 * c^2 the factor is about 1, chosen or calculated. */
static double relative_bound(double n_terms)
{
    return gm_gamma((n_terms + 2) / 2 + 13);
}

gemlet_status gm_bounds_norm_clip(gm_check_call *call)
{
    const gm_check_operand *gradients = GM_OPERAND(call, norm_clip, gradients);
    const gm_check_operand *sums = GM_OPERAND(call, norm_clip, sums);
    double squares = 0;
    for (size_t j = 0; j < sums->n; ++j)
        squares += sums->before[j];
    for (size_t i = 0; i < gradients->n; ++i)
        gradients->bound[i] = gm_bound_in_range(
            relative_bound((double)sums->n) * fabs(gradients->ref[i]) + GM_UNDERFLOW,
            squares + fabs(gradients->before[i]));
    return GEMLET_OK;
}

gemlet_status gm_bounds_norm_max(gm_check_call *call)
{
    const gm_check_operand *weights = GM_OPERAND(call, norm_max, weights);
    const size_t rows = weights->view.rows;
    const size_t cols = weights->view.cols;
    for (size_t n = 0; n < cols; ++n) {
        double squares = 0;
        for (size_t k = 0; k < rows; ++k)
            squares += weights->before[k * cols + n] * weights->before[k * cols + n];
        for (size_t k = 0; k < rows; ++k)
            weights->bound[k * cols + n] = gm_bound_in_range(
                relative_bound((double)rows) * fabs(weights->ref[k * cols + n]) + GM_UNDERFLOW,
                squares);
    }
    return GEMLET_OK;
}

/* SPDX-License-Identifier: MIT
 * Error bounds of what is done to a batch: noise and dropout, whose random bits are exact,
 * sign_step and row_step. */
#include <math.h>

#include "verify/bounds.h"
#include "verify/bounds_elementwise.h"
#include "verify/numeric.h"

/* The sum is exact, times the unit one rounding, plus x another. Without x there is none. */
gemlet_status gm_bounds_noise(gm_check_call *call)
{
    const gm_check_operand *x = GM_OPERAND(call, noise, x);
    const gm_check_operand *y = GM_OPERAND(call, noise, y);
    for (size_t i = 0; i < y->n && x->n == 0; ++i)
        y->bound[i] = 0;
    for (size_t i = 0; i < x->n; ++i) {
        const double doubt = x->doubt != NULL ? x->doubt[i] : 0;
        const double added = fabs(y->ref[i] - x->before[i]);
        y->bound[i] = gm_bound_in_range(gm_gamma(1) * (added + fabs(y->ref[i])) +
                                            gm_gamma(2) * added + doubt + 2 * GM_UNDERFLOW,
                                        fabs(x->before[i]) + added);
    }
    return GEMLET_OK;
}

/* One rounding; where the sign is in doubt, the step may be the other way or none. */
gemlet_status gm_bounds_sign_step(gm_check_call *call)
{
    const gm_check_operand *x = GM_OPERAND(call, sign_step, x);
    const gm_check_operand *dx = GM_OPERAND(call, sign_step, dx);
    const gm_check_operand *y = GM_OPERAND(call, sign_step, y);
    for (size_t i = 0; i < y->n; ++i) {
        const double doubt = x->doubt != NULL ? x->doubt[i] : 0;
        const int is_open = dx->doubt != NULL && fabs(dx->before[i]) <= dx->doubt[i];
        const double step = is_open ? 2 * fabs(y->ref[i] - x->before[i]) : 0;
        y->bound[i] = gm_bound_in_range(gm_gamma(1) * fabs(y->ref[i]) + step + doubt,
                                        fabs(y->ref[i]) + doubt);
    }
    return GEMLET_OK;
}

/* A value is divided by the largest of its row (2.5 ulp, 5 u), squared, and N squares are added up:
 * gamma(N + 11) of the sum, half of it in the root, which is off by 3 ulp more. With the quotient
 * of e and the root (5 u), that of the value (5 u) and their product a step is off by gamma(N / 2 +
 * 23) of itself; then comes the sum with x. Of the reference's y a step is known to a rounding.
 * Flushed may be a value, which is at most UNDERFLOW / largest of the row's unit, and each square,
 * beside a sum of at least 1; and the step. */
static double bound_step(double x, double y, double e, double largest, size_t n)
{
    if (largest < 0x1p-100)
        return 0; /* y is x */
    const double step = fabs(y - x);
    const double flushed = (2 / largest + 2 * (double)n) * GM_UNDERFLOW;
    return gm_gamma((double)n / 2 + 23) * (step + gm_gamma(1) * fabs(y)) + e * flushed +
           GM_UNDERFLOW;
}

gemlet_status gm_bounds_row_step(gm_check_call *call)
{
    const gm_row_step_args *args = call->args;
    const gm_check_operand *x = GM_OPERAND(call, row_step, x);
    const gm_check_operand *g = GM_OPERAND(call, row_step, g);
    const gm_check_operand *y = GM_OPERAND(call, row_step, y);
    const double e = fabs(GM_OPERAND(call, row_step, record)->before[args->item]);
    const size_t n = args->y.cols;
    for (size_t first = 0; first < y->n; first += n) {
        double largest = 0;
        for (size_t i = first; i < first + n; ++i)
            largest = fmax(largest, fabs(g->before[i]));
        for (size_t i = first; i < first + n; ++i) {
            const double step_bound = bound_step(x->before[i], y->ref[i], e, largest, n);
            y->bound[i] = gm_bound_in_range(
                step_bound + gm_gamma(1) * (fabs(y->ref[i]) + step_bound) + 2 * GM_UNDERFLOW,
                fabs(x->before[i]) + e);
        }
    }
    return GEMLET_OK;
}

/* The choice is exact, a product is one rounding. */
gemlet_status gm_bounds_dropout(gm_check_call *call)
{
    const gm_check_operand *x = GM_OPERAND(call, dropout, x);
    const gm_check_operand *y = GM_OPERAND(call, dropout, y);
    const double *record = GM_OPERAND(call, dropout, record)->before;
    const double scale = record[GM_RECORD_INPUT_DROPOUT_SCALE];
    gm_bounds_rounded(y->bound, y->ref, y->n);
    for (size_t i = 0; x->doubt != NULL && i < y->n; ++i)
        y->bound[i] += fabs(scale) * x->doubt[i];
    return GEMLET_OK;
}

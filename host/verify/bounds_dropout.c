/* SPDX-License-Identifier: MIT
 * Error bounds of what is done to a batch: noise and dropout, whose random bits are exact, and
 * sign_step. */
#include <math.h>

#include "verify/bounds.h"
#include "verify/bounds_elementwise.h"
#include "verify/numeric.h"

/* The sum is exact, times the unit one rounding, plus x another. */
gemlet_status gm_bounds_noise(gm_check_call *call)
{
    const gm_check_operand *x = GM_OPERAND(call, noise, x);
    const gm_check_operand *y = GM_OPERAND(call, noise, y);
    for (size_t i = 0; i < y->n; ++i) {
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

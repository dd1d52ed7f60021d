/* SPDX-License-Identifier: MIT
 * Error bounds of squared_error.
 *
 * An error e = y - t takes one rounding. Its gradient 2 e / B takes a division more (2.5 ulp <=
 * 5 u): the doubling is exact. Its square takes a rounding more, and is off twice by that of e; the
 * mean of B rows adds gamma(B + 6). Flushed may be y, t, e and the results. */
#include <math.h>
#include <string.h>

#include "verify/bounds.h"
#include "verify/numeric.h"

/* The target that an element of U32 stands for. */
static double target_of(double element)
{
    const uint32_t bits = (uint32_t)element;
    float target;
    memcpy(&target, &bits, sizeof target);
    return (double)target;
}

gemlet_status gm_bounds_squared_error(gm_check_call *call)
{
    const gm_check_operand *outputs = GM_OPERAND(call, squared_error, outputs);
    const gm_check_operand *targets = GM_OPERAND(call, squared_error, targets);
    const gm_check_operand *gradients = GM_OPERAND(call, squared_error, doutputs);
    const double n_rows = (double)outputs->n;
    const double flushed = 3 * GM_UNDERFLOW; /* of an error */
    double sum = 0;
    double row_errors = 0;
    double largest = 0;
    for (size_t i = 0; i < outputs->n; ++i) {
        const double error = fabs(outputs->before[i] - target_of(targets->before[i]));
        gradients->bound[i] = gm_bound_in_range(
            gm_gamma(6) * fabs(gradients->ref[i]) + 2 * flushed / n_rows + GM_UNDERFLOW, 2 * error);
        row_errors += gm_gamma(3) * error * error + 2 * error * flushed + GM_UNDERFLOW;
        sum += error * error;
        largest = fmax(largest, error);
    }
    const double bound =
        row_errors / n_rows + gm_gamma(n_rows + 6) * (sum + row_errors) / n_rows + GM_UNDERFLOW;
    *GM_OPERAND(call, squared_error, loss)->bound = gm_bound_in_range(bound, sum + largest);
    return GEMLET_OK;
}

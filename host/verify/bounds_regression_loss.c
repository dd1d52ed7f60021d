/* SPDX-License-Identifier: MIT
 * Error bounds of regression_loss.
 *
 * An error e = y - t takes one rounding. Its gradient takes a division (2.5 ulp <= 5 u) by B more,
 * and nothing else: doubling is exact, and so are the signs and Huber's D. All of them follow the
 * error at most twice as fast, but for the sign, which is gone where the error is flushed. The
 * square takes a rounding more, and is off twice by that of e; D (|e| - D / 2) takes two more, of
 * terms up to D (|e| + D). Where |e| rounds to the other side of D both formulas say the same, to
 * the square of that rounding. The mean of B rows adds gamma(B + 6). Flushed may be y, t, e and the
 * results. The weight of a row multiplies its errors, and its loss and gradient once more. */
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

typedef struct loss_numbers {
    gemlet_regression_loss kind;
    double delta;
} loss_numbers;

static loss_numbers read_numbers(const gm_check_operand *record)
{
    if (record->n == 0)
        return (loss_numbers){GEMLET_REGRESSION_LOSS_SQUARED, 0};
    return (loss_numbers){(gemlet_regression_loss)record->before[GM_RECORD_REGRESSION_LOSS],
                          record->before[GM_RECORD_HUBER_DELTA]};
}

#define FLUSHED_ERROR (3 * GM_UNDERFLOW)

/* Of a row's loss; *size is at least the loss. error: without its sign. */
static double loss_bound(double *size, double error, const loss_numbers *of)
{
    if (of->kind == GEMLET_REGRESSION_LOSS_ABSOLUTE) {
        *size = error;
        return gm_gamma(1) * error + FLUSHED_ERROR;
    }
    if (of->kind == GEMLET_REGRESSION_LOSS_HUBER && error > of->delta) {
        *size = of->delta * (error + of->delta);
        return gm_gamma(4) * *size + (of->delta + 1) * FLUSHED_ERROR;
    }
    *size = error * error;
    return gm_gamma(3) * *size + 2 * error * FLUSHED_ERROR + GM_UNDERFLOW;
}

/* Of a row's gradient, before its division by the number of rows. */
static double slope_flush(double error, const loss_numbers *of)
{
    if (of->kind != GEMLET_REGRESSION_LOSS_ABSOLUTE)
        return 2 * FLUSHED_ERROR;
    return error <= FLUSHED_ERROR ? 1 : 0;
}

gemlet_status gm_bounds_regression_loss(gm_check_call *call)
{
    const gm_check_operand *outputs = GM_OPERAND(call, regression_loss, outputs);
    const gm_check_operand *targets = GM_OPERAND(call, regression_loss, targets);
    const gm_check_operand *gradients = GM_OPERAND(call, regression_loss, doutputs);
    const gm_check_operand *weights = GM_OPERAND(call, regression_loss, weights);
    const loss_numbers numbers = read_numbers(GM_OPERAND(call, regression_loss, record));
    const double n_rows = (double)outputs->n;
    double sum = 0;
    double row_errors = 0;
    double largest = 0;
    for (size_t i = 0; i < outputs->n; ++i) {
        const double error = fabs(outputs->before[i] - target_of(targets->before[i]));
        const double weight = weights->n > 0 ? fabs(weights->before[i]) : 1;
        double size;
        gradients->bound[i] = gm_bound_in_range(
            gm_gamma(7) * fabs(gradients->ref[i]) +
                weight * (slope_flush(error, &numbers) / n_rows + GM_UNDERFLOW) + GM_UNDERFLOW,
            2 * error);
        row_errors += weight * loss_bound(&size, error, &numbers) + gm_gamma(1) * weight * size +
                      GM_UNDERFLOW;
        sum += weight * size;
        largest = fmax(largest, error);
    }
    const double bound =
        row_errors / n_rows + gm_gamma(n_rows + 6) * (sum + row_errors) / n_rows + GM_UNDERFLOW;
    *GM_OPERAND(call, regression_loss, loss)->bound = gm_bound_in_range(bound, sum + largest);
    return GEMLET_OK;
}

/* SPDX-License-Identifier: MIT
 * Error bounds of regression_loss.
 *
 * An error e = y - t takes one rounding. Its gradient takes a division (2.5 ulp <= 5 u) by B more,
 * and nothing else: doubling is exact, and so are the signs and Huber's D. All of them follow the
 * error at most twice as fast, but for the sign, which is gone where the error is flushed. The
 * square takes a rounding more, and is off twice by that of e; D (|e| - D / 2) takes two more, of
 * terms up to D (|e| + D). Where |e| rounds to the other side of D both formulas say the same, to
 * the square of that rounding. The mean of B rows adds gamma(B + 6). Flushed may be y, t, e and the
 * results. A mixed target t + r (t' - t) is off by three
 * roundings of its terms, by which e is off as well. The weight of a row multiplies its errors, and
 * its loss and gradient once more. */
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
    double mixed;
} loss_numbers;

static loss_numbers read_numbers(const gm_check_operand *record)
{
    if (record->n == 0)
        return (loss_numbers){GEMLET_REGRESSION_LOSS_SQUARED, 0, 0};
    return (loss_numbers){(gemlet_regression_loss)record->before[GM_RECORD_REGRESSION_LOSS],
                          record->before[GM_RECORD_HUBER_DELTA],
                          record->before[GM_RECORD_MIXED_PART]};
}

/* A row's error e, without its sign, and by how much it may be off before it is rounded: three
 * numbers that are flushed, and its target. */
typedef struct row_error {
    double size;
    double doubt;
} row_error;

static row_error error_of(const double *targets, double output, size_t i, size_t n_rows,
                          const loss_numbers *of)
{
    const double own = target_of(targets[i]);
    const double other = target_of(targets[n_rows - 1 - i]);
    const double terms = fabs(own) + of->mixed * (fabs(own) + fabs(other));
    return (row_error){fabs(output - (own + of->mixed * (other - own))),
                       3 * GM_UNDERFLOW + (of->mixed != 0 ? gm_gamma(3) * terms : 0)};
}

/* Of a row's loss; *size is at least the loss. */
static double loss_bound(double *size, const row_error *e, const loss_numbers *of)
{
    const double error = e->size;
    if (of->kind == GEMLET_REGRESSION_LOSS_ABSOLUTE) {
        *size = error;
        return gm_gamma(1) * error + e->doubt;
    }
    if (of->kind == GEMLET_REGRESSION_LOSS_HUBER && error > of->delta) {
        *size = of->delta * (error + of->delta);
        return gm_gamma(4) * *size + (of->delta + 1) * e->doubt;
    }
    *size = error * error;
    return gm_gamma(3) * *size + (2 * error + e->doubt) * e->doubt + GM_UNDERFLOW;
}

/* Of a row's gradient, before its division by the number of rows. */
static double slope_doubt(const row_error *e, const loss_numbers *of)
{
    if (of->kind != GEMLET_REGRESSION_LOSS_ABSOLUTE)
        return 2 * e->doubt;
    if (e->size > e->doubt)
        return 0;
    return of->mixed != 0 ? 2
                          : 1; /* a target in doubt may turn the sign, what is flushed has none */
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
        const row_error error =
            error_of(targets->before, outputs->before[i], i, outputs->n, &numbers);
        const double weight = weights->n > 0 ? fabs(weights->before[i]) : 1;
        double size;
        gradients->bound[i] = gm_bound_in_range(
            gm_gamma(7) * fabs(gradients->ref[i]) +
                weight * (slope_doubt(&error, &numbers) / n_rows + GM_UNDERFLOW) + GM_UNDERFLOW,
            2 * error.size);
        row_errors += weight * loss_bound(&size, &error, &numbers) + gm_gamma(1) * weight * size +
                      GM_UNDERFLOW;
        sum += weight * size;
        largest = fmax(largest, error.size);
    }
    const double bound =
        row_errors / n_rows + gm_gamma(n_rows + 6) * (sum + row_errors) / n_rows + GM_UNDERFLOW;
    *GM_OPERAND(call, regression_loss, loss)->bound = gm_bound_in_range(bound, sum + largest);
    return GEMLET_OK;
}

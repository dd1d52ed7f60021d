/* SPDX-License-Identifier: MIT
 * See bounds_layer_statistics.h. */
#include "verify/bounds_layer_statistics.h"

#include <math.h>

#include "backend/backend.h"
#include "verify/bounds_elementwise.h"
#include "verify/numeric.h"

/* What squares are multiplied with before they are added, in the square: 2^152, 1 or 2^-152, so
 * that the largest element has a normal square. A square that is flushed is off by the smallest
 * normal float over this. */
static double squared_scale(double magnitude)
{
    if (magnitude < 0x1p-50)
        return 0x1p152;
    return magnitude > 0x1p50 ? 0x1p-152 : 1;
}

typedef struct column {
    double sum;
    double magnitude; /* sum |x| */
    double squares;
} column;

static column add_up(const gm_layer_statistics_bounds *b, size_t n)
{
    column k = {0};
    for (size_t i = 0; i < b->batch; ++i) {
        const double x = b->x[i * b->columns + n];
        k.sum += x;
        k.magnitude += fabs(x);
        k.squares += x * x;
    }
    return k;
}

/* Largest |x|. */
static double largest(const gm_layer_statistics_bounds *b)
{
    double found = 0;
    for (size_t i = 0; i < (size_t)b->batch * b->columns; ++i)
        found = fmax(found, fabs(b->x[i]));
    return found;
}

/* |error| of a mean of n elements: the sum, their number as a float, and the quotient (5 u).
 * Flushed may be every value, the sum up to it, and the quotient. */
static double mean_bound(double n, double magnitude)
{
    return gm_gamma(n + 8) * magnitude / n + 3 * GM_UNDERFLOW;
}

/* |error| of the square root of `exact`, itself off by at most `bound`, with 16 roundings: the
 * quotient (5 u), the root (6 u), what scales it, and room for n as a float. */
static double root_bound(double exact, double bound)
{
    const double high = sqrt(exact + bound);
    const double low = sqrt(fmax(exact - bound, 0));
    const double root = sqrt(exact);
    return fmax(high - root, root - low) + gm_gamma(16) * high + GM_UNDERFLOW;
}

/* |error| of sum (x - mean)^2. Within a column, the deviations are taken from a mean that is off by
 * e: B e^2 more. Between columns, the means' deviations are off by the errors of both means. */
static double deviations_bound(const gm_layer_statistics_bounds *b, double n, double mean,
                               double flushed)
{
    const double rows = b->batch;
    const double roundings = gm_gamma(rows + b->columns + 8.0);
    double magnitude = 0;
    for (size_t k = 0; k < b->columns; ++k)
        magnitude += add_up(b, k).magnitude;
    const double global = mean_bound(n, magnitude);
    double bound = 0;
    for (size_t k = 0; k < b->columns; ++k) {
        const column c = add_up(b, k);
        const double own = mean_bound(rows, c.magnitude);
        const double shift = fabs(c.sum / rows - mean);
        const double off = own + global + gm_gamma(1) * (shift + own + global) + GM_UNDERFLOW;
        double inside = 0;
        for (size_t i = 0; i < b->batch; ++i) {
            const double deviation = b->x[i * b->columns + k] - c.sum / rows;
            inside += deviation * deviation;
        }
        const double grown = rows * (own * own + 2 * shift * off + off * off);
        bound += grown + roundings * (inside + rows * shift * shift + grown);
    }
    return bound + 2 * n * flushed;
}

void gm_bounds_layer_statistics(const gm_layer_statistics_bounds *b)
{
    const double n = (double)b->batch * b->columns;
    const double *ref = b->moments_ref;
    const double flushed = GM_UNDERFLOW / squared_scale(largest(b));
    double magnitude = 0;
    double squares = 0;
    for (size_t k = 0; k < b->columns; ++k) {
        const column c = add_up(b, k);
        magnitude += c.magnitude;
        squares += c.squares;
    }
    b->moments_bound[GM_MOMENT_MEAN] = gm_bound_in_range(mean_bound(n, magnitude), magnitude);
    const double variance = ref[GM_MOMENT_STD] * ref[GM_MOMENT_STD];
    b->moments_bound[GM_MOMENT_STD] = gm_bound_in_range(
        root_bound(variance, deviations_bound(b, n, ref[GM_MOMENT_MEAN], flushed) / n), magnitude);
    b->moments_bound[GM_MOMENT_NORM] = gm_bound_in_range(
        root_bound(squares, gm_gamma(n + 16) * squares + 2 * n * flushed), sqrt(squares));
    gm_bounds_rounded(&b->moments_bound[GM_MOMENT_MIN], &b->moments_ref[GM_MOMENT_MIN], 1);
    gm_bounds_rounded(&b->moments_bound[GM_MOMENT_MAX], &b->moments_ref[GM_MOMENT_MAX], 1);
    gm_bounds_rounded(b->counts_bound, b->counts_ref, b->n_counts);
}

/* SPDX-License-Identifier: MIT
 * layer_statistics on the CPU. Sums in double, whose range the squares of floats do not leave. */
#include <math.h>
#include <string.h>

#include "backend/cpu/cpu_real.h"

static int is_saturated(gemlet_activation activation, double x)
{
    switch (activation) {
    case GEMLET_ACTIVATION_RELU:
        return x == 0;
    case GEMLET_ACTIVATION_SIGMOID:
        return x < (double)0.03f || x > (double)0.97f;
    case GEMLET_ACTIVATION_TANH:
        return fabs(x) > (double)0.97f;
    case GEMLET_ACTIVATION_IDENTITY:
        break;
    }
    return 0;
}

/* What needs no mean. */
typedef struct sums {
    double sum;
    double squares;
    double low;
    double high;
    uint32_t n_nan;
} sums;

static sums sum_elements(gm_matrix x)
{
    sums s = {.low = (double)INFINITY, .high = -(double)INFINITY};
    for (size_t i = 0; i < x.rows; ++i) {
        const real *row = gm_cpu_row(x, i);
        for (size_t n = 0; n < x.cols; ++n) {
            const double value = (double)row[n];
            s.sum += value;
            s.squares += value * value;
            s.low = fmin(s.low, value);
            s.high = fmax(s.high, value);
            s.n_nan += isnan(value) != 0;
        }
    }
    return s;
}

static double sum_squared_deviations(gm_matrix x, double mean)
{
    double sum = 0;
    for (size_t i = 0; i < x.rows; ++i) {
        const real *row = gm_cpu_row(x, i);
        for (size_t n = 0; n < x.cols; ++n)
            sum += ((double)row[n] - mean) * ((double)row[n] - mean);
    }
    return sum;
}

static void count_saturated(const gm_layer_statistics_args *args, uint32_t *counts)
{
    for (size_t n = 0; n < args->x.cols; ++n) {
        uint32_t n_saturated = 0;
        for (size_t i = 0; i < args->x.rows; ++i)
            n_saturated +=
                (uint32_t)is_saturated(args->activation, (double)gm_cpu_row(args->x, i)[n]);
        counts[GM_COUNT_SATURATED] += n_saturated;
        counts[GM_COUNT_DEAD] += n_saturated == args->x.rows;
    }
}

/* The last bin whose lower edge is <= value, which is not below the first. */
static size_t find_bin(const real *edges, size_t n_bins, real value)
{
    size_t low = 0;
    size_t high = n_bins;
    while (high - low > 1) {
        const size_t middle = (low + high) / 2;
        if (edges[middle] <= value)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static void fill_bins(const gm_layer_statistics_args *args, uint32_t *counts)
{
    const real *edges = gm_cpu_vector(args->edges);
    const size_t n_bins = args->edges.length - 1;
    for (size_t i = 0; i < args->x.rows; ++i) {
        const real *row = gm_cpu_row(args->x, i);
        for (size_t n = 0; n < args->x.cols; ++n) {
            if (row[n] < edges[0])
                ++counts[GM_COUNT_BELOW];
            else if (row[n] > edges[n_bins])
                ++counts[GM_COUNT_ABOVE];
            else if (!isnan(row[n]))
                ++counts[GM_COUNT_BINS + find_bin(edges, n_bins, row[n])];
        }
    }
}

gemlet_status GM_CPU(layer_statistics)(gm_backend *backend, const gm_layer_statistics_args *args)
{
    (void)backend;
    const double n = (double)args->x.rows * (double)args->x.cols;
    real *moments = gm_cpu_vector(args->moments);
    uint32_t *counts = gm_cpu_vector_u32(args->counts);
    const sums s = sum_elements(args->x);
    moments[GM_MOMENT_MEAN] = (real)(s.sum / n);
    moments[GM_MOMENT_STD] = (real)sqrt(sum_squared_deviations(args->x, s.sum / n) / n);
    moments[GM_MOMENT_MIN] = s.n_nan > 0 ? (real)NAN : (real)s.low;
    moments[GM_MOMENT_MAX] = s.n_nan > 0 ? (real)NAN : (real)s.high;
    moments[GM_MOMENT_NORM] = (real)sqrt(s.squares);
    memset(counts, 0, args->counts.length * sizeof *counts);
    counts[GM_COUNT_NAN] = s.n_nan;
    count_saturated(args, counts);
    if (args->edges.buffer != NULL)
        fill_bins(args, counts);
    return GEMLET_OK;
}

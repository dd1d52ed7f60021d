/* SPDX-License-Identifier: MIT
 * norm_squares, norm_clip and norm_max on the CPU. Sums are taken in double. */
#include <math.h>

#include "backend/cpu/cpu_real.h"

static double sum_squares(const real *v, size_t n, size_t stride)
{
    double sum = 0;
    for (size_t i = 0; i < n; ++i)
        sum += (double)v[i * stride] * (double)v[i * stride];
    return sum;
}

gemlet_status GM_CPU(norm_squares)(gm_backend *backend, const gm_norm_squares_args *args)
{
    (void)backend;
    const size_t n = args->values.length;
    const size_t block = gm_square_block(n, args->sums.length);
    const real *values = gm_cpu_vector(args->values);
    real *sums = gm_cpu_vector(args->sums);
    for (size_t j = 0; j < args->sums.length; ++j) {
        const size_t first = j * block < n ? j * block : n;
        sums[j] = (real)sum_squares(values + first, n - first < block ? n - first : block, 1);
    }
    return GEMLET_OK;
}

/* What brings a norm down to `limit`, of the sum of squares; 1 if it is no larger. NaN stays. */
static double factor(double squares, double limit)
{
    return squares > limit * limit ? limit / sqrt(squares) : 1;
}

gemlet_status GM_CPU(norm_clip)(gm_backend *backend, const gm_norm_clip_args *args)
{
    (void)backend;
    const real *record = gm_cpu_vector(args->record);
    const real *sums = gm_cpu_vector(args->sums);
    real *gradients = gm_cpu_vector(args->gradients);
    double squares = 0;
    for (size_t j = 0; j < args->sums.length; ++j)
        squares += (double)sums[j];
    const real scale = (real)factor(squares, (double)record[GM_RECORD_CLIP_NORM]);
    for (size_t i = 0; i < args->gradients.length; ++i)
        gradients[i] *= scale;
    return GEMLET_OK;
}

gemlet_status GM_CPU(norm_max)(gm_backend *backend, const gm_norm_max_args *args)
{
    (void)backend;
    const real *record = gm_cpu_vector(args->record);
    for (size_t n = 0; n < args->weights.cols; ++n) {
        real *column = gm_cpu_row(args->weights, 0) + n;
        const double squares = sum_squares(column, args->weights.rows, args->weights.ld);
        const real scale = (real)factor(squares, (double)record[GM_RECORD_MAX_NORM]);
        for (size_t k = 0; k < args->weights.rows; ++k)
            column[k * args->weights.ld] *= scale;
    }
    return GEMLET_OK;
}

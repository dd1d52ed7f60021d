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

static void sum_blocks(const void *context, size_t first_block, size_t end)
{
    const gm_norm_squares_args *args = context;
    const size_t n = args->values.length;
    const size_t block = gm_square_block(n, args->sums.length);
    const real *values = gm_cpu_vector(args->values);
    real *sums = gm_cpu_vector(args->sums);
    for (size_t j = first_block; j < end; ++j) {
        const size_t first = j * block < n ? j * block : n;
        sums[j] = (real)sum_squares(values + first, n - first < block ? n - first : block, 1);
    }
}

gemlet_status GM_CPU(norm_squares)(gm_backend *backend, const gm_norm_squares_args *args)
{
    const size_t block = gm_square_block(args->values.length, args->sums.length);
    GM_CPU(for_each)(backend, args->sums.length, GM_CPU_LINE, 4 * block, sum_blocks, args);
    return GEMLET_OK;
}

/* What brings a norm down to `limit`, of the sum of squares; 1 if it is no larger. NaN stays. */
static double factor(double squares, double limit)
{
    return squares > limit * limit ? limit / sqrt(squares) : 1;
}

typedef struct scaling {
    real *values;
    real factor;
} scaling;

static void scale_elements(const void *context, size_t first, size_t end)
{
    const scaling *s = context;
    for (size_t i = first; i < end; ++i)
        s->values[i] *= s->factor;
}

gemlet_status GM_CPU(norm_clip)(gm_backend *backend, const gm_norm_clip_args *args)
{
    const real *record = gm_cpu_vector(args->record);
    const real *sums = gm_cpu_vector(args->sums);
    double squares = 0;
    for (size_t j = 0; j < args->sums.length; ++j)
        squares += (double)sums[j];
    const scaling s = {gm_cpu_vector(args->gradients),
                       (real)factor(squares, (double)record[GM_RECORD_CLIP_NORM])};
    GM_CPU(for_each)(backend, args->gradients.length, GM_CPU_LINE, 1, scale_elements, &s);
    return GEMLET_OK;
}

static void limit_columns(const void *context, size_t first, size_t end)
{
    const gm_norm_max_args *args = context;
    const real *record = gm_cpu_vector(args->record);
    for (size_t n = first; n < end; ++n) {
        real *column = gm_cpu_row(args->weights, 0) + n;
        const double squares = sum_squares(column, args->weights.rows, args->weights.ld);
        const real scale = (real)factor(squares, (double)record[GM_RECORD_MAX_NORM]);
        for (size_t k = 0; k < args->weights.rows; ++k)
            column[k * args->weights.ld] *= scale;
    }
}

gemlet_status GM_CPU(norm_max)(gm_backend *backend, const gm_norm_max_args *args)
{
    const gm_matrix *weights = &args->weights;
    GM_CPU(for_each)(backend, weights->cols, GM_CPU_LINE, 8 * weights->rows, limit_columns, args);
    return GEMLET_OK;
}

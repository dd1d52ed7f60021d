/* SPDX-License-Identifier: MIT
 * row_step on the CPU. */
#include <math.h>

#include "backend/cpu/cpu_real.h"

#define LEAST 0x1p-100 /* as in backend.h */

/* What the row g (n) is multiplied with; NaN stays. */
static double factor_of(const real *g, size_t n, double e)
{
    double largest = 0;
    double squares = 0;
    for (size_t col = 0; col < n; ++col)
        largest = fmax(largest, fabs((double)g[col]));
    const double unit = fmax(largest, LEAST);
    for (size_t col = 0; col < n; ++col)
        squares += (double)g[col] / unit * ((double)g[col] / unit);
    if (largest < LEAST && !isnan(squares))
        return 0;
    return e / sqrt(squares) / unit;
}

static void step_rows(const void *context, size_t first, size_t end)
{
    const gm_row_step_args *args = context;
    const double e = (double)gm_cpu_vector(args->record)[args->item];
    for (size_t row = first; row < end; ++row) {
        const real *x = gm_cpu_row(args->x, row);
        const real *g = gm_cpu_row(args->g, row);
        real *y = gm_cpu_row(args->y, row);
        const double factor = factor_of(g, args->y.cols, e);
        for (size_t col = 0; col < args->y.cols; ++col)
            y[col] = (real)((double)x[col] + factor * (double)g[col]);
    }
}

gemlet_status GM_CPU(row_step)(gm_backend *backend, const gm_row_step_args *args)
{
    GM_CPU(for_each)(backend, args->y.rows, GM_CPU_ROW, 4 * args->y.cols, step_rows, args);
    return GEMLET_OK;
}

/* SPDX-License-Identifier: MIT
 * mix_rows on the CPU. */
#include "backend/cpu/cpu_real.h"

gemlet_status GM_CPU(mix_rows)(gm_backend *backend, const gm_mix_rows_args *args)
{
    (void)backend;
    const real part = gm_cpu_vector(args->record)[GM_RECORD_MIXED_PART];
    const size_t n_rows = args->y.rows;
    /* Both of a pair at a time, as y may take the place of x. */
    for (size_t row = 0; 2 * row < n_rows; ++row) {
        const size_t other = n_rows - 1 - row;
        const real *x = gm_cpu_row(args->x, row);
        const real *other_x = gm_cpu_row(args->x, other);
        real *y = gm_cpu_row(args->y, row);
        real *other_y = gm_cpu_row(args->y, other);
        for (size_t col = 0; col < args->y.cols; ++col) {
            const real own = x[col];
            const real difference = other_x[col] - own;
            other_y[col] = other_x[col] - part * difference;
            y[col] = own + part * difference;
        }
    }
    return GEMLET_OK;
}

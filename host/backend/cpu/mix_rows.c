/* SPDX-License-Identifier: MIT
 * mix_rows on the CPU. */
#include "backend/cpu/cpu_real.h"

/* Both of a pair at a time, as y may take the place of x. */
static void mix_pairs(const void *context, size_t first, size_t end)
{
    const gm_mix_rows_args *args = context;
    const real part = gm_cpu_vector(args->record)[GM_RECORD_MIXED_PART];
    const size_t n_rows = args->y.rows;
    for (size_t row = first; row < end; ++row) {
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
}

gemlet_status GM_CPU(mix_rows)(gm_backend *backend, const gm_mix_rows_args *args)
{
    const size_t n_pairs = ((size_t)args->y.rows + 1) / 2;
    GM_CPU(for_each)(backend, n_pairs, GM_CPU_ROW, 2 * args->y.cols, mix_pairs, args);
    return GEMLET_OK;
}

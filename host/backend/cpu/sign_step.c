/* SPDX-License-Identifier: MIT
 * sign_step on the CPU. */
#include "backend/cpu/cpu_real.h"

static void step_rows(const void *context, size_t first, size_t end)
{
    const gm_sign_step_args *args = context;
    const real e = gm_cpu_vector(args->record)[GM_RECORD_ADVERSARIAL];
    for (size_t row = first; row < end; ++row) {
        const real *x = gm_cpu_row(args->x, row);
        const real *dx = gm_cpu_row(args->dx, row);
        real *y = gm_cpu_row(args->y, row);
        for (size_t col = 0; col < args->y.cols; ++col)
            y[col] = x[col] + e * (real)((dx[col] > 0) - (dx[col] < 0));
    }
}

gemlet_status GM_CPU(sign_step)(gm_backend *backend, const gm_sign_step_args *args)
{
    GM_CPU(for_each)(backend, args->y.rows, GM_CPU_ROW, args->y.cols, step_rows, args);
    return GEMLET_OK;
}

/* SPDX-License-Identifier: MIT
 * sign_step on the CPU. */
#include "backend/cpu/cpu_real.h"

gemlet_status GM_CPU(sign_step)(gm_backend *backend, const gm_sign_step_args *args)
{
    (void)backend;
    const real e = gm_cpu_vector(args->record)[GM_RECORD_ADVERSARIAL];
    for (size_t row = 0; row < args->y.rows; ++row) {
        const real *x = gm_cpu_row(args->x, row);
        const real *dx = gm_cpu_row(args->dx, row);
        real *y = gm_cpu_row(args->y, row);
        for (size_t col = 0; col < args->y.cols; ++col)
            y[col] = x[col] + e * (real)((dx[col] > 0) - (dx[col] < 0));
    }
    return GEMLET_OK;
}

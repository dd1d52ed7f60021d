/* SPDX-License-Identifier: MIT
 * dense_fwd, dense_bwd_w and dense_bwd_x on the CPU: a GEMM each, and what goes with it. */
#include "backend/cpu/cpu_real.h"

gemlet_status GM_CPU(dense_fwd)(gm_backend *backend, const gm_dense_fwd_args *args)
{
    (void)backend;
    GEMLET_TRY(GM_CPU(gemm)(GM_CPU_GEMM_NN, &args->x, &args->w, &args->y));
    const real *bias = gm_cpu_vector(args->bias);
    for (size_t i = 0; i < args->y.rows; ++i) {
        real *y = gm_cpu_row(args->y, i);
        for (size_t n = 0; bias != NULL && n < args->y.cols; ++n)
            y[n] += bias[n];
        if (args->activation != GEMLET_ACTIVATION_IDENTITY)
            GM_CPU(activate_row)(args->activation, y, y, args->y.cols);
    }
    return GEMLET_OK;
}

/* sums[n] = sum_i m[i][n] */
static void sum_columns(gm_matrix m, real *sums)
{
    for (size_t first = 0; first < m.cols; first += GM_CPU_COLUMN_BLOCK) {
        const size_t left = m.cols - first;
        const size_t n_columns = left < GM_CPU_COLUMN_BLOCK ? left : GM_CPU_COLUMN_BLOCK;
        double block[GM_CPU_COLUMN_BLOCK] = {0};
        for (size_t i = 0; i < m.rows; ++i) {
            const real *row = gm_cpu_row(m, i) + first;
            for (size_t n = 0; n < n_columns; ++n)
                block[n] += (double)row[n];
        }
        for (size_t n = 0; n < n_columns; ++n)
            sums[first + n] = (real)block[n];
    }
}

gemlet_status GM_CPU(dense_bwd_w)(gm_backend *backend, const gm_dense_bwd_w_args *args)
{
    (void)backend;
    GEMLET_TRY(GM_CPU(gemm)(GM_CPU_GEMM_TN, &args->x, &args->dz, &args->dw));
    if (args->dbias.buffer != NULL)
        sum_columns(args->dz, gm_cpu_vector(args->dbias));
    return GEMLET_OK;
}

gemlet_status GM_CPU(dense_bwd_x)(gm_backend *backend, const gm_dense_bwd_x_args *args)
{
    (void)backend;
    return GM_CPU(gemm)(GM_CPU_GEMM_NT, &args->dz, &args->w, &args->dx);
}

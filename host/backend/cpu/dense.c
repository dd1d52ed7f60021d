/* SPDX-License-Identifier: MIT
 * dense_fwd, dense_bwd_w and dense_bwd_x on the CPU: a GEMM each, and what goes with it. */
#include "backend/cpu/cpu_real.h"

/* y = act(y + bias) */
static void finish_rows(const void *context, size_t first, size_t end)
{
    const gm_dense_fwd_args *args = context;
    const real *bias = gm_cpu_vector(args->bias);
    for (size_t i = first; i < end; ++i) {
        real *y = gm_cpu_row(args->y, i);
        for (size_t n = 0; bias != NULL && n < args->y.cols; ++n)
            y[n] += bias[n];
        if (args->activation != GEMLET_ACTIVATION_IDENTITY)
            GM_CPU(activate_row)(args->activation, y, y, args->y.cols);
    }
}

gemlet_status GM_CPU(dense_fwd)(gm_backend *backend, const gm_dense_fwd_args *args)
{
    GEMLET_TRY(GM_CPU(gemm)(backend, GM_CPU_GEMM_NN, &args->x, &args->w, &args->y));
    if (args->bias.buffer != NULL || args->activation != GEMLET_ACTIVATION_IDENTITY)
        GM_CPU(for_each)(backend, args->y.rows, GM_CPU_ROW, args->y.cols, finish_rows, args);
    return GEMLET_OK;
}

/* dbias[n] = sum_i dz[i][n] for the columns first .. end - 1. */
GM_CPU_VECTORS
static void sum_columns(const void *context, size_t first, size_t end)
{
    const gm_dense_bwd_w_args *args = context;
    for (; first < end; first += GM_CPU_COLUMN_BLOCK) {
        const size_t left = end - first;
        const size_t n_columns = left < GM_CPU_COLUMN_BLOCK ? left : GM_CPU_COLUMN_BLOCK;
        double block[GM_CPU_COLUMN_BLOCK] = {0};
        for (size_t i = 0; i < args->dz.rows; ++i) {
            const real *row = gm_cpu_row(args->dz, i) + first;
            for (size_t n = 0; n < n_columns; ++n)
                block[n] += (double)row[n];
        }
        for (size_t n = 0; n < n_columns; ++n)
            gm_cpu_vector(args->dbias)[first + n] = (real)block[n];
    }
}

gemlet_status GM_CPU(dense_bwd_w)(gm_backend *backend, const gm_dense_bwd_w_args *args)
{
    GEMLET_TRY(GM_CPU(gemm)(backend, GM_CPU_GEMM_TN, &args->x, &args->dz, &args->dw));
    if (args->dbias.buffer != NULL)
        GM_CPU(for_each)(backend, args->dz.cols, GM_CPU_LINE, args->dz.rows, sum_columns, args);
    return GEMLET_OK;
}

gemlet_status GM_CPU(dense_bwd_x)(gm_backend *backend, const gm_dense_bwd_x_args *args)
{
    return GM_CPU(gemm)(backend, GM_CPU_GEMM_NT, &args->dz, &args->w, &args->dx);
}

/* SPDX-License-Identifier: MIT
 * Launchers of bias.cl; see bias.h. */
#include "backend/opencl/bias.h"

#include "backend/opencl/launch.h"

gemlet_status gm_bias_act_fwd(gm_opencl *opencl, const gm_matrix *y, const gm_vector *bias,
                              gemlet_activation activation)
{
    const gm_launch_grid grid = gm_launch_matrix_grid(opencl, y->rows, y->cols);
    gm_launch launch = gm_launch_begin(opencl, GM_KERNEL_bias_act_fwd);
    gm_launch_matrix(&launch, y);
    gm_launch_vector(&launch, bias);
    gm_launch_int(&launch, bias->buffer != NULL);
    gm_launch_int(&launch, (int)activation);
    gm_launch_uint(&launch, y->rows);
    gm_launch_uint(&launch, y->cols);
    gm_launch_uint(&launch, grid.rows_per_group);
    launch.n_extra_bytes = 2 * sizeof(cl_float) * y->rows * y->cols; /* read and written again */
    return gm_launch_run(&launch, grid.n_groups_0, grid.n_groups_1);
}

gemlet_status gm_bias_bwd(gm_opencl *opencl, const gm_matrix *dz, const gm_vector *dbias)
{
    gm_launch launch = gm_launch_begin(opencl, GM_KERNEL_bias_bwd);
    gm_launch_matrix(&launch, dz);
    gm_launch_vector(&launch, dbias);
    gm_launch_uint(&launch, dz->rows);
    gm_launch_uint(&launch, dz->cols);
    launch.n_extra_bytes = sizeof(cl_float) * dz->rows * dz->cols; /* read again */
    return gm_launch_run(&launch, gm_launch_column_groups(opencl, dz->rows, dz->cols), 1);
}

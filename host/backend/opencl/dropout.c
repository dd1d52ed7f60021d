/* SPDX-License-Identifier: MIT
 * Launcher of dropout.cl. */
#include "backend/opencl/opencl_ops.h"

#include "backend/opencl/launch.h"

gemlet_status gm_opencl_dropout(gm_backend *backend, const gm_dropout_args *args)
{
    gm_opencl *opencl = (gm_opencl *)backend;
    const gm_launch_grid grid = gm_launch_dropout_grid(opencl, args->y.rows, args->y.cols);
    gm_launch launch = gm_launch_begin(opencl, GM_KERNEL_dropout);
    gm_launch_matrix(&launch, &args->x);
    gm_launch_vector(&launch, &args->record);
    gm_launch_matrix(&launch, &args->y);
    gm_launch_uint(&launch, args->y.rows);
    gm_launch_uint(&launch, args->y.cols);
    gm_launch_uint(&launch, grid.rows_per_group);
    return gm_launch_run(&launch, grid.n_groups_0, grid.n_groups_1);
}

/* SPDX-License-Identifier: MIT
 * Launcher of activation.cl. */
#include "backend/opencl/opencl_ops.h"

#include "backend/opencl/launch.h"

gemlet_status gm_opencl_act_bwd(gm_backend *backend, const gm_act_bwd_args *args)
{
    gm_opencl *opencl = (gm_opencl *)backend;
    const gm_launch_grid grid = gm_launch_matrix_grid(opencl, args->dz.rows, args->dz.cols);
    gm_launch launch = gm_launch_begin(opencl, GM_KERNEL_activation_bwd);
    gm_launch_matrix(&launch, &args->y);
    gm_launch_matrix(&launch, &args->dy);
    gm_launch_matrix(&launch, &args->dz);
    gm_launch_int(&launch, (int)args->activation);
    gm_launch_uint(&launch, args->dz.rows);
    gm_launch_uint(&launch, args->dz.cols);
    gm_launch_uint(&launch, grid.rows_per_group);
    return gm_launch_run(&launch, grid.n_groups_0, grid.n_groups_1);
}

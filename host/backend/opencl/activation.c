/* SPDX-License-Identifier: MIT
 * Launchers of activation.cl. */
#include "backend/opencl/opencl_ops.h"

#include "backend/activation.h"
#include "backend/opencl/launch.h"

gemlet_status gm_opencl_act_fwd(gm_backend *backend, const gm_act_fwd_args *args)
{
    gm_opencl *opencl = (gm_opencl *)backend;
    const gm_launch_grid grid = gm_launch_matrix_grid(opencl, args->y.rows, args->y.cols);
    gm_launch launch = gm_launch_begin(opencl, GM_KERNEL_activation_fwd);
    gm_launch_matrix(&launch, &args->a);
    gm_launch_matrix(&launch, &args->y);
    gm_launch_int(&launch, (int)args->activation);
    gm_launch_uint(&launch, args->y.rows);
    gm_launch_uint(&launch, args->y.cols);
    gm_launch_uint(&launch, grid.rows_per_group);
    return gm_launch_run(&launch, grid.n_groups_0, grid.n_groups_1);
}

gemlet_status gm_opencl_act_bwd(gm_backend *backend, const gm_act_bwd_args *args)
{
    gm_opencl *opencl = (gm_opencl *)backend;
    const gm_launch_grid grid = gm_launch_matrix_grid(opencl, args->dz.rows, args->dz.cols);
    gm_launch launch = gm_launch_begin(opencl, gm_activation_is_separate(args->activation)
                                                   ? GM_KERNEL_activation_separate_bwd
                                                   : GM_KERNEL_activation_bwd);
    gm_launch_matrix(&launch, &args->kept);
    gm_launch_matrix(&launch, &args->dy);
    gm_launch_matrix(&launch, &args->dz);
    gm_launch_int(&launch, (int)args->activation);
    gm_launch_uint(&launch, args->dz.rows);
    gm_launch_uint(&launch, args->dz.cols);
    gm_launch_uint(&launch, grid.rows_per_group);
    return gm_launch_run(&launch, grid.n_groups_0, grid.n_groups_1);
}

/* SPDX-License-Identifier: MIT
 * Launcher of noise.cl. */
#include "backend/opencl/launch.h"
#include "backend/opencl/opencl_ops.h"

gemlet_status gm_opencl_noise(gm_backend *backend, const gm_noise_args *args)
{
    gm_opencl *opencl = (gm_opencl *)backend;
    const gm_launch_grid grid = gm_launch_matrix_grid(opencl, args->y.rows, args->y.cols);
    gm_launch launch = gm_launch_begin(opencl, GM_KERNEL_noise);
    gm_launch_matrix(&launch, &args->x);
    gm_launch_int(&launch, args->x.buffer != NULL);
    gm_launch_vector(&launch, &args->record);
    gm_launch_matrix(&launch, &args->y);
    gm_launch_uint(&launch, args->layer);
    gm_launch_uint(&launch, args->y.rows);
    gm_launch_uint(&launch, args->y.cols);
    gm_launch_uint(&launch, grid.rows_per_group);
    return gm_launch_run(&launch, grid.n_groups_0, grid.n_groups_1);
}

/* SPDX-License-Identifier: MIT
 * Launcher of mix_rows.cl. */
#include "backend/opencl/launch.h"
#include "backend/opencl/opencl_ops.h"

gemlet_status gm_opencl_mix_rows(gm_backend *backend, const gm_mix_rows_args *args)
{
    gm_opencl *opencl = (gm_opencl *)backend;
    const gemlet_dim n_pairs = args->y.rows / 2 + args->y.rows % 2;
    const gm_launch_grid grid = gm_launch_matrix_grid(opencl, n_pairs, args->y.cols);
    gm_launch launch = gm_launch_begin(opencl, GM_KERNEL_mix_rows);
    gm_launch_matrix(&launch, &args->x);
    gm_launch_vector(&launch, &args->record);
    gm_launch_matrix(&launch, &args->y);
    gm_launch_uint(&launch, args->y.rows);
    gm_launch_uint(&launch, args->y.cols);
    gm_launch_uint(&launch, grid.rows_per_group);
    return gm_launch_run(&launch, grid.n_groups_0, grid.n_groups_1);
}

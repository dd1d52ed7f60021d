/* SPDX-License-Identifier: MIT
 * Launcher of encode.cl. */
#include "backend/opencl/launch.h"
#include "backend/opencl/opencl_ops.h"

gemlet_status gm_opencl_encode_batch(gm_backend *backend, const gm_encode_batch_args *args)
{
    gm_opencl *opencl = (gm_opencl *)backend;
    const gm_launch_grid grid = gm_launch_matrix_grid(opencl, args->x.rows, args->x.cols);
    gm_launch launch = gm_launch_begin(opencl, GM_KERNEL_encode_batch);
    gm_launch_matrix(&launch, &args->columns);
    gm_launch_matrix(&launch, &args->codes);
    gm_launch_vector(&launch, &args->labels);
    gm_launch_vector(&launch, &args->order);
    gm_launch_matrix(&launch, &args->x);
    gm_launch_vector(&launch, &args->batch_labels);
    gm_launch_int(&launch, args->labels.buffer != NULL);
    gm_launch_uint(&launch, args->x.rows);
    gm_launch_uint(&launch, args->x.cols);
    gm_launch_uint(&launch, grid.rows_per_group);
    return gm_launch_run(&launch, grid.n_groups_0, grid.n_groups_1);
}

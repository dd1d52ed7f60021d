/* SPDX-License-Identifier: MIT
 * Launcher of gather.cl. */
#include "backend/opencl/opencl_ops.h"

#include "backend/opencl/launch.h"

gemlet_status gm_opencl_gather_batch(gm_backend *backend, const gm_gather_batch_args *args)
{
    gm_opencl *opencl = (gm_opencl *)backend;
    const gm_launch_grid grid = gm_launch_matrix_grid(opencl, args->x.rows, args->x.cols);
    const int is_u8 = args->features.buffer->element == GM_U8;
    gm_launch launch =
        gm_launch_begin(opencl, is_u8 ? GM_KERNEL_gather_batch_u8 : GM_KERNEL_gather_batch_real);
    gm_launch_matrix(&launch, &args->features);
    gm_launch_vector(&launch, &args->labels);
    gm_launch_vector(&launch, &args->order);
    gm_launch_matrix(&launch, &args->x);
    gm_launch_vector(&launch, &args->batch_labels);
    gm_launch_int(&launch, args->labels.buffer != NULL);
    gm_launch_float(&launch, args->scale);
    gm_launch_uint(&launch, args->x.rows);
    gm_launch_uint(&launch, args->x.cols);
    gm_launch_uint(&launch, grid.rows_per_group);
    return gm_launch_run(&launch, grid.n_groups_0, grid.n_groups_1);
}

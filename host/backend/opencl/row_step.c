/* SPDX-License-Identifier: MIT
 * Launcher of row_step.cl. */
#include "backend/opencl/launch.h"
#include "backend/opencl/opencl_ops.h"

/* The row of gradients is read three times. */
#define READS_OF_ROW 4u

gemlet_status gm_opencl_row_step(gm_backend *backend, const gm_row_step_args *args)
{
    gm_opencl *opencl = (gm_opencl *)backend;
    const gemlet_dim rows = args->y.rows;
    gm_launch launch = gm_launch_begin(opencl, GM_KERNEL_row_step);
    gm_launch_matrix(&launch, &args->x);
    gm_launch_matrix(&launch, &args->g);
    gm_launch_vector(&launch, &args->record);
    gm_launch_matrix(&launch, &args->y);
    gm_launch_ulong(&launch, args->item);
    gm_launch_uint(&launch, rows);
    gm_launch_uint(&launch, args->y.cols);
    const size_t n_elements = (size_t)rows * args->y.cols * READS_OF_ROW;
    return gm_launch_run(
        &launch, opencl->cpu_kernels ? gm_launch_cpu_groups(opencl, rows, n_elements) : rows, 1);
}

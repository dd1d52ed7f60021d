/* SPDX-License-Identifier: MIT
 * Launchers of norm.cl. */
#include "backend/opencl/launch.h"
#include "backend/opencl/opencl_ops.h"

gemlet_status gm_opencl_norm_squares(gm_backend *backend, const gm_norm_squares_args *args)
{
    gm_opencl *opencl = (gm_opencl *)backend;
    const size_t n = args->values.length;
    const size_t m = args->sums.length;
    const size_t n_groups = opencl->cpu_kernels ? gm_launch_cpu_groups(opencl, m, n) : m;
    const size_t per_group = gm_launch_groups(m, n_groups);
    gm_launch launch = gm_launch_begin(opencl, GM_KERNEL_norm_squares);
    gm_launch_vector(&launch, &args->values);
    gm_launch_vector(&launch, &args->sums);
    gm_launch_ulong(&launch, n);
    gm_launch_uint(&launch, (cl_uint)m);
    gm_launch_ulong(&launch, gm_square_block(n, m));
    gm_launch_uint(&launch, (cl_uint)per_group);
    return gm_launch_run(&launch, gm_launch_groups(m, per_group), 1);
}

gemlet_status gm_opencl_norm_clip(gm_backend *backend, const gm_norm_clip_args *args)
{
    gm_opencl *opencl = (gm_opencl *)backend;
    const size_t n = args->gradients.length;
    gm_launch launch = gm_launch_begin(opencl, GM_KERNEL_norm_clip);
    GEMLET_TRY(launch.status);
    const gm_launch_line line = gm_launch_vector_line(opencl, GM_KERNEL_norm_clip, n);
    gm_launch_vector(&launch, &args->gradients);
    gm_launch_vector(&launch, &args->sums);
    gm_launch_vector(&launch, &args->record);
    gm_launch_ulong(&launch, n);
    gm_launch_uint(&launch, (cl_uint)args->sums.length);
    gm_launch_ulong(&launch, line.parts_per_group);
    return gm_launch_run(&launch, line.n_groups, 1);
}

gemlet_status gm_opencl_norm_max(gm_backend *backend, const gm_norm_max_args *args)
{
    gm_opencl *opencl = (gm_opencl *)backend;
    gm_launch launch = gm_launch_begin(opencl, GM_KERNEL_norm_max);
    gm_launch_matrix(&launch, &args->weights);
    gm_launch_vector(&launch, &args->record);
    gm_launch_uint(&launch, args->weights.rows);
    gm_launch_uint(&launch, args->weights.cols);
    return gm_launch_run(
        &launch, gm_launch_column_groups(opencl, args->weights.rows, args->weights.cols), 1);
}

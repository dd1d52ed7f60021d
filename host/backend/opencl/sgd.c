/* SPDX-License-Identifier: MIT
 * Launcher of sgd.cl. */
#include "backend/opencl/opencl_ops.h"

#include "backend/opencl/launch.h"

/* UPDATE_VEC of the kernel file, and how many of them an item of a GPU updates. */
#define GPU_VECTOR       4u
#define VECTORS_PER_ITEM 2u

gemlet_status gm_opencl_sgd_step(gm_backend *backend, const gm_sgd_step_args *args)
{
    gm_opencl *opencl = (gm_opencl *)backend;
    const size_t n = args->parameters.length;
    const size_t n_vectors =
        gm_launch_groups(n, opencl->cpu_kernels ? opencl->vector_columns : GPU_VECTOR);
    gm_launch launch = gm_launch_begin(opencl, GM_KERNEL_sgd_step);
    GEMLET_TRY(launch.status);
    size_t vectors_per_group = opencl->kernels[GM_KERNEL_sgd_step].local[0] * VECTORS_PER_ITEM;
    if (opencl->cpu_kernels)
        vectors_per_group = gm_launch_groups(n_vectors, gm_launch_cpu_groups(opencl, n_vectors, n));
    gm_launch_vector(&launch, &args->parameters);
    gm_launch_vector(&launch, &args->gradients);
    gm_launch_vector(&launch, &args->record);
    gm_launch_ulong(&launch, n);
    gm_launch_ulong(&launch, args->n_decayed);
    gm_launch_ulong(&launch, vectors_per_group);
    return gm_launch_run(&launch, gm_launch_groups(n_vectors, vectors_per_group), 1);
}

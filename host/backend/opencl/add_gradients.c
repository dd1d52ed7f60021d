/* SPDX-License-Identifier: MIT
 * Launcher of add_gradients.cl. */
#include "backend/opencl/launch.h"
#include "backend/opencl/opencl_ops.h"

gemlet_status gm_opencl_add_gradients(gm_backend *backend, const gm_add_gradients_args *args)
{
    gm_opencl *opencl = (gm_opencl *)backend;
    const size_t n = args->gradients.length;
    gm_launch launch = gm_launch_begin(opencl, GM_KERNEL_add_gradients);
    GEMLET_TRY(launch.status);
    const gm_launch_line line = gm_launch_vector_line(opencl, GM_KERNEL_add_gradients, n);
    gm_launch_vector(&launch, &args->gradients);
    gm_launch_vector(&launch, &args->further);
    gm_launch_ulong(&launch, n);
    gm_launch_ulong(&launch, line.parts_per_group);
    return gm_launch_run(&launch, line.n_groups, 1);
}

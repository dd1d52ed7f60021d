/* SPDX-License-Identifier: MIT
 * Launcher of average.cl. */
#include "backend/opencl/opencl_ops.h"

#include "backend/opencl/launch.h"

gemlet_status gm_opencl_average_step(gm_backend *backend, const gm_average_step_args *args)
{
    gm_opencl *opencl = (gm_opencl *)backend;
    const size_t n = args->averages.length;
    gm_launch launch = gm_launch_begin(opencl, GM_KERNEL_average_step);
    GEMLET_TRY(launch.status);
    const gm_launch_line line = gm_launch_vector_line(opencl, GM_KERNEL_average_step, n);
    gm_launch_vector(&launch, &args->averages);
    gm_launch_vector(&launch, &args->values);
    gm_launch_vector(&launch, &args->record);
    gm_launch_ulong(&launch, n);
    gm_launch_ulong(&launch, line.parts_per_group);
    return gm_launch_run(&launch, line.n_groups, 1);
}

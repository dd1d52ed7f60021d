/* SPDX-License-Identifier: MIT
 * Launcher of squared_error.cl. */
#include "backend/opencl/opencl_ops.h"

#include "backend/opencl/launch.h"

gemlet_status gm_opencl_squared_error(gm_backend *backend, const gm_squared_error_args *args)
{
    gm_launch launch = gm_launch_begin((gm_opencl *)backend, GM_KERNEL_squared_error);
    gm_launch_matrix(&launch, &args->outputs);
    gm_launch_vector(&launch, &args->targets);
    gm_launch_matrix(&launch, &args->doutputs);
    gm_launch_vector(&launch, &args->loss);
    gm_launch_uint(&launch, args->outputs.rows);
    return gm_launch_run(&launch, 1, 1);
}

/* SPDX-License-Identifier: MIT
 * Launcher of regression_loss.cl. */
#include "backend/opencl/opencl_ops.h"

#include "backend/opencl/launch.h"

gemlet_status gm_opencl_regression_loss(gm_backend *backend, const gm_regression_loss_args *args)
{
    gm_launch launch = gm_launch_begin((gm_opencl *)backend, GM_KERNEL_regression_loss);
    gm_launch_matrix(&launch, &args->outputs);
    gm_launch_vector(&launch, &args->targets);
    gm_launch_vector(&launch, &args->weights);
    gm_launch_int(&launch, args->weights.buffer != NULL);
    gm_launch_vector(&launch, &args->record);
    gm_launch_int(&launch, args->record.buffer != NULL);
    gm_launch_matrix(&launch, &args->doutputs);
    gm_launch_vector(&launch, &args->loss);
    gm_launch_uint(&launch, args->outputs.rows);
    return gm_launch_run(&launch, 1, 1);
}

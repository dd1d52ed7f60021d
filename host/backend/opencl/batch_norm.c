/* SPDX-License-Identifier: MIT
 * Launchers of batch_norm.cl. */
#include "backend/opencl/opencl_ops.h"

#include "backend/opencl/launch.h"

gemlet_status gm_opencl_bn_act_fwd_train(gm_backend *backend, const gm_bn_act_fwd_train_args *args)
{
    gm_opencl *opencl = (gm_opencl *)backend;
    gm_launch launch = gm_launch_begin(opencl, GM_KERNEL_batch_norm_fwd_train);
    gm_launch_matrix(&launch, &args->z);
    gm_launch_vector(&launch, &args->gamma);
    gm_launch_vector(&launch, &args->beta);
    gm_launch_vector(&launch, &args->mean);
    gm_launch_vector(&launch, &args->var);
    gm_launch_vector(&launch, &args->running_mean);
    gm_launch_vector(&launch, &args->running_var);
    gm_launch_matrix(&launch, &args->y);
    gm_launch_float(&launch, args->eps);
    gm_launch_float(&launch, args->momentum);
    gm_launch_int(&launch, (int)args->activation);
    gm_launch_uint(&launch, args->z.rows);
    gm_launch_uint(&launch, args->z.cols);
    return gm_launch_run(&launch, gm_launch_column_groups(opencl, args->z.rows, args->z.cols), 1);
}

gemlet_status gm_opencl_bn_act_fwd_test(gm_backend *backend, const gm_bn_act_fwd_test_args *args)
{
    gm_opencl *opencl = (gm_opencl *)backend;
    const gm_launch_grid grid = gm_launch_matrix_grid(opencl, args->z.rows, args->z.cols);
    gm_launch launch = gm_launch_begin(opencl, GM_KERNEL_batch_norm_fwd_test);
    gm_launch_matrix(&launch, &args->z);
    gm_launch_vector(&launch, &args->gamma);
    gm_launch_vector(&launch, &args->beta);
    gm_launch_vector(&launch, &args->running_mean);
    gm_launch_vector(&launch, &args->running_var);
    gm_launch_matrix(&launch, &args->y);
    gm_launch_float(&launch, args->eps);
    gm_launch_int(&launch, (int)args->activation);
    gm_launch_uint(&launch, args->z.rows);
    gm_launch_uint(&launch, args->z.cols);
    gm_launch_uint(&launch, grid.rows_per_group);
    return gm_launch_run(&launch, grid.n_groups_0, grid.n_groups_1);
}

gemlet_status gm_opencl_bn_act_bwd(gm_backend *backend, const gm_bn_act_bwd_args *args)
{
    gm_opencl *opencl = (gm_opencl *)backend;
    gm_launch launch = gm_launch_begin(opencl, GM_KERNEL_batch_norm_bwd);
    gm_launch_matrix(&launch, &args->z);
    gm_launch_matrix(&launch, &args->y);
    gm_launch_matrix(&launch, &args->dy);
    gm_launch_vector(&launch, &args->mean);
    gm_launch_vector(&launch, &args->var);
    gm_launch_vector(&launch, &args->gamma);
    gm_launch_vector(&launch, &args->dgamma);
    gm_launch_vector(&launch, &args->dbeta);
    gm_launch_matrix(&launch, &args->dz);
    gm_launch_float(&launch, args->eps);
    gm_launch_int(&launch, (int)args->activation);
    gm_launch_uint(&launch, args->z.rows);
    gm_launch_uint(&launch, args->z.cols);
    return gm_launch_run(&launch, gm_launch_column_groups(opencl, args->z.rows, args->z.cols), 1);
}

/* SPDX-License-Identifier: MIT
 * Launchers of activation.cl. */
#include "backend/opencl/opencl_ops.h"

#include <assert.h>

#include "backend/activation.h"
#include "backend/opencl/launch.h"

/* What the kernels have in common behind their matrices, and how they are spread. */
static gemlet_status run(gm_launch *launch, gemlet_activation activation, const unsigned *layer,
                         const gm_matrix *out)
{
    const gm_launch_grid grid = layer != NULL
                                    ? gm_launch_dropout_grid(launch->opencl, out->rows, out->cols)
                                    : gm_launch_matrix_grid(launch->opencl, out->rows, out->cols);
    gm_launch_int(launch, (int)activation);
    if (layer != NULL)
        gm_launch_uint(launch, *layer);
    gm_launch_uint(launch, out->rows);
    gm_launch_uint(launch, out->cols);
    gm_launch_uint(launch, grid.rows_per_group);
    return gm_launch_run(launch, grid.n_groups_0, grid.n_groups_1);
}

gemlet_status gm_opencl_act_fwd(gm_backend *backend, const gm_act_fwd_args *args)
{
    const int has_dropout = args->record.buffer != NULL;
    gm_launch launch =
        gm_launch_begin((gm_opencl *)backend,
                        has_dropout ? GM_KERNEL_activation_dropout_fwd : GM_KERNEL_activation_fwd);
    gm_launch_matrix(&launch, &args->a);
    if (has_dropout)
        gm_launch_vector(&launch, &args->record);
    gm_launch_matrix(&launch, &args->y);
    return run(&launch, args->activation, has_dropout ? &args->layer : NULL, &args->y);
}

static gm_kernel_id backward_kernel(const gm_act_bwd_args *args)
{
    const int has_dropout = args->record.buffer != NULL;
    assert(args->kept_is_input || (!has_dropout && !gm_activation_is_separate(args->activation)));
    if (has_dropout)
        return GM_KERNEL_activation_dropout_bwd;
    return args->kept_is_input ? GM_KERNEL_activation_input_bwd : GM_KERNEL_activation_bwd;
}

gemlet_status gm_opencl_act_bwd(gm_backend *backend, const gm_act_bwd_args *args)
{
    const int has_dropout = args->record.buffer != NULL;
    gm_launch launch = gm_launch_begin((gm_opencl *)backend, backward_kernel(args));
    gm_launch_matrix(&launch, &args->kept);
    gm_launch_matrix(&launch, &args->dy);
    if (has_dropout)
        gm_launch_vector(&launch, &args->record);
    gm_launch_matrix(&launch, &args->dz);
    return run(&launch, args->activation, has_dropout ? &args->layer : NULL, &args->dz);
}

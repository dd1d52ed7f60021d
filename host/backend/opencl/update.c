/* SPDX-License-Identifier: MIT
 * Launcher of update.cl. */
#include "backend/opencl/opencl_ops.h"

#include "backend/opencl/launch.h"

/* The kernel of a rule: parameters, states, gradients (n_vectors, each as long) and record. */
static gemlet_status run_update(gm_opencl *opencl, gm_kernel_id kernel,
                                const gm_vector *const *vectors, size_t n_vectors,
                                const gm_vector *record, size_t n_decayed)
{
    const size_t n = vectors[0]->length;
    gm_launch launch = gm_launch_begin(opencl, kernel);
    GEMLET_TRY(launch.status);
    const gm_launch_line line = gm_launch_vector_line(opencl, kernel, n);
    for (size_t i = 0; i < n_vectors; ++i)
        gm_launch_vector(&launch, vectors[i]);
    gm_launch_vector(&launch, record);
    gm_launch_ulong(&launch, n);
    gm_launch_ulong(&launch, n_decayed);
    gm_launch_ulong(&launch, line.parts_per_group);
    return gm_launch_run(&launch, line.n_groups, 1);
}

gemlet_status gm_opencl_sgd_step(gm_backend *backend, const gm_sgd_step_args *args)
{
    const gm_vector *const vectors[] = {&args->parameters, &args->gradients};
    return run_update((gm_opencl *)backend, GM_KERNEL_sgd_step, vectors, 2, &args->record,
                      args->n_decayed);
}

gemlet_status gm_opencl_sgd_momentum_step(gm_backend *backend,
                                          const gm_sgd_momentum_step_args *args)
{
    const gm_vector *const vectors[] = {&args->parameters, &args->momentum, &args->gradients};
    return run_update((gm_opencl *)backend, GM_KERNEL_sgd_momentum_step, vectors, 3, &args->record,
                      args->n_decayed);
}

gemlet_status gm_opencl_adam_step(gm_backend *backend, const gm_adam_step_args *args)
{
    const gm_vector *const vectors[] = {&args->parameters, &args->first_moment,
                                        &args->second_moment, &args->gradients};
    return run_update((gm_opencl *)backend, GM_KERNEL_adam_step, vectors, 4, &args->record,
                      args->n_decayed);
}

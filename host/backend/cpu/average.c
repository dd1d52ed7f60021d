/* SPDX-License-Identifier: MIT
 * average_step on the CPU. */
#include "backend/cpu/cpu_real.h"

GM_CPU_VECTORS
static void average(real *restrict e, const real *restrict v, size_t n, real weight)
{
    for (size_t i = 0; i < n; ++i)
        e[i] += weight * (v[i] - e[i]);
}

gemlet_status GM_CPU(average_step)(gm_backend *backend, const gm_average_step_args *args)
{
    (void)backend;
    const real *record = gm_cpu_vector(args->record);
    average(gm_cpu_vector(args->averages), gm_cpu_vector(args->values), args->averages.length,
            record[GM_RECORD_AVERAGE_WEIGHT]);
    return GEMLET_OK;
}

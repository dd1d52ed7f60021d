/* SPDX-License-Identifier: MIT
 * average_step on the CPU. */
#include "backend/cpu/cpu_real.h"

GM_CPU_VECTORS
static void average(real *restrict e, const real *restrict v, size_t n, real weight)
{
    for (size_t i = 0; i < n; ++i)
        e[i] += weight * (v[i] - e[i]);
}

static void average_elements(const void *context, size_t first, size_t end)
{
    const gm_average_step_args *args = context;
    const real weight = gm_cpu_vector(args->record)[GM_RECORD_AVERAGE_WEIGHT];
    average(gm_cpu_vector(args->averages) + first, gm_cpu_vector(args->values) + first, end - first,
            weight);
}

gemlet_status GM_CPU(average_step)(gm_backend *backend, const gm_average_step_args *args)
{
    GM_CPU(for_each)(backend, args->averages.length, GM_CPU_LINE, 1, average_elements, args);
    return GEMLET_OK;
}

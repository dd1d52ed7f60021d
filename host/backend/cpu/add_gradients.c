/* SPDX-License-Identifier: MIT
 * add_gradients on the CPU. */
#include "backend/cpu/cpu_real.h"

static void add_elements(const void *context, size_t first, size_t end)
{
    const gm_add_gradients_args *args = context;
    real *gradients = gm_cpu_vector(args->gradients);
    const real *further = gm_cpu_vector(args->further);
    for (size_t i = first; i < end; ++i)
        gradients[i] += further[i];
}

gemlet_status GM_CPU(add_gradients)(gm_backend *backend, const gm_add_gradients_args *args)
{
    GM_CPU(for_each)(backend, args->gradients.length, GM_CPU_LINE, 1, add_elements, args);
    return GEMLET_OK;
}

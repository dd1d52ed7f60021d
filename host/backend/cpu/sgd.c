/* SPDX-License-Identifier: MIT
 * sgd_step on the CPU. */
#include "backend/cpu/cpu_real.h"

static void step(real *restrict p, const real *restrict g, size_t n, real learning_rate, real decay)
{
    for (size_t i = 0; i < n; ++i)
        p[i] -= learning_rate * (g[i] + decay * p[i]);
}

gemlet_status GM_CPU(sgd_step)(gm_backend *backend, const gm_sgd_step_args *args)
{
    (void)backend;
    real *p = gm_cpu_vector(args->parameters);
    const real *g = gm_cpu_vector(args->gradients);
    const size_t n_decayed = args->n_decayed;
    const real learning_rate = (real)args->learning_rate;
    step(p, g, n_decayed, learning_rate, (real)args->weight_decay);
    step(p + n_decayed, g + n_decayed, args->parameters.length - n_decayed, learning_rate, 0);
    return GEMLET_OK;
}

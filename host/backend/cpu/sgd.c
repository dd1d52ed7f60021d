/* SPDX-License-Identifier: MIT
 * sgd_step and sgd_momentum_step on the CPU. */
#include "backend/cpu/cpu_real.h"

GM_CPU_VECTORS
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
    const real *record = gm_cpu_vector(args->record);
    const real learning_rate = record[GM_RECORD_LEARNING_RATE];
    step(p, g, n_decayed, learning_rate, record[GM_RECORD_WEIGHT_DECAY]);
    step(p + n_decayed, g + n_decayed, args->parameters.length - n_decayed, learning_rate, 0);
    return GEMLET_OK;
}

/* Of elements first..end-1. */
GM_CPU_VECTORS
static void step_with_momentum(const gm_sgd_momentum_step_args *args, size_t first, size_t end,
                               real decay)
{
    real *restrict p = gm_cpu_vector(args->parameters);
    real *restrict v = gm_cpu_vector(args->momentum);
    const real *restrict g = gm_cpu_vector(args->gradients);
    const real *record = gm_cpu_vector(args->record);
    const real learning_rate = record[GM_RECORD_LEARNING_RATE];
    const real momentum = record[GM_RECORD_MOMENTUM];
    const int nesterov = record[GM_RECORD_NESTEROV] != 0;
    for (size_t i = first; i < end; ++i) {
        const real d = g[i] + decay * p[i];
        v[i] = momentum * v[i] + d;
        p[i] -= learning_rate * (nesterov ? d + momentum * v[i] : v[i]);
    }
}

gemlet_status GM_CPU(sgd_momentum_step)(gm_backend *backend, const gm_sgd_momentum_step_args *args)
{
    (void)backend;
    const real *record = gm_cpu_vector(args->record);
    step_with_momentum(args, 0, args->n_decayed, record[GM_RECORD_WEIGHT_DECAY]);
    step_with_momentum(args, args->n_decayed, args->parameters.length, 0);
    return GEMLET_OK;
}

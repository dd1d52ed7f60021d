/* SPDX-License-Identifier: MIT
 * sgd_step, sgd_momentum_step and adam_step on the CPU. */
#include <math.h>

#include "backend/cpu/cpu_real.h"

#ifdef GM_CPU_DOUBLE
#define real_sqrt sqrt
#else
#define real_sqrt sqrtf
#endif

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

/* Of elements first..end-1. */
GM_CPU_VECTORS
static void step_of_adam(const gm_adam_step_args *args, size_t first, size_t end, real decay)
{
    real *restrict p = gm_cpu_vector(args->parameters);
    real *restrict m = gm_cpu_vector(args->first_moment);
    real *restrict v = gm_cpu_vector(args->second_moment);
    const real *restrict g = gm_cpu_vector(args->gradients);
    const real *record = gm_cpu_vector(args->record);
    const real learning_rate = record[GM_RECORD_LEARNING_RATE];
    const real new_first = record[GM_RECORD_NEW_FIRST];
    const real new_second = record[GM_RECORD_NEW_SECOND];
    const real first_correction = record[GM_RECORD_FIRST_CORRECTION];
    const real second_correction = record[GM_RECORD_SECOND_CORRECTION];
    const real epsilon = record[GM_RECORD_EPSILON];
    const int is_decoupled = record[GM_RECORD_DECOUPLED] != 0;
    const real coupled = is_decoupled ? 0 : decay;
    const real decoupled = is_decoupled ? decay : 0;
    for (size_t i = first; i < end; ++i) {
        const real d = g[i] + coupled * p[i];
        m[i] += new_first * (d - m[i]);
        v[i] += new_second * (d * d - v[i]);
        const real direction =
            first_correction * m[i] / (real_sqrt(second_correction * v[i]) + epsilon);
        p[i] -= learning_rate * (direction + decoupled * p[i]);
    }
}

gemlet_status GM_CPU(adam_step)(gm_backend *backend, const gm_adam_step_args *args)
{
    (void)backend;
    const real *record = gm_cpu_vector(args->record);
    step_of_adam(args, 0, args->n_decayed, record[GM_RECORD_WEIGHT_DECAY]);
    step_of_adam(args, args->n_decayed, args->parameters.length, 0);
    return GEMLET_OK;
}

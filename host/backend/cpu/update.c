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

/* Where the range first..end-1 stops having weight decay. */
static size_t split_range(size_t first, size_t end, size_t n_decayed)
{
    return n_decayed < first ? first : n_decayed < end ? n_decayed : end;
}

static void step_range(const void *context, size_t first, size_t end)
{
    const gm_sgd_step_args *args = context;
    real *p = gm_cpu_vector(args->parameters);
    const real *g = gm_cpu_vector(args->gradients);
    const real *record = gm_cpu_vector(args->record);
    const real learning_rate = record[GM_RECORD_LEARNING_RATE];
    const size_t split = split_range(first, end, args->n_decayed);
    step(p + first, g + first, split - first, learning_rate, record[GM_RECORD_WEIGHT_DECAY]);
    step(p + split, g + split, end - split, learning_rate, 0);
}

gemlet_status GM_CPU(sgd_step)(gm_backend *backend, const gm_sgd_step_args *args)
{
    GM_CPU(for_each)(backend, args->parameters.length, GM_CPU_LINE, 1, step_range, args);
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

static void momentum_range(const void *context, size_t first, size_t end)
{
    const gm_sgd_momentum_step_args *args = context;
    const real *record = gm_cpu_vector(args->record);
    const size_t split = split_range(first, end, args->n_decayed);
    step_with_momentum(args, first, split, record[GM_RECORD_WEIGHT_DECAY]);
    step_with_momentum(args, split, end, 0);
}

gemlet_status GM_CPU(sgd_momentum_step)(gm_backend *backend, const gm_sgd_momentum_step_args *args)
{
    GM_CPU(for_each)(backend, args->parameters.length, GM_CPU_LINE, 2, momentum_range, args);
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

static void adam_range(const void *context, size_t first, size_t end)
{
    const gm_adam_step_args *args = context;
    const real *record = gm_cpu_vector(args->record);
    const size_t split = split_range(first, end, args->n_decayed);
    step_of_adam(args, first, split, record[GM_RECORD_WEIGHT_DECAY]);
    step_of_adam(args, split, end, 0);
}

gemlet_status GM_CPU(adam_step)(gm_backend *backend, const gm_adam_step_args *args)
{
    GM_CPU(for_each)(backend, args->parameters.length, GM_CPU_LINE, 4, adam_range, args);
    return GEMLET_OK;
}

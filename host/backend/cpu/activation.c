/* SPDX-License-Identifier: MIT
 * Activations on the CPU: the functions themselves, and act_bwd. */
#include <math.h>

#include "backend/cpu/cpu_real.h"

#ifdef GM_CPU_DOUBLE
#define real_exp  exp
#define real_tanh tanh
#else
#define real_exp  expf
#define real_tanh tanhf
#endif

/* exp only of numbers <= 0, so that it cannot overflow. NaN takes the second branch and stays. */
static real sigmoid(real z)
{
    if (z >= 0)
        return 1 / (1 + real_exp(-z));
    const real e = real_exp(z);
    return e / (1 + e);
}

void GM_CPU(activate_row)(gemlet_activation activation, const real *z, real *y, size_t n)
{
    switch (activation) {
    case GEMLET_ACTIVATION_RELU:
        for (size_t j = 0; j < n; ++j)
            y[j] = z[j] < 0 ? 0 : z[j];
        break;
    case GEMLET_ACTIVATION_SIGMOID:
        for (size_t j = 0; j < n; ++j)
            y[j] = sigmoid(z[j]);
        break;
    case GEMLET_ACTIVATION_TANH:
        for (size_t j = 0; j < n; ++j)
            y[j] = real_tanh(z[j]);
        break;
    case GEMLET_ACTIVATION_IDENTITY:
        for (size_t j = 0; j < n; ++j)
            y[j] = z[j];
        break;
    }
}

void GM_CPU(activation_gradient_row)(gemlet_activation activation, const real *y, const real *dy,
                                     real *da, size_t n)
{
    switch (activation) {
    case GEMLET_ACTIVATION_RELU:
        for (size_t j = 0; j < n; ++j)
            da[j] = y[j] > 0 ? dy[j] : 0;
        break;
    case GEMLET_ACTIVATION_SIGMOID:
        for (size_t j = 0; j < n; ++j)
            da[j] = dy[j] * (y[j] * (1 - y[j]));
        break;
    case GEMLET_ACTIVATION_TANH:
        for (size_t j = 0; j < n; ++j)
            da[j] = dy[j] * ((1 - y[j]) * (1 + y[j]));
        break;
    case GEMLET_ACTIVATION_IDENTITY:
        for (size_t j = 0; j < n; ++j)
            da[j] = dy[j];
        break;
    }
}

gemlet_status GM_CPU(act_bwd)(gm_backend *backend, const gm_act_bwd_args *args)
{
    (void)backend;
    for (size_t i = 0; i < args->dz.rows; ++i)
        GM_CPU(activation_gradient_row)
    (args->activation, gm_cpu_row(args->y, i), gm_cpu_row(args->dy, i), gm_cpu_row(args->dz, i),
     args->dz.cols);
    return GEMLET_OK;
}

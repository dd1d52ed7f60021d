/* SPDX-License-Identifier: MIT
 * Activations on the CPU: the functions themselves, act_fwd and act_bwd. */
#include <assert.h>
#include <math.h>

#include "backend/activation.h"
#include "backend/cpu/cpu_real.h"

#ifdef GM_CPU_DOUBLE
#define real_exp   exp
#define real_expm1 expm1
#define real_tanh  tanh
#define real_erfc  erfc
#else
#define real_exp   expf
#define real_expm1 expm1f
#define real_tanh  tanhf
#define real_erfc  erfcf
#endif

#define SQRT_HALF         0.70710678118654752440
#define INVERSE_SQRT_2_PI 0.39894228040143267794

/* exp only of numbers <= 0, so that it cannot overflow. NaN takes the second branch and stays. */
static real sigmoid(real z)
{
    if (z >= 0)
        return 1 / (1 + real_exp(-z));
    const real e = real_exp(z);
    return e / (1 + e);
}

/* ---- joined to the operation before them ---------------------------------------------------- */

GM_CPU_VECTORS
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
    default: /* identity */
        for (size_t j = 0; j < n; ++j)
            y[j] = z[j];
        break;
    }
}

GM_CPU_VECTORS
void GM_CPU(activation_gradient_row)(gemlet_activation activation, const real *y, const real *dy,
                                     real *da, size_t n)
{
    switch (activation) {
    case GEMLET_ACTIVATION_RELU:
        for (size_t j = 0; j < n; ++j) {
            const real gradient =
                dy[j]; /* read in any case: no branch, which half are guessed wrong */
            da[j] = y[j] > 0 ? gradient : 0;
        }
        break;
    case GEMLET_ACTIVATION_SIGMOID:
        for (size_t j = 0; j < n; ++j)
            da[j] = dy[j] * (y[j] * (1 - y[j]));
        break;
    case GEMLET_ACTIVATION_TANH:
        for (size_t j = 0; j < n; ++j)
            da[j] = dy[j] * ((1 - y[j]) * (1 + y[j]));
        break;
    default: /* identity */
        for (size_t j = 0; j < n; ++j)
            da[j] = dy[j];
        break;
    }
}

/* ---- from the input ------------------------------------------------------------------------- */

/* Phi(a), the distribution of the standard normal. */
static real normal_cdf(real a)
{
    return real_erfc(a * (real)-SQRT_HALF) / 2;
}

/* tanh(log(1 + e)) = n / (n + 2) with n = e (e + 2), and 1 less its square is 4 (1 + e)^2 /
 * (n + 2)^2; e = exp(a). Beyond GM_MISH_LIMIT both are what they are there, and e^4 is finite. */
typedef struct mish_terms {
    real e;
    real tanh;
    real inverse; /* 1 / (n + 2) */
} mish_terms;

static mish_terms make_mish_terms(real a)
{
    const real e = real_exp(a < (real)GM_MISH_LIMIT ? a : (real)GM_MISH_LIMIT);
    const real n = e * (e + 2);
    return (mish_terms){e, n * (1 / (n + 2)), 1 / (n + 2)};
}

static real value_of(gemlet_activation activation, real a)
{
    const real scale = (real)GM_SELU_SCALE;
    const real alpha = (real)GM_SELU_ALPHA;
    switch (activation) {
    case GEMLET_ACTIVATION_LEAKY_RELU:
        return a > 0 ? a : (real)GM_LEAKY_RELU_SLOPE * a;
    case GEMLET_ACTIVATION_ELU:
        return a > 0 ? a : real_expm1(a);
    case GEMLET_ACTIVATION_SELU:
        return a > 0 ? scale * a : scale * alpha * real_expm1(a);
    case GEMLET_ACTIVATION_GELU:
        return a * normal_cdf(a);
    case GEMLET_ACTIVATION_SILU:
        return a * sigmoid(a);
    case GEMLET_ACTIVATION_MISH:
        return a * make_mish_terms(a).tanh;
    case GEMLET_ACTIVATION_RELU:
        return a < 0 ? 0 : a;
    case GEMLET_ACTIVATION_SIGMOID:
        return sigmoid(a);
    case GEMLET_ACTIVATION_TANH:
        return real_tanh(a);
    case GEMLET_ACTIVATION_IDENTITY:
        break;
    }
    return a;
}

static real slope_of(gemlet_activation activation, real a)
{
    const real scale = (real)GM_SELU_SCALE;
    const real alpha = (real)GM_SELU_ALPHA;
    switch (activation) {
    case GEMLET_ACTIVATION_LEAKY_RELU:
        return a > 0 ? 1 : (real)GM_LEAKY_RELU_SLOPE;
    case GEMLET_ACTIVATION_ELU:
        return a > 0 ? 1 : real_exp(a);
    case GEMLET_ACTIVATION_SELU:
        return a > 0 ? scale : scale * alpha * real_exp(a);
    case GEMLET_ACTIVATION_GELU:
        return normal_cdf(a) + a * ((real)INVERSE_SQRT_2_PI * real_exp(a * a / -2));
    case GEMLET_ACTIVATION_SILU:
        return sigmoid(a) * (1 + a * sigmoid(-a));
    case GEMLET_ACTIVATION_MISH: {
        const mish_terms m = make_mish_terms(a);
        return m.tanh + 4 * a * ((m.e * m.inverse) * ((1 + m.e) * m.inverse));
    }
    case GEMLET_ACTIVATION_SIGMOID:
        return sigmoid(a) * (1 - sigmoid(a));
    case GEMLET_ACTIVATION_TANH:
        return (1 - real_tanh(a)) * (1 + real_tanh(a));
    case GEMLET_ACTIVATION_RELU: /* see input_gradient_row() */
    case GEMLET_ACTIVATION_IDENTITY:
        break;
    }
    return 1;
}

/* Of a value of the separate activations, in additions. */
#define COST 16u

static void activate_rows(const void *context, size_t first, size_t end)
{
    const gm_act_fwd_args *args = context;
    for (size_t i = first; i < end; ++i) {
        const real *a = gm_cpu_row(args->a, i);
        real *y = gm_cpu_row(args->y, i);
        for (size_t j = 0; j < args->y.cols; ++j)
            y[j] = value_of(args->activation, a[j]);
    }
}

gemlet_status GM_CPU(act_fwd)(gm_backend *backend, const gm_act_fwd_args *args)
{
    GM_CPU(for_each)
    (backend, args->y.rows, GM_CPU_ROW, COST * args->y.cols, activate_rows, args);
    if (args->record.buffer != NULL)
        GM_CPU(drop)(backend, args->y, args->record, args->layer, args->y);
    return GEMLET_OK;
}

/* dz = dy * act'(a); of relu the sign of a is that of its output, and the product 0 whatever dy. */
static void input_gradient_row(gemlet_activation activation, const real *a, const real *dy,
                               real *dz, size_t n)
{
    if (activation == GEMLET_ACTIVATION_RELU) {
        GM_CPU(activation_gradient_row)(activation, a, dy, dz, n);
        return;
    }
    for (size_t j = 0; j < n; ++j)
        dz[j] = dy[j] * slope_of(activation, a[j]);
}

static void write_gradient_rows(const void *context, size_t first, size_t end)
{
    const gm_act_bwd_args *args = context;
    const int has_dropout = args->record.buffer != NULL;
    for (size_t i = first; i < end; ++i) {
        const real *kept = gm_cpu_row(args->kept, i);
        const real *dy = gm_cpu_row(has_dropout ? args->dz : args->dy, i);
        real *dz = gm_cpu_row(args->dz, i);
        if (args->kept_is_input)
            input_gradient_row(args->activation, kept, dy, dz, args->dz.cols);
        else
            GM_CPU(activation_gradient_row)(args->activation, kept, dy, dz, args->dz.cols);
    }
}

gemlet_status GM_CPU(act_bwd)(gm_backend *backend, const gm_act_bwd_args *args)
{
    const int has_dropout = args->record.buffer != NULL;
    assert(args->kept_is_input || (!has_dropout && !gm_activation_is_separate(args->activation)));
    if (has_dropout)
        GM_CPU(drop)(backend, args->dy, args->record, args->layer, args->dz);
    const size_t cost = gm_activation_is_separate(args->activation) ? COST : 1;
    GM_CPU(for_each)
    (backend, args->dz.rows, GM_CPU_ROW, cost * args->dz.cols, write_gradient_rows, args);
    return GEMLET_OK;
}

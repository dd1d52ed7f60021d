/* SPDX-License-Identifier: MIT
 * Error bounds of activations, of act_fwd and act_bwd.
 *
 * Functions are good to so many ulp (OpenCL, full profile): exp and expm1 3, tanh 5, erfc 16, a
 * division 2.5; an ulp is at most 2 u. */
#include "verify/bounds_activation.h"

#include <math.h>

#include "backend/activation.h"
#include "verify/bounds.h"
#include "verify/numeric.h"

#define SQRT_HALF 0.70710678118654752440
#define SQRT_PI   1.77245385090551602730

/* ---- joined to the operation before them ---------------------------------------------------- */

/* Only what is subnormal may be lost. */
static double bound_copy(double x)
{
    return fabs(x) < GM_UNDERFLOW ? fabs(x) : 0;
}

double gm_bound_activation(gemlet_activation activation, double y, double z_bound)
{
    switch (activation) {
    case GEMLET_ACTIVATION_SIGMOID: {
        /* The slope s' is at most 1/4, and grows by at most the factor exp(|t|) over a distance t,
         * because (log s')' = 1 - 2 s. exp is good to 3 ulp and a division to 2.5 (OpenCL, full
         * profile), an addition to half of one: 12 u. */
        const double slope = fmin(0.25, y * (1 - y) * exp(z_bound));
        return slope * z_bound + gm_gamma(12) * fabs(y) + GM_UNDERFLOW;
    }
    case GEMLET_ACTIVATION_TANH: {
        /* In the same way from 1 - y^2, whose logarithm has a slope below 2; tanh is good to 5 ulp.
         */
        const double slope = fmin(1, (1 - y) * (1 + y) * exp(2 * z_bound));
        return slope * z_bound + gm_gamma(10) * fabs(y) + GM_UNDERFLOW;
    }
    default: /* relu and identity: slope at most 1, no rounding */
        return z_bound;
    }
}

double gm_bound_activation_gradient(gemlet_activation activation, double dy, double da)
{
    /* Flushed may be y, the factor made from it, and the result. */
    const double underflow = (1 + 2 * fabs(dy)) * GM_UNDERFLOW;
    switch (activation) {
    case GEMLET_ACTIVATION_SIGMOID:
        return gm_gamma(3) * fabs(da) + underflow; /* one difference, two products */
    case GEMLET_ACTIVATION_TANH:
        return gm_gamma(4) * fabs(da) + underflow; /* two differences, two products */
    default:                                       /* relu and identity */
        return bound_copy(da);
    }
}

/* ---- separate ------------------------------------------------------------------------------- */

/* Phi(a) = erfc(t) / 2, t = -a / sqrt(2). t has two roundings, of the constant and of the product;
 * the slope of erfc, 2 exp(-t^2) / sqrt(pi), is largest at the end of that way that is next to 0.
 */
static double bound_normal_cdf(double a)
{
    const double t = fabs(a) * SQRT_HALF;
    const double t_bound = gm_gamma(2) * t + GM_UNDERFLOW;
    const double nearest = fmax(t - t_bound, 0);
    const double slope = (2 / SQRT_PI) * exp(-nearest * nearest);
    const double cdf = erfc(-a * SQRT_HALF) / 2;
    const double from_t = slope * t_bound / 2;
    return from_t + gm_gamma(32) * (cdf + from_t) + GM_UNDERFLOW;
}

/* 1 / (1 + exp(-a)): exp 6, the sum 1, the division 5. */
#define LOGISTIC_ROUNDINGS 12

static double logistic(double a)
{
    return 1 / (1 + exp(-a));
}

/* With e = exp(a), 6: n = e (e + 2) has 6 + 7 + 1, n + 2 one more, and 1 / (n + 2) 5 more: 20. */
#define MISH_ROUNDINGS         14
#define MISH_INVERSE_ROUNDINGS 20

/* What mish and its slope are off by beyond GM_MISH_LIMIT, where e does not grow any more: 1 less
 * tanh is below 2 / e^2. */
static double bound_mish_limit(double a)
{
    return 4 * fabs(a) * exp(-2.0 * (double)GM_MISH_LIMIT);
}

static double bound_value(gemlet_activation activation, double a, double y)
{
    const double underflow = (2 + fabs(a)) * GM_UNDERFLOW;
    switch (activation) {
    case GEMLET_ACTIVATION_LEAKY_RELU:
        return a > 0 ? bound_copy(y) : gm_gamma(1) * fabs(y) + underflow;
    case GEMLET_ACTIVATION_ELU:
        return a > 0 ? bound_copy(y) : gm_gamma(6) * fabs(y) + underflow;
    case GEMLET_ACTIVATION_SELU: /* scale alpha, and times that */
        return gm_gamma(a > 0 ? 1 : 8) * fabs(y) + underflow;
    case GEMLET_ACTIVATION_GELU: {
        const double bound = fabs(a) * bound_normal_cdf(a);
        return bound + gm_gamma(1) * (fabs(y) + bound) + underflow;
    }
    case GEMLET_ACTIVATION_SILU:
        return gm_gamma(LOGISTIC_ROUNDINGS + 1) * fabs(y) + underflow;
    case GEMLET_ACTIVATION_MISH: /* a (n (1 / (n + 2))) */
        return gm_gamma(MISH_ROUNDINGS + MISH_INVERSE_ROUNDINGS + 2) * fabs(y) +
               bound_mish_limit(a) + underflow;
    default:
        return (double)NAN; /* not a separate one: nothing is right */
    }
}

/* Of gelu: Phi(a) + a p, p = exp(-a^2 / 2) / sqrt(2 pi). The exponent has one rounding, which is
 * one of p as large as the exponent; beyond 400 p is 0 in float as in double. Then exp 6, the
 * constant and times it 2, times a 1. */
static double bound_gelu_slope(double a)
{
    const double p = exp(a * a / -2) / (SQRT_PI / SQRT_HALF);
    const double p_bound = gm_gamma(9 + fmin(a * a, 400) / 2) * p;
    const double bound = bound_normal_cdf(a) + fabs(a) * p_bound;
    return bound + gm_gamma(1) * (erfc(-a * SQRT_HALF) / 2 + fabs(a) * p + bound);
}

/* Of silu: s (1 + a (1 - s)); 1 - s is the logistic of -a, and the sum may cancel. */
static double bound_silu_slope(double a)
{
    const double product = fabs(a) * logistic(-a);
    const double sum = 1 + product;
    return gm_gamma(2 * LOGISTIC_ROUNDINGS + 3) * logistic(a) * sum;
}

/* Of mish: tanh + 4 a (e / (n + 2)) ((1 + e) / (n + 2)); the sum may cancel. */
static double bound_mish_slope(double a)
{
    const double e = exp(fmin(a, (double)GM_MISH_LIMIT));
    const double inverse = 1 / (e * (e + 2) + 2);
    const double tanh_of = e * (e + 2) * inverse;
    const double product = 4 * fabs(a) * (e * inverse) * ((1 + e) * inverse);
    /* e 6, 1 + e 7, twice the inverse, three products, a; the sum. */
    return gm_gamma(6 + 7 + 2 * MISH_INVERSE_ROUNDINGS + 4 + 1) * (tanh_of + product) +
           bound_mish_limit(a);
}

/* Bound of the slope but for what is flushed. */
static double bound_slope(gemlet_activation activation, double a)
{
    switch (activation) {
    case GEMLET_ACTIVATION_ELU:
        return a > 0 ? 0 : gm_gamma(6) * exp(a);
    case GEMLET_ACTIVATION_SELU:
        return a > 0 ? 0 : gm_gamma(8) * (double)(GM_SELU_SCALE * GM_SELU_ALPHA) * exp(a);
    case GEMLET_ACTIVATION_GELU:
        return bound_gelu_slope(a);
    case GEMLET_ACTIVATION_SILU:
        return bound_silu_slope(a);
    case GEMLET_ACTIVATION_MISH:
        return bound_mish_slope(a);
    case GEMLET_ACTIVATION_LEAKY_RELU:
        return 0;
    default:
        return (double)NAN;
    }
}

static double bound_separate_gradient(gemlet_activation activation, double a, double dy, double dz)
{
    const double bound = fabs(dy) * bound_slope(activation, a);
    return bound + gm_gamma(1) * (fabs(dz) + bound) + (1 + (2 + fabs(a)) * fabs(dy)) * GM_UNDERFLOW;
}

/* Of a joined one from its input: the slope, made of y, is off by what y is. */
static double bound_joined_gradient(gemlet_activation activation, double a, double dy, double da)
{
    const double bound = gm_bound_activation_gradient(activation, dy, da);
    const double y = activation == GEMLET_ACTIVATION_SIGMOID ? logistic(a) : tanh(a);
    const double y_bound = gm_bound_activation(activation, y, 0);
    if (activation == GEMLET_ACTIVATION_SIGMOID) /* y (1 - y) */
        return bound + 2 * fabs(dy) * (fabs(1 - 2 * y) * y_bound + y_bound * y_bound);
    if (activation == GEMLET_ACTIVATION_TANH) /* 1 - y^2 */
        return bound + 2 * fabs(dy) * (2 * fabs(y) * y_bound + y_bound * y_bound);
    return bound; /* relu and identity: what decides is exact */
}

/* ---- the operations ------------------------------------------------------------------------- */

/* What dropout scales by where it keeps; 1 without. */
static double dropout_scale(const gm_check_operand *record)
{
    return record->n > 0 ? record->before[GM_RECORD_HIDDEN_DROPOUT_SCALE] : 1;
}

/* With dropout of a value that is off by `bound`: exactly 0, or the product's rounding more. */
static double bound_dropped(const gm_check_operand *record, double y, double bound)
{
    return record->n == 0 ? bound : bound + gm_gamma(1) * (fabs(y) + bound) + GM_UNDERFLOW;
}

gemlet_status gm_bounds_act_fwd(gm_check_call *call)
{
    const gm_act_fwd_args *args = call->args;
    const gm_check_operand *a = GM_OPERAND(call, act_fwd, a);
    const gm_check_operand *record = GM_OPERAND(call, act_fwd, record);
    const gm_check_operand *y = GM_OPERAND(call, act_fwd, y);
    const int is_separate = gm_activation_is_separate(args->activation);
    const double scale = dropout_scale(record);
    for (size_t i = 0; i < y->n; ++i) {
        const double value = y->ref[i] / scale;
        const double bound =
            is_separate ? bound_value(args->activation, a->before[i], value)
                        : gm_bound_activation(args->activation, value, 0) + bound_copy(value);
        y->bound[i] = bound_dropped(record, y->ref[i], scale * bound);
    }
    return GEMLET_OK;
}

static double bound_gradient(const gm_act_bwd_args *args, double kept, double dy, double dz)
{
    if (gm_activation_is_separate(args->activation))
        return bound_separate_gradient(args->activation, kept, dy, dz);
    return args->kept_is_input ? bound_joined_gradient(args->activation, kept, dy, dz)
                               : gm_bound_activation_gradient(args->activation, dy, dz);
}

/* Dropout comes first: the gradient that is multiplied is at most scale dy, its rounding one of the
 * result's, and where it is flushed slopes, which are below 2, keep it small. */
gemlet_status gm_bounds_act_bwd(gm_check_call *call)
{
    const gm_check_operand *kept = GM_OPERAND(call, act_bwd, kept);
    const gm_check_operand *dy = GM_OPERAND(call, act_bwd, dy);
    const gm_check_operand *record = GM_OPERAND(call, act_bwd, record);
    const gm_check_operand *dz = GM_OPERAND(call, act_bwd, dz);
    const double scale = dropout_scale(record);
    for (size_t i = 0; i < dz->n; ++i)
        dz->bound[i] = bound_dropped(
            record, dz->ref[i],
            bound_gradient(call->args, kept->before[i], scale * dy->before[i], dz->ref[i]) +
                (scale > 1 ? 2 * GM_UNDERFLOW : 0));
    return GEMLET_OK;
}

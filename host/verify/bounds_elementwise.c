/* SPDX-License-Identifier: MIT
 * See bounds_elementwise.h. */
#include "verify/bounds_elementwise.h"

#include <math.h>

#include "verify/numeric.h"

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
    case GEMLET_ACTIVATION_RELU:
    case GEMLET_ACTIVATION_IDENTITY:
        break;
    }
    return z_bound; /* slope at most 1, no rounding */
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
    case GEMLET_ACTIVATION_RELU:
    case GEMLET_ACTIVATION_IDENTITY:
        break;
    }
    return fabs(da) < GM_UNDERFLOW ? fabs(da) : 0; /* a copy */
}

void gm_bounds_rounded(double *bound, double *ref, size_t n)
{
    for (size_t i = 0; i < n; ++i) {
        ref[i] = (double)(float)ref[i];
        bound[i] = fabs(ref[i]) < GM_UNDERFLOW ? fabs(ref[i]) : 0;
    }
}

void gm_bounds_act_bwd(double *dz_bound, const double *dy, const double *dz_ref, size_t n,
                       gemlet_activation activation)
{
    for (size_t i = 0; i < n; ++i)
        dz_bound[i] = gm_bound_activation_gradient(activation, dy[i], dz_ref[i]);
}

/* The longest path to the step has three roundings, decay p, plus g, times the rate; one more
 * rounds the difference. What g is off by is multiplied by the rate, and rounded as g is. */
void gm_bounds_sgd_step(double *bound, const double *parameters, const double *gradients,
                        const double *gradient_bound, const double *ref, size_t n, size_t n_decayed,
                        double learning_rate, double weight_decay)
{
    const double underflow = (2 + 3 * fabs(learning_rate)) * GM_UNDERFLOW;
    for (size_t i = 0; i < n; ++i) {
        const double decay = i < n_decayed ? fabs(weight_decay) : 0;
        const double doubt = gradient_bound != NULL ? gradient_bound[i] : 0;
        const double step =
            fabs(learning_rate) * (fabs(gradients[i]) + doubt + decay * fabs(parameters[i]));
        const double step_bound = fabs(learning_rate) * doubt + gm_gamma(3) * step;
        bound[i] = gm_bound_in_range(
            step_bound + gm_gamma(1) * (fabs(ref[i]) + step_bound) + underflow,
            fabs(parameters[i]) * (1 + decay) + fabs(gradients[i]) + doubt + step);
    }
}

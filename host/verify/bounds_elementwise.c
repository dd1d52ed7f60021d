/* SPDX-License-Identifier: MIT
 * Error bounds of what is calculated element by element: gather_batch, sgd_step,
 * sgd_momentum_step. */
#include "verify/bounds_elementwise.h"

#include <math.h>

#include "verify/bounds.h"
#include "verify/numeric.h"

void gm_bounds_rounded(double *bound, double *ref, size_t n)
{
    for (size_t i = 0; i < n; ++i) {
        ref[i] = (double)(float)ref[i];
        bound[i] = fabs(ref[i]) < GM_UNDERFLOW ? fabs(ref[i]) : 0;
    }
}

static void bound_inputs(const gm_check_operand *x, const gm_input_transform *transform)
{
    switch (transform->kind) {
    case GM_INPUT_SCALED:
        gm_bounds_rounded(x->bound, x->ref, x->n);
        break;
    }
}

gemlet_status gm_bounds_gather_batch(gm_check_call *call)
{
    const gm_gather_batch_args *args = call->args;
    const gm_check_operand *labels = GM_OPERAND(call, gather_batch, batch_labels);
    bound_inputs(GM_OPERAND(call, gather_batch, x), &args->transform);
    for (size_t i = 0; i < labels->n; ++i)
        labels->bound[i] = 0; /* any 32 bits, copied */
    return GEMLET_OK;
}

/* The longest path to the step has three roundings, decay p, plus g, times the rate; one more
 * rounds the difference. What g is off by is multiplied by the rate, and rounded as g is. So with
 * the bound of dense_bwd_w as doubt this is the bound of w - learning_rate (x^T dz + decay w). */
gemlet_status gm_bounds_sgd_step(gm_check_call *call)
{
    const gm_sgd_step_args *args = call->args;
    const gm_check_operand *parameters = GM_OPERAND(call, sgd_step, parameters);
    const gm_check_operand *gradients = GM_OPERAND(call, sgd_step, gradients);
    const double *record = GM_OPERAND(call, sgd_step, record)->before;
    const double rate = fabs(record[GM_RECORD_LEARNING_RATE]);
    const double weight_decay = fabs(record[GM_RECORD_WEIGHT_DECAY]);
    const double underflow = (2 + 3 * rate) * GM_UNDERFLOW;
    for (size_t i = 0; i < parameters->n; ++i) {
        const double p = fabs(parameters->before[i]);
        const double g = fabs(gradients->before[i]);
        const double decay = i < args->n_decayed ? weight_decay : 0;
        const double doubt = gradients->doubt != NULL ? gradients->doubt[i] : 0;
        const double step = rate * (g + doubt + decay * p);
        const double step_bound = rate * doubt + gm_gamma(3) * step;
        parameters->bound[i] = gm_bound_in_range(
            step_bound + gm_gamma(1) * (fabs(parameters->ref[i]) + step_bound) + underflow,
            p * (1 + decay) + g + doubt + step);
    }
    return GEMLET_OK;
}

/* d takes two roundings, decay p and plus g; v one more, as momentum v has but one before; times
 * the rate a fourth. Nesterov's direction is two roundings behind v, momentum v and plus d. What
 * may be flushed is counted in the same way: g, decay p, d; v, momentum v, their sum. A doubt of g
 * is one of v, and of the direction once more. */
gemlet_status gm_bounds_sgd_momentum_step(gm_check_call *call)
{
    const gm_sgd_momentum_step_args *args = call->args;
    const gm_check_operand *parameters = GM_OPERAND(call, sgd_momentum_step, parameters);
    const gm_check_operand *velocity = GM_OPERAND(call, sgd_momentum_step, momentum);
    const gm_check_operand *gradients = GM_OPERAND(call, sgd_momentum_step, gradients);
    const double *record = GM_OPERAND(call, sgd_momentum_step, record)->before;
    const double rate = fabs(record[GM_RECORD_LEARNING_RATE]);
    const double momentum = fabs(record[GM_RECORD_MOMENTUM]);
    const int nesterov = record[GM_RECORD_NESTEROV] != 0;
    for (size_t i = 0; i < parameters->n; ++i) {
        const double p = fabs(parameters->before[i]);
        const double decay = i < args->n_decayed ? fabs(record[GM_RECORD_WEIGHT_DECAY]) : 0;
        const double doubt = gradients->doubt != NULL ? gradients->doubt[i] : 0;
        const double d = fabs(gradients->before[i]) + doubt + decay * p;
        const double v = momentum * fabs(velocity->before[i]) + d;
        const double step = rate * (nesterov ? d + momentum * v : v);
        const double step_doubt = rate * doubt * (nesterov ? 1 + momentum : 1);
        const double step_bound = step_doubt + gm_gamma(nesterov ? 6 : 4) * step;
        velocity->bound[i] = gm_bound_in_range(doubt + gm_gamma(3) * v + 6 * GM_UNDERFLOW, v);
        parameters->bound[i] =
            gm_bound_in_range(step_bound + gm_gamma(1) * (fabs(parameters->ref[i]) + step_bound) +
                                  (2 + (nesterov ? 11 : 6) * rate) * GM_UNDERFLOW,
                              p + v + step);
    }
    return GEMLET_OK;
}

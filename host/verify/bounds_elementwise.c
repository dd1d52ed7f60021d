/* SPDX-License-Identifier: MIT
 * Error bounds of what is calculated element by element: gather_batch, encode_batch, sgd_step,
 * sgd_momentum_step, adam_step, average_step, add_gradients. */
#include "verify/bounds_elementwise.h"

#include <math.h>

#include "core/input_code.h"
#include "verify/bounds.h"
#include "verify/numeric.h"

void gm_bounds_rounded(double *bound, double *ref, size_t n)
{
    for (size_t i = 0; i < n; ++i) {
        ref[i] = (double)(float)ref[i];
        bound[i] = fabs(ref[i]) < GM_UNDERFLOW ? fabs(ref[i]) : 0;
    }
}

static void bound_labels(const gm_check_operand *labels)
{
    for (size_t i = 0; i < labels->n; ++i)
        labels->bound[i] = 0; /* any 32 bits, copied */
}

gemlet_status gm_bounds_gather_batch(gm_check_call *call)
{
    const gm_check_operand *x = GM_OPERAND(call, gather_batch, x);
    gm_bounds_rounded(x->bound, x->ref, x->n);
    bound_labels(GM_OPERAND(call, gather_batch, batch_labels));
    return GEMLET_OK;
}

/* clipped: z / 3 is off by 5 u (a quotient of OpenCL by 2.5 ulp), its square by 11, 1 and that by
 * 12, the root by half of it and its own 3 ulp, 12; 3 z by 1, the quotient by 5 more. ramp: two
 * differences, which are off by u each, and the quotient: 7 u of the place, which is ref + 0.5;
 * less 0.5 is one more rounding. A difference may be flushed. What is chosen or compared is exact.
 */
static double bound_code(gm_input_code_kind kind, double a, double b, double ref)
{
    switch (kind) {
    case GM_CODE_CLIPPED:
        return gm_gamma(18) * fabs(ref) + 4 * GM_UNDERFLOW;
    case GM_CODE_RAMP:
        return gm_gamma(7) * (ref + 0.5) + gm_gamma(1) * 0.5 + GM_UNDERFLOW / (b - a);
    case GM_CODE_VALUE:
    case GM_CODE_STEP:
    case GM_CODE_GAP:
    case GM_CODE_LEVEL:
        break;
    }
    return 0;
}

gemlet_status gm_bounds_encode_batch(gm_check_call *call)
{
    const gm_check_operand *x = GM_OPERAND(call, encode_batch, x);
    const double *codes = GM_OPERAND(call, encode_batch, codes)->before;
    const size_t n = x->view.cols;
    for (size_t i = 0; i < x->n; ++i)
        x->bound[i] =
            bound_code((gm_input_code_kind)codes[GM_CODE_KIND * n + i % n],
                       codes[GM_CODE_A * n + i % n], codes[GM_CODE_B * n + i % n], x->ref[i]);
    bound_labels(GM_OPERAND(call, encode_batch, batch_labels));
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

/* One element of adam_step, before and after. */
typedef struct adam_element {
    double p;     /* magnitudes, as the following */
    double d;     /* its doubt included */
    double doubt; /* of the gradient */
    double decay; /* that is decoupled */
    double m;     /* before */
    double v;
    double new_m; /* of the reference */
    double new_v;
} adam_element;

/* The longest path to m: decay p, plus g, minus m, times 1 - beta1, plus m. What may be flushed is
 * counted in the same way. */
static double bound_first(const adam_element *e, const double *record)
{
    const double rate = record[GM_RECORD_NEW_FIRST];
    return rate * e->doubt + gm_gamma(5) * (e->m + rate * (e->d + e->m)) + 6 * GM_UNDERFLOW;
}

/* The longest path to v: decay p and plus g, both twice in the square, the square, minus v, times
 * 1 - beta2, plus v. What is flushed of d counts twice d in the square. */
static double bound_second(const adam_element *e, const double *record)
{
    const double rate = record[GM_RECORD_NEW_SECOND];
    return rate * e->doubt * (2 * e->d + e->doubt) +
           gm_gamma(8) * (e->v + rate * (e->d * e->d + e->v)) + (6 + 6 * e->d) * GM_UNDERFLOW;
}

/* The denominator D = sqrt(c2 v) + epsilon takes a product, a root (3 ulp) and a sum: 8 roundings
 * at most; then come the product c1 m, the division (2.5 ulp), the sum with the decay and the
 * product with the rate: 16. The smallest D is where v is smallest, and is further from the
 * reference than the largest, since 1 / D is convex in v. */
static double bound_adam_parameter(const adam_element *e, const double *record, double ref,
                                   double m_bound, double v_bound)
{
    const double rate = fabs(record[GM_RECORD_LEARNING_RATE]);
    const double c1 = record[GM_RECORD_FIRST_CORRECTION];
    const double c2 = record[GM_RECORD_SECOND_CORRECTION];
    const double smallest_v = fmax(c2 * (e->new_v - v_bound) - GM_UNDERFLOW, 0);
    const double smallest = sqrt(smallest_v) + record[GM_RECORD_EPSILON];
    const double exact = sqrt(c2 * e->new_v) + record[GM_RECORD_EPSILON];
    const double direction_bound =
        c1 * (m_bound / smallest + e->new_m * (1 / smallest - 1 / exact));
    const double step = rate * (c1 * (e->new_m + m_bound) / smallest + e->decay * e->p);
    const double step_bound = rate * direction_bound + gm_gamma(16) * step;
    const double underflow = (2 + (4 + 1 / smallest) * rate) * GM_UNDERFLOW;
    const double magnitude = e->p + e->d + (1 + c2) * (e->v + e->d * e->d) +
                             c1 * (e->m + e->d) * (1 + 1 / smallest) + e->decay * e->p + step;
    return gm_bound_in_range(step_bound + gm_gamma(1) * (fabs(ref) + step_bound) + underflow,
                             magnitude);
}

gemlet_status gm_bounds_adam_step(gm_check_call *call)
{
    const gm_adam_step_args *args = call->args;
    const gm_check_operand *parameters = GM_OPERAND(call, adam_step, parameters);
    const gm_check_operand *first = GM_OPERAND(call, adam_step, first_moment);
    const gm_check_operand *second = GM_OPERAND(call, adam_step, second_moment);
    const gm_check_operand *gradients = GM_OPERAND(call, adam_step, gradients);
    const double *record = GM_OPERAND(call, adam_step, record)->before;
    const int is_decoupled = record[GM_RECORD_DECOUPLED] != 0;
    for (size_t i = 0; i < parameters->n; ++i) {
        const double decay = i < args->n_decayed ? fabs(record[GM_RECORD_WEIGHT_DECAY]) : 0;
        const double p = fabs(parameters->before[i]);
        const double doubt = gradients->doubt != NULL ? gradients->doubt[i] : 0;
        const adam_element e = {
            .p = p,
            .d = fabs(gradients->before[i]) + doubt + (is_decoupled ? 0 : decay * p),
            .doubt = doubt,
            .decay = is_decoupled ? decay : 0,
            .m = fabs(first->before[i]),
            .v = fabs(second->before[i]),
            .new_m = fabs(first->ref[i]),
            .new_v = fabs(second->ref[i]),
        };
        const double m_bound = bound_first(&e, record);
        const double v_bound = bound_second(&e, record);
        first->bound[i] = gm_bound_in_range(m_bound, e.m + e.d);
        second->bound[i] = gm_bound_in_range(v_bound, e.v + e.d * e.d);
        parameters->bound[i] =
            bound_adam_parameter(&e, record, parameters->ref[i], m_bound, v_bound);
    }
    return GEMLET_OK;
}

/* One rounding. */
gemlet_status gm_bounds_add_gradients(gm_check_call *call)
{
    const gm_check_operand *gradients = GM_OPERAND(call, add_gradients, gradients);
    const gm_check_operand *further = GM_OPERAND(call, add_gradients, further);
    for (size_t i = 0; i < gradients->n; ++i)
        gradients->bound[i] =
            gm_bound_in_range(gm_gamma(1) * fabs(gradients->ref[i]) + 3 * GM_UNDERFLOW,
                              fabs(gradients->before[i]) + fabs(further->before[i]));
    return GEMLET_OK;
}

/* v - e is one rounding, times the weight another, the sum a third. */
gemlet_status gm_bounds_average_step(gm_check_call *call)
{
    const gm_check_operand *averages = GM_OPERAND(call, average_step, averages);
    const gm_check_operand *values = GM_OPERAND(call, average_step, values);
    const double *record = GM_OPERAND(call, average_step, record)->before;
    const double weight = fabs(record[GM_RECORD_AVERAGE_WEIGHT]);
    for (size_t i = 0; i < averages->n; ++i) {
        const double doubt = values->doubt != NULL ? values->doubt[i] : 0;
        const double change = weight * (fabs(values->before[i] - averages->before[i]) + doubt);
        const double change_bound = weight * doubt + gm_gamma(2) * change;
        averages->bound[i] =
            gm_bound_in_range(change_bound + gm_gamma(1) * (fabs(averages->ref[i]) + change_bound) +
                                  (2 + weight) * GM_UNDERFLOW,
                              fabs(averages->before[i]) + fabs(values->before[i]) + doubt);
    }
    return GEMLET_OK;
}

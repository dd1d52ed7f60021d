/* SPDX-License-Identifier: MIT
 * Error bounds of bn_act_fwd_train, bn_act_fwd_test and bn_act_bwd.
 *
 * The mean of B values is off by at most gamma(B + 6) of their mean magnitude, the 6 for the
 * division. The variance, taken around a mean that is off by e, is the exact one plus e^2, then
 * rounded: off by e^2 + gamma(B + 8) (var + e^2). What follows from the two is propagated term by
 * term. */
#include <math.h>

#include "verify/bounds.h"
#include "verify/bounds_activation.h"
#include "verify/numeric.h"

/* Matrices are (batch, columns), vectors (columns). running_* are the values before the call. */
typedef struct fwd_train_bounds {
    gemlet_dim batch;
    gemlet_dim columns;
    double eps;
    double momentum;
    gemlet_activation activation;
    const double *z;
    const double *gamma;
    const double *beta;
    const double *running_mean;
    const double *running_var;
    const double *mean_ref;
    const double *var_ref;
    const double *y_ref;
    double *mean_bound;
    double *var_bound;
    double *running_mean_bound;
    double *running_var_bound;
    double *y_bound;
} fwd_train_bounds;

typedef struct bwd_bounds {
    gemlet_dim batch;
    gemlet_dim columns;
    double eps;
    gemlet_activation activation;
    const double *z;
    const double *y;
    const double *dy;
    const double *mean;
    const double *var;
    const double *gamma;
    const double *dgamma_ref;
    const double *dbeta_ref;
    double *dgamma_bound;
    double *dbeta_bound;
    double *dz_bound;
} bwd_bounds;

/* 1 / sqrt(v + eps): an addition, a square root (3 ulp) and a division (2.5 ulp); an ulp is at most
 * 2 u: 12 u. */
#define INVERSE_STD_ROUNDINGS 12

/* |error| of 1 / sqrt(var + eps) where var is off by at most var_bound. */
static double inverse_std_bound(double var, double var_bound, double eps)
{
    const double exact = 1 / sqrt(var + eps);
    const double high = 1 / sqrt(fmax(var - var_bound, 0) + eps);
    const double low = 1 / sqrt(var + var_bound + eps);
    return fmax(high - exact, exact - low) + gm_gamma(INVERSE_STD_ROUNDINGS) * high;
}

/* What is known of one column. */
typedef struct column {
    double mean;
    double mean_bound;
    double inverse_std;
    double inverse_std_bound;
    double gamma;
    double beta;
} column;

static column make_column(double mean, double mean_bound, double var, double var_bound, double eps)
{
    return (column){
        .mean = mean,
        .mean_bound = mean_bound,
        .inverse_std = 1 / sqrt(var + eps),
        .inverse_std_bound = inverse_std_bound(var, var_bound, eps),
    };
}

/* |error| of h = (z - mean) / sqrt(var + eps) */
static double normalised_bound(const column *k, double z)
{
    const double deviation = fabs(z - k->mean);
    const double deviation_bound =
        k->mean_bound + gm_gamma(1) * (deviation + k->mean_bound) + 2 * GM_UNDERFLOW;
    const double h_bound = deviation_bound * (k->inverse_std + k->inverse_std_bound) +
                           deviation * k->inverse_std_bound;
    const double bound =
        h_bound + gm_gamma(1) * (deviation * k->inverse_std + h_bound) + GM_UNDERFLOW;
    return gm_bound_in_range(bound, deviation);
}

/* |error| of gamma h + beta: a product and a sum. */
static double affine_bound(const column *k, double z)
{
    const double h = fabs(z - k->mean) * k->inverse_std;
    const double h_bound = normalised_bound(k, z);
    const double magnitude = fabs(k->gamma) * (h + h_bound) + fabs(k->beta);
    const double bound =
        fabs(k->gamma) * h_bound + gm_gamma(2) * magnitude + (2 + h) * GM_UNDERFLOW;
    return gm_bound_in_range(bound, magnitude);
}

/* ---- forward -------------------------------------------------------------------------------- */

/* |error| of (1 - momentum) running + momentum value: the first term has three roundings, the
 * second a product and the sum, and where value is corrected by B / (B - 1) a division (5 u) and a
 * product more: 8. */
static double running_bound(double running, double value, double value_bound, double momentum)
{
    const double bound = momentum * value_bound + gm_gamma(3) * (1 - momentum) * fabs(running) +
                         gm_gamma(8) * momentum * (fabs(value) + value_bound) + 3 * GM_UNDERFLOW;
    return gm_bound_in_range(bound, fabs(running) + fabs(value) + value_bound);
}

static void bound_statistics(const fwd_train_bounds *b, size_t n)
{
    const double n_rows = (double)b->batch;
    double magnitude = 0;
    for (size_t i = 0; i < b->batch; ++i)
        magnitude += fabs(b->z[i * b->columns + n]) / n_rows;
    /* Flushed may be every value, the sum up to it, and the quotient. */
    const double mean_bound =
        gm_bound_in_range(gm_gamma(n_rows + 6) * magnitude + 3 * GM_UNDERFLOW, n_rows * magnitude);
    const double shift = mean_bound * mean_bound;
    const double var_bound =
        gm_bound_in_range(shift + gm_gamma(n_rows + 8) * (b->var_ref[n] + shift) + 3 * GM_UNDERFLOW,
                          n_rows * (b->var_ref[n] + shift));
    const double unbiased = b->batch > 1 ? n_rows / (n_rows - 1) : 1;
    b->mean_bound[n] = mean_bound;
    b->var_bound[n] = var_bound;
    b->running_mean_bound[n] =
        running_bound(b->running_mean[n], b->mean_ref[n], mean_bound, b->momentum);
    b->running_var_bound[n] = running_bound(b->running_var[n], unbiased * b->var_ref[n],
                                            unbiased * var_bound, b->momentum);
}

static void bound_fwd_train(const fwd_train_bounds *b)
{
    for (size_t n = 0; n < b->columns; ++n) {
        bound_statistics(b, n);
        column k =
            make_column(b->mean_ref[n], b->mean_bound[n], b->var_ref[n], b->var_bound[n], b->eps);
        k.gamma = b->gamma[n];
        k.beta = b->beta[n];
        for (size_t i = 0; i < b->batch; ++i) {
            const size_t at = i * b->columns + n;
            b->y_bound[at] =
                gm_bound_activation(b->activation, b->y_ref[at], affine_bound(&k, b->z[at]));
        }
    }
}

gemlet_status gm_bounds_bn_act_fwd_train(gm_check_call *call)
{
    const gm_bn_act_fwd_train_args *args = call->args;
    bound_fwd_train(&(fwd_train_bounds){
        .batch = args->z.rows,
        .columns = args->z.cols,
        .eps = (double)args->eps,
        .momentum = (double)args->momentum,
        .activation = args->activation,
        .z = GM_OPERAND(call, bn_act_fwd_train, z)->before,
        .gamma = GM_OPERAND(call, bn_act_fwd_train, gamma)->before,
        .beta = GM_OPERAND(call, bn_act_fwd_train, beta)->before,
        .running_mean = GM_OPERAND(call, bn_act_fwd_train, running_mean)->before,
        .running_var = GM_OPERAND(call, bn_act_fwd_train, running_var)->before,
        .mean_ref = GM_OPERAND(call, bn_act_fwd_train, mean)->ref,
        .var_ref = GM_OPERAND(call, bn_act_fwd_train, var)->ref,
        .y_ref = GM_OPERAND(call, bn_act_fwd_train, y)->ref,
        .mean_bound = GM_OPERAND(call, bn_act_fwd_train, mean)->bound,
        .var_bound = GM_OPERAND(call, bn_act_fwd_train, var)->bound,
        .running_mean_bound = GM_OPERAND(call, bn_act_fwd_train, running_mean)->bound,
        .running_var_bound = GM_OPERAND(call, bn_act_fwd_train, running_var)->bound,
        .y_bound = GM_OPERAND(call, bn_act_fwd_train, y)->bound,
    });
    return GEMLET_OK;
}

gemlet_status gm_bounds_bn_act_fwd_test(gm_check_call *call)
{
    const gm_bn_act_fwd_test_args *args = call->args;
    const size_t n_columns = args->z.cols;
    const double *z = GM_OPERAND(call, bn_act_fwd_test, z)->before;
    const double *gamma = GM_OPERAND(call, bn_act_fwd_test, gamma)->before;
    const double *beta = GM_OPERAND(call, bn_act_fwd_test, beta)->before;
    const double *mean = GM_OPERAND(call, bn_act_fwd_test, running_mean)->before;
    const double *var = GM_OPERAND(call, bn_act_fwd_test, running_var)->before;
    const gm_check_operand *y = GM_OPERAND(call, bn_act_fwd_test, y);
    for (size_t n = 0; n < n_columns; ++n) {
        column k = make_column(mean[n], 0, var[n], 0, (double)args->eps);
        k.gamma = gamma[n];
        k.beta = beta[n];
        for (size_t at = n; at < y->n; at += n_columns)
            y->bound[at] =
                gm_bound_activation(args->activation, y->ref[at], affine_bound(&k, z[at]));
    }
    return GEMLET_OK;
}

/* ---- backward ------------------------------------------------------------------------------- */

/* dy act'(.) as in the contract of act_bwd, from inputs that are exact. */
static double activation_gradient(gemlet_activation activation, double y, double dy)
{
    switch (activation) {
    case GEMLET_ACTIVATION_RELU:
        return y > 0 ? dy : 0;
    case GEMLET_ACTIVATION_SIGMOID:
        return dy * y * (1 - y);
    case GEMLET_ACTIVATION_TANH:
        return dy * (1 - y) * (1 + y);
    default: /* identity */
        return dy;
    }
}

/* Magnitudes and errors of the two factors an element enters the sums of its column with. */
typedef struct element {
    double da;
    double da_bound;
    double h;
    double h_bound;
} element;

static element measure_element(const bwd_bounds *b, const column *k, size_t at)
{
    const double da = activation_gradient(b->activation, b->y[at], b->dy[at]);
    return (element){
        .da = fabs(da),
        .da_bound = gm_bound_activation_gradient(b->activation, b->dy[at], da),
        .h = fabs(b->z[at] - k->mean) * k->inverse_std,
        .h_bound = normalised_bound(k, b->z[at]),
    };
}

/* Both sums: gamma(B + 2) of the magnitudes of the terms that are added, and the terms' own errors.
 */
static void bound_sums(const bwd_bounds *b, const column *k, size_t n)
{
    const double per_magnitude = gm_gamma((double)b->batch + 2);
    double dbeta_bound = 0;
    double dgamma_bound = 0;
    double magnitude = 0;
    for (size_t i = 0; i < b->batch; ++i) {
        const element e = measure_element(b, k, i * b->columns + n);
        const double term_bound = e.da_bound * (e.h + e.h_bound) + e.da * e.h_bound;
        dbeta_bound += e.da_bound + per_magnitude * (e.da + e.da_bound) + 2 * GM_UNDERFLOW;
        dgamma_bound += term_bound + per_magnitude * (e.da * e.h + term_bound) +
                        (2 + e.da + e.h) * GM_UNDERFLOW;
        magnitude += e.da + e.da * e.h + term_bound;
    }
    b->dbeta_bound[n] = gm_bound_in_range(dbeta_bound, magnitude);
    b->dgamma_bound[n] = gm_bound_in_range(dgamma_bound, magnitude);
}

/* dz has 22 roundings on its longest path: 1 / sqrt 12, times gamma 1, h dgamma 1, / B 5 (2.5 ulp),
 * two differences 2, the product 1. */
static void bound_input_gradient(const bwd_bounds *b, const column *k, size_t n)
{
    const double n_rows = (double)b->batch;
    const double dbeta = fabs(b->dbeta_ref[n]);
    const double dgamma = fabs(b->dgamma_ref[n]);
    const double scale = fabs(b->gamma[n]) * k->inverse_std;
    for (size_t i = 0; i < b->batch; ++i) {
        const size_t at = i * b->columns + n;
        const element e = measure_element(b, k, at);
        const double terms = e.da + (dbeta + e.h * dgamma) / n_rows;
        const double errors = e.da_bound + 4 * GM_UNDERFLOW +
                              (b->dbeta_bound[n] + e.h_bound * (dgamma + b->dgamma_bound[n]) +
                               e.h * (b->dgamma_bound[n] + GM_UNDERFLOW)) /
                                  n_rows;
        const double bound =
            scale * (errors + gm_gamma(22) * (terms + errors)) + (2 + terms) * GM_UNDERFLOW;
        b->dz_bound[at] = gm_bound_in_range(bound, (1 + scale) * (terms + errors) * n_rows);
    }
}

static void bound_bwd(const bwd_bounds *b)
{
    for (size_t n = 0; n < b->columns; ++n) {
        const column k = make_column(b->mean[n], 0, b->var[n], 0, b->eps);
        bound_sums(b, &k, n);
        bound_input_gradient(b, &k, n);
    }
}

gemlet_status gm_bounds_bn_act_bwd(gm_check_call *call)
{
    const gm_bn_act_bwd_args *args = call->args;
    bound_bwd(&(bwd_bounds){
        .batch = args->z.rows,
        .columns = args->z.cols,
        .eps = (double)args->eps,
        .activation = args->activation,
        .z = GM_OPERAND(call, bn_act_bwd, z)->before,
        .y = GM_OPERAND(call, bn_act_bwd, y)->before,
        .dy = GM_OPERAND(call, bn_act_bwd, dy)->before,
        .mean = GM_OPERAND(call, bn_act_bwd, mean)->before,
        .var = GM_OPERAND(call, bn_act_bwd, var)->before,
        .gamma = GM_OPERAND(call, bn_act_bwd, gamma)->before,
        .dgamma_ref = GM_OPERAND(call, bn_act_bwd, dgamma)->ref,
        .dbeta_ref = GM_OPERAND(call, bn_act_bwd, dbeta)->ref,
        .dgamma_bound = GM_OPERAND(call, bn_act_bwd, dgamma)->bound,
        .dbeta_bound = GM_OPERAND(call, bn_act_bwd, dbeta)->bound,
        .dz_bound = GM_OPERAND(call, bn_act_bwd, dz)->bound,
    });
    return GEMLET_OK;
}

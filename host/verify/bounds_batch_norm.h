/* SPDX-License-Identifier: MIT
 * Error bounds of bn_act_fwd_train, bn_act_fwd_test and bn_act_bwd; conventions in
 * bounds_elementwise.h.
 *
 * The mean of B values is off by at most gamma(B + 6) of their mean magnitude, the 6 for the
 * division. The variance, taken around a mean that is off by e, is the exact one plus e^2, then
 * rounded: off by e^2 + gamma(B + 8) (var + e^2). What follows from the two is propagated term by
 * term. */
#ifndef GM_VERIFY_BOUNDS_BATCH_NORM_H
#define GM_VERIFY_BOUNDS_BATCH_NORM_H

#include "gemlet/dataset.h"
#include "gemlet/model.h"

/* Matrices are (batch, columns), vectors (columns). running_* are the values before the call. */
typedef struct gm_bn_fwd_train_bounds {
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
} gm_bn_fwd_train_bounds;

void gm_bounds_bn_act_fwd_train(const gm_bn_fwd_train_bounds *b);

typedef struct gm_bn_fwd_test_bounds {
    gemlet_dim batch;
    gemlet_dim columns;
    double eps;
    gemlet_activation activation;
    const double *z;
    const double *gamma;
    const double *beta;
    const double *running_mean;
    const double *running_var;
    const double *y_ref;
    double *y_bound;
} gm_bn_fwd_test_bounds;

void gm_bounds_bn_act_fwd_test(const gm_bn_fwd_test_bounds *b);

typedef struct gm_bn_bwd_bounds {
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
} gm_bn_bwd_bounds;

void gm_bounds_bn_act_bwd(const gm_bn_bwd_bounds *b);

#endif

/* SPDX-License-Identifier: MIT
 * Error bounds of what is calculated element by element: activations, copies, the update.
 *
 * All bounds_*.h: the inputs of an operation count as exact. Arrays hold rows x cols values without
 * gaps; those named *_bound are written, `*_ref` are results of the double-precision reference from
 * the same inputs. A float result is right if it is within its bound of the reference. */
#ifndef GM_VERIFY_BOUNDS_ELEMENTWISE_H
#define GM_VERIFY_BOUNDS_ELEMENTWISE_H

#include <stddef.h>

#include "gemlet/model.h"

/* Bound of act(z) where z is off by at most z_bound; y is the exact act(z). */
double gm_bound_activation(gemlet_activation activation, double y, double z_bound);

/* Bound of da = dy * act'(z) calculated from y; da is exact. */
double gm_bound_activation_gradient(gemlet_activation activation, double dy, double da);

/* Results that are exact but for one rounding (gather_batch) or exact altogether (counts): *ref is
 * rounded to float, which is then the only right value. */
void gm_bounds_rounded(double *bound, double *ref, size_t n);

/* act_bwd */
void gm_bounds_act_bwd(double *dz_bound, const double *dy, const double *dz_ref, size_t n,
                       gemlet_activation activation);

/* sgd_step; `parameters` before it. The gradients are off by gradient_bound (n); NULL: exact. So
 * with the bound of dense_bwd_w this is the bound of w - learning_rate (x^T dz + decay w). */
void gm_bounds_sgd_step(double *bound, const double *parameters, const double *gradients,
                        const double *gradient_bound, const double *ref, size_t n, size_t n_decayed,
                        double learning_rate, double weight_decay);

#endif

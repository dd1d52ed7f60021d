/* SPDX-License-Identifier: MIT
 * What error bounds of several operations are made of: activations and copies. */
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

#endif

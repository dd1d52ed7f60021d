/* SPDX-License-Identifier: MIT
 * What error bounds of operations with a joined activation are made of. */
#ifndef GM_VERIFY_BOUNDS_ACTIVATION_H
#define GM_VERIFY_BOUNDS_ACTIVATION_H

#include "gemlet/model.h"

/* Bound of act(z), joined, where z is off by at most z_bound; y is the exact act(z). */
double gm_bound_activation(gemlet_activation activation, double y, double z_bound);

/* Bound of da = dy * act'(z), joined, calculated from y; da is exact. */
double gm_bound_activation_gradient(gemlet_activation activation, double dy, double da);

#endif

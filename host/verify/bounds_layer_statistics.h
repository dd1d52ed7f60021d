/* SPDX-License-Identifier: MIT
 * Error bounds of layer_statistics; conventions in bounds_elementwise.h.
 *
 * Counts, minimum and maximum are exact. The mean of n elements is off by at most gamma(n + 8) of
 * their mean magnitude. The norm is off by gamma(n + 16) of itself: n terms of one rounding each,
 * added in any order, and a square root. The standard deviation may come from any two-pass method,
 * the one that puts columns together included: there the means of columns are off, as above, and
 * what follows from it is propagated. */
#ifndef GM_VERIFY_BOUNDS_LAYER_STATISTICS_H
#define GM_VERIFY_BOUNDS_LAYER_STATISTICS_H

#include <stddef.h>

#include "gemlet/dataset.h"

/* x (batch, columns). moments_* (GM_N_MOMENTS), counts_* (n_counts); minimum, maximum and counts of
 * the reference are rounded to float. */
typedef struct gm_layer_statistics_bounds {
    gemlet_dim batch;
    gemlet_dim columns;
    const double *x;
    double *moments_ref;
    double *counts_ref;
    size_t n_counts;
    double *moments_bound;
    double *counts_bound;
} gm_layer_statistics_bounds;

void gm_bounds_layer_statistics(const gm_layer_statistics_bounds *b);

#endif

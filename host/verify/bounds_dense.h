/* SPDX-License-Identifier: MIT
 * Error bounds of dense_fwd, dense_bwd_w and dense_bwd_x; conventions in bounds_elementwise.h.
 *
 * An element of a product of matrices is off by at most gamma(k + 2) (|A||B|)ij, k products summed
 * in any order, with or without fused multiply-adds (Higham, section 3.5); the 2 are the factors
 * alpha and beta of a BLAS. */
#ifndef GM_VERIFY_BOUNDS_DENSE_H
#define GM_VERIFY_BOUNDS_DENSE_H

#include "core/error.h"
#include "gemlet/dataset.h"
#include "gemlet/model.h"

/* Extents of a dense layer: x (batch, inputs), w (inputs, outputs), y (batch, outputs). */
typedef struct gm_dense_shape {
    gemlet_dim batch;
    gemlet_dim inputs;
    gemlet_dim outputs;
} gm_dense_shape;

/* bias (outputs) may be NULL. GEMLET_E_MEMORY without room for the magnitudes of x and w. */
gemlet_status gm_bounds_dense_fwd(double *y_bound, const double *x, const double *w,
                                  const double *bias, const double *y_ref, gm_dense_shape shape,
                                  gemlet_activation activation);

/* dbias_bound (outputs) may be NULL. */
gemlet_status gm_bounds_dense_bwd_w(double *dw_bound, double *dbias_bound, const double *x,
                                    const double *dz, gm_dense_shape shape);

gemlet_status gm_bounds_dense_bwd_x(double *dx_bound, const double *dz, const double *w,
                                    gm_dense_shape shape);

#endif

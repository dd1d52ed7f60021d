/* SPDX-License-Identifier: MIT
 * Error bounds of softmax and softmax_xent; conventions in bounds_elementwise.h.
 *
 * With d the largest distance of a logit from the largest one of its row: an exponent is off by at
 * most d u, exp by 3 ulp, the sum of C terms by C roundings and the errors of its terms, the
 * division by 2.5 ulp: p by (2 d + C + 16) u p. */
#ifndef GM_VERIFY_BOUNDS_SOFTMAX_H
#define GM_VERIFY_BOUNDS_SOFTMAX_H

#include "gemlet/dataset.h"

/* logits (batch, classes); p_bound the same. */
void gm_bounds_softmax(double *p_bound, const double *logits, gemlet_dim batch, gemlet_dim classes);

/* dlogits_bound, dlogits_ref (batch, classes); loss_bound (1); labels (batch). */
void gm_bounds_softmax_xent(double *dlogits_bound, double *loss_bound, const double *logits,
                            const double *labels, const double *dlogits_ref, gemlet_dim batch,
                            gemlet_dim classes);

#endif

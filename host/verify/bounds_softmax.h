/* SPDX-License-Identifier: MIT
 * Error bounds of softmax and softmax_xent; conventions in bounds_elementwise.h.
 *
 * With d the distance of a logit from the largest one of its row, an exponent is off by at most d u
 * and exp by 3 ulp. The sum of C terms takes C - 1 roundings and the errors of its terms, which
 * weigh as much as the terms: D u and 6 u, D = sum p d. With 2.5 ulp of the division p is off by
 * gamma(d + D + C + 16) p. */
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

/* SPDX-License-Identifier: MIT
 * What error bounds of several operations are made of: copies. */
#ifndef GM_VERIFY_BOUNDS_ELEMENTWISE_H
#define GM_VERIFY_BOUNDS_ELEMENTWISE_H

#include <stddef.h>

/* Results that are exact but for one rounding (gather_batch) or exact altogether (counts): *ref is
 * rounded to float, which is then the only right value. */
void gm_bounds_rounded(double *bound, double *ref, size_t n);

#endif

/* SPDX-License-Identifier: MIT
 * Comparison of calculated numbers with a reference, element by element, each with its own bound.
 *
 * Bounds are derived, never chosen: see host/verify/bounds_*.h. */
#ifndef GM_TESTS_SUPPORT_COMPARE_H
#define GM_TESTS_SUPPORT_COMPARE_H

#include <stddef.h>

typedef struct comparison {
    size_t n_wrong;
    size_t first_wrong; /* meaningful if n_wrong > 0 */
    double worst;       /* largest error in units of its bound, over bounds > 0 */
} comparison;

/* Element i is right if |got - ref| <= bound, so NaN is wrong. With `nan_allowed` an element is
 * also right if both are NaN, and wrong if only one is. */
comparison compare(const double *got, const double *ref, const double *bound, size_t n,
                   int nan_allowed);

#endif

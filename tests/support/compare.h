/* SPDX-License-Identifier: MIT
 * Comparison of calculated numbers with a reference, element by element, each with its own bound.
 *
 * Bounds are derived, never chosen: u = 2^-24 is the unit roundoff of float; a sum of n terms in
 * any order is off by at most gamma(n) times the sum of their magnitudes (Higham, Accuracy and
 * Stability of Numerical Algorithms, section 3.1). */
#ifndef GM_TESTS_SUPPORT_COMPARE_H
#define GM_TESTS_SUPPORT_COMPARE_H

#include <stddef.h>

#define COMPARE_U 0x1p-24

/* n u / (1 - n u) */
double compare_gamma(double n);

/* Distance of neighbouring floats at |x|; that of the smallest normal float below it. */
double compare_ulp(double x);

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

/* SPDX-License-Identifier: MIT
 * The numbers that error bounds are made of.
 *
 * Model of the device's float arithmetic: a result is the exact one times (1 + d), |d| <= u, for
 * the five basic operations (Higham, Accuracy and Stability of Numerical Algorithms, section 2.2),
 * plus at most GM_UNDERFLOW where results or operands are below the smallest normal float, which a
 * device may flush to zero (OpenCL C specification, edge case behaviour: flush to zero). */
#ifndef GM_VERIFY_NUMERIC_H
#define GM_VERIFY_NUMERIC_H

#include <float.h>

/* u, the unit roundoff of float: half the distance from 1 to the next float. An error of n ulp is
 * at most 2 n u of the value. */
#define GM_UNIT_ROUNDOFF 0x1p-24

#define GM_UNDERFLOW     ((double)FLT_MIN)

/* n u / (1 - n u): bounds the product of n factors (1 + d) less 1, and so the error of a sum of n
 * products, in any order, in units of the sum of their magnitudes (Higham, section 3.1). */
double gm_gamma(double n);

/* The bound, if no intermediate result can overflow: the magnitudes of all terms together are
 * `magnitude`. Else infinity: then the model says nothing, and any value is right. */
double gm_bound_in_range(double bound, double magnitude);

/* Distance of neighbouring floats at |x|; that of the smallest normal float below it. */
double gm_ulp(double x);

#endif

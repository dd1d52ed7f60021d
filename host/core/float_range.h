/* SPDX-License-Identifier: MIT
 * Options are double, devices calculate in float: what a float does not hold must be refused, or it
 * would silently be 0 or infinite. */
#ifndef GM_CORE_FLOAT_RANGE_H
#define GM_CORE_FLOAT_RANGE_H

#include <float.h>
#include <math.h>

/* Ends a message about a value that does not fit. */
#define GM_FLOAT_RANGE "that a float holds, 1.2e-38 to 3.4e+38 in size"

/* 1 if the value is 0 or a normal number as a float. Subnormal ones are 0 on many devices. */
static inline int gm_fits_float(double value)
{
    const double size = fabs(value);
    return size == 0.0 || (size >= (double)FLT_MIN && size <= (double)FLT_MAX);
}

#endif

/* SPDX-License-Identifier: MIT
 * Units of error; see numeric.h. */
#include "verify/numeric.h"

#include <math.h>

double gm_gamma(double n)
{
    return n * GM_UNIT_ROUNDOFF / (1.0 - n * GM_UNIT_ROUNDOFF);
}

double gm_bound_in_range(double bound, double magnitude)
{
    /* Half the range leaves room for the roundings on the way. */
    return magnitude > (double)FLT_MAX / 2 ? (double)INFINITY : bound;
}

double gm_ulp(double x)
{
    const double magnitude = fmax(fabs(x), (double)FLT_MIN);
    return ldexp(1.0, ilogb(magnitude) - 23);
}

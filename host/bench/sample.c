/* SPDX-License-Identifier: MIT
 * See sample.h. */
#include "bench/sample.h"

#include <assert.h>
#include <stdlib.h>

static int compare(const void *a, const void *b)
{
    const double *x = a;
    const double *y = b;
    return (*x > *y) - (*x < *y);
}

double gm_sample_quantile(double *values, size_t n, double q)
{
    assert(n > 0 && q >= 0.0 && q <= 1.0);
    qsort(values, n, sizeof *values, compare);
    const double place = q * (double)(n - 1);
    const size_t below = (size_t)place;
    if (below + 1 >= n)
        return values[n - 1];
    return values[below] + (place - (double)below) * (values[below + 1] - values[below]);
}

double gm_sample_median(double *values, size_t n)
{
    return gm_sample_quantile(values, n, 0.5);
}

double gm_sample_median_ratio(const double *a, const double *b, size_t n)
{
    double ratios[GM_SAMPLE_MAX];
    assert(n <= GM_SAMPLE_MAX);
    for (size_t i = 0; i < n; ++i)
        ratios[i] = a[i] / b[i];
    return gm_sample_median(ratios, n);
}

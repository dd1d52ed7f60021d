/* SPDX-License-Identifier: MIT
 * Order statistics of a few measured times: they stand still where a mean follows every
 * disturbance. */
#ifndef GM_BENCH_SAMPLE_H
#define GM_BENCH_SAMPLE_H

#include <stddef.h>

/* Value below which the share `q` (0..1) of the n >= 1 values lies, with linear interpolation
 * between neighbours. Sorts the values. */
double gm_sample_quantile(double *values, size_t n, double q);

/* gm_sample_quantile(values, n, 0.5) */
double gm_sample_median(double *values, size_t n);

/* Median of a[i] / b[i]: a disturbance that lasts longer than a round hits both and cancels.
 * a and b (n), at most GM_SAMPLE_MAX of them, are left as they are. */
#define GM_SAMPLE_MAX 1000u
double gm_sample_median_ratio(const double *a, const double *b, size_t n);

#endif

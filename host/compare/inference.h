/* SPDX-License-Identifier: MIT
 * What a few runs say about others like them: means, intervals, tests of a difference. */
#ifndef GM_COMPARE_INFERENCE_H
#define GM_COMPARE_INFERENCE_H

#include <stddef.h>

typedef struct gm_sample {
    size_t n;
    double mean; /* NAN if n = 0 */
    double std;  /* of the sample, n - 1; NAN if n < 2 */
} gm_sample;

typedef struct gm_interval {
    double low;
    double high;
} gm_interval;

/* mean(x) - mean(y). p and the interval are NAN where there is no scatter to judge by: fewer than
 * two values, or all the same. */
typedef struct gm_difference {
    double mean;
    double degrees_of_freedom;
    double p;             /* two-sided: of a difference as large if there were none */
    gm_interval interval; /* 95 % */
} gm_difference;

/* x (n) */
gm_sample gm_inference_summarise(const double *x, size_t n);

/* The 95 % interval of a share seen in n cases, 0 <= share <= 1, n > 0. */
gm_interval gm_inference_wilson(double share, double n);

/* Student's t-test of pairs: x (n) and y (n), where x[i] and y[i] belong together. */
gm_difference gm_inference_paired(const double *x, const double *y, size_t n);

/* Welch's t-test: x (n_x) and y (n_y), whose variances may differ. */
gm_difference gm_inference_welch(const double *x, size_t n_x, const double *y, size_t n_y);

#endif

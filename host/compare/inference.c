/* SPDX-License-Identifier: MIT
 * Means, intervals and tests; see inference.h. Sources:
 *   E. B. Wilson, Probable inference, the law of succession, and statistical inference, Journal of
 *     the American Statistical Association 22 (1927) 209-212
 *   Student, The probable error of a mean, Biometrika 6 (1908) 1-25
 *   B. L. Welch, The generalization of "Student's" problem when several different population
 *     variances are involved, Biometrika 34 (1947) 28-35 */
#include "compare/inference.h"

#include <math.h>

#include "compare/student.h"

#define LEVEL 0.95
/* The normal distribution holds LEVEL within so many standard deviations. */
#define NORMAL_QUANTILE 1.959963984540054

static double square(double x)
{
    return x * x;
}

gm_sample gm_inference_summarise(const double *x, size_t n)
{
    gm_sample sample = {n, (double)NAN, (double)NAN};
    if (n == 0)
        return sample;
    double sum = 0.0;
    for (size_t i = 0; i < n; ++i)
        sum += x[i];
    sample.mean = sum / (double)n;
    if (n < 2)
        return sample;
    double squares = 0.0;
    for (size_t i = 0; i < n; ++i)
        squares += square(x[i] - sample.mean);
    sample.std = sqrt(squares / (double)(n - 1));
    return sample;
}

gm_interval gm_inference_wilson(double share, double n)
{
    const double z2 = square(NORMAL_QUANTILE);
    const double centre = (share + z2 / (2 * n)) / (1 + z2 / n);
    const double half =
        NORMAL_QUANTILE * sqrt(share * (1 - share) / n + z2 / square(2 * n)) / (1 + z2 / n);
    /* 0 and 1 themselves are ends, which rounding must not pass. */
    return (gm_interval){fmax(centre - half, 0.0), fmin(centre + half, 1.0)};
}

static gm_difference judge(double mean, double standard_error, double degrees_of_freedom)
{
    const double nan = (double)NAN;
    gm_difference difference = {mean, degrees_of_freedom, nan, {nan, nan}};
    if (!(standard_error > 0.0))
        return difference;
    difference.p = gm_student_two_sided(mean / standard_error, degrees_of_freedom);
    const double half = standard_error * gm_student_quantile(LEVEL, degrees_of_freedom);
    difference.interval = (gm_interval){mean - half, mean + half};
    return difference;
}

gm_difference gm_inference_paired(const double *x, const double *y, size_t n)
{
    if (n < 2)
        return judge(n == 1 ? x[0] - y[0] : (double)NAN, 0.0, 0.0);
    double mean = 0.0;
    for (size_t i = 0; i < n; ++i)
        mean += (x[i] - y[i]) / (double)n;
    double squares = 0.0;
    for (size_t i = 0; i < n; ++i)
        squares += square(x[i] - y[i] - mean);
    const double degrees_of_freedom = (double)(n - 1);
    return judge(mean, sqrt(squares / degrees_of_freedom / (double)n), degrees_of_freedom);
}

gm_difference gm_inference_welch(const double *x, size_t n_x, const double *y, size_t n_y)
{
    const gm_sample a = gm_inference_summarise(x, n_x);
    const gm_sample b = gm_inference_summarise(y, n_y);
    if (n_x < 2 || n_y < 2)
        return judge(a.mean - b.mean, 0.0, 0.0);
    const double share_a = square(a.std) / (double)n_x;
    const double share_b = square(b.std) / (double)n_y;
    /* Degrees of freedom by Welch and Satterthwaite. */
    const double degrees_of_freedom =
        square(share_a + share_b) /
        (square(share_a) / (double)(n_x - 1) + square(share_b) / (double)(n_y - 1));
    return judge(a.mean - b.mean, sqrt(share_a + share_b), degrees_of_freedom);
}

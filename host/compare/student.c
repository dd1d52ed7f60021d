/* SPDX-License-Identifier: MIT
 * Student's t distribution by the regularised incomplete beta function; see student.h.
 *
 * Formulas: NIST Digital Library of Mathematical Functions, https://dlmf.nist.gov; I_x(a,b) is
 * DLMF 8.17(i), and P(|T| >= t) = I_x(df/2, 1/2) with x = df / (df + t^2) is Abramowitz & Stegun,
 * Handbook of Mathematical Functions (1964), 26.7.1 with 26.5.27. */
#include "compare/student.h"

#include <math.h>

/* The fraction needs some multiple of sqrt(max(a, b)) terms; this is enough for a = 10^5. */
#define N_TERMS 2000u

/* Coefficient d_n, n >= 1, of the continued fraction DLMF 8.17.22. */
static double coefficient(unsigned n, double x, double a, double b)
{
    const double m = n / 2;
    if (n % 2 == 0)
        return m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    return -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
}

/* I_x(a, b) for x < (a + 1) / (a + b + 2), where the fraction converges fast: from its end. */
static double incomplete_beta_below(double x, double a, double b)
{
    double fraction = 1.0;
    for (unsigned n = N_TERMS; n >= 1; --n)
        fraction = 1.0 + coefficient(n, x, a, b) / fraction;
    const double log_beta = lgamma(a) + lgamma(b) - lgamma(a + b);
    return exp(a * log(x) + b * log1p(-x) - log_beta) / (a * fraction);
}

/* I_x(a, b), 0 <= x <= 1. y = 1 - x is given because it may be too small to be found from x. */
static double incomplete_beta(double x, double y, double a, double b)
{
    if (x <= 0.0 || y <= 0.0)
        return x <= 0.0 ? 0.0 : 1.0;
    if (x < (a + 1.0) / (a + b + 2.0))
        return incomplete_beta_below(x, a, b);
    return 1.0 - incomplete_beta_below(y, b, a); /* DLMF 8.17.4 */
}

double gm_student_two_sided(double t, double degrees_of_freedom)
{
    if (isnan(t))
        return t;
    const double square = t * t;
    if (isinf(square))
        return 0.0;
    const double sum = degrees_of_freedom + square;
    return incomplete_beta(degrees_of_freedom / sum, square / sum, degrees_of_freedom / 2, 0.5);
}

double gm_student_quantile(double level, double degrees_of_freedom)
{
    const double p = 1.0 - level;
    double low = 0.0;
    double high = 1.0;
    while (gm_student_two_sided(high, degrees_of_freedom) > p)
        high *= 2.0;
    /* Bisection: after 60 halvings the interval is below the last bit of its ends. */
    for (int i = 0; i < 60; ++i) {
        const double middle = 0.5 * (low + high);
        if (gm_student_two_sided(middle, degrees_of_freedom) > p)
            low = middle;
        else
            high = middle;
    }
    return 0.5 * (low + high);
}

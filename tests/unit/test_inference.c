/* SPDX-License-Identifier: MIT
 * Means, intervals and t-tests against published tables and against SciPy 1.17. */
#include <check.h>
#include <math.h>

#include "compare/inference.h"
#include "compare/student.h"
#include "support/run_suite.h"

static void expect_close(double found, double expected, double tolerance)
{
    ck_assert_msg(fabs(found - expected) <= tolerance, "found %.17g, expected %.17g to %g", found,
                  expected, tolerance);
}

/* ---- Student's t distribution --------------------------------------------------------------- */

/* The table in every textbook, e.g. Abramowitz & Stegun 26.10: t with P(|T| <= t) = level. */
static const struct {
    double level;
    double degrees_of_freedom;
    double t; /* 3 decimals */
} quantiles[] = {
    {0.95, 1, 12.706}, {0.95, 2, 4.303},   {0.95, 3, 3.182},  {0.95, 4, 2.776},
    {0.95, 5, 2.571},  {0.95, 9, 2.262},   {0.95, 10, 2.228}, {0.95, 30, 2.042},
    {0.95, 60, 2.000}, {0.95, 120, 1.980}, {0.99, 4, 4.604},  {0.99, 30, 2.750},
    {0.90, 4, 2.132},  {0.50, 4, 0.741},   {0.999, 4, 8.610}, {0.95, 1e5, 1.960},
};

START_TEST(test_quantile)
{
    const double t = gm_student_quantile(quantiles[_i].level, quantiles[_i].degrees_of_freedom);
    expect_close(t, quantiles[_i].t, 0.0005);
    expect_close(gm_student_two_sided(t, quantiles[_i].degrees_of_freedom), 1 - quantiles[_i].level,
                 1e-12);
}
END_TEST

/* With 1 and 2 degrees of freedom there are closed forms. */
START_TEST(test_closed_forms)
{
    static const double ts[] = {0.0, 1e-9, 1e-3, 0.5, 1.0, 2.0, 10.0, 1e4, 1e12};
    const double pi = acos(-1.0);
    for (size_t i = 0; i < sizeof ts / sizeof ts[0]; ++i) {
        const double t = ts[i];
        const double cauchy = t > 1 ? 2 / pi * atan(1 / t) : 1 - 2 / pi * atan(t);
        /* 1 - t / sqrt(2 + t^2), without its cancellation */
        const double root = sqrt(2 + t * t);
        const double two = 2 / (root * (root + t));
        expect_close(gm_student_two_sided(t, 1), cauchy, 1e-13 * cauchy);
        expect_close(gm_student_two_sided(-t, 2), two, 1e-13 * two);
    }
    ck_assert(isnan(gm_student_two_sided((double)NAN, 3)));
    ck_assert(gm_student_two_sided((double)INFINITY, 3) == 0.0);
}
END_TEST

/* 2 * scipy.stats.t.sf(t, df) */
static const struct {
    double t;
    double degrees_of_freedom;
    double p;
} tails[] = {
    {0.1, 0.5, 0.9463316211286064},        {2.0, 3.7, 0.12181720190523398},
    {2.776445105, 4, 0.05000000001011946}, {5.0, 10, 0.0005373336027564527},
    {1.0, 30, 0.3253086154260302},         {20.0, 1000, 4.0622884995248174e-75},
    {2.0, 199998, 0.045501613687224836},
};

START_TEST(test_tails)
{
    /* The gamma functions of large numbers lose as many digits as their logarithms have. */
    expect_close(gm_student_two_sided(tails[_i].t, tails[_i].degrees_of_freedom), tails[_i].p,
                 1e-9 * tails[_i].p);
}
END_TEST

/* ---- intervals ------------------------------------------------------------------------------ */

/* R. G. Newcombe, Two-sided confidence intervals for the single proportion, Statistics in Medicine
 * 17 (1998), table I, method 3, to 4 decimals. */
static const struct {
    double right;
    double n;
    double low;
    double high;
} shares[] = {
    {81, 263, 0.2553, 0.3662},
    {15, 148, 0.0624, 0.1605},
    {0, 20, 0.0000, 0.1611},
    {1, 29, 0.0061, 0.1718},
};

START_TEST(test_wilson)
{
    const double n = shares[_i].n;
    const double share = shares[_i].right / n;
    const gm_interval interval = gm_inference_wilson(share, n);
    expect_close(interval.low, shares[_i].low, 0.00005);
    expect_close(interval.high, shares[_i].high, 0.00005);
    const gm_interval mirrored = gm_inference_wilson(1 - share, n);
    expect_close(1 - mirrored.high, interval.low, 1e-15);
    expect_close(1 - mirrored.low, interval.high, 1e-15);
}
END_TEST

/* ---- samples and tests ---------------------------------------------------------------------- */

START_TEST(test_summary)
{
    const double x[] = {2, 4, 4, 4, 5, 5, 7, 9};
    const gm_sample sample = gm_inference_summarise(x, 8);
    ck_assert_uint_eq(sample.n, 8);
    ck_assert(sample.mean == 5.0);
    expect_close(sample.std, sqrt(32.0 / 7.0), 1e-15);
    ck_assert(isnan(gm_inference_summarise(x, 0).mean));
    ck_assert(gm_inference_summarise(x, 1).mean == 2.0);
    ck_assert(isnan(gm_inference_summarise(x, 1).std));
    /* A difference of squares would lose all digits here. */
    const double far[] = {1e8 + 1, 1e8 + 2, 1e8 + 3};
    expect_close(gm_inference_summarise(far, 3).std, 1.0, 1e-9);
}
END_TEST

static const double x[] = {0.9851, 0.9848, 0.9857, 0.9860, 0.9849};
static const double y[] = {0.9801, 0.9818, 0.9822, 0.9811, 0.9830};

/* scipy.stats.ttest_rel(x, y) */
START_TEST(test_paired)
{
    const gm_difference d = gm_inference_paired(x, y, 5);
    expect_close(d.mean, 0.00366, 1e-15);
    ck_assert(d.degrees_of_freedom == 4.0);
    expect_close(d.p, 0.0033714675328297135, 1e-12);
    expect_close(d.interval.low, 0.002030153411611371, 1e-15);
    expect_close(d.interval.high, 0.005289846588388667, 1e-15);
    const gm_difference back = gm_inference_paired(y, x, 5);
    ck_assert(back.mean == -d.mean);
    ck_assert(back.p == d.p);
    ck_assert(back.interval.low == -d.interval.high);
}
END_TEST

/* scipy.stats.ttest_ind(x, y[:4], equal_var=False) */
START_TEST(test_welch)
{
    const gm_difference d = gm_inference_welch(x, 5, y, 4);
    expect_close(d.mean, 0.004, 1e-15);
    expect_close(d.degrees_of_freedom, 4.532109821046568, 1e-9);
    expect_close(d.p, 0.0008852588951287585, 1e-12);
    expect_close(d.interval.low, 0.002630259130518813, 1e-12);
    expect_close(d.interval.high, 0.005369740869481194, 1e-12);
}
END_TEST

/* Where there is no scatter there is no test. */
START_TEST(test_without_scatter)
{
    const double same[] = {0.5, 0.5, 0.5};
    const double more[] = {1.5, 1.5, 1.5};
    const gm_difference differences[] = {
        gm_inference_paired(more, same, 3),   gm_inference_welch(more, 3, same, 3),
        gm_inference_paired(more, same, 1),   gm_inference_welch(more, 1, same, 3),
        gm_inference_welch(more, 3, same, 1),
    };
    for (size_t i = 0; i < sizeof differences / sizeof differences[0]; ++i) {
        ck_assert(differences[i].mean == 1.0);
        ck_assert(isnan(differences[i].p));
        ck_assert(isnan(differences[i].interval.low));
    }
    ck_assert(isnan(gm_inference_paired(more, same, 0).mean));
    ck_assert(isnan(gm_inference_welch(more, 0, same, 3).mean));
    /* One group without scatter is enough for Welch. */
    ck_assert(gm_inference_welch(x, 5, same, 3).p < 1e-6);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("inference");
    TCase *all = tcase_create("all");
    tcase_add_loop_test(all, test_quantile, 0, sizeof quantiles / sizeof quantiles[0]);
    tcase_add_test(all, test_closed_forms);
    tcase_add_loop_test(all, test_tails, 0, sizeof tails / sizeof tails[0]);
    tcase_add_loop_test(all, test_wilson, 0, sizeof shares / sizeof shares[0]);
    tcase_add_test(all, test_summary);
    tcase_add_test(all, test_paired);
    tcase_add_test(all, test_welch);
    tcase_add_test(all, test_without_scatter);
    suite_add_tcase(suite, all);
    return suite;
}

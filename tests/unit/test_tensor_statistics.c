/* SPDX-License-Identifier: MIT
 * Moments, saturation and bins of small tensors against sums done by hand. */
#include <check.h>
#include <math.h>

#include "backend/cpu/cpu_backend.h"
#include "support/run_suite.h"
#include "train/tensor_statistics.h"

#define IDENTITY GEMLET_ACTIVATION_IDENTITY

static gm_tensor_statistics calculate(const float *x, size_t rows, size_t cols, size_t ld,
                                      gemlet_activation activation, const gm_bins *bins)
{
    const gm_bins none = {0};
    gm_tensor_statistics s;
    gm_tensor_statistics_calculate(&s, x, rows, cols, ld, activation, bins != NULL ? bins : &none);
    return s;
}

static void expect_close(double found, double expected)
{
    ck_assert_msg(fabs(found - expected) <= 1e-14 * fabs(expected), "%.17g, expected %.17g", found,
                  expected);
}

/* 3 x 2 with one float of padding, which does not count. */
START_TEST(moments)
{
    const float x[] = {1, -2, 99, 3, 0, 99, 5, 2, 99};
    const gm_tensor_statistics s = calculate(x, 3, 2, 3, IDENTITY, NULL);
    expect_close(s.mean, 1.5);
    expect_close(s.std, sqrt(29.5 / 6)); /* deviations -0.5 -3.5 1.5 -1.5 3.5 0.5 */
    expect_close(s.norm, sqrt(43));
    ck_assert(s.low == -2.0 && s.high == 5.0);
    ck_assert(s.saturated == 0.0 && s.dead == 0.0 && s.n_nan == 0.0);
    ck_assert(s.below == 0.0 && s.above == 0.0 && s.bins[0] == 0.0);
}
END_TEST

/* Squares that are no floats; a spread that is small beside the mean. */
START_TEST(extreme_moments)
{
    const float tiny[] = {-3e-30f, 4e-30f};
    const float huge[] = {-3e30f, 4e30f};
    const float shifted[] = {16777215.0f, 16777213.0f};
    const gm_tensor_statistics small = calculate(tiny, 2, 1, 1, IDENTITY, NULL);
    const gm_tensor_statistics large = calculate(huge, 1, 2, 2, IDENTITY, NULL);
    ck_assert(fabs(small.norm / 5e-30 - 1) < 1e-7 && fabs(small.std / 3.5e-30 - 1) < 1e-7);
    ck_assert(fabs(large.norm / 5e30 - 1) < 1e-7 && fabs(large.std / 3.5e30 - 1) < 1e-7);
    expect_close(calculate(shifted, 1, 2, 2, IDENTITY, NULL).std, 1);
}
END_TEST

START_TEST(values_that_are_not_finite)
{
    const float nan[] = {1, NAN, 3};
    const float infinite[] = {1, -INFINITY, 3};
    const gm_tensor_statistics s = calculate(nan, 3, 1, 1, IDENTITY, NULL);
    ck_assert(isnan(s.mean) && isnan(s.std) && isnan(s.low) && isnan(s.high) && isnan(s.norm));
    ck_assert(s.n_nan == 1.0);
    const gm_tensor_statistics t = calculate(infinite, 3, 1, 1, IDENTITY, NULL);
    ck_assert(t.low == -(double)INFINITY && t.high == 3.0 && t.norm == (double)INFINITY);
    ck_assert(isnan(t.std) && t.n_nan == 0.0);
}
END_TEST

/* Columns: saturated everywhere, in one row, nowhere. The limits themselves are not saturated. */
START_TEST(saturation)
{
    const struct {
        gemlet_activation activation;
        float x[6];
    } examples[] = {
        {GEMLET_ACTIVATION_RELU, {0, 0, 1, 0, 2, 3}},
        {GEMLET_ACTIVATION_SIGMOID, {0.98f, 0.02f, 0.5f, 0.01f, 0.03f, 0.97f}},
        {GEMLET_ACTIVATION_TANH, {-0.98f, 0.98f, 0, 0.99f, 0.97f, -0.97f}},
        {GEMLET_ACTIVATION_ELU, {-0.98f, -0.99f, 0, -0.971f, -0.969f, 3}},
        {GEMLET_ACTIVATION_SELU, {-1.71f, -1.72f, 0, -1.706f, -1.7f, 3}},
    };
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; ++i) {
        const gm_tensor_statistics s =
            calculate(examples[i].x, 2, 3, 3, examples[i].activation, NULL);
        expect_close(s.saturated, 3.0 / 6);
        expect_close(s.dead, 1.0 / 3);
        ck_assert(calculate(examples[i].x, 2, 3, 3, IDENTITY, NULL).saturated == 0.0);
    }
}
END_TEST

START_TEST(bins)
{
    const float x[] = {-1.5f, -1, -0.5f, 0, 0.25f, 1, 2.5f, 3, 3.5f, INFINITY, NAN, -INFINITY};
    gm_bins four;
    ck_assert_int_eq(gm_bins_set(&four, 4, -1, 3), GEMLET_OK);
    const gm_tensor_statistics s = calculate(x, 4, 3, 3, IDENTITY, &four);
    const double expected[] = {2, 2, 1, 2, 0};
    for (size_t i = 0; i < 5; ++i)
        ck_assert(s.bins[i] == expected[i]);
    ck_assert(s.below == 2.0 && s.above == 2.0 && s.n_nan == 1.0);
}
END_TEST

START_TEST(bins_that_floats_cannot_tell_apart)
{
    gm_bins b;
    ck_assert_int_eq(gm_bins_set(&b, 40, 1, 1), GEMLET_E_RANGE);
    ck_assert_int_eq(gm_bins_set(&b, 40, 1, 1.000001f), GEMLET_E_RANGE);
    ck_assert_int_eq(gm_bins_set(&b, 40, -1, INFINITY), GEMLET_E_RANGE);
    ck_assert_int_eq(gm_bins_set(&b, 40, NAN, 1), GEMLET_E_RANGE);
}
END_TEST

/* The view of a backend: its offset, its rows, its columns. */
START_TEST(a_view_is_measured)
{
    const float values[] = {99, 99, 1, 2, 99, 3, 6, 99};
    const gm_bins none = {0};
    gm_backend *backend;
    gm_buffer *buffer;
    gm_tensor_statistics s;
    ck_assert_int_eq(gm_cpu32_backend_create(&backend), GEMLET_OK);
    ck_assert_int_eq(gm_backend_alloc(backend, &buffer, GM_REAL, 8, "x"), GEMLET_OK);
    ck_assert_int_eq(gm_backend_upload(backend, buffer, 0, 8, values), GEMLET_OK);
    const gm_matrix x = {buffer, 2, 3, 2, 2};
    ck_assert_int_eq(gm_tensor_statistics_measure(&s, backend, x, IDENTITY, &none), GEMLET_OK);
    ck_assert(s.mean == 3.0 && s.low == 1.0 && s.high == 6.0);
    gm_backend_free(backend, buffer);
    gm_backend_destroy(backend);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("tensor_statistics");
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, moments);
    tcase_add_test(tests, extreme_moments);
    tcase_add_test(tests, values_that_are_not_finite);
    tcase_add_test(tests, saturation);
    tcase_add_test(tests, bins);
    tcase_add_test(tests, bins_that_floats_cannot_tell_apart);
    tcase_add_test(tests, a_view_is_measured);
    suite_add_tcase(suite, tests);
    return suite;
}

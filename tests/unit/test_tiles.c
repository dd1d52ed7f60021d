/* SPDX-License-Identifier: MIT
 * Times of tiles are those of the kernels that they are said to be of. */
#include "bench/tiles.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/device.h"
#include "backend/observer.h"
#include "support/run_suite.h"

typedef struct watch {
    char kernel[64]; /* the last one that multiplied */
    unsigned n_ways;
} watch;

static void ignore_operation(void *user, const char *op, const char *shape, gm_op_cost cost)
{
    (void)user, (void)op, (void)shape, (void)cost;
}

static void note_launch(void *user, const gm_observed_launch *launch)
{
    watch *w = user;
    const int multiplies = strcmp(launch->name, "CLBlastSgemm") == 0 ||
                           (strncmp(launch->name, "gemm_local_", 11) == 0 &&
                            strcmp(launch->name, "gemm_local_sum") != 0);
    if (multiplies)
        snprintf(w->kernel, sizeof w->kernel, "%s", launch->name);
}

static void expect_kernel(const gm_tile_time *time, void *user)
{
    watch *w = user;
    char expected[64] = "gemm_local_";
    ++w->n_ways;
    ck_assert_double_gt(time->us, 0.0);
    if (time->choice->is_clblast)
        ck_assert_str_eq(w->kernel, "CLBlastSgemm");
    else if (time->choice->local.tile == 0)
        ck_assert_int_eq(strncmp(w->kernel, expected, strlen(expected)), 0);
    else {
        snprintf(expected, sizeof expected, "gemm_local_%u", time->choice->local.tile);
        ck_assert_str_eq(w->kernel, expected);
    }
}

/* Whoever multiplied before. */
START_TEST(a_time_is_of_the_kernel_that_it_names)
{
    static const gemlet_gemm before[] = {GEMLET_GEMM_AUTO, GEMLET_GEMM_CLBLAST};
    gemlet_device_options options;
    gemlet_spec spec;
    gemlet_device *device = NULL;
    watch w = {.n_ways = 0};
    const gm_observer observer = {&w, ignore_operation, note_launch};
    gemlet_device_options_init(&options);
    options.selector = "opencl-cpu";
    options.kernels = GEMLET_KERNELS_GPU;
    options.gemm = before[_i];
    ck_assert_int_eq(gemlet_spec_parse(&spec, "5-4-relu-3"), GEMLET_OK);
    if (gemlet_device_open(&device, &options) != GEMLET_OK) {
        const char *required = getenv("GEMLET_REQUIRE_OPENCL");
        ck_assert_msg(required == NULL || strcmp(required, "1") != 0, "no OpenCL device");
        return;
    }
    gm_device_backend(device)->observer = &observer;
    ck_assert_int_eq(gm_tiles_run(device, &spec, 6, expect_kernel, &w), GEMLET_OK);
    ck_assert_uint_eq(w.n_ways, 5 * 20); /* products, ways */
    gemlet_device_close(device);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("tiles");
    TCase *tests = tcase_create("times");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, a_time_is_of_the_kernel_that_it_names, 0, 2);
    suite_add_tcase(suite, tests);
    return suite;
}

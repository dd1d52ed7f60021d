/* SPDX-License-Identifier: MIT
 * How GPU products are made, without a device. */
#include "backend/opencl/gemm_local_tile.h"
#include "support/run_suite.h"

static const gm_local_tuning untuned = {0};

static gm_local_plan plan_of(gemlet_dim m, gemlet_dim k, gemlet_dim n, unsigned compute_units)
{
    const gm_local_size size = {m, n, k};
    return gm_gemm_local_plan(&size, compute_units, &untuned);
}

static size_t n_groups(const gm_local_plan *plan, gemlet_dim m, gemlet_dim n)
{
    const gm_local_size size = {m, n, 1};
    return gm_gemm_local_tile_count(plan->tile, &size) * plan->n_splits;
}

START_TEST(tiles_cover_the_product)
{
    const gm_local_size size = {129, 33, 3};
    ck_assert_uint_eq(gm_gemm_local_tile_count(GM_LOCAL_TILE_128, &size), 2 * 1);
    ck_assert_uint_eq(gm_gemm_local_tile_count(GM_LOCAL_TILE_64, &size), 3 * 1);
    ck_assert_uint_eq(gm_gemm_local_tile_count(GM_LOCAL_TILE_32, &size), 5 * 2);
    ck_assert_uint_eq(gm_gemm_local_tile_side(GM_LOCAL_TILE_128), 128);
    ck_assert_uint_eq(gm_gemm_local_tile_side(GM_LOCAL_TILE_64), 64);
    ck_assert_uint_eq(gm_gemm_local_tile_side(GM_LOCAL_TILE_32), 32);
}
END_TEST

/* Every value of k belongs to one split, no split is empty, and no size overflows. */
START_TEST(splits_cover_every_k)
{
    static const gemlet_dim sizes[] = {1, 7, 8, 10, 64, 150, 784, 4096, UINT32_MAX};
    const unsigned n = sizeof sizes / sizeof sizes[0];
    for (unsigned i = 0; i < n * n * n; ++i) {
        const gm_local_size size = {sizes[i % n], sizes[i / n % n], sizes[i / n / n]};
        for (unsigned n_splits = 0; n_splits <= 40; ++n_splits) {
            const gm_local_tuning tuning = {.n_splits = n_splits};
            const gm_local_plan plan = gm_gemm_local_plan(&size, 132, &tuning);
            const uint64_t covered = (uint64_t)plan.n_splits * plan.split_k;
            ck_assert_uint_ge(plan.n_splits, 1);
            ck_assert_uint_ge(covered, size.k);
            ck_assert_uint_lt(covered - plan.split_k, size.k);
        }
    }
}
END_TEST

/* At batch 64 and 128 the tiles alone could not occupy a GPU. */
START_TEST(few_deep_sums_are_split)
{
    static const gemlet_dim shapes[][3] = {
        {64, 2048, 150}, {256, 1024, 10}, {128, 2500, 2000}, {256, 1024, 1024}};
    for (unsigned i = 0; i < sizeof shapes / sizeof shapes[0]; ++i) {
        const gemlet_dim *s = shapes[i];
        const gm_local_plan plan = plan_of(s[0], s[1], s[2], 132);
        ck_assert_msg(plan.n_splits > 1 || n_groups(&plan, s[0], s[2]) >= 132,
                      "%ux%ux%u: %zu groups for 132 units", s[0], s[1], s[2],
                      n_groups(&plan, s[0], s[2]));
    }
}
END_TEST

/* A second launch costs more than it saves. */
START_TEST(small_products_take_one_launch)
{
    static const gemlet_dim shapes[][3] = {
        {64, 784, 150}, {64, 150, 150}, {64, 150, 10}, {784, 64, 150}, {64, 10, 150}};
    for (unsigned i = 0; i < sizeof shapes / sizeof shapes[0]; ++i)
        ck_assert_uint_eq(plan_of(shapes[i][0], shapes[i][1], shapes[i][2], 132).n_splits, 1);
}
END_TEST

START_TEST(large_products_take_large_tiles)
{
    for (unsigned units = 1; units <= 128; units *= 2) {
        const gm_local_plan plan = plan_of(4096, 4096, 4096, units);
        ck_assert_int_eq(plan.tile, GM_LOCAL_TILE_128);
        ck_assert_uint_eq(plan.n_splits, 1);
    }
}
END_TEST

/* Two compute units: what the tests on CPUs see. */
START_TEST(small_devices_see_every_tile)
{
    ck_assert_int_eq(plan_of(16, 1000, 16, 2).tile, GM_LOCAL_TILE_32);
    ck_assert_int_eq(plan_of(64, 64, 128, 2).tile, GM_LOCAL_TILE_64);
    ck_assert_int_eq(plan_of(256, 256, 256, 2).tile, GM_LOCAL_TILE_128);
    ck_assert_uint_gt(plan_of(16, 1000, 16, 2).n_splits, 1);
    ck_assert_int_eq(plan_of(1, 1, 1, 0).n_splits, 1); /* a driver that cannot count */
}
END_TEST

START_TEST(a_tuning_is_followed)
{
    static const unsigned sides[] = {128, 64, 32};
    const gm_local_size size = {300, 200, 1000};
    for (unsigned i = 0; i < 3; ++i) {
        for (unsigned n_splits = 1; n_splits <= 5; ++n_splits) {
            const gm_local_tuning tuning = {sides[i], n_splits};
            const gm_local_plan plan = gm_gemm_local_plan(&size, 132, &tuning);
            ck_assert_uint_eq(gm_gemm_local_tile_side(plan.tile), sides[i]);
            ck_assert_uint_eq(plan.n_splits, n_splits);
        }
    }
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("gemm_local_tile");
    TCase *tests = tcase_create("plan");
    tcase_add_test(tests, tiles_cover_the_product);
    tcase_add_test(tests, splits_cover_every_k);
    tcase_add_test(tests, few_deep_sums_are_split);
    tcase_add_test(tests, small_products_take_one_launch);
    tcase_add_test(tests, large_products_take_large_tiles);
    tcase_add_test(tests, small_devices_see_every_tile);
    tcase_add_test(tests, a_tuning_is_followed);
    suite_add_tcase(suite, tests);
    return suite;
}

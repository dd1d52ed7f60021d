/* SPDX-License-Identifier: MIT
 * The choice of a tile for GPUs, without a device. */
#include "backend/opencl/gemm_local_tile.h"
#include "support/run_suite.h"

static gm_local_tile choose(gemlet_dim m, gemlet_dim k, gemlet_dim n, unsigned compute_units)
{
    const gm_local_size size = {m, n, k};
    return gm_gemm_local_tile_choose(&size, 1, compute_units);
}

START_TEST(tiles_cover_the_product)
{
    const gm_local_size size = {65, 16, 3};
    ck_assert_uint_eq(gm_gemm_local_tile_count(GM_LOCAL_TILE_64, &size), 2 * 1);
    ck_assert_uint_eq(gm_gemm_local_tile_count(GM_LOCAL_TILE_32, &size), 3 * 1);
    ck_assert_uint_eq(gm_gemm_local_tile_count(GM_LOCAL_TILE_16, &size), 5 * 1);
    ck_assert_uint_eq(gm_gemm_local_tile_side(GM_LOCAL_TILE_64), 64);
    ck_assert_uint_eq(gm_gemm_local_tile_side(GM_LOCAL_TILE_32), 32);
    ck_assert_uint_eq(gm_gemm_local_tile_side(GM_LOCAL_TILE_16), 16);
}
END_TEST

/* The first layer at batch 64: 3 large tiles could not occupy a GPU. */
START_TEST(few_deep_sums_are_sliced)
{
    for (unsigned units = 16; units <= 256; units *= 2)
        ck_assert_int_eq(choose(64, 784, 150, units), GM_LOCAL_TILE_16);
    ck_assert_int_eq(choose(64, 1024, 10, 64), GM_LOCAL_TILE_16);
}
END_TEST

START_TEST(large_products_take_large_tiles)
{
    for (unsigned units = 1; units <= 128; units *= 2)
        ck_assert_int_eq(choose(4096, 4096, 4096, units), GM_LOCAL_TILE_64);
    ck_assert_int_eq(choose(256, 1024, 1024, 64), GM_LOCAL_TILE_64);
    ck_assert_int_eq(choose(1024, 256, 1024, 64), GM_LOCAL_TILE_64);
}
END_TEST

/* Two compute units: what the tests on CPUs see. */
START_TEST(small_devices_see_every_tile)
{
    ck_assert_int_eq(choose(16, 1000, 16, 2), GM_LOCAL_TILE_16);
    ck_assert_int_eq(choose(17, 31, 17, 2), GM_LOCAL_TILE_32);
    ck_assert_int_eq(choose(33, 16, 33, 2), GM_LOCAL_TILE_64);
    ck_assert_int_eq(choose(1, 1, 1, 0), GM_LOCAL_TILE_16); /* a driver that cannot count */
}
END_TEST

/* The device that calculates more at a time never gets the larger tile, and no size overflows. */
START_TEST(more_units_never_want_larger_tiles)
{
    static const gemlet_dim sizes[] = {1, 10, 64, 150, 784, 4096, UINT32_MAX};
    const unsigned n = sizeof sizes / sizeof sizes[0];
    for (unsigned i = 0; i < n * n * n; ++i) {
        const gemlet_dim m = sizes[i % n];
        const gemlet_dim k = sizes[i / n % n];
        const gemlet_dim columns = sizes[i / n / n];
        gm_local_tile last = GM_LOCAL_TILE_64;
        for (unsigned units = 1; units <= 4096; units *= 2) {
            const gm_local_tile tile = choose(m, k, columns, units);
            ck_assert_msg(tile >= last, "%ux%ux%u: tile %d on %u units, %d on half of them", m, k,
                          columns, (int)tile, units, (int)last);
            last = tile;
        }
    }
}
END_TEST

START_TEST(a_second_product_fills_the_device)
{
    const gm_local_size pair[] = {{1024, 1024, 64}, {64, 1024, 1024}};
    ck_assert_int_eq(gm_gemm_local_tile_choose(&pair[1], 1, 64), GM_LOCAL_TILE_16);
    ck_assert_int_ne(gm_gemm_local_tile_choose(pair, 2, 64), GM_LOCAL_TILE_16);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("gemm_local_tile");
    TCase *tests = tcase_create("choice");
    tcase_add_test(tests, tiles_cover_the_product);
    tcase_add_test(tests, few_deep_sums_are_sliced);
    tcase_add_test(tests, large_products_take_large_tiles);
    tcase_add_test(tests, small_devices_see_every_tile);
    tcase_add_test(tests, more_units_never_want_larger_tiles);
    tcase_add_test(tests, a_second_product_fills_the_device);
    suite_add_tcase(suite, tests);
    return suite;
}

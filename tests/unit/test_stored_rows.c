/* SPDX-License-Identifier: MIT
 * Rows that stay in their file because memory has no room for them: the same values, whichever way
 * they are asked for, and an error once the file is not what it was. */
#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/rng.h"
#include "data/rows.h"
#include "data_files.h"
#include "support/run_suite.h"
#include "support/temporary.h"

#define N_ROWS     1500u
#define N_FEATURES 300u

/* Types of elements, as IDX numbers them, and their sizes. */
static const struct {
    unsigned char type;
    size_t size;
} types[] = {{8, 1}, {9, 1}, {11, 2}, {12, 4}, {13, 4}, {14, 8}};

/* A copy of the path, which is one of eight static texts. */
static char *make_items(const char *name, unsigned type)
{
    const size_t n = (size_t)N_ROWS * N_FEATURES;
    const size_t size = types[type].size;
    unsigned char *file = calloc(16 + n, 8);
    const unsigned char header[] = {
        0, 0, types[type].type, 3, 0, 0, N_ROWS >> 8, N_ROWS & 255, 0, 0, 0, 20, 0, 0, 0, 15};
    memcpy(file, header, sizeof header);
    gm_rng rng;
    gm_rng_init(&rng, 3, GM_RNG_TEST, 0);
    for (size_t i = 0; i < n * size; ++i)
        file[16 + i] = (unsigned char)gm_rng_u32(&rng);
    /* Exponents of neither infinity nor what is none as a float. */
    for (size_t i = 0; types[type].type > 12 && i < n; ++i)
        file[16 + i * size] = i % 2 ? 0x40 : 0xc0;
    char *path = strdup(temporary_file(name, file, 16 + n * size));
    free(file);
    return path;
}

static const char *make_labels(void)
{
    unsigned char file[8 + N_ROWS] = {0, 0, 8, 1, 0, 0, N_ROWS >> 8, N_ROWS & 255};
    for (unsigned i = 0; i < N_ROWS; ++i)
        file[8 + i] = (unsigned char)(i * i % 7);
    return temporary_file("labels", file, sizeof file);
}

static gemlet_dataset *load(const char *items, int in_file)
{
    gemlet_dataset *dataset;
    gemlet_dataset_allow_files(in_file, NULL);
    gemlet_memory_limit_set(in_file ? 200000 : 0);
    ck_assert_msg(gemlet_dataset_load_idx(&dataset, items, make_labels()) == GEMLET_OK, "%s",
                  gemlet_last_error());
    gemlet_dataset_allow_files(0, NULL);
    gemlet_memory_limit_set(0);
    ck_assert_int_eq(gemlet_dataset_values(dataset) == NULL, in_file);
    return dataset;
}

static void check_rows(const gemlet_dataset *found, const gemlet_dataset *expected)
{
    const gemlet_dim n = gemlet_dataset_rows(expected);
    const size_t size = gm_rows_size(expected);
    const unsigned char *values = gemlet_dataset_values(expected);
    unsigned char *read = malloc(n * size);
    uint32_t *order = malloc(n * sizeof *order);
    ck_assert_uint_eq(gemlet_dataset_rows(found), n);
    ck_assert_uint_eq(gemlet_dataset_classes(found), gemlet_dataset_classes(expected));
    ck_assert_mem_eq(gemlet_dataset_labels(found), gemlet_dataset_labels(expected), n * 4);
    ck_assert_uint_eq(gemlet_dataset_crc32(found), gemlet_dataset_crc32(expected));
    ck_assert_int_eq(gm_rows_read(found, 0, n, read), GEMLET_OK);
    ck_assert_mem_eq(read, values, n * size);
    ck_assert_int_eq(gm_rows_read(found, n / 2, 3, read), GEMLET_OK);
    ck_assert_mem_eq(read, values + n / 2 * size, 3 * size);
    gm_rng rng;
    gm_rng_init(&rng, 4, GM_RNG_TEST, 0);
    gm_rng_permutation(&rng, order, n);
    order[5] = order[6] = order[7]; /* may repeat */
    for (gemlet_dim i = 100; i < 400 && i < n; ++i)
        order[i] = i; /* neighbours */
    ck_assert_int_eq(gm_rows_gather(found, order, n, read), GEMLET_OK);
    for (gemlet_dim i = 0; i < n; ++i)
        ck_assert_mem_eq(read + i * size, values + order[i] * size, size);
    free(order);
    free(read);
}

START_TEST(same_rows_of_each_type)
{
    char *path = make_items("items", (unsigned)_i);
    gemlet_dataset *stored = load(path, 1);
    gemlet_dataset *loaded = load(path, 0);
    check_rows(stored, loaded);
    gemlet_dataset_destroy(stored);
    gemlet_dataset_destroy(loaded);
    free(path);
}
END_TEST

START_TEST(parts_are_parts_of_the_file)
{
    char *path = make_items("items", 4);
    gemlet_dataset *all[2] = {load(path, 1), load(path, 0)};
    gemlet_dataset *parts[2][3];
    for (unsigned i = 0; i < 2; ++i) {
        gemlet_dataset *rest;
        ck_assert_int_eq(gemlet_dataset_hold_out(&rest, &parts[i][0], all[i], 300, 5), GEMLET_OK);
        gemlet_dataset_destroy(all[i]);
        ck_assert_int_eq(gemlet_dataset_hold_out(&parts[i][1], &parts[i][2], rest, 400, 6),
                         GEMLET_OK);
        gemlet_dataset_destroy(rest);
    }
    for (unsigned part = 0; part < 3; ++part) {
        check_rows(parts[0][part], parts[1][part]);
        gemlet_dataset_destroy(parts[0][part]);
        gemlet_dataset_destroy(parts[1][part]);
    }
    free(path);
}
END_TEST

static void expect_same_files(const char *a, const char *b)
{
    size_t n[2];
    char *bytes[2] = {read_whole_file(a, &n[0]), read_whole_file(b, &n[1])};
    ck_assert_uint_eq(n[0], n[1]);
    ck_assert_mem_eq(bytes[0], bytes[1], n[0]);
    free(bytes[0]);
    free(bytes[1]);
}

START_TEST(is_written_as_if_it_were_in_memory)
{
    char *path = make_items("items", 0);
    gemlet_dataset *stored = load(path, 1);
    gemlet_dataset *loaded = load(path, 0);
    char *out[2] = {strdup(temporary_path("one")), strdup(temporary_path("two"))};
    ck_assert_int_eq(gemlet_dataset_save_idx(stored, out[0], NULL), GEMLET_OK);
    expect_same_files(out[0], path);
    ck_assert_int_eq(gemlet_dataset_save_csv(stored, out[0]), GEMLET_OK);
    ck_assert_int_eq(gemlet_dataset_save_csv(loaded, out[1]), GEMLET_OK);
    expect_same_files(out[0], out[1]);
    gemlet_dataset_destroy(stored);
    gemlet_dataset_destroy(loaded);
    free(out[0]);
    free(out[1]);
    free(path);
}
END_TEST

START_TEST(a_file_that_changes_is_an_error)
{
    char *path = make_items("items", 0);
    gemlet_dataset *dataset = load(path, 1);
    unsigned char *values = malloc(N_ROWS * N_FEATURES);
    ck_assert_int_eq(gm_rows_read(dataset, 0, N_ROWS, values), GEMLET_OK);
    switch (_i) {
    case 0: /* cut short: no SIGBUS */
        ck_assert_int_eq(truncate(path, 20000), 0);
        break;
    case 1: /* longer */
        ck_assert_int_eq(truncate(path, 16 + N_ROWS * N_FEATURES + 1), 0);
        break;
    default: { /* written to */
        const struct timespec times[2] = {{1, 0}, {1, 0}};
        ck_assert_int_eq(utimensat(AT_FDCWD, path, times, 0), 0);
    }
    }
    const uint32_t rows[2] = {N_ROWS - 1, 3};
    expect_failure(gm_rows_read(dataset, N_ROWS - 5, 5, values), GEMLET_E_IO, path,
                   "was changed while its rows were in use");
    expect_failure(gm_rows_gather(dataset, rows, 2, values), GEMLET_E_IO, path,
                   "was changed while its rows were in use");
    free(values);
    gemlet_dataset_destroy(dataset);
    free(path);
}
END_TEST

START_TEST(a_file_that_is_replaced_stays_in_use)
{
    char *path = make_items("items", 0);
    gemlet_dataset *stored = load(path, 1);
    gemlet_dataset *loaded = load(path, 0);
    ck_assert_int_eq(unlink(path), 0);
    free(make_items("items", 1));
    check_rows(stored, loaded);
    gemlet_dataset_destroy(stored);
    gemlet_dataset_destroy(loaded);
    free(path);
}
END_TEST

START_TEST(only_where_allowed)
{
    char *path = make_items("items", 4);
    gemlet_dataset *dataset;
    gemlet_memory_limit_set(200000);
    expect_failure(gemlet_dataset_load_idx(&dataset, path, NULL), GEMLET_E_MEMORY, path,
                   "its content needs 1800000 bytes of memory, expected at most 200000");
    size_t n_bytes;
    unsigned char *content = read_content(path, &n_bytes);
    const char *packed = temporary_gzip("items.gz", content, n_bytes);
    gemlet_dataset_allow_files(1, NULL);
    expect_failure(gemlet_dataset_load_idx(&dataset, packed, NULL), GEMLET_E_MEMORY, packed,
                   "its content needs 1800000 bytes of memory, expected at most 200000");
    gemlet_dataset_allow_files(0, NULL);
    gemlet_memory_limit_set(0);
    free(content);
    free(path);
}
END_TEST

START_TEST(content_is_checked_all_the_same)
{
    static const unsigned char infinite[] = {0x7f, 0x80, 0, 0};
    char *path = make_items("items", 4);
    gemlet_dataset *dataset;
    gemlet_dataset_allow_files(1, NULL);
    gemlet_memory_limit_set(200000);
    const int file = open(path, O_WRONLY | O_CLOEXEC);
    ck_assert_int_eq(pwrite(file, infinite, 4, 16 + 4 * (N_FEATURES * 1400 + 7)), 4);
    expect_failure(gemlet_dataset_load_idx(&dataset, path, NULL), GEMLET_E_FORMAT, path,
                   "row 1400, column 7: found inf, expected a finite float");
    ck_assert_int_eq(ftruncate(file, 1000000), 0);
    expect_failure(gemlet_dataset_load_idx(&dataset, path, NULL), GEMLET_E_FORMAT, path,
                   "truncated: found 1000000 bytes, expected 1800016");
    ck_assert_int_eq(ftruncate(file, 1800017), 0);
    close(file);
    free(path);
    path = make_items("items", 4);
    ck_assert_int_eq(truncate(path, 1800017), 0);
    expect_failure(gemlet_dataset_load_idx(&dataset, path, NULL), GEMLET_E_FORMAT, path,
                   "oversized");
    gemlet_dataset_allow_files(0, NULL);
    gemlet_memory_limit_set(0);
    free(path);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("stored_rows");
    TCase *rows = tcase_create("rows");
    tcase_set_timeout(rows, 60);
    tcase_add_loop_test(rows, same_rows_of_each_type, 0, sizeof types / sizeof types[0]);
    tcase_add_test(rows, parts_are_parts_of_the_file);
    tcase_add_test(rows, is_written_as_if_it_were_in_memory);
    tcase_add_loop_test(rows, a_file_that_changes_is_an_error, 0, 3);
    tcase_add_test(rows, a_file_that_is_replaced_stays_in_use);
    tcase_add_test(rows, only_where_allowed);
    tcase_add_test(rows, content_is_checked_all_the_same);
    suite_add_tcase(suite, rows);
    return suite;
}

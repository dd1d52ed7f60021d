/* SPDX-License-Identifier: MIT
 * IDX files: the real MNIST, every element type, every way a file can be wrong, and back. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data_files.h"
#include "support/run_suite.h"
#include "support/temporary.h"

#define TEST_IMAGES "mnist/t10k-images-idx3-ubyte.gz"
#define TEST_LABELS "mnist/t10k-labels-idx1-ubyte.gz"

/* Two items of 1x3 ubytes, and their labels. */
static const unsigned char items[] = {0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0,
                                      1, 0, 0, 0, 3, 1, 2, 3, 4, 5, 250};
static const unsigned char labels[] = {0, 0, 8, 1, 0, 0, 0, 2, 7, 1};

START_TEST(reads_mnist)
{
    gemlet_dataset *dataset;
    size_t n_bytes;
    unsigned char *content = read_content(data_path(TEST_IMAGES), &n_bytes);
    ck_assert_int_eq(
        gemlet_dataset_load_idx(&dataset, data_path(TEST_IMAGES), data_path(TEST_LABELS)),
        GEMLET_OK);
    ck_assert_uint_eq(gemlet_dataset_rows(dataset), 10000);
    ck_assert_uint_eq(gemlet_dataset_features(dataset), 784);
    ck_assert_uint_eq(gemlet_dataset_classes(dataset), 10);
    ck_assert_int_eq(gemlet_dataset_element(dataset), GEMLET_ELEMENT_U8);
    ck_assert_uint_eq(n_bytes, 16 + 10000 * 784);
    ck_assert_mem_eq(gemlet_dataset_values(dataset), content + 16, n_bytes - 16);
    static const uint32_t first_labels[] = {7, 2, 1, 0, 4, 1, 4, 9};
    ck_assert_mem_eq(gemlet_dataset_labels(dataset), first_labels, sizeof first_labels);
    unsigned n_dims;
    const gemlet_dim *dims = gemlet_dataset_item_dims(dataset, &n_dims);
    ck_assert_uint_eq(n_dims, 2);
    ck_assert_uint_eq(dims[0], 28);
    ck_assert_uint_eq(dims[1], 28);
    gemlet_dataset_destroy(dataset);
    free(content);
}
END_TEST

START_TEST(reads_plain_and_gzip_alike)
{
    gemlet_dataset *plain;
    gemlet_dataset *packed;
    ck_assert_int_eq(gemlet_dataset_load_idx(&plain, temporary_file("i", items, sizeof items),
                                             temporary_file("l", labels, sizeof labels)),
                     GEMLET_OK);
    /* Content decides, not the name. */
    ck_assert_int_eq(gemlet_dataset_load_idx(&packed, temporary_gzip("i.z", items, sizeof items),
                                             temporary_file("l.gz", labels, sizeof labels)),
                     GEMLET_OK);
    ck_assert_mem_eq(gemlet_dataset_values(plain), items + 16, 6);
    ck_assert_uint_eq(gemlet_dataset_labels(plain)[0], 7);
    ck_assert_uint_eq(gemlet_dataset_labels(plain)[1], 1);
    expect_same_content(plain, packed);
    ck_assert_uint_eq(gemlet_dataset_crc32(plain), gemlet_dataset_crc32(packed));
    gemlet_dataset_destroy(plain);
    gemlet_dataset_destroy(packed);
}
END_TEST

static const struct {
    size_t n_bytes;
    unsigned char file[36];
    float values[3];
} element_types[] = {
    {15, {0, 0, 9, 2, 0, 0, 0, 1, 0, 0, 0, 3, 0x80, 0xff, 0x7f}, {-128, -1, 127}},
    {18,
     {0, 0, 0x0b, 2, 0, 0, 0, 1, 0, 0, 0, 3, 0x80, 0x00, 0xff, 0xfe, 0x01, 0x02},
     {-32768, -2, 258}},
    {24,
     {0, 0, 0x0c, 2, 0, 0, 0, 1, 0, 0, 0, 3, 0x80, 0, 0, 0, 0xff, 0xff, 0xff, 0xfd, 0, 1, 2, 3},
     {-0x1p31f, -3, 66051}},
    {24,
     {0, 0, 0x0d, 2, 0, 0, 0, 1, 0, 0, 0, 3, 0x3f, 0x80, 0, 0, 0xc0, 0x20, 0, 0, 0, 0, 0, 1},
     {1, -2.5f, 0x1p-149f}},
    {36,
     {0,    0,    0x0e, 2, 0, 0, 0, 1, 0, 0, 0, 3, 0x3f, 0xb9, 0x99, 0x99, 0x99, 0x99,
      0x99, 0x9a, 0xc0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0,    0,    0,    0,    0,    0},
     {0.1f, -2.5f, 0}},
};

START_TEST(reads_element_type)
{
    const char *path = temporary_file("typed", element_types[_i].file, element_types[_i].n_bytes);
    gemlet_dataset *dataset;
    ck_assert_int_eq(gemlet_dataset_load_idx(&dataset, path, NULL), GEMLET_OK);
    ck_assert_int_eq(gemlet_dataset_element(dataset), GEMLET_ELEMENT_F32);
    ck_assert_uint_eq(gemlet_dataset_features(dataset), 3);
    ck_assert_uint_eq(gemlet_dataset_classes(dataset), 0);
    ck_assert_ptr_null(gemlet_dataset_labels(dataset));
    ck_assert_mem_eq(gemlet_dataset_values(dataset), element_types[_i].values, 3 * sizeof(float));
    gemlet_dataset_destroy(dataset);
}
END_TEST

static const struct {
    gemlet_status status;
    const char *part;
    size_t n_bytes;
    unsigned char file[48];
} hostile_items[] = {
    {GEMLET_E_FORMAT, "empty file, expected an IDX file", 0, {0}},
    {GEMLET_E_FORMAT, "truncated: found 3 bytes, expected 4 or more", 3, {0, 0, 8}},
    {GEMLET_E_FORMAT, "found a PNG picture", 8, "\x89PNG1234"},
    {GEMLET_E_FORMAT, "found text, 'label,a', expected an IDX file", 8, "label,a\n"},
    {GEMLET_E_FORMAT, "magic 0x89014e47, expected 0x0000TTNN", 8, "\x89\x01NG1234"},
    {GEMLET_E_FORMAT, "magic 0x00000a01, expected", 9, {0, 0, 10, 1, 0, 0, 0, 1, 1}},
    {GEMLET_E_FORMAT, "found 0 dimensions, expected 1 to 9", 5, {0, 0, 8, 0, 1}},
    {GEMLET_E_FORMAT, "found 10 dimensions, expected 1 to 9", 46, {0, 0, 8, 10}},
    {GEMLET_E_FORMAT, "truncated: found 10 bytes, expected 16", 10, {0, 0, 8, 3, 0, 0, 0, 1}},
    {GEMLET_E_FORMAT,
     "dimension 2 of 3 is 0",
     16,
     {0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9}},
    {GEMLET_E_FORMAT,
     "truncated: found 14 bytes, expected 18",
     14,
     {0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2}},
    {GEMLET_E_FORMAT,
     "oversized: found more than 14 bytes, expected 14",
     15,
     {0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 1, 1, 2, 3}},
    /* 4 GiB, and 4 EiB that no allocation could give: only what is there may be asked for. */
    {GEMLET_E_FORMAT,
     "truncated: found 16 bytes, expected 4294967312",
     16,
     {0, 0, 8, 3, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0}},
    {GEMLET_E_FORMAT,
     "truncated: found 12 bytes, expected 4611686014132420621",
     12,
     {0, 0, 8, 2, 0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff}},
    {GEMLET_E_RANGE,
     "overflows",
     16,
     {0, 0, 8, 3, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}},
    {GEMLET_E_RANGE, /* fits as a number of elements, not of bytes */
     "overflows",
     12,
     {0, 0, 0x0e, 2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}},
    {GEMLET_E_RANGE, /* the same, though as floats they would fit */
     "overflows",
     12,
     {0, 0, 0x0e, 2, 0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff}},
    {GEMLET_E_RANGE,
     "found 8589934590 features a row, expected at most 4294967295",
     16,
     {0, 0, 8, 3, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 2}},
    {GEMLET_E_FORMAT,
     "row 1, column 0: found inf, expected a finite float",
     28,
     {0, 0, 0x0d, 2, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 0x80, 0, 0}},
    {GEMLET_E_FORMAT,
     "row 0, column 1: found nan, expected a finite float",
     20,
     {0, 0, 0x0d, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0x7f, 0xc0, 0, 1}},
    {GEMLET_E_FORMAT, /* a finite double beyond float */
     "row 0, column 0: found 1e+39, expected a finite float",
     20,
     {0, 0, 0x0e, 2, 0, 0, 0, 1, 0, 0, 0, 1, 0x48, 0x07, 0x82, 0x87, 0xf4, 0x9c, 0x4a, 0x1d}},
};

START_TEST(refuses_items)
{
    gemlet_dataset *dataset = (gemlet_dataset *)1;
    const char *path = temporary_file("bad", hostile_items[_i].file, hostile_items[_i].n_bytes);
    expect_failure(gemlet_dataset_load_idx(&dataset, path, NULL), hostile_items[_i].status, path,
                   hostile_items[_i].part);
    ck_assert_ptr_null(dataset);
    path = temporary_gzip("bad.gz", hostile_items[_i].file, hostile_items[_i].n_bytes);
    expect_failure(gemlet_dataset_load_idx(&dataset, path, NULL), hostile_items[_i].status, path,
                   hostile_items[_i].part);
}
END_TEST

static const struct {
    gemlet_status status;
    const char *part;
    size_t n_bytes;
    unsigned char file[24];
} hostile_labels[] = {
    {GEMLET_E_FORMAT,
     "found 2 dimensions, expected 1 for labels",
     14,
     {0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 1, 1, 2}},
    {GEMLET_E_FORMAT,
     "(a table like QMNIST's idx2 labels, of which only the first column is the class)",
     20,
     {0, 0, 0x0c, 2, 0, 0, 0, 1, 0, 0, 0, 2}},
    {GEMLET_E_FORMAT, "(float), expected an integer type", 16, {0, 0, 0x0d, 1, 0, 0, 0, 2}},
    {GEMLET_E_FORMAT, "(double), expected an integer type", 24, {0, 0, 0x0e, 1, 0, 0, 0, 2}},
    {GEMLET_E_SHAPE, "found 3 labels, expected 2, one for", 11, {0, 0, 8, 1, 0, 0, 0, 3, 1, 2, 3}},
    {GEMLET_E_FORMAT, "truncated: found 9 bytes, expected 10", 9, {0, 0, 8, 1, 0, 0, 0, 2, 1}},
    {GEMLET_E_FORMAT, "oversized", 11, {0, 0, 8, 1, 0, 0, 0, 2, 1, 2, 3}},
    {GEMLET_E_FORMAT,
     "index 1: found label -1, expected 0 to 65535",
     10,
     {0, 0, 9, 1, 0, 0, 0, 2, 1, 0xff}},
    {GEMLET_E_FORMAT,
     "index 0: found label -32768, expected 0 to 65535",
     12,
     {0, 0, 0x0b, 1, 0, 0, 0, 2, 0x80, 0, 0, 1}},
    {GEMLET_E_FORMAT,
     "index 1: found label 65536, expected 0 to 65535",
     16,
     {0, 0, 0x0c, 1, 0, 0, 0, 2, 0, 0, 0xff, 0xff, 0, 1, 0, 0}},
};

START_TEST(refuses_labels)
{
    gemlet_dataset *dataset = (gemlet_dataset *)1;
    const char *items_path = temporary_file("items", items, sizeof items);
    const char *path =
        temporary_file("labels", hostile_labels[_i].file, hostile_labels[_i].n_bytes);
    expect_failure(gemlet_dataset_load_idx(&dataset, items_path, path), hostile_labels[_i].status,
                   path, hostile_labels[_i].part);
    ck_assert_ptr_null(dataset);
}
END_TEST

START_TEST(allocates_only_for_what_is_there)
{
    /* 4 EiB are announced, which no allocation could give, and some of it follows. */
    static unsigned char file[12 + 300000] = {0,    0,    8,    2,    0x7f, 0xff,
                                              0xff, 0xff, 0x7f, 0xff, 0xff, 0xff};
    gemlet_dataset *dataset;
    const char *path = temporary_file("huge", file, sizeof file);
    expect_failure(gemlet_dataset_load_idx(&dataset, path, NULL), GEMLET_E_FORMAT, path,
                   "truncated: found 300012 bytes, expected 4611686014132420621");
}
END_TEST

START_TEST(refuses_broken_gzip)
{
    size_t n_bytes;
    gemlet_dataset *dataset;
    FILE *file = fopen(data_path(TEST_LABELS), "rb");
    ck_assert_ptr_nonnull(file);
    static unsigned char packed[1 << 16];
    n_bytes = fread(packed, 1, sizeof packed, file);
    fclose(file);
    ck_assert_uint_gt(n_bytes, 1000);
    ck_assert_uint_lt(n_bytes, sizeof packed);

    const char *path = temporary_file("cut.gz", packed, n_bytes / 2);
    expect_failure(gemlet_dataset_load_idx(&dataset, path, NULL), GEMLET_E_FORMAT, path,
                   "truncated gzip file");
    path = temporary_file("no-trailer.gz", packed, n_bytes - 8);
    expect_failure(gemlet_dataset_load_idx(&dataset, path, NULL), GEMLET_E_FORMAT, path,
                   "truncated gzip file: found its end after 10008 bytes of content");
    path = temporary_file("header.gz", packed, 5);
    expect_failure(gemlet_dataset_load_idx(&dataset, path, NULL), GEMLET_E_FORMAT, path,
                   "truncated gzip file: found its end after 0 bytes");
    packed[n_bytes - 6] ^= 1; /* of the check sum */
    path = temporary_file("sum.gz", packed, n_bytes);
    expect_failure(gemlet_dataset_load_idx(&dataset, path, NULL), GEMLET_E_FORMAT, path,
                   "corrupt gzip data");
    packed[n_bytes - 6] ^= 1;
    memset(packed + n_bytes / 2, 0xff, 64);
    path = temporary_file("data.gz", packed, n_bytes);
    expect_failure(gemlet_dataset_load_idx(&dataset, path, NULL), GEMLET_E_FORMAT, path,
                   "corrupt gzip data");
}
END_TEST

START_TEST(refuses_what_cannot_be_opened)
{
    gemlet_dataset *dataset;
    const char *path = temporary_path("missing");
    expect_failure(gemlet_dataset_load_idx(&dataset, path, NULL), GEMLET_E_IO, path, "cannot open");
    expect_failure(gemlet_dataset_load_idx(&dataset, temporary_directory(), NULL), GEMLET_E_IO,
                   temporary_directory(), "found a directory, expected a file");
    expect_failure(
        gemlet_dataset_load_idx(&dataset, temporary_file("i", items, sizeof items), path),
        GEMLET_E_IO, path, "cannot open");
}
END_TEST

/* Saving and comparing with the bytes the file was made of. */
static void expect_content(const char *path, const void *bytes, size_t n_bytes)
{
    size_t n_found;
    unsigned char *found = read_content(path, &n_found);
    ck_assert_uint_eq(n_found, n_bytes);
    ck_assert(memcmp(found, bytes, n_bytes) == 0);
    free(found);
}

START_TEST(writes_what_it_read)
{
    gemlet_dataset *dataset;
    ck_assert_int_eq(gemlet_dataset_load_idx(&dataset, temporary_file("i", items, sizeof items),
                                             temporary_file("l", labels, sizeof labels)),
                     GEMLET_OK);
    const char *items_path = temporary_path("i2");
    const char *labels_path = temporary_path("l2.gz");
    ck_assert_int_eq(gemlet_dataset_save_idx(dataset, items_path, labels_path), GEMLET_OK);
    expect_content(items_path, items, sizeof items);
    expect_content(labels_path, labels, sizeof labels);
    FILE *file = fopen(labels_path, "rb");
    unsigned char header[10];
    ck_assert_uint_eq(fread(header, 1, sizeof header, file), sizeof header);
    fclose(file);
    /* gzip, deflate, no flags, no time, no extra flags, unknown system */
    static const unsigned char expected[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255};
    ck_assert_mem_eq(header, expected, sizeof expected);
    gemlet_dataset_destroy(dataset);
}
END_TEST

START_TEST(writes_floats_and_wide_labels)
{
    static const float values[] = {1, -2.5f, 0x1p-149f, 0x1.fffffep127f};
    static const uint32_t wide[] = {65535, 256};
    static const unsigned char expected_items[] = {
        0,    0,    0x0d, 3, 0,    0,    0, 2, 0, 0, 0, 1, 0,    0,    0,    2,
        0x3f, 0x80, 0,    0, 0xc0, 0x20, 0, 0, 0, 0, 0, 1, 0x7f, 0x7f, 0xff, 0xff};
    static const unsigned char expected_labels[] = {0, 0, 0x0c, 1,    0, 0, 0, 2,
                                                    0, 0, 0xff, 0xff, 0, 0, 1, 0};
    static const gemlet_dim dims[] = {1, 2};
    gemlet_dataset *dataset;
    gemlet_dataset *copy;
    ck_assert_int_eq(gemlet_dataset_create(&dataset, 2, 2, GEMLET_ELEMENT_F32, values, wide),
                     GEMLET_OK);
    ck_assert_int_eq(gemlet_dataset_set_item_dims(dataset, dims, 2), GEMLET_OK);
    const char *items_path = temporary_path("floats");
    const char *labels_path = temporary_path("wide");
    ck_assert_int_eq(gemlet_dataset_save_idx(dataset, items_path, labels_path), GEMLET_OK);
    expect_content(items_path, expected_items, sizeof expected_items);
    expect_content(labels_path, expected_labels, sizeof expected_labels);
    ck_assert_int_eq(gemlet_dataset_load_idx(&copy, items_path, labels_path), GEMLET_OK);
    expect_same_content(dataset, copy);
    gemlet_dataset_destroy(copy);
    gemlet_dataset_destroy(dataset);
}
END_TEST

START_TEST(failed_save_leaves_the_old_file)
{
    gemlet_dataset *dataset;
    ck_assert_int_eq(gemlet_dataset_load_idx(&dataset, temporary_file("i", items, sizeof items),
                                             temporary_file("l", labels, sizeof labels)),
                     GEMLET_OK);
    const char *old = temporary_file("old", "precious", 8);
    const char *nowhere = temporary_path("no-such-directory/labels");
    expect_failure(gemlet_dataset_save_idx(dataset, old, nowhere), GEMLET_E_IO, nowhere,
                   "cannot create");
    expect_content(old, "precious", 8);
    expect_failure(gemlet_dataset_save_idx(dataset, old, old), GEMLET_E_ARGUMENT, old,
                   "expected two files");
    expect_content(old, "precious", 8);
    gemlet_dataset_destroy(dataset);
}
END_TEST

static void replay(const char *path, int is_ok, int is_bad)
{
    gemlet_dataset *dataset;
    gemlet_dataset *copy;
    const gemlet_status status = gemlet_dataset_load_idx(&dataset, path, NULL);
    ck_assert_msg(!is_ok || status == GEMLET_OK, "%s: %s", path, gemlet_last_error());
    ck_assert_msg(!is_bad || status != GEMLET_OK, "%s: was read", path);
    if (status == GEMLET_OK) {
        const char *saved = temporary_path("saved.gz");
        ck_assert_int_eq(gemlet_dataset_save_idx(dataset, saved, NULL), GEMLET_OK);
        ck_assert_int_eq(gemlet_dataset_load_idx(&copy, saved, NULL), GEMLET_OK);
        expect_same_content(dataset, copy);
        gemlet_dataset_destroy(copy);
    }
    gemlet_dataset_destroy(dataset);
    /* As its own labels: whatever comes of it, it is a status. */
    if (gemlet_dataset_load_idx(&dataset, path, path) == GEMLET_OK)
        gemlet_dataset_destroy(dataset);
}

START_TEST(replays_corpus)
{
    replay_corpus("idx", replay);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("idx");
    TCase *tests = tcase_create("idx");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, NULL, temporary_remove);
    tcase_add_test(tests, reads_mnist);
    tcase_add_test(tests, reads_plain_and_gzip_alike);
    tcase_add_loop_test(tests, reads_element_type, 0, sizeof element_types / sizeof *element_types);
    tcase_add_loop_test(tests, refuses_items, 0, sizeof hostile_items / sizeof *hostile_items);
    tcase_add_loop_test(tests, refuses_labels, 0, sizeof hostile_labels / sizeof *hostile_labels);
    tcase_add_test(tests, allocates_only_for_what_is_there);
    tcase_add_test(tests, refuses_broken_gzip);
    tcase_add_test(tests, refuses_what_cannot_be_opened);
    tcase_add_test(tests, writes_what_it_read);
    tcase_add_test(tests, writes_floats_and_wide_labels);
    tcase_add_test(tests, failed_save_leaves_the_old_file);
    tcase_add_test(tests, replays_corpus);
    suite_add_tcase(suite, tests);
    return suite;
}

/* SPDX-License-Identifier: MIT
 * The data set object: construction, splitting, item shapes, check sums, directories. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "data/dataset.h"
#include "data_files.h"
#include "support/run_suite.h"
#include "support/temporary.h"

/* rows x 3 bytes, each telling its row and column; labels row % 5. */
static gemlet_dataset *create_numbered(gemlet_dim rows)
{
    unsigned char *values = malloc((size_t)rows * 3);
    uint32_t *labels = malloc(rows * sizeof *labels);
    ck_assert(values != NULL && labels != NULL);
    for (gemlet_dim row = 0; row < rows; ++row) {
        values[3 * row] = (unsigned char)(row >> 8);
        values[3 * row + 1] = (unsigned char)(row & 0xff);
        values[3 * row + 2] = (unsigned char)(row * 7 & 0xff);
        labels[row] = row % 5;
    }
    gemlet_dataset *dataset;
    ck_assert_int_eq(gemlet_dataset_create(&dataset, rows, 3, GEMLET_ELEMENT_U8, values, labels),
                     GEMLET_OK);
    free(values);
    free(labels);
    return dataset;
}

/* Which row of the numbered data set this row was; ends the test if it is none. */
static gemlet_dim original_row(const gemlet_dataset *dataset, gemlet_dim row)
{
    const unsigned char *value = (const unsigned char *)gemlet_dataset_values(dataset) + 3 * row;
    const gemlet_dim original = (gemlet_dim)(value[0] << 8 | value[1]);
    ck_assert_uint_eq(value[2], original * 7 & 0xff);
    ck_assert_uint_eq(gemlet_dataset_labels(dataset)[row], original % 5);
    return original;
}

START_TEST(copies_what_it_is_given)
{
    float values[] = {1, -2, 0.5f, 1e30f};
    uint32_t labels[] = {3, 0};
    gemlet_dataset *dataset;
    ck_assert_int_eq(gemlet_dataset_create(&dataset, 2, 2, GEMLET_ELEMENT_F32, values, labels),
                     GEMLET_OK);
    ck_assert_mem_eq(gemlet_dataset_values(dataset), values, sizeof values);
    ck_assert_mem_eq(gemlet_dataset_labels(dataset), labels, sizeof labels);
    values[0] = 9;
    labels[0] = 9;
    ck_assert(((const float *)gemlet_dataset_values(dataset))[0] == 1);
    ck_assert_uint_eq(gemlet_dataset_labels(dataset)[0], 3);
    ck_assert_uint_eq(gemlet_dataset_rows(dataset), 2);
    ck_assert_uint_eq(gemlet_dataset_features(dataset), 2);
    ck_assert_uint_eq(gemlet_dataset_classes(dataset), 4);
    unsigned n_dims;
    const gemlet_dim *dims = gemlet_dataset_item_dims(dataset, &n_dims);
    ck_assert_uint_eq(n_dims, 1);
    ck_assert_uint_eq(dims[0], 2);
    gemlet_dataset_destroy(dataset);
    gemlet_dataset_destroy(NULL);
}
END_TEST

START_TEST(refuses_what_it_cannot_hold)
{
    static const unsigned char bytes[] = {1, 2};
    static const float floats[] = {1, 2, 3, NAN, 5, 6};
    static const float infinite[] = {-INFINITY, 2};
    static const uint32_t labels[] = {0, 65536};
    gemlet_dataset *dataset = (gemlet_dataset *)1;
    expect_failure(gemlet_dataset_create(&dataset, 0, 2, GEMLET_ELEMENT_U8, bytes, NULL),
                   GEMLET_E_RANGE, "data set", "found 0 rows of 2 features");
    ck_assert_ptr_null(dataset);
    expect_failure(gemlet_dataset_create(&dataset, 2, 0, GEMLET_ELEMENT_U8, bytes, NULL),
                   GEMLET_E_RANGE, "data set", "found 2 rows of 0 features");
    expect_failure(gemlet_dataset_create(&dataset, 2, 1, GEMLET_ELEMENT_U8, NULL, NULL),
                   GEMLET_E_ARGUMENT, "data set", "found no values");
    expect_failure(gemlet_dataset_create(&dataset, 2, 1, (gemlet_element)7, bytes, NULL),
                   GEMLET_E_ARGUMENT, "data set", "found element type 7");
    expect_failure(gemlet_dataset_create(&dataset, 2, 1, GEMLET_ELEMENT_U8, bytes, labels),
                   GEMLET_E_RANGE, "data set", "row 1: found label 65536, expected 0 to 65535");
    expect_failure(gemlet_dataset_create(&dataset, 3, 2, GEMLET_ELEMENT_F32, floats, NULL),
                   GEMLET_E_RANGE, "data set", "row 1, column 1: found nan, expected a finite");
    expect_failure(gemlet_dataset_create(&dataset, 2, 1, GEMLET_ELEMENT_F32, infinite, NULL),
                   GEMLET_E_RANGE, "data set", "row 0, column 0: found -inf, expected a finite");
    expect_failure(
        gemlet_dataset_create(&dataset, UINT32_MAX, UINT32_MAX, GEMLET_ELEMENT_F32, floats, NULL),
        GEMLET_E_RANGE, "data set", "overflows");
}
END_TEST

START_TEST(hold_out_is_disjoint_and_complete)
{
    static const struct {
        gemlet_dim rows;
        gemlet_dim held_out;
    } sizes[] = {{2, 1}, {10, 9}, {1000, 100}, {5000, 2500}};
    const gemlet_dim dims[] = {3, 1};
    gemlet_dataset *dataset = create_numbered(sizes[_i].rows);
    ck_assert_int_eq(gemlet_dataset_set_item_dims(dataset, dims, 2), GEMLET_OK);
    gemlet_dataset *parts[2];
    ck_assert_int_eq(gemlet_dataset_hold_out(&parts[0], &parts[1], dataset, sizes[_i].held_out, 11),
                     GEMLET_OK);
    ck_assert_uint_eq(gemlet_dataset_rows(parts[0]), sizes[_i].rows - sizes[_i].held_out);
    ck_assert_uint_eq(gemlet_dataset_rows(parts[1]), sizes[_i].held_out);
    unsigned char *seen = calloc(sizes[_i].rows, 1);
    for (int part = 0; part < 2; ++part) {
        unsigned n_dims;
        ck_assert_mem_eq(gemlet_dataset_item_dims(parts[part], &n_dims), dims, sizeof dims);
        ck_assert_uint_eq(n_dims, 2);
        ck_assert_uint_eq(gemlet_dataset_classes(parts[part]), gemlet_dataset_classes(dataset));
        gemlet_dim next = 0;
        for (gemlet_dim row = 0; row < gemlet_dataset_rows(parts[part]); ++row) {
            const gemlet_dim original = original_row(parts[part], row);
            ck_assert_uint_lt(original, sizes[_i].rows);
            ck_assert_uint_ge(original, next); /* in the order of the original */
            next = original + 1;
            ck_assert_uint_eq(seen[original], 0);
            seen[original] = 1;
        }
        gemlet_dataset_destroy(parts[part]);
    }
    ck_assert_ptr_null(memchr(seen, 0, sizes[_i].rows));
    free(seen);
    gemlet_dataset_destroy(dataset);
}
END_TEST

static uint32_t held_out_crc(const gemlet_dataset *dataset, uint64_t seed)
{
    gemlet_dataset *rest;
    gemlet_dataset *held_out;
    ck_assert_int_eq(gemlet_dataset_hold_out(&rest, &held_out, dataset, 100, seed), GEMLET_OK);
    const uint32_t crc = gemlet_dataset_crc32(held_out);
    gemlet_dataset_destroy(rest);
    gemlet_dataset_destroy(held_out);
    return crc;
}

START_TEST(hold_out_depends_on_the_seed_alone)
{
    gemlet_dataset *dataset = create_numbered(1000);
    const uint32_t crc = held_out_crc(dataset, 1);
    ck_assert_uint_eq(held_out_crc(dataset, 1), crc);
    ck_assert_uint_ne(held_out_crc(dataset, 2), crc);
    ck_assert_uint_ne(held_out_crc(dataset, (uint64_t)1 << 32 | 1), crc);
    gemlet_dataset_destroy(dataset);
}
END_TEST

START_TEST(hold_out_refuses_all_or_nothing)
{
    static const gemlet_dim n_rows[] = {0, 10, 11, UINT32_MAX};
    gemlet_dataset *dataset = create_numbered(10);
    for (size_t i = 0; i < sizeof n_rows / sizeof *n_rows; ++i) {
        gemlet_dataset *rest = dataset;
        gemlet_dataset *held_out = dataset;
        expect_failure(gemlet_dataset_hold_out(&rest, &held_out, dataset, n_rows[i], 1),
                       GEMLET_E_RANGE, "hold out", "rows, expected 1 to 9 of 10");
        ck_assert_ptr_null(rest);
        ck_assert_ptr_null(held_out);
    }
    gemlet_dataset_destroy(dataset);
}
END_TEST

START_TEST(item_dims_keep_the_features)
{
    static const gemlet_dim too_many[GEMLET_MAX_ITEM_DIMS + 1] = {3, 1, 1, 1, 1, 1, 1, 1, 1};
    static const gemlet_dim wrong[] = {2, 2};
    static const gemlet_dim huge[] = {UINT32_MAX, UINT32_MAX, UINT32_MAX};
    gemlet_dataset *dataset = create_numbered(4);
    ck_assert_int_eq(gemlet_dataset_set_item_dims(dataset, too_many, GEMLET_MAX_ITEM_DIMS),
                     GEMLET_OK);
    expect_failure(gemlet_dataset_set_item_dims(dataset, too_many, GEMLET_MAX_ITEM_DIMS + 1),
                   GEMLET_E_SHAPE, "item shape", "found 9 dimensions, expected 1 to 8");
    expect_failure(gemlet_dataset_set_item_dims(dataset, too_many, 0), GEMLET_E_SHAPE, "item shape",
                   "found 0 dimensions");
    expect_failure(gemlet_dataset_set_item_dims(dataset, wrong, 2), GEMLET_E_SHAPE, "item shape",
                   "found 2x2, expected dimensions whose product is 3");
    expect_failure(gemlet_dataset_set_item_dims(dataset, huge, 3), GEMLET_E_SHAPE, "item shape",
                   "found 4294967295x4294967295x4294967295, expected");
    unsigned n_dims;
    gemlet_dataset_item_dims(dataset, &n_dims);
    ck_assert_uint_eq(n_dims, GEMLET_MAX_ITEM_DIMS);
    gemlet_dataset_destroy(dataset);
}
END_TEST

START_TEST(crc32_covers_values_and_labels)
{
    static const unsigned char values[] = {1, 2, 3, 4};
    static const uint32_t labels[] = {5, 6};
    static const uint32_t others[] = {5, 7};
    gemlet_dataset *dataset;
    uLong expected = crc32(0, values, sizeof values);
    ck_assert_int_eq(gemlet_dataset_create(&dataset, 2, 2, GEMLET_ELEMENT_U8, values, NULL),
                     GEMLET_OK);
    ck_assert_uint_eq(gemlet_dataset_crc32(dataset), expected);
    gemlet_dataset_destroy(dataset);
    expected = crc32(expected, (const unsigned char *)labels, sizeof labels);
    ck_assert_int_eq(gemlet_dataset_create(&dataset, 2, 2, GEMLET_ELEMENT_U8, values, labels),
                     GEMLET_OK);
    ck_assert_uint_eq(gemlet_dataset_crc32(dataset), expected);
    gemlet_dataset_destroy(dataset);
    ck_assert_int_eq(gemlet_dataset_create(&dataset, 2, 2, GEMLET_ELEMENT_U8, values, others),
                     GEMLET_OK);
    ck_assert_uint_ne(gemlet_dataset_crc32(dataset), expected);
    gemlet_dataset_destroy(dataset);
}
END_TEST

START_TEST(loads_the_mnist_directory)
{
    static const struct {
        gemlet_split split;
        gemlet_dim rows;
        uint32_t first_label;
    } splits[] = {{GEMLET_SPLIT_TRAIN, 60000, 5}, {GEMLET_SPLIT_TEST, 10000, 7}};
    gemlet_dataset *dataset;
    ck_assert_int_eq(gemlet_dataset_load_directory(&dataset, data_path("mnist"), splits[_i].split),
                     GEMLET_OK);
    ck_assert_uint_eq(gemlet_dataset_rows(dataset), splits[_i].rows);
    ck_assert_uint_eq(gemlet_dataset_features(dataset), 784);
    ck_assert_uint_eq(gemlet_dataset_classes(dataset), 10);
    ck_assert_uint_eq(gemlet_dataset_labels(dataset)[0], splits[_i].first_label);
    gemlet_dataset_destroy(dataset);
}
END_TEST

static void expect_one_row(gemlet_split split, uint32_t label)
{
    gemlet_dataset *dataset;
    const gemlet_status status =
        gemlet_dataset_load_directory(&dataset, temporary_directory(), split);
    ck_assert_msg(status == GEMLET_OK, "%s", status == GEMLET_OK ? "" : gemlet_last_error());
    ck_assert_uint_eq(gemlet_dataset_rows(dataset), 1);
    ck_assert_uint_eq(gemlet_dataset_labels(dataset)[0], label);
    gemlet_dataset_destroy(dataset);
}

START_TEST(directory_prefers_idx_to_csv)
{
    static const unsigned char image[] = {0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 9};
    static const unsigned char label[] = {0, 0, 8, 1, 0, 0, 0, 1, 3};
    gemlet_dataset *dataset;
    temporary_gzip("test.csv.gz", "1,2\n", 4);
    expect_one_row(GEMLET_SPLIT_TEST, 1);
    temporary_file("mnist_test.csv", "label,a\n2,2\n", 12);
    expect_one_row(GEMLET_SPLIT_TEST, 2);
    temporary_gzip("t10k-images-idx3-ubyte.gz", image, sizeof image);
    expect_failure(
        gemlet_dataset_load_directory(&dataset, temporary_directory(), GEMLET_SPLIT_TEST),
        GEMLET_E_IO, temporary_directory(),
        "found t10k-images-idx3-ubyte.gz but no labels, expected t10k-labels-idx1-ubyte");
    temporary_file("t10k-labels-idx1-ubyte", label, sizeof label);
    expect_one_row(GEMLET_SPLIT_TEST, 3);
    /* The other split is not there. */
    expect_failure(
        gemlet_dataset_load_directory(&dataset, temporary_directory(), GEMLET_SPLIT_TRAIN),
        GEMLET_E_IO, temporary_directory(),
        "found no data set for the training split, expected train-images-idx3-ubyte and "
        "train-labels-idx1-ubyte, or mnist_train.csv, or train.csv, each plain or with .gz");
    ck_assert_ptr_null(dataset);
}
END_TEST

START_TEST(directory_must_be_one)
{
    gemlet_dataset *dataset;
    const char *path = temporary_path("missing");
    expect_failure(gemlet_dataset_load_directory(&dataset, path, GEMLET_SPLIT_TEST), GEMLET_E_IO,
                   path, "found no such directory");
    path = temporary_file("file", "", 0);
    expect_failure(gemlet_dataset_load_directory(&dataset, path, GEMLET_SPLIT_TEST), GEMLET_E_IO,
                   path, "found a file, expected a directory");
    path = temporary_path("pipe");
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    expect_failure(gemlet_dataset_load_directory(&dataset, path, GEMLET_SPLIT_TEST), GEMLET_E_IO,
                   path, "found no directory, expected a directory");
}
END_TEST

/* One item of one feature, and a label. */
static const unsigned char one_image[] = {0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 9};
static unsigned char one_label[] = {0, 0, 8, 1, 0, 0, 0, 1, 3};

START_TEST(validation_is_a_split_of_its_own)
{
    gemlet_dataset *dataset;
    temporary_file("mnist_train.csv", "1,2\n", 4);
    temporary_file("mnist_test.csv", "2,2\n", 4);
    temporary_file("other_val.csv", "4,2\n", 4);
    expect_one_row(GEMLET_SPLIT_TRAIN, 1);
    /* Rows of another data set stand in for none. */
    expect_failure(
        gemlet_dataset_load_directory(&dataset, temporary_directory(), GEMLET_SPLIT_VALIDATION),
        GEMLET_E_IO, temporary_directory(),
        "found no data set for the validation split, expected validation-images-idx3-ubyte and "
        "validation-labels-idx1-ubyte, or mnist_validation.csv, or validation.csv");
    temporary_file("val.csv", "5,2\n", 4);
    expect_one_row(GEMLET_SPLIT_VALIDATION, 5);
    temporary_file("mnist_valid.csv", "6,2\n", 4);
    expect_one_row(GEMLET_SPLIT_VALIDATION, 6);
    expect_one_row(GEMLET_SPLIT_TEST, 2);
    temporary_file("validation-images-idx3-ubyte", one_image, sizeof one_image);
    temporary_gzip("validation-labels-idx1-ubyte.gz", one_label, sizeof one_label);
    expect_one_row(GEMLET_SPLIT_VALIDATION, 3);
    ck_assert_int_eq(gm_dataset_directory_reads(temporary_directory(), temporary_path("val.csv")),
                     0);
    ck_assert_int_eq(gm_dataset_directory_reads(temporary_directory(),
                                                temporary_path("validation-images-idx3-ubyte")),
                     1);
}
END_TEST

START_TEST(validation_names_no_data_set_for_others)
{
    temporary_file("a_train.csv", "1,2\n", 4);
    temporary_file("b_validation.csv", "2,2\n", 4);
    expect_one_row(GEMLET_SPLIT_TRAIN, 1);
    gemlet_dataset *dataset;
    expect_failure(
        gemlet_dataset_load_directory(&dataset, temporary_directory(), GEMLET_SPLIT_VALIDATION),
        GEMLET_E_FORMAT, temporary_directory(), "found several data sets, 'a' and 'b'");
}
END_TEST

static void expect_file(const char *path, uint32_t label)
{
    gemlet_dataset *dataset;
    ck_assert_msg(gm_dataset_load_file(&dataset, path) == GEMLET_OK, "%s", gemlet_last_error());
    ck_assert_uint_eq(gemlet_dataset_features(dataset), 1);
    ck_assert_uint_eq(gemlet_dataset_labels(dataset)[0], label);
    gemlet_dataset_destroy(dataset);
}

START_TEST(a_file_brings_its_labels)
{
    gemlet_dataset *dataset;
    expect_file(temporary_file("any-name", "label,a\n7,2\n", 12), 7);
    expect_file(temporary_gzip("t10k-images", "8,2\n", 4), 8);
    const char *items = temporary_file("mine-val-images-idx3-ubyte", one_image, sizeof one_image);
    expect_failure(gm_dataset_load_file(&dataset, items), GEMLET_E_IO, temporary_directory(),
                   "no labels, expected mine-validation-labels-idx1-ubyte");
    ck_assert_ptr_null(dataset);
    temporary_file("mine-val-labels-idx1-ubyte", one_label, sizeof one_label);
    expect_file(items, 3);
    ck_assert_int_eq(chdir(temporary_directory()), 0);
    expect_file("mine-val-images-idx3-ubyte", 3);
    const char *odd = temporary_file("odd", one_image, sizeof one_image);
    expect_failure(gm_dataset_load_file(&dataset, odd), GEMLET_E_IO, odd,
                   "found items without labels, expected a name such as "
                   "validation-images-idx3-ubyte");
    expect_failure(gm_dataset_load_file(&dataset, temporary_path("none")), GEMLET_E_IO, "none", "");
}
END_TEST

/* rows % share of the classes 0, 1 and 2; class 3 once, in row 0. */
static gemlet_dataset *create_uneven(gemlet_dim rows)
{
    float *values = malloc(rows * sizeof *values);
    uint32_t *labels = malloc(rows * sizeof *labels);
    for (gemlet_dim i = 0; i < rows; ++i) {
        values[i] = (float)i;
        labels[i] = i == 0 ? 3 : i % 10 < 6 ? 0 : i % 10 < 9 ? 1 : 2;
    }
    gemlet_dataset *dataset;
    ck_assert_int_eq(gemlet_dataset_create(&dataset, rows, 1, GEMLET_ELEMENT_F32, values, labels),
                     GEMLET_OK);
    free(values);
    free(labels);
    return dataset;
}

static void count_classes(gemlet_dim counts[4], const gemlet_dataset *dataset)
{
    memset(counts, 0, 4 * sizeof counts[0]);
    for (gemlet_dim i = 0; i < gemlet_dataset_rows(dataset); ++i)
        ++counts[gemlet_dataset_labels(dataset)[i]];
}

START_TEST(stratified_parts_have_the_shares_of_the_whole)
{
    static const struct {
        gemlet_dim n_rows;
        gemlet_dim counts[4];
    } cases[] = {
        /* of 100 rows: 59, 30, 10, 1 */
        {1, {1, 0, 0, 0}},    {2, {1, 1, 0, 0}},    {10, {6, 3, 1, 0}},
        {50, {30, 15, 5, 0}}, {97, {58, 29, 9, 1}}, {99, {58, 30, 10, 1}},
    };
    gemlet_dataset *dataset = create_uneven(100);
    gemlet_dataset *rest;
    gemlet_dataset *held_out;
    gemlet_dim counts[4];
    gemlet_dim left[4];
    ck_assert_int_eq(
        gemlet_dataset_hold_out_stratified(&rest, &held_out, dataset, cases[_i].n_rows, 5),
        GEMLET_OK);
    count_classes(counts, held_out);
    count_classes(left, rest);
    ck_assert_uint_eq(gemlet_dataset_rows(held_out), cases[_i].n_rows);
    ck_assert_mem_eq(counts, cases[_i].counts, sizeof counts);
    static const gemlet_dim whole[4] = {59, 30, 10, 1};
    for (unsigned c = 0; c < 4; ++c)
        ck_assert_uint_eq(counts[c] + left[c], whole[c]);
    ck_assert_uint_eq(gemlet_dataset_classes(rest), 4);
    gemlet_dataset_destroy(held_out);
    gemlet_dataset_destroy(rest);
    gemlet_dataset_destroy(dataset);
}
END_TEST

START_TEST(stratified_rows_follow_from_the_seed)
{
    uint32_t crcs[3];
    gemlet_dataset *dataset = create_uneven(1000);
    for (uint64_t seed = 0; seed < 3; ++seed) {
        gemlet_dataset *rest;
        gemlet_dataset *held_out;
        ck_assert_int_eq(
            gemlet_dataset_hold_out_stratified(&rest, &held_out, dataset, 100, seed / 2),
            GEMLET_OK);
        crcs[seed] = gemlet_dataset_crc32(held_out);
        gemlet_dataset_destroy(held_out);
        gemlet_dataset_destroy(rest);
    }
    ck_assert_uint_eq(crcs[0], crcs[1]);
    ck_assert_uint_ne(crcs[0], crcs[2]);
    gemlet_dataset_destroy(dataset);
}
END_TEST

/* Each row is in one fold; folds, and the rows of each class in them, differ by one row at most. */
START_TEST(folds_are_alike)
{
    enum {
        N = 103,
        FOLDS = 4
    };
    uint32_t labels[N];
    unsigned char values[N];
    unsigned n_in[N] = {0};
    gemlet_dim counts[FOLDS][3] = {{0}};
    gemlet_dataset *dataset;
    for (unsigned i = 0; i < N; ++i) {
        labels[i] = i % 10 == 0 ? 0 : 1 + i % 2;
        values[i] = (unsigned char)i;
    }
    ck_assert_int_eq(
        gemlet_dataset_create(&dataset, N, 1, GEMLET_ELEMENT_U8, values, _i == 0 ? labels : NULL),
        GEMLET_OK);
    for (gemlet_dim f = 0; f < FOLDS; ++f) {
        gemlet_dataset *rest;
        gemlet_dataset *fold;
        gemlet_dim *numbers;
        ck_assert_int_eq(gemlet_dataset_take_fold(&rest, &fold, &numbers, dataset, FOLDS, f, 7),
                         GEMLET_OK);
        const gemlet_dim n = gemlet_dataset_rows(fold);
        ck_assert_uint_ge(n, N / FOLDS);
        ck_assert_uint_le(n, N / FOLDS + 1);
        ck_assert_uint_eq(gemlet_dataset_rows(rest), N - n);
        for (gemlet_dim i = 0; i < n; ++i) {
            ck_assert_uint_eq(((const unsigned char *)gemlet_dataset_values(fold))[i], numbers[i]);
            ck_assert(i == 0 || numbers[i] > numbers[i - 1]);
            ++n_in[numbers[i]];
            ++counts[f][labels[numbers[i]]];
        }
        free(numbers);
        gemlet_dataset_destroy(fold);
        gemlet_dataset_destroy(rest);
    }
    for (unsigned i = 0; i < N; ++i)
        ck_assert_uint_eq(n_in[i], 1);
    for (unsigned c = 0; c < 3 && _i == 0; ++c) {
        for (unsigned f = 1; f < FOLDS; ++f)
            ck_assert_int_le(abs((int)counts[f][c] - (int)counts[0][c]), 1);
    }
    gemlet_dataset_destroy(dataset);
}
END_TEST

START_TEST(impossible_folds)
{
    static const gemlet_dim cases[][2] = {{1, 0}, {5, 0}, {3, 3}};
    const unsigned char values[4] = {1, 2, 3, 4};
    gemlet_dataset *dataset;
    gemlet_dataset *rest;
    gemlet_dataset *fold;
    ck_assert_int_eq(gemlet_dataset_create(&dataset, 4, 1, GEMLET_ELEMENT_U8, values, NULL),
                     GEMLET_OK);
    for (unsigned i = 0; i < 3; ++i) {
        ck_assert_int_eq(
            gemlet_dataset_take_fold(&rest, &fold, NULL, dataset, cases[i][0], cases[i][1], 1),
            GEMLET_E_RANGE);
        ck_assert_ptr_null(rest);
        ck_assert_ptr_null(fold);
    }
    gemlet_dataset_destroy(dataset);
}
END_TEST

START_TEST(stratified_without_labels_is_random)
{
    const float values[10] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    gemlet_dataset *dataset;
    ck_assert_int_eq(gemlet_dataset_create(&dataset, 10, 1, GEMLET_ELEMENT_F32, values, NULL),
                     GEMLET_OK);
    gemlet_dataset *parts[4];
    ck_assert_int_eq(gemlet_dataset_hold_out(&parts[0], &parts[1], dataset, 4, 2), GEMLET_OK);
    ck_assert_int_eq(gemlet_dataset_hold_out_stratified(&parts[2], &parts[3], dataset, 4, 2),
                     GEMLET_OK);
    ck_assert_uint_eq(gemlet_dataset_crc32(parts[1]), gemlet_dataset_crc32(parts[3]));
    for (unsigned i = 0; i < 4; ++i)
        gemlet_dataset_destroy(parts[i]);
    gemlet_dataset_destroy(dataset);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("dataset");
    TCase *tests = tcase_create("dataset");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, NULL, temporary_remove);
    tcase_add_test(tests, copies_what_it_is_given);
    tcase_add_test(tests, refuses_what_it_cannot_hold);
    tcase_add_loop_test(tests, hold_out_is_disjoint_and_complete, 0, 4);
    tcase_add_test(tests, hold_out_depends_on_the_seed_alone);
    tcase_add_test(tests, hold_out_refuses_all_or_nothing);
    tcase_add_test(tests, validation_is_a_split_of_its_own);
    tcase_add_test(tests, validation_names_no_data_set_for_others);
    tcase_add_test(tests, a_file_brings_its_labels);
    tcase_add_loop_test(tests, stratified_parts_have_the_shares_of_the_whole, 0, 6);
    tcase_add_test(tests, stratified_rows_follow_from_the_seed);
    tcase_add_test(tests, stratified_without_labels_is_random);
    tcase_add_loop_test(tests, folds_are_alike, 0, 2);
    tcase_add_test(tests, impossible_folds);
    tcase_add_test(tests, item_dims_keep_the_features);
    tcase_add_test(tests, crc32_covers_values_and_labels);
    tcase_add_loop_test(tests, loads_the_mnist_directory, 0, 2);
    tcase_add_test(tests, directory_prefers_idx_to_csv);
    tcase_add_test(tests, directory_must_be_one);
    suite_add_tcase(suite, tests);
    return suite;
}

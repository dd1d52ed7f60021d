/* SPDX-License-Identifier: MIT
 * CSV files: what counts as one, every way a line can be wrong, and the real MNIST there and back.
 */
#include <check.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data_files.h"
#include "support/run_suite.h"
#include "support/temporary.h"

#define TEST_IMAGES   "mnist/t10k-images-idx3-ubyte.gz"
#define TEST_LABELS   "mnist/t10k-labels-idx1-ubyte.gz"

#define SEVEN_TIMES_X "xxxxxxx"

static const char *text_file(const char *name, const char *text)
{
    return temporary_file(name, text, strlen(text));
}

/* Two rows of two features with labels 7 and 0, in many spellings. */
static const struct {
    const char *text;
    float values[4];
    gemlet_element element;
} accepted[] = {
    {"7,1,2\n0,254,255\n", {1, 2, 254, 255}, GEMLET_ELEMENT_U8},
    {"7,1,2\n0,254,255", {1, 2, 254, 255}, GEMLET_ELEMENT_U8},
    {"7,1,2\r\n0,254,255\r\n", {1, 2, 254, 255}, GEMLET_ELEMENT_U8},
    {"7,1,2\r0,254,255\r", {1, 2, 254, 255}, GEMLET_ELEMENT_U8},
    {"\n \n7,1,2\n\n\n0,254,255\n\n", {1, 2, 254, 255}, GEMLET_ELEMENT_U8},
    {"\xEF\xBB\xBF"
     "7,1,2\n0,254,255\n",
     {1, 2, 254, 255},
     GEMLET_ELEMENT_U8},
    {"\xEF\xBB\xBFlabel,a,b\n7,1,2\n0,254,255\n", {1, 2, 254, 255}, GEMLET_ELEMENT_U8},
    {"label,1x1,1x2\n7,1,2\n0,254,255\n", {1, 2, 254, 255}, GEMLET_ELEMENT_U8},
    {"label,1,2\n7,1,2\n0,254,255\n", {1, 2, 254, 255}, GEMLET_ELEMENT_U8},
    {",a,\n7,1,2\n0,254,255\n", {1, 2, 254, 255}, GEMLET_ELEMENT_U8},
    {"\"la,bel\",\"a\"\"b\",\"c\nd\"\n7,1,2\n0,254,255\n", {1, 2, 254, 255}, GEMLET_ELEMENT_U8},
    {"\"7\",\"1\",\"2\"\n\"0\",254,\"255\"\n", {1, 2, 254, 255}, GEMLET_ELEMENT_U8},
    {" 7 ,\t1, 2\n0 ,254 ,255 \n", {1, 2, 254, 255}, GEMLET_ELEMENT_U8},
    {"7.0,1.,2.00\n0e5,2.54e2,0255\n", {1, 2, 254, 255}, GEMLET_ELEMENT_U8},
    {"7,1,2\n0,254,256\n", {1, 2, 254, 256}, GEMLET_ELEMENT_F32},
    {"7,1,2\n0,-1,255\n", {1, 2, -1, 255}, GEMLET_ELEMENT_F32},
    {"7,1,2\n0,.5,+255\n", {1, 2, 0.5f, 255}, GEMLET_ELEMENT_F32},
    {"7,-0.25,1e-45\n0,3.4028234663852886e38,123456\n",
     {-0.25f, 0x1p-149f, 0x1.fffffep127f, 123456},
     GEMLET_ELEMENT_F32},
};

static void expect_accepted(const char *path, int i)
{
    gemlet_dataset *dataset;
    const gemlet_status status = gemlet_dataset_load_csv(&dataset, path, GEMLET_LABELS_FIRST);
    ck_assert_msg(status == GEMLET_OK, "%s", status == GEMLET_OK ? "" : gemlet_last_error());
    ck_assert_uint_eq(gemlet_dataset_rows(dataset), 2);
    ck_assert_uint_eq(gemlet_dataset_features(dataset), 2);
    ck_assert_uint_eq(gemlet_dataset_classes(dataset), 8);
    ck_assert_int_eq(gemlet_dataset_element(dataset), accepted[i].element);
    gemlet_dataset *expected;
    const uint32_t labels[] = {7, 0};
    ck_assert_int_eq(
        gemlet_dataset_create(&expected, 2, 2, GEMLET_ELEMENT_F32, accepted[i].values, labels),
        GEMLET_OK);
    expect_same_content(dataset, expected);
    gemlet_dataset_destroy(expected);
    gemlet_dataset_destroy(dataset);
}

START_TEST(reads)
{
    const char *text = accepted[_i].text;
    expect_accepted(text_file("plain.csv", text), _i);
    expect_accepted(temporary_gzip("packed.csv.gz", text, strlen(text)), _i);
}
END_TEST

START_TEST(reads_without_labels)
{
    gemlet_dataset *dataset;
    const char *path = text_file("features.csv", "1.5\n70000\n");
    ck_assert_int_eq(gemlet_dataset_load_csv(&dataset, path, GEMLET_LABELS_NONE), GEMLET_OK);
    ck_assert_uint_eq(gemlet_dataset_rows(dataset), 2);
    ck_assert_uint_eq(gemlet_dataset_features(dataset), 1);
    ck_assert_uint_eq(gemlet_dataset_classes(dataset), 0);
    ck_assert_ptr_null(gemlet_dataset_labels(dataset));
    static const float expected[] = {1.5f, 70000};
    ck_assert_mem_eq(gemlet_dataset_values(dataset), expected, sizeof expected);
    gemlet_dataset_destroy(dataset);
}
END_TEST

static const struct {
    const char *text;
    const char *part;
} hostile[] = {
    {"", "empty file, expected rows"},
    {"\n\r\n \n", "empty file, expected rows"},
    {"label,a,b\n", "found no rows after the header in line 1"},
    {"\nlabel,a,b", "found no rows after the header in line 2"},
    {"1,2,3\n1,2\n", "line 2: found 2 columns, expected 3 as in line 1"},
    {"\n1,2,3\n\n1,2,3,4,5\n", "line 4: found 5 columns, expected 3 as in line 2"},
    {"label,a\r\n1,2\r\n1,2,3\r\n", "line 3: found 3 columns, expected 2 as in line 1"},
    {"1,2\r1,2\r1\r", "line 3: found 1 columns, expected 2 as in line 1"},
    {"1,2\n3,four\n", "line 2, column 2: found 'four', expected a finite number"},
    {"1,2,3\n3,,4\n", "line 2, column 2: found '', expected a finite number"},
    {"1,2\n3,\n", "line 2, column 2: found '', expected a finite number"},
    {"1,2\n3,\"\"\n", "line 2, column 2: found '', expected a finite number"},
    {",2\n3,4\n", "line 1, column 1: found '', expected a finite number"},
    {",,\n", "line 1, column 1: found '', expected a finite number"},
    {"1,two\n3,4\n", "line 1, column 2: found 'two', expected a finite number"},
    {"1,nan\n", "line 1, column 2: found 'nan', expected a finite number"},
    {"nan,1\n", "line 1, column 1: found 'nan', expected a label"},
    {"1,2\n1,-Infinity\n", "line 2, column 2: found '-Infinity', expected a finite number"},
    {"1,2\n1,1e999\n", "line 2, column 2: found '1e999', expected a finite number"},
    {"1,2\n1,-1e39\n", "found '-1e39', expected a number in the range of a float"},
    {"1,2\n1,0x10\n", "line 2, column 2: found '0x10', expected a finite number"},
    {"1,2\n1,5 6\n", "line 2, column 2: found '5 6', expected a finite number"},
    {"1,2\n1,5.5.5\n", "line 2, column 2: found '5.5.5', expected a finite number"},
    {"1,2\n1,1e\n", "line 2, column 2: found '1e', expected a finite number"},
    {"1,2\n1,.\n", "line 2, column 2: found '.', expected a finite number"},
    {"1,2\n1,\xC3\xA9\x1b\n", "line 2, column 2: found '?\?\?', expected a finite number"},
    {"1,2\n1,\"a\nb\"\n", "line 3, column 2: found 'a?b', expected a finite number"},
    {"1,2\n1," SEVEN_TIMES_X SEVEN_TIMES_X SEVEN_TIMES_X SEVEN_TIMES_X SEVEN_TIMES_X "yyyyyyy\n",
     "found '" SEVEN_TIMES_X SEVEN_TIMES_X SEVEN_TIMES_X SEVEN_TIMES_X SEVEN_TIMES_X
     "yy...', expected"},
    {"1.5,2\n", "line 1, column 1: found '1.5', expected a label, a whole number from 0 to 65535"},
    {"1,2\n-1,2\n", "line 2, column 1: found '-1', expected a label"},
    {"1,2\n65536,2\n", "line 2, column 1: found '65536', expected a label"},
    {"1,2\n1e9,2\n", "line 2, column 1: found '1e9', expected a label"},
    {"1,2\n,2\n", "line 2, column 1: found '', expected a label"},
    {"1\n2\n", "line 1: found 1 column, expected a label and at least one feature"},
    {"1;2,5\n1;2,5\n", "line 2, column 1: found '1;2', expected a label"},
    {"1,2\n1,\"2\n3,4\n", "found a stray or missing quote"},
    {"1,2\n1,2\"3\n", "line 2, column 2: found a stray or missing quote"},
    {"1,2\n1,\"2\"3\n", "line 2, column 2: found a stray or missing quote"},
};

START_TEST(refuses)
{
    gemlet_dataset *dataset = (gemlet_dataset *)1;
    const char *path = text_file("bad.csv", hostile[_i].text);
    expect_failure(gemlet_dataset_load_csv(&dataset, path, GEMLET_LABELS_FIRST), GEMLET_E_FORMAT,
                   path, hostile[_i].part);
    ck_assert_ptr_null(dataset);
}
END_TEST

START_TEST(refuses_far_into_a_file)
{
    /* Beyond the first chunk that is read, after the values turned from bytes into floats. */
    enum {
        N_LINES = 40000
    };
    char *text = malloc((size_t)N_LINES * 32);
    ck_assert_ptr_nonnull(text);
    size_t length = 0;
    for (int line = 1; line <= N_LINES; ++line)
        length += (size_t)sprintf(text + length, "%d,%s,200\r\n", line % 10,
                                  line == 30001   ? "oops"
                                  : line == 20000 ? "1.5"
                                                  : "17");
    const char *path = temporary_file("long.csv", text, length);
    gemlet_dataset *dataset;
    expect_failure(gemlet_dataset_load_csv(&dataset, path, GEMLET_LABELS_FIRST), GEMLET_E_FORMAT,
                   path, "line 30001, column 2: found 'oops'");
    free(text);
}
END_TEST

START_TEST(refuses_bytes_that_are_no_text)
{
    gemlet_dataset *dataset;
    const char *path = temporary_file("zero.csv", "1,2\n3,4\0005\n", 11);
    expect_failure(gemlet_dataset_load_csv(&dataset, path, GEMLET_LABELS_FIRST), GEMLET_E_FORMAT,
                   path, "line 2, column 2: found '4?5', expected a finite number");
    static char endless[1 << 20] = "1,2\n1,";
    memset(endless + 6, '1', sizeof endless - 6);
    path = temporary_file("endless.csv", endless, sizeof endless);
    expect_failure(gemlet_dataset_load_csv(&dataset, path, GEMLET_LABELS_FIRST), GEMLET_E_FORMAT,
                   path, "line 2, column 2: found a field of 4096 bytes or more");
}
END_TEST

START_TEST(refuses_broken_files)
{
    gemlet_dataset *dataset;
    const char *path = temporary_path("missing.csv");
    expect_failure(gemlet_dataset_load_csv(&dataset, path, GEMLET_LABELS_FIRST), GEMLET_E_IO, path,
                   "cannot open");
    expect_failure(gemlet_dataset_load_csv(&dataset, temporary_directory(), GEMLET_LABELS_FIRST),
                   GEMLET_E_IO, temporary_directory(), "found a directory");
    static const char text[] = "1,2\n3,4\n";
    const char *whole = temporary_gzip("whole.csv.gz", text, sizeof text - 1);
    FILE *file = fopen(whole, "rb");
    unsigned char packed[128];
    const size_t n_bytes = fread(packed, 1, sizeof packed, file);
    fclose(file);
    path = temporary_file("cut.csv.gz", packed, n_bytes - 5);
    expect_failure(gemlet_dataset_load_csv(&dataset, path, GEMLET_LABELS_FIRST), GEMLET_E_FORMAT,
                   path, "truncated gzip file");
    packed[n_bytes - 6] ^= 1;
    path = temporary_file("sum.csv.gz", packed, n_bytes);
    expect_failure(gemlet_dataset_load_csv(&dataset, path, GEMLET_LABELS_FIRST), GEMLET_E_FORMAT,
                   path, "corrupt gzip data");
}
END_TEST

START_TEST(numbers_do_not_depend_on_the_locale)
{
    /* Any installed locale with a decimal comma will do; without one, this is the C locale. */
    static const char *const names[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE", "fr_FR"};
    for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
        if (setlocale(LC_ALL, names[i]) != NULL)
            break;
    }
    gemlet_dataset *dataset;
    gemlet_dataset *copy;
    const char *path = text_file("point.csv", "1,0.5\n");
    ck_assert_int_eq(gemlet_dataset_load_csv(&dataset, path, GEMLET_LABELS_FIRST), GEMLET_OK);
    ck_assert(*(const float *)gemlet_dataset_values(dataset) == 0.5f);
    const char *saved = temporary_path("saved.csv");
    ck_assert_int_eq(gemlet_dataset_save_csv(dataset, saved), GEMLET_OK);
    ck_assert_int_eq(gemlet_dataset_load_csv(&copy, saved, GEMLET_LABELS_FIRST), GEMLET_OK);
    expect_same_content(dataset, copy);
    gemlet_dataset_destroy(copy);
    gemlet_dataset_destroy(dataset);
}
END_TEST

START_TEST(writes)
{
    static const float values[] = {0.1f, -0x1.fffffep127f, 0x1p-149f, 3};
    static const uint32_t labels[] = {65535, 0};
    static const char expected[] = "65535,0.100000001,-3.40282347e+38\n0,1.40129846e-45,3\n";
    gemlet_dataset *dataset;
    gemlet_dataset *copy;
    ck_assert_int_eq(gemlet_dataset_create(&dataset, 2, 2, GEMLET_ELEMENT_F32, values, labels),
                     GEMLET_OK);
    const char *path = temporary_path("floats.csv");
    ck_assert_int_eq(gemlet_dataset_save_csv(dataset, path), GEMLET_OK);
    size_t n_bytes;
    unsigned char *text = read_content(path, &n_bytes);
    ck_assert_uint_eq(n_bytes, sizeof expected - 1);
    ck_assert_mem_eq(text, expected, n_bytes);
    ck_assert_int_eq(gemlet_dataset_load_csv(&copy, path, GEMLET_LABELS_FIRST), GEMLET_OK);
    ck_assert_mem_eq(gemlet_dataset_values(copy), values, sizeof values);
    ck_assert_mem_eq(gemlet_dataset_labels(copy), labels, sizeof labels);
    gemlet_dataset_destroy(copy);
    gemlet_dataset_destroy(dataset);
    free(text);
}
END_TEST

START_TEST(failed_save_leaves_nothing)
{
    const unsigned char value = 1;
    gemlet_dataset *dataset;
    ck_assert_int_eq(gemlet_dataset_create(&dataset, 1, 1, GEMLET_ELEMENT_U8, &value, NULL),
                     GEMLET_OK);
    const char *path = temporary_path("no-such-directory/out.csv.gz");
    expect_failure(gemlet_dataset_save_csv(dataset, path), GEMLET_E_IO, path, "cannot create");
    gemlet_dataset_destroy(dataset);
}
END_TEST

static void expect_equal_files(const char *a, const char *b)
{
    size_t n_a;
    size_t n_b;
    unsigned char *bytes_a = read_content(a, &n_a);
    unsigned char *bytes_b = read_content(b, &n_b);
    ck_assert_uint_eq(n_a, n_b);
    ck_assert(memcmp(bytes_a, bytes_b, n_a) == 0);
    free(bytes_a);
    free(bytes_b);
}

START_TEST(mnist_survives_the_way_through_csv)
{
    static const gemlet_dim dims[] = {28, 28};
    const char *const csv_path = temporary_path(_i == 0 ? "mnist_test.csv" : "mnist_test.csv.gz");
    gemlet_dataset *original;
    gemlet_dataset *dataset;
    ck_assert_int_eq(
        gemlet_dataset_load_idx(&original, data_path(TEST_IMAGES), data_path(TEST_LABELS)),
        GEMLET_OK);
    ck_assert_int_eq(gemlet_dataset_save_csv(original, csv_path), GEMLET_OK);
    ck_assert_int_eq(gemlet_dataset_load_csv(&dataset, csv_path, GEMLET_LABELS_FIRST), GEMLET_OK);
    ck_assert_int_eq(gemlet_dataset_element(dataset), GEMLET_ELEMENT_U8);
    ck_assert_uint_eq(gemlet_dataset_crc32(dataset), gemlet_dataset_crc32(original));
    ck_assert_int_eq(gemlet_dataset_set_item_dims(dataset, dims, 2), GEMLET_OK);
    const char *images = temporary_path("images");
    const char *labels = temporary_path("labels");
    ck_assert_int_eq(gemlet_dataset_save_idx(dataset, images, labels), GEMLET_OK);
    expect_equal_files(images, data_path(TEST_IMAGES));
    expect_equal_files(labels, data_path(TEST_LABELS));
    gemlet_dataset_destroy(dataset);
    gemlet_dataset_destroy(original);
}
END_TEST

static void replay(const char *path, int is_ok, int is_bad)
{
    gemlet_dataset *dataset;
    gemlet_dataset *copy;
    const gemlet_status status = gemlet_dataset_load_csv(&dataset, path, GEMLET_LABELS_FIRST);
    ck_assert_msg(!is_ok || status == GEMLET_OK, "%s: %s", path, gemlet_last_error());
    ck_assert_msg(!is_bad || status != GEMLET_OK, "%s: was read", path);
    if (status == GEMLET_OK) {
        const char *saved = temporary_path("saved.csv");
        ck_assert_int_eq(gemlet_dataset_save_csv(dataset, saved), GEMLET_OK);
        ck_assert_int_eq(gemlet_dataset_load_csv(&copy, saved, GEMLET_LABELS_FIRST), GEMLET_OK);
        expect_same_content(dataset, copy);
        gemlet_dataset_destroy(copy);
    }
    gemlet_dataset_destroy(dataset);
    /* Read as features only: whatever comes of it, it is a status. */
    if (gemlet_dataset_load_csv(&dataset, path, GEMLET_LABELS_NONE) == GEMLET_OK)
        gemlet_dataset_destroy(dataset);
}

START_TEST(replays_corpus)
{
    replay_corpus("csv", replay);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("csv");
    TCase *tests = tcase_create("csv");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, NULL, temporary_remove);
    tcase_add_loop_test(tests, reads, 0, sizeof accepted / sizeof *accepted);
    tcase_add_test(tests, reads_without_labels);
    tcase_add_loop_test(tests, refuses, 0, sizeof hostile / sizeof *hostile);
    tcase_add_test(tests, refuses_far_into_a_file);
    tcase_add_test(tests, refuses_bytes_that_are_no_text);
    tcase_add_test(tests, refuses_broken_files);
    tcase_add_test(tests, numbers_do_not_depend_on_the_locale);
    tcase_add_test(tests, writes);
    tcase_add_test(tests, failed_save_leaves_nothing);
    tcase_add_loop_test(tests, mnist_survives_the_way_through_csv, 0, 2);
    tcase_add_test(tests, replays_corpus);
    suite_add_tcase(suite, tests);
    return suite;
}

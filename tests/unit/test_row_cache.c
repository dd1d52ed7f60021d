/* SPDX-License-Identifier: MIT
 * Copies of CSV files that memory has no room for: the same rows as those read into memory, made
 * once, and made again when the file or the copy is not what it was. */
#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/rng.h"
#include "data/csv.h"
#include "data/rows.h"
#include "data_files.h"
#include "support/run_suite.h"
#include "support/temporary.h"

#define N_ROWS     3000u
#define N_FEATURES 100u
#define LIMIT      200000u /* bytes of memory: less than the values take, even as bytes */

static char cache[256];
static char rows_directory[256];

static void set_up(void)
{
    snprintf(cache, sizeof cache, "%s", temporary_path("cache"));
    snprintf(rows_directory, sizeof rows_directory, "%s", temporary_path("cache/rows"));
}

/* A table of labels and values, of which those before value first_float are bytes. */
static char *make_table(size_t first_float)
{
    char *text = malloc(N_ROWS * (N_FEATURES + 1) * 12);
    size_t length = 0;
    gm_rng rng;
    gm_rng_init(&rng, 3, GM_RNG_TEST, 0);
    for (size_t row = 0; row < N_ROWS; ++row) {
        length += (size_t)sprintf(text + length, "%zu", row * row % 7);
        for (size_t i = row * N_FEATURES; i < (row + 1) * N_FEATURES; ++i)
            length += i < first_float
                          ? (size_t)sprintf(text + length, ",%u", gm_rng_below(&rng, 256))
                          : (size_t)sprintf(text + length, ",%.6g", gm_rng_normal(&rng));
        text[length++] = '\n';
    }
    char *path = strdup(temporary_file("table.csv", text, length));
    free(text);
    return path;
}

static gemlet_dataset *load(const char *path, int in_file)
{
    gemlet_dataset *dataset;
    ck_assert_int_eq(gemlet_dataset_allow_files(in_file, cache), GEMLET_OK);
    gemlet_memory_limit_set(in_file ? LIMIT : 0);
    ck_assert_msg(gemlet_dataset_load_csv(&dataset, path, GEMLET_LABELS_FIRST) == GEMLET_OK, "%s",
                  gemlet_last_error());
    gemlet_memory_limit_set(0);
    ck_assert_int_eq(gemlet_dataset_values(dataset) == NULL, in_file);
    return dataset;
}

static void expect_same(const char *path)
{
    gemlet_dataset *stored = load(path, 1);
    gemlet_dataset *loaded = load(path, 0);
    const size_t n_bytes = N_ROWS * gm_rows_size(loaded);
    unsigned char *values = malloc(n_bytes);
    ck_assert_int_eq(gemlet_dataset_element(stored), gemlet_dataset_element(loaded));
    ck_assert_uint_eq(gemlet_dataset_rows(stored), N_ROWS);
    ck_assert_uint_eq(gemlet_dataset_features(stored), N_FEATURES);
    ck_assert_uint_eq(gemlet_dataset_classes(stored), gemlet_dataset_classes(loaded));
    ck_assert_uint_eq(gemlet_dataset_crc32(stored), gemlet_dataset_crc32(loaded));
    ck_assert_mem_eq(gemlet_dataset_labels(stored), gemlet_dataset_labels(loaded), N_ROWS * 4);
    ck_assert_int_eq(gm_rows_read(stored, 0, N_ROWS, values), GEMLET_OK);
    ck_assert_mem_eq(values, gemlet_dataset_values(loaded), n_bytes);
    free(values);
    gemlet_dataset_destroy(stored);
    gemlet_dataset_destroy(loaded);
}

/* The file in the directory of the copies whose name ends so; their number is the result. */
static unsigned find_copies(char path[512], const char *ending)
{
    unsigned n = 0;
    DIR *directory = opendir(rows_directory);
    for (struct dirent *entry = NULL; directory != NULL && (entry = readdir(directory)) != NULL;) {
        const char *end = strrchr(entry->d_name, '.');
        if (end == NULL || strcmp(end, ending) != 0)
            continue;
        snprintf(path, 512, "%s/%s", rows_directory, entry->d_name);
        ++n;
    }
    if (directory != NULL)
        closedir(directory);
    return n;
}

/* Which file it is: another after it was written anew. */
static ino_t number_of(const char *path)
{
    struct stat info;
    ck_assert_int_eq(stat(path, &info), 0);
    return info.st_ino;
}

/* ---- content -------------------------------------------------------------------------------- */

static const size_t first_floats[] = {
    0,                      /* floats */
    N_ROWS *N_FEATURES,     /* bytes */
    40000,                  /* floats found while memory holds the bytes, but not as floats */
    120000,                 /* behind the first bytes in the copy */
    N_ROWS *N_FEATURES - 1, /* the last value of all */
};

START_TEST(copy_holds_the_rows)
{
    char *path = make_table(first_floats[_i]);
    char copy[512];
    struct stat info;
    expect_same(path);
    ck_assert_uint_eq(find_copies(copy, ".idx"), 1);
    const ino_t number = number_of(copy);
    ck_assert_int_eq(stat(copy, &info), 0);
    ck_assert_int_eq(info.st_mode & 0777, 0600);
    ck_assert_int_eq(stat(rows_directory, &info), 0);
    ck_assert_int_eq(info.st_mode & 0777, 0700);
    /* It is an IDX file like others. */
    gemlet_dataset *as_idx;
    ck_assert_int_eq(gemlet_dataset_load_idx(&as_idx, copy, NULL), GEMLET_OK);
    ck_assert_uint_eq(gemlet_dataset_rows(as_idx), N_ROWS);
    gemlet_dataset_destroy(as_idx);
    /* And used again. */
    expect_same(path);
    ck_assert_uint_eq(find_copies(copy, ".idx"), 1);
    ck_assert_uint_eq(number_of(copy), number);
    ck_assert_uint_eq(find_copies(copy, ".tmp"), 0);
    free(path);
}
END_TEST

START_TEST(rows_for_a_model)
{
    char *path = make_table(0);
    gm_input input;
    gemlet_dataset *dataset;
    for (unsigned i = 0; i < 2; ++i) { /* made, then found */
        ck_assert_int_eq(gemlet_dataset_allow_files(1, cache), GEMLET_OK);
        gemlet_memory_limit_set(LIMIT);
        ck_assert_int_eq(gm_input_open(&input, path), GEMLET_OK);
        ck_assert_int_eq(gm_csv_read_features(&dataset, &input, N_FEATURES), GEMLET_OK);
        gm_input_close(&input);
        ck_assert_ptr_null(gemlet_dataset_values(dataset));
        ck_assert_uint_eq(gemlet_dataset_features(dataset), N_FEATURES);
        gemlet_dataset_destroy(dataset);
        ck_assert_int_eq(gm_input_open(&input, path), GEMLET_OK);
        expect_failure(gm_csv_read_features(&dataset, &input, 5), GEMLET_E_SHAPE, path,
                       "found 101 columns, expected 5");
        gm_input_close(&input);
    }
    gemlet_memory_limit_set(0);
    free(path);
}
END_TEST

/* ---- what is no copy ------------------------------------------------------------------------ */

static void flip_byte(const char *path, off_t place)
{
    unsigned char byte;
    const int file = open(path, O_RDWR | O_CLOEXEC);
    ck_assert_int_ge(file, 0);
    ck_assert_int_eq(pread(file, &byte, 1, place), 1);
    byte ^= 0x10;
    ck_assert_int_eq(pwrite(file, &byte, 1, place), 1);
    close(file);
}

static const struct {
    const char *ending;
    off_t damage; /* the byte that is changed; below 0: other damage */
} damages[] = {
    {".idx", 500000},                /* a value */
    {".labels", 2000},               /* a label, under the hash of the file */
    {".labels", 20},                 /* the key */
    {".idx", -1},                    /* cut short */
    {".idx", -2},                    /* removed */
    {".labels", -2},   {".idx", -3}, /* written by others */
    {".labels", -3},
};

START_TEST(damaged_copies_are_made_again)
{
    char *path = make_table(0);
    char copy[512];
    char damaged[512];
    expect_same(path);
    ck_assert_uint_eq(find_copies(copy, ".idx"), 1);
    const ino_t number = number_of(copy);
    const int keeper = open(copy, O_RDONLY | O_CLOEXEC); /* so that its number is not used again */
    ck_assert_uint_eq(find_copies(damaged, damages[_i].ending), 1);
    switch (damages[_i].damage) {
    case -1:
        ck_assert_int_eq(truncate(damaged, 400000), 0);
        break;
    case -2:
        ck_assert_int_eq(unlink(damaged), 0);
        break;
    case -3:
        ck_assert_int_eq(chmod(damaged, 0666), 0);
        break;
    default:
        flip_byte(damaged, damages[_i].damage);
    }
    expect_same(path);
    ck_assert_uint_eq(find_copies(copy, ".idx"), 1);
    ck_assert_uint_ne(number_of(copy), number);
    close(keeper);
    free(path);
}
END_TEST

START_TEST(another_state_of_the_file_has_another_copy)
{
    char *path = make_table(0);
    char copy[512];
    struct stat info;
    expect_same(path);
    ck_assert_int_eq(stat(path, &info), 0);
    /* Other digits, but the same size, inode and time. */
    const int file = open(path, O_WRONLY | O_CLOEXEC);
    ck_assert_int_eq(pwrite(file, "6", 1, 0), 1);
    close(file);
    const struct timespec times[2] = {info.st_atim, info.st_mtim};
    ck_assert_int_eq(utimensat(AT_FDCWD, path, times, 0), 0);
    expect_same(path);
    ck_assert_uint_eq(find_copies(copy, ".idx"), 2);
    /* The oldest make room. */
    for (unsigned i = 0; i < 5; ++i) {
        ck_assert_int_eq(utimensat(AT_FDCWD, path, NULL, 0), 0);
        expect_same(path);
    }
    ck_assert_uint_eq(find_copies(copy, ".idx"), 4);
    ck_assert_uint_eq(find_copies(copy, ".labels"), 4);
    free(path);
}
END_TEST

START_TEST(no_copy_where_none_may_be)
{
    static const char line[] = "1,2,3\n";
    char *path = make_table(0);
    char copy[512];
    gemlet_dataset *dataset;
    gemlet_memory_limit_set(LIMIT);
    ck_assert_int_eq(gemlet_dataset_allow_files(0, cache), GEMLET_OK);
    expect_failure(gemlet_dataset_load_csv(&dataset, path, GEMLET_LABELS_FIRST), GEMLET_E_MEMORY,
                   path, "of memory, expected at most 200000");
    ck_assert_int_eq(gemlet_dataset_allow_files(1, NULL), GEMLET_OK);
    expect_failure(gemlet_dataset_load_csv(&dataset, path, GEMLET_LABELS_FIRST), GEMLET_E_MEMORY,
                   path, "of memory, expected at most 200000");
    ck_assert_int_eq(gemlet_dataset_allow_files(1, cache), GEMLET_OK);
    size_t n_bytes;
    unsigned char *content = read_content(path, &n_bytes);
    const char *packed = temporary_gzip("table.csv.gz", content, n_bytes);
    expect_failure(gemlet_dataset_load_csv(&dataset, packed, GEMLET_LABELS_FIRST), GEMLET_E_MEMORY,
                   packed, "of memory, expected at most 200000");
    ck_assert_uint_eq(find_copies(copy, ".idx"), 0);
    /* What fits is not copied; what is wrong leaves nothing. */
    ck_assert_int_eq(gemlet_dataset_load_csv(&dataset, temporary_file("s", line, sizeof line - 1),
                                             GEMLET_LABELS_FIRST),
                     GEMLET_OK);
    ck_assert_ptr_nonnull(gemlet_dataset_values(dataset));
    gemlet_dataset_destroy(dataset);
    memcpy(content + n_bytes - 4, "x\n1\n", 4);
    expect_failure(gemlet_dataset_load_csv(&dataset, temporary_file("table.csv", content, n_bytes),
                                           GEMLET_LABELS_FIRST),
                   GEMLET_E_FORMAT, path, "expected a finite number");
    ck_assert_uint_eq(find_copies(copy, ".idx"), 0);
    ck_assert_uint_eq(find_copies(copy, ".tmp"), 0);
    /* A directory of others is not written to. */
    ck_assert_int_eq(chmod(rows_directory, 0777), 0);
    free(path);
    path = make_table(0);
    expect_failure(gemlet_dataset_load_csv(&dataset, path, GEMLET_LABELS_FIRST), GEMLET_E_IO,
                   rows_directory, "others can write it");
    gemlet_memory_limit_set(0);
    free(content);
    free(path);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("row_cache");
    TCase *copies = tcase_create("copies");
    tcase_add_checked_fixture(copies, set_up, NULL);
    tcase_set_timeout(copies, 60);
    tcase_add_loop_test(copies, copy_holds_the_rows, 0,
                        sizeof first_floats / sizeof first_floats[0]);
    tcase_add_test(copies, rows_for_a_model);
    tcase_add_loop_test(copies, damaged_copies_are_made_again, 0,
                        sizeof damages / sizeof damages[0]);
    tcase_add_test(copies, another_state_of_the_file_has_another_copy);
    tcase_add_test(copies, no_copy_where_none_may_be);
    suite_add_tcase(suite, copies);
    return suite;
}

/* SPDX-License-Identifier: MIT
 * Files and messages of the readers' tests; see data_files.h. */
#include "data_files.h"

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "support/temporary.h"

#define PATH_SIZE 2048
#define N_PATHS   8

const char *data_path(const char *name)
{
    static char paths[N_PATHS][PATH_SIZE];
    static unsigned next;
    const char *directory = getenv("GEMLET_TEST_DATA");
    ck_assert_msg(directory != NULL, "GEMLET_TEST_DATA does not name the datasets directory");
    char *path = paths[next++ % N_PATHS];
    snprintf(path, PATH_SIZE, "%s/%s", directory, name);
    return path;
}

unsigned char *read_content(const char *path, size_t *n_bytes)
{
    gzFile file = gzopen(path, "rb");
    ck_assert_msg(file != NULL, "cannot open %s", path);
    size_t capacity = 1 << 16;
    unsigned char *bytes = malloc(capacity);
    *n_bytes = 0;
    for (;;) {
        ck_assert_ptr_nonnull(bytes);
        const int n = gzread(file, bytes + *n_bytes, (unsigned)(capacity - *n_bytes));
        ck_assert_int_ge(n, 0);
        if (n == 0)
            break;
        *n_bytes += (size_t)n;
        if (*n_bytes == capacity)
            bytes = realloc(bytes, capacity *= 2);
    }
    ck_assert_int_eq(gzclose(file), Z_OK);
    return bytes;
}

const char *temporary_gzip(const char *name, const void *bytes, size_t n_bytes)
{
    const char *path = temporary_path(name);
    gzFile file = gzopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(gzwrite(file, bytes, (unsigned)n_bytes), (int)n_bytes);
    ck_assert_int_eq(gzclose(file), Z_OK);
    return path;
}

void expect_failure(gemlet_status status, gemlet_status expected, const char *path,
                    const char *part)
{
    const char *message = gemlet_last_error();
    ck_assert_msg(status == expected, "%s: found %s, expected %s; message: %s", path,
                  gemlet_status_name(status), gemlet_status_name(expected),
                  status == GEMLET_OK ? "" : message);
    ck_assert_msg(strstr(message, path) != NULL, "no path '%s' in: %s", path, message);
    ck_assert_msg(strstr(message, part) != NULL, "no '%s' in: %s", part, message);
    ck_assert_msg(strpbrk(message, "\r\n") == NULL, "more than one line: %s", message);
}

static double value_at(const gemlet_dataset *dataset, size_t i)
{
    const void *values = gemlet_dataset_values(dataset);
    return gemlet_dataset_element(dataset) == GEMLET_ELEMENT_U8
               ? ((const uint8_t *)values)[i]
               : (double)((const float *)values)[i];
}

void expect_same_content(const gemlet_dataset *a, const gemlet_dataset *b)
{
    const gemlet_dim rows = gemlet_dataset_rows(a);
    const gemlet_dim features = gemlet_dataset_features(a);
    ck_assert_uint_eq(gemlet_dataset_rows(b), rows);
    ck_assert_uint_eq(gemlet_dataset_features(b), features);
    for (size_t i = 0; i < (size_t)rows * features; ++i)
        ck_assert_msg(value_at(a, i) == value_at(b, i), "value %zu: %.9g and %.9g", i,
                      value_at(a, i), value_at(b, i));
    const uint32_t *labels_a = gemlet_dataset_labels(a);
    const uint32_t *labels_b = gemlet_dataset_labels(b);
    ck_assert_int_eq(labels_a == NULL, labels_b == NULL);
    if (labels_a != NULL)
        ck_assert_mem_eq(labels_a, labels_b, rows * sizeof *labels_a);
}

void replay_corpus(const char *format, void (*replay)(const char *path, int is_ok, int is_bad))
{
    char directory_path[PATH_SIZE];
    snprintf(directory_path, sizeof directory_path, "%s/%s", data_path("../tests/corpus"), format);
    DIR *directory = opendir(directory_path);
    ck_assert_msg(directory != NULL, "cannot open %s", directory_path);
    unsigned n_ok = 0;
    unsigned n_bad = 0;
    for (struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory)) {
        if (entry->d_name[0] == '.')
            continue;
        char path[2 * PATH_SIZE];
        snprintf(path, sizeof path, "%s/%s", directory_path, entry->d_name);
        const int is_ok = strncmp(entry->d_name, "ok-", 3) == 0;
        const int is_bad = strncmp(entry->d_name, "bad-", 4) == 0;
        n_ok += is_ok != 0;
        n_bad += is_bad != 0;
        replay(path, is_ok, is_bad);
    }
    closedir(directory);
    ck_assert_uint_gt(n_ok, 0);
    ck_assert_uint_gt(n_bad, 0);
}

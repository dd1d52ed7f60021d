/* SPDX-License-Identifier: MIT
 * Readers when memory fails, and writers when memory or the disk does: what could not be written is
 * as it was before. */
#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "fault/fault.h"
#include "fault/fault_loop.h"
#include "gemlet/gemlet.h"
#include "support/run_suite.h"
#include "support/temporary.h"

static gemlet_dataset *dataset; /* (6,4) */
static gemlet_model *model;

static void set_up(void)
{
    static const float values[6 * 4] = {0, 1, 2, 3, 0.5f, -1, 1e-3f, 7, 9, 9, 9, 9,
                                        4, 5, 6, 7, 8,    -2, 3,     4, 1, 1, 1, 0.25f};
    static const uint32_t labels[6] = {0, 1, 2, 2, 1, 0};
    gemlet_init_options init;
    gemlet_init_options_init(&init);
    gemlet_spec spec;
    ck_assert_int_eq(gemlet_dataset_create(&dataset, 6, 4, GEMLET_ELEMENT_F32, values, labels),
                     GEMLET_OK);
    ck_assert_int_eq(gemlet_spec_parse(&spec, "4-5bn-relu-3"), GEMLET_OK);
    ck_assert_int_eq(gemlet_model_create(&model, &spec, &init), GEMLET_OK);
}

static void tear_down(void)
{
    gemlet_model_destroy(model);
    gemlet_dataset_destroy(dataset);
    temporary_remove();
}

/* ---- reading -------------------------------------------------------------------------------- */

static gemlet_status take_dataset(gemlet_status status, gemlet_dataset *read, uint32_t *digest)
{
    fault_expect(status == GEMLET_OK || read == NULL, "no object after a failure");
    if (status == GEMLET_OK)
        *digest += gemlet_dataset_crc32(read);
    gemlet_dataset_destroy(read);
    return status;
}

static gemlet_status read_idx(uint32_t *digest)
{
    gemlet_dataset *read;
    const gemlet_status status =
        gemlet_dataset_load_idx(&read, temporary_path("items.gz"), temporary_path("labels"));
    return take_dataset(status, read, digest);
}

static gemlet_status read_csv(uint32_t *digest)
{
    gemlet_dataset *read;
    const gemlet_status status =
        gemlet_dataset_load_csv(&read, temporary_path("mnist_train.csv"), GEMLET_LABELS_FIRST);
    return take_dataset(status, read, digest);
}

static gemlet_status read_directory(uint32_t *digest)
{
    gemlet_dataset *read;
    const gemlet_status status =
        gemlet_dataset_load_directory(&read, temporary_directory(), GEMLET_SPLIT_TRAIN);
    return take_dataset(status, read, digest);
}

static gemlet_status split(uint32_t *digest)
{
    gemlet_dataset *rest;
    gemlet_dataset *held_out;
    const gemlet_status status =
        gemlet_dataset_hold_out_stratified(&rest, &held_out, dataset, 2, 1);
    take_dataset(status, rest, digest);
    return take_dataset(status, held_out, digest);
}

static gemlet_status read_model(uint32_t *digest)
{
    gemlet_model *read;
    const gemlet_status status = gemlet_model_load(&read, temporary_path("model.npz"));
    fault_expect(status == GEMLET_OK || read == NULL, "no object after a failure");
    (void)digest;
    gemlet_model_destroy(read);
    return status;
}

START_TEST(readers_without_memory)
{
    static const fault_work works[] = {
        {.name = "IDX reader", .run = read_idx},      {.name = "CSV reader", .run = read_csv},
        {.name = "directory", .run = read_directory}, {.name = "split", .run = split},
        {.name = "model reader", .run = read_model},
    };
    ck_assert_int_eq(
        gemlet_dataset_save_idx(dataset, temporary_path("items.gz"), temporary_path("labels")),
        GEMLET_OK);
    ck_assert_int_eq(gemlet_dataset_save_csv(dataset, temporary_path("mnist_train.csv")),
                     GEMLET_OK);
    ck_assert_int_eq(gemlet_model_save(model, temporary_path("model.npz")), GEMLET_OK);
    for (size_t i = 0; i < sizeof works / sizeof works[0]; ++i)
        fault_every_call(&works[i], FAULT_MEMORY);
}
END_TEST

/* ---- writing -------------------------------------------------------------------------------- */

static const char old_content[] = "what was here before";
static const char *const written_names[] = {"items", "labels.gz"};

static void write_old_files(void)
{
    for (size_t i = 0; i < sizeof written_names / sizeof written_names[0]; ++i)
        temporary_file(written_names[i], old_content, sizeof old_content);
}

static int is_old(const char *name)
{
    char content[sizeof old_content];
    FILE *file = fopen(temporary_path(name), "rb");
    ck_assert_ptr_nonnull(file);
    const size_t n = fread(content, 1, sizeof content, file);
    fclose(file);
    return n == sizeof content && memcmp(content, old_content, n) == 0;
}

/* Temporary files are gone, whatever happened. */
static void expect_two_files(void)
{
    int n = 0;
    DIR *entries = opendir(temporary_directory());
    ck_assert_ptr_nonnull(entries);
    for (struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries))
        n += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(entries);
    ck_assert_int_eq(n, 2);
}

static void inspect_first_file(gemlet_status status)
{
    expect_two_files();
    ck_assert_msg(is_old("items") == (status != GEMLET_OK), "file %s: %s",
                  status == GEMLET_OK ? "not written" : "damaged", gemlet_last_error());
}

static void inspect_second_file(gemlet_status status)
{
    expect_two_files();
    ck_assert_msg(is_old("labels.gz") == (status != GEMLET_OK), "file %s: %s",
                  status == GEMLET_OK ? "not written" : "damaged", gemlet_last_error());
}

static void inspect_both_files(gemlet_status status)
{
    inspect_first_file(status);
    inspect_second_file(status);
}

static gemlet_status write_bytes(uint32_t *digest)
{
    (void)digest;
    return gm_file_write(temporary_path("items"), "new", 3);
}

static gemlet_status write_model(uint32_t *digest)
{
    (void)digest;
    return gemlet_model_save(model, temporary_path("items"));
}

static gemlet_status write_csv(uint32_t *digest)
{
    (void)digest;
    return gemlet_dataset_save_csv(dataset, temporary_path("items"));
}

static gemlet_status write_csv_gz(uint32_t *digest)
{
    (void)digest;
    return gemlet_dataset_save_csv(dataset, temporary_path("labels.gz"));
}

static gemlet_status write_idx(uint32_t *digest)
{
    (void)digest;
    return gemlet_dataset_save_idx(dataset, temporary_path("items"), temporary_path("labels.gz"));
}

START_TEST(writers_without_memory_or_disk)
{
    static const fault_work works[] = {
        {"file", write_old_files, write_bytes, inspect_first_file, NULL},
        {"model writer", write_old_files, write_model, inspect_first_file, NULL},
        {"CSV writer", write_old_files, write_csv, inspect_first_file, NULL},
        {"CSV writer, gzip", write_old_files, write_csv_gz, inspect_second_file, NULL},
    };
    static const fault_work two_files = {"IDX writer", write_old_files, write_idx,
                                         inspect_both_files, NULL};
    for (size_t i = 0; i < sizeof works / sizeof works[0]; ++i)
        fault_every_call(&works[i], FAULT_MEMORY | FAULT_FILE | FAULT_RENAME);
    fault_every_call(&two_files, FAULT_MEMORY | FAULT_FILE); /* renamed one after the other */
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("fault_file");
    TCase *tests = tcase_create("all");
    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, readers_without_memory);
    tcase_add_test(tests, writers_without_memory_or_disk);
    suite_add_tcase(suite, tests);
    return suite;
}

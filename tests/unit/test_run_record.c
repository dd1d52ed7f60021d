/* SPDX-License-Identifier: MIT
 * Reading stats.json of runs for gemlet compare, hostile files among them. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "compare/metrics_csv.h"
#include "compare/run_record.h"
#include "compared_runs.h"
#include "core/file.h"
#include "support/run_suite.h"
#include "support/temporary.h"

START_TEST(test_record)
{
    gm_run_stats stats = compared_stats(7);
    stats.test_loss = 1.0 / 3.0;
    gm_run_record record = compared_record(&stats, "runs/a");
    ck_assert(record.figures[GM_FIGURE_TEST_ACCURACY] == 0.98);
    ck_assert(record.figures[GM_FIGURE_TEST_LOSS] == 1.0 / 3.0);
    ck_assert(isnan(record.figures[GM_FIGURE_VALIDATION_LOSS]));
    ck_assert(record.figures[GM_FIGURE_TRAIN_SECONDS] == 4.0);
    ck_assert(record.figures[GM_FIGURE_US_PER_STEP] == 200.0);
    ck_assert(record.figures[GM_FIGURE_PARAMETERS] == 142060.0);
    ck_assert(record.test_rows == 10000.0);
    ck_assert(record.seed == 7.0);
    ck_assert_str_eq(gm_run_record_trait(&record, "network"), "784-150bn-relu-10");
    ck_assert_str_eq(gm_run_record_trait(&record, "learning rate"), "0.1");
    ck_assert_str_eq(gm_run_record_trait(&record, "schedule"), "constant");
    ck_assert_str_eq(gm_run_record_trait(&record, "init"), "-"); /* null */
    ck_assert_str_eq(gm_run_record_trait(&record, "CRC-32 of training rows"), "0000beef");
    ck_assert_str_eq(gm_run_record_trait(&record, "end"), "-");
    ck_assert_str_eq(gm_run_record_trait(&record, "no such trait"), "-");
    gm_run_record_free(&record);
    gm_run_record_free(&record);
}
END_TEST

START_TEST(test_record_of_a_run_that_ended_early)
{
    gm_run_stats stats = compared_stats(UINT64_MAX);
    stats.stopped = 1;
    stats.steps = 500;
    stats.test_accuracy = stats.test_loss = (double)NAN;
    gm_run_record record = compared_record(&stats, "a");
    ck_assert_str_eq(gm_run_record_trait(&record, "end"), "stopped after 500 steps");
    ck_assert(isnan(record.figures[GM_FIGURE_TEST_ACCURACY]));
    ck_assert(isnan(record.seed)); /* 2^64 - 1 is not exact in a double */
    gm_run_record_free(&record);
    stats.diverged.verdict = "training";
    record = compared_record(&stats, "a");
    ck_assert_str_eq(gm_run_record_trait(&record, "end"), "diverged");
    gm_run_record_free(&record);
}
END_TEST

/* The least that is a run. */
#define MINIMAL(more)                                                                              \
    "{\"schema_version\": 1, \"network\": {\"spec\": \"4-3\"}, \"options\": {\"batch\": 8}" more "}"

/* A text, and what the message must hold, NULL if it is a run. */
static const struct {
    const char *text;
    const char *message;
} files[] = {
    {MINIMAL(""), NULL},
    {MINIMAL(", \"test_accuracy\": null, \"seed\": 3, \"later\": [1, {\"x\": 2}]"), NULL},
    {"", "line 1, column 1: "},
    {"\n\n  {\"schema_version\": 1,}", "line 3, column "},
    {MINIMAL("") " x", "line 1, column "},
    {"\xff\xfe{", "line 1, column 1"},
    {"[[[[", "found what is not JSON"},
    {"3", "the file: found 3, expected an object"},
    {"\"text\"", "the file: found text, expected an object"},
    {"{}", "schema_version: found none, expected 1"},
    {"{\"schema_version\": 2}", "schema_version: found 2, expected 1"},
    {"{\"schema_version\": \"1\"}", "schema_version: found 1, expected 1"},
    {"{\"schema_version\": 1}", "network.spec: found none"},
    {"{\"schema_version\": 1, \"network\": \"4-3\"}", "network.spec: found none"},
    {"{\"schema_version\": 1, \"network\": {\"spec\": 3}}", "network.spec: found 3"},
    {"{\"schema_version\": 1, \"network\": {\"spec\": \"4-3\"}}", "options: found none"},
    {"{\"schema_version\": 1, \"network\": {\"spec\": \"4-3\"}, \"options\": 5}",
     "options: found 5"},
    {MINIMAL(", \"test_accuracy\": 98.5"),
     "test_accuracy: found 98.5, expected a number from 0 to 1"},
    {MINIMAL(", \"test_accuracy\": -0.1"), "test_accuracy: found -0.1"},
    {MINIMAL(", \"test_accuracy\": \"0.5\""), "test_accuracy: found 0.5"},
    {MINIMAL(", \"test_loss\": 1e999"), "test_loss: found inf"},
    {MINIMAL(", \"test_loss\": -1"), "test_loss: found -1, expected a finite number"},
    {MINIMAL(", \"test_loss\": [0]"), "test_loss: found [0]"},
    {MINIMAL(", \"test_loss\": 1, \"test_loss\": 2"), "found \"test_loss\" twice"},
    {MINIMAL(", \"seed\": true"), "seed: found yes"},
    {MINIMAL(", \"network\": {\"spec\": \"4-2\"}"), "found \"network\" twice"},
    {"{\"schema_version\": 1, \"network\": {\"spec\": \"4-3\"}, \"options\": {\"a\": 1, \"a\": 1}}",
     "found the option \"a\" twice"},
    {"{\"schema_version\": 1, \"network\": {\"spec\": \"4-3\"}, \"options\": {\"a_b\": 1, \"a b\": "
     "2}}",
     "found the option \"a b\" twice"},
    {"{\"schema_version\": 1, \"network\": {\"spec\": \"4-3\"}, \"options\": {\"device\": 1}}",
     "found the option \"device\" twice"},
    {MINIMAL(", \"data\": {\"test_rows\": \"many\"}"), "data.test_rows: found many"},
};

static gemlet_status parse(gm_run_record *record, const char *text)
{
    return gm_run_record_parse(record, text, strlen(text), "runs/a", "runs/a/stats.json");
}

START_TEST(test_hostile_records)
{
    gm_run_record record;
    const gemlet_status status = parse(&record, files[_i].text);
    if (files[_i].message == NULL) {
        ck_assert_msg(status == GEMLET_OK, "%s", gemlet_last_error());
        gm_run_record_free(&record);
        return;
    }
    ck_assert_int_eq(status, GEMLET_E_FORMAT);
    const char *message = gemlet_last_error();
    ck_assert_msg(strncmp(message, "runs/a/stats.json: ", 19) == 0, "found: %s", message);
    ck_assert_msg(strstr(message, files[_i].message) != NULL, "found: %s\nexpected: %s", message,
                  files[_i].message);
    ck_assert_uint_eq(record.n_traits, 0);
    ck_assert_ptr_null(record.directory);
}
END_TEST

START_TEST(test_records_with_too_much)
{
    gm_run_record record;
    static const char with_zero[] = MINIMAL("") "\0" MINIMAL("");
    ck_assert_int_eq(gm_run_record_parse(&record, with_zero, sizeof with_zero - 1, "a", "a"),
                     GEMLET_E_FORMAT);
    char text[8192] = "{\"schema_version\": 1, \"network\": {\"spec\": \"4-3\"}, \"options\": {";
    for (unsigned i = 0; i < 100; ++i)
        sprintf(text + strlen(text), "%s\"key%u\": %u", i == 0 ? "" : ", ", i, i);
    strcat(text, "}}");
    ck_assert_int_eq(parse(&record, text), GEMLET_E_RANGE);
    ck_assert_ptr_nonnull(strstr(gemlet_last_error(), "more than 96 options"));
    /* cJSON has a limit of its own for this. */
    char deep[5000];
    memset(deep, '[', sizeof deep - 1);
    deep[sizeof deep - 1] = '\0';
    ck_assert_int_eq(parse(&record, deep), GEMLET_E_FORMAT);
}
END_TEST

/* What else is in the directory belongs to the record as long as its file is in place. */
START_TEST(test_record_of_a_run_that_is_replaced)
{
    gm_run_record record;
    char path[2048];
    const char *directory = temporary_directory();
    const gm_run_stats first = compared_stats(1);
    const gm_run_stats second = compared_stats(2);
    snprintf(path, sizeof path, "%s/stats.json", directory);
    ck_assert_int_eq(gm_run_stats_write(path, &first), GEMLET_OK);
    ck_assert_int_eq(gm_run_record_read(&record, directory), GEMLET_OK);
    ck_assert(gm_run_record_is_current(&record));
    ck_assert_int_eq(gm_run_stats_write(path, &second), GEMLET_OK);
    ck_assert(!gm_run_record_is_current(&record));
    ck_assert_int_eq(remove(path), 0);
    ck_assert(!gm_run_record_is_current(&record));
    gm_run_record_free(&record);
    temporary_remove();
}
END_TEST

START_TEST(test_files_that_are_none)
{
    gm_run_record record;
    gm_loss_curve curves[GM_N_METRICS];
    char path[2048];
    const char *directory = temporary_directory();
    snprintf(path, sizeof path, "%s///", directory);
    ck_assert_int_eq(gm_run_record_read(&record, path), GEMLET_E_IO);
    snprintf(path, sizeof path, "%s/stats.json: cannot open", directory);
    ck_assert_ptr_nonnull(strstr(gemlet_last_error(), path));
    ck_assert_int_eq(gm_metrics_csv_read(curves, directory), GEMLET_E_IO);
    snprintf(path, sizeof path, "%s/stats.json", directory);
    ck_assert_int_eq(mkfifo(path, 0600), 0); /* nobody will ever write to it */
    ck_assert_int_eq(gm_run_record_read(&record, directory), GEMLET_E_IO);
    ck_assert_ptr_nonnull(strstr(gemlet_last_error(), "pipe"));
    ck_assert_int_eq(remove(path), 0);
    FILE *large = fopen(path, "w");
    ck_assert_ptr_nonnull(large);
    ck_assert_int_eq(fseek(large, 1 << 20, SEEK_SET), 0);
    ck_assert_int_eq(fputc(' ', large), ' ');
    ck_assert_int_eq(fclose(large), 0);
    ck_assert_int_eq(gm_run_record_read(&record, directory), GEMLET_E_RANGE);
    ck_assert_ptr_nonnull(strstr(gemlet_last_error(), "found 1048577 bytes, expected at most"));
    snprintf(path, sizeof path, "%s/metrics.csv", directory);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    ck_assert_int_eq(gm_metrics_csv_read(curves, directory), GEMLET_E_IO);
    ck_assert_ptr_nonnull(strstr(gemlet_last_error(), "directory"));
    temporary_remove();
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("run_record");
    TCase *reading = tcase_create("reading");
    tcase_add_test(reading, test_record);
    tcase_add_test(reading, test_record_of_a_run_that_ended_early);
    tcase_add_loop_test(reading, test_hostile_records, 0, sizeof files / sizeof files[0]);
    tcase_add_test(reading, test_records_with_too_much);
    tcase_add_test(reading, test_record_of_a_run_that_is_replaced);
    tcase_add_test(reading, test_files_that_are_none);
    suite_add_tcase(suite, reading);
    return suite;
}

/* SPDX-License-Identifier: MIT
 * What a run leaves beside its model: metrics.csv and stats.json. */
#include <check.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "core/clean_text.h"
#include "made_reports.h"
#include "report/history.h"
#include "report/run_stats.h"
#include "support/run_suite.h"
#include "support/temporary.h"

/* ---- text ---------------------------------------------------------------------------------- */

static const struct {
    const char *text;
    const char *clean;
} texts[] = {
    {"", ""},
    {"plain ~", "plain ~"},
    {"a\nb\tc\x1b[0m\x7f", "a b c [0m "},
    {"\xc3\xa4 \xe2\x82\xac \xf0\x9f\x8c\x8d", "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x8c\x8d"},
    {"\xe4", "?"},                                 /* Latin-1 */
    {"x\xc3", "x?"},                               /* cut off */
    {"\xf0\x9f\x8c", "???"},                       /* cut off */
    {"\xc0\xaf \xe0\x80\xaf", "?? ???"},           /* overlong */
    {"\xed\xa0\x80 \xf4\x90\x80\x80", "??? ????"}, /* surrogate; beyond the last code point */
    {"\xff\xfe", "??"},
};

START_TEST(test_clean_text)
{
    char *clean;
    ck_assert_int_eq(gm_clean_text(&clean, texts[_i].text), GEMLET_OK);
    ck_assert_str_eq(clean, texts[_i].clean);
    free(clean);
}
END_TEST

/* ---- metrics.csv --------------------------------------------------------------------------- */

START_TEST(test_history_csv)
{
    gm_history history = {0};
    const gemlet_progress first = {.step = 1,
                                   .epoch = 1.0 / 3.0,
                                   .learning_rate = 0.1,
                                   .train_loss = 2.302585092994046,
                                   .train_accuracy = 0.109375,
                                   .seconds = 1e-5};
    const gemlet_progress last = {.step = UINT64_MAX,
                                  .epoch = 21.25,
                                  .learning_rate = 1e-12,
                                  .train_loss = 0.0,
                                  .train_accuracy = 1.0,
                                  .seconds = 86400.5};
    ck_assert_int_eq(gm_history_append(&history, &first), GEMLET_OK);
    ck_assert_int_eq(gm_history_append(&history, &last), GEMLET_OK);
    const char *path = temporary_path("metrics.csv");
    ck_assert_int_eq(gm_history_write_csv(&history, path), GEMLET_OK);
    char *text = read_whole_file(path, NULL);
    ck_assert_str_eq(text, "step,epoch,learning_rate,train_loss,train_accuracy,seconds\n"
                           "1,0.333333333,0.1,2.30258509,0.109375,1e-05\n"
                           "18446744073709551615,21.25,1e-12,0,1,86400.5\n");
    free(text);
    gm_history_free(&history);
    ck_assert_uint_eq(history.count, 0);
    temporary_remove();
}
END_TEST

START_TEST(test_history_of_a_validated_run)
{
    gm_history history = {0};
    for (uint64_t i = 1; i <= 3; ++i) {
        gemlet_progress report = made_report(i, 0.5);
        report.validation_step = i == 1 ? 0 : 200;
        report.validation_loss = 0.25;
        report.validation_accuracy = 0.75;
        ck_assert_int_eq(gm_history_append(&history, &report), GEMLET_OK);
    }
    const char *path = temporary_path("metrics.csv");
    ck_assert_int_eq(gm_history_write_csv(&history, path), GEMLET_OK);
    char *text = read_whole_file(path, NULL);
    const char *expected[] = {
        "step,epoch,learning_rate,train_loss,train_accuracy,validation_loss,validation_accuracy,"
        "seconds\n",
        ",,,0.25\n", ",0.25,0.75,0.5\n", ",,,0.75\n"};
    const char *line = text;
    for (size_t i = 0; i < 4; ++i) {
        const char *end = strchr(line, '\n') + 1;
        const size_t length = strlen(expected[i]);
        ck_assert_msg((size_t)(end - line) >= length &&
                          memcmp(end - length, expected[i], length) == 0,
                      "line %zu: %s", i, text);
        line = end;
    }
    free(text);
    gm_history_free(&history);
    temporary_remove();
}
END_TEST

START_TEST(test_history_grows)
{
    gm_history history = {0};
    for (size_t i = 0; i < 5000; ++i) {
        const gemlet_progress report = made_report(i, (double)i);
        ck_assert_int_eq(gm_history_append(&history, &report), GEMLET_OK);
    }
    ck_assert_uint_eq(history.count, 5000);
    for (size_t i = 0; i < 5000; ++i)
        ck_assert(history.reports[i].train_loss == (double)i);
    gm_history_free(&history);
}
END_TEST

START_TEST(test_files_that_cannot_be_written)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/none/file", temporary_directory());
    const gm_history history = {0};
    ck_assert_int_eq(gm_history_write_csv(&history, path), GEMLET_E_IO);
    ck_assert_ptr_nonnull(strstr(gemlet_last_error(), path));
    const gm_run_stats stats = {0};
    ck_assert_int_eq(gm_run_stats_write(path, &stats), GEMLET_E_IO);
    ck_assert_ptr_nonnull(strstr(gemlet_last_error(), path));
    temporary_remove();
}
END_TEST

/* ---- stats.json ---------------------------------------------------------------------------- */

static const char *const command[] = {"gemlet", "train", "--out", "a \"b\"\\\xff"};

static gm_run_stats make_stats(void)
{
    gm_run_stats stats = {
        .test_accuracy = 0.98450000000000004,
        .test_loss = 0.1 + 0.2, /* needs 17 digits */
        .initial_loss = 2.30123456789,
        .final_train_loss = 1.0 / 3.0,
        .final_train_accuracy = 1.0,
        .steps = 20000,
        .epochs = 21.345,
        .seed = UINT64_MAX,
        .argc = 4,
        .argv = command,
        .started_at = 951782400, /* the leap day 2000-02-29, 00:00 UTC */
    };
    stats.device.name = "a device";
    stats.device.type = "opencl-cpu";
    stats.device.compute_units = 2;
    stats.step.tuned = "fused, panels of 48 columns";
    stats.network.spec = "784-150bn-relu-10";
    stats.network.n_parameters = 142060;
    stats.options.recipe = "best";
    stats.options.train.batch = 64;
    stats.options.train.n_steps = 30000;
    stats.options.train.learning_rate = 0.1;
    stats.options.train.schedule = GEMLET_SCHEDULE_COSINE;
    stats.options.train.momentum = 0.9;
    stats.options.train.label_smoothing = 0.1;
    stats.options.init = "auto";
    stats.options.input_scale = 1.0 / 255.0;
    stats.data.directory = "datasets/mnist";
    stats.data.train_rows = 60000;
    stats.data.classes = 10;
    stats.data.train_crc32 = 0xbeef;
    stats.data.test_crc32 = 0xfedcba98;
    stats.timings.train_seconds = 4.0;
    stats.timings.total_seconds = INFINITY;
    stats.files.model = "model_mnist.npz";
    return stats;
}

/* The item at "key" or "object.key". */
static const cJSON *item_at(const cJSON *root, const char *path)
{
    char key[64];
    const char *dot = strchr(path, '.');
    if (dot == NULL)
        return cJSON_GetObjectItemCaseSensitive(root, path);
    snprintf(key, sizeof key, "%.*s", (int)(dot - path), path);
    return cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(root, key), dot + 1);
}

static void expect_number(const cJSON *root, const char *path, double expected)
{
    const cJSON *item = item_at(root, path);
    ck_assert_msg(cJSON_IsNumber(item), "%s: missing or not a number", path);
    ck_assert_msg(item->valuedouble == expected, "%s: found %.17g, expected %.17g", path,
                  item->valuedouble, expected);
}

static void expect_text(const cJSON *root, const char *path, const char *expected)
{
    const cJSON *item = item_at(root, path);
    ck_assert_msg(cJSON_IsString(item), "%s: missing or no text", path);
    ck_assert_str_eq(item->valuestring, expected);
}

static cJSON *write_and_parse(const gm_run_stats *stats, char **text)
{
    const char *path = temporary_path("stats.json");
    ck_assert_int_eq(gm_run_stats_write(path, stats), GEMLET_OK);
    *text = read_whole_file(path, NULL);
    cJSON *root = cJSON_Parse(*text);
    ck_assert_msg(root != NULL, "not JSON: %s", *text);
    return root;
}

START_TEST(test_stats_values)
{
    const gm_run_stats stats = make_stats();
    char *text;
    cJSON *root = write_and_parse(&stats, &text);
    expect_number(root, "schema_version", 1);
    expect_text(root, "gemlet_version", gemlet_version());
    expect_number(root, "test_accuracy", 0.98450000000000004);
    expect_number(root, "test_loss", 0.1 + 0.2);
    expect_number(root, "initial_loss", 2.30123456789);
    expect_number(root, "expected_initial_loss", log(10.0));
    expect_number(root, "final_train_loss", 1.0 / 3.0);
    expect_number(root, "final_train_accuracy", 1);
    expect_number(root, "steps", 20000);
    expect_number(root, "epochs", 21.345);
    expect_number(root, "train_seconds", 4);
    expect_number(root, "us_per_step", 200);
    expect_number(root, "samples_per_second", 320000);
    expect_text(root, "device", "a device");
    /* A double would make 18446744073709551616 of it. */
    ck_assert_ptr_nonnull(strstr(text, "\"seed\":\t18446744073709551615,"));
    ck_assert(cJSON_IsFalse(item_at(root, "stopped")));
    expect_text(root, "device_info.type", "opencl-cpu");
    ck_assert(cJSON_IsNull(item_at(root, "device_info.driver")));
    expect_number(root, "device_info.compute_units", 2);
    ck_assert(cJSON_IsNull(item_at(root, "device_info.blas_threads")));
    expect_text(root, "step.tuned", "fused, panels of 48 columns");
    expect_text(root, "network.spec", "784-150bn-relu-10");
    expect_number(root, "network.n_parameters", 142060);
    expect_text(root, "options.recipe", "best");
    expect_number(root, "options.batch", 64);
    expect_number(root, "options.steps", 30000);
    expect_number(root, "options.input_scale", 1.0 / 255.0);
    expect_number(root, "options.momentum", 0.9);
    expect_number(root, "options.label_smoothing", 0.1);
    expect_number(root, "data.train_rows", 60000);
    expect_text(root, "data.train_crc32", "0000beef");
    expect_text(root, "data.test_crc32", "fedcba98");
    ck_assert(cJSON_IsNull(item_at(root, "timings.total_seconds")));
    expect_text(root, "files.model", "model_mnist.npz");
    ck_assert(cJSON_IsNull(item_at(root, "files.graph")));
    expect_text(root, "started_at", "2000-02-29T00:00:00Z");
    ck_assert_ptr_null(item_at(root, "validation_loss"));
    ck_assert_ptr_null(item_at(root, "best_step"));
    ck_assert(cJSON_IsNull(item_at(root, "options.validation")));
    ck_assert(cJSON_IsNull(item_at(root, "options.patience")));
    ck_assert(cJSON_IsNull(item_at(root, "files.last_model")));
    ck_assert(cJSON_IsNull(item_at(root, "diverged")));
    ck_assert_int_eq(cJSON_GetArraySize(item_at(root, "command")), 4);
    ck_assert_str_eq(cJSON_GetArrayItem(item_at(root, "command"), 3)->valuestring, "a \"b\"\\?");
    cJSON_Delete(root);
    free(text);
    temporary_remove();
}
END_TEST

/* Every key that is promised, so that none gets lost. */
START_TEST(test_stats_keys)
{
    static const char *const keys[] = {"device_info.name",
                                       "device_info.type",
                                       "device_info.platform",
                                       "device_info.vendor",
                                       "device_info.driver",
                                       "device_info.version",
                                       "device_info.gemm",
                                       "device_info.choice",
                                       "options.recipe",
                                       "options.batch",
                                       "options.steps",
                                       "options.learning_rate",
                                       "options.schedule",
                                       "options.lr_step_every",
                                       "options.lr_step_factor",
                                       "options.weight_decay",
                                       "options.momentum",
                                       "options.nesterov",
                                       "options.label_smoothing",
                                       "options.init",
                                       "options.init_std",
                                       "options.init_scale",
                                       "options.output_gain",
                                       "options.input_scale",
                                       "options.log_every",
                                       "options.hold_out",
                                       "options.validation",
                                       "options.validate_every",
                                       "options.patience",
                                       "data.directory",
                                       "data.train_rows",
                                       "data.test_rows",
                                       "data.features",
                                       "data.classes",
                                       "data.train_crc32",
                                       "data.test_crc32",
                                       "timings.load_seconds",
                                       "timings.device_seconds",
                                       "timings.qualify_seconds",
                                       "timings.train_seconds",
                                       "timings.validation_seconds",
                                       "timings.test_seconds",
                                       "timings.total_seconds",
                                       "files.model",
                                       "files.last_model",
                                       "files.metrics",
                                       "files.graph",
                                       "diverged.verdict",
                                       "diverged.step",
                                       "diverged.tensor",
                                       "diverged.good_steps",
                                       "validation_rows",
                                       "validation_accuracy",
                                       "validation_loss",
                                       "best_step",
                                       "best_epoch",
                                       "last_validation_accuracy",
                                       "last_validation_loss",
                                       "stopped_early",
                                       "device_info.compute_units",
                                       "device_info.blas_threads",
                                       "step.tuned",
                                       "options.kernels"};
    gm_run_stats stats = make_stats();
    stats.validation_rows = 5000;
    stats.validation_accuracy = 0.9826;
    stats.best_step = 900;
    stats.last_validation_loss = 0.25;
    stats.stopped_early = 1;
    stats.options.validation_part = 0.1;
    stats.options.train.patience = 3;
    stats.diverged.verdict = "device";
    stats.diverged.step = 9;
    stats.stopped = 1;
    stats.steps = 0; /* stopped before the first step: no time per step */
    stats.timings.train_seconds = 0.0;
    char *text;
    cJSON *root = write_and_parse(&stats, &text);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; ++i)
        ck_assert_msg(item_at(root, keys[i]) != NULL, "%s: missing", keys[i]);
    expect_text(root, "diverged.verdict", "device");
    expect_number(root, "diverged.step", 9);
    expect_number(root, "validation_rows", 5000);
    expect_number(root, "validation_accuracy", 0.9826);
    expect_number(root, "best_step", 900);
    expect_number(root, "last_validation_loss", 0.25);
    expect_number(root, "options.validation", 0.1);
    expect_number(root, "options.patience", 3);
    ck_assert(cJSON_IsTrue(item_at(root, "stopped_early")));
    ck_assert(cJSON_IsNull(item_at(root, "options.validate_every")));
    ck_assert(cJSON_IsTrue(item_at(root, "stopped")));
    ck_assert(cJSON_IsNull(item_at(root, "us_per_step")));
    ck_assert(cJSON_IsNull(item_at(root, "samples_per_second")));
    cJSON_Delete(root);
    free(text);
    temporary_remove();
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("report");
    TCase *files = tcase_create("files");
    tcase_add_loop_test(files, test_clean_text, 0, sizeof texts / sizeof texts[0]);
    tcase_add_test(files, test_history_csv);
    tcase_add_test(files, test_history_grows);
    tcase_add_test(files, test_history_of_a_validated_run);
    tcase_add_test(files, test_files_that_cannot_be_written);
    tcase_add_test(files, test_stats_values);
    tcase_add_test(files, test_stats_keys);
    suite_add_tcase(suite, files);
    return suite;
}

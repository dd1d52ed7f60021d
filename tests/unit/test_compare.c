/* SPDX-License-Identifier: MIT
 * What gemlet compare makes of runs: reading hostile files, groups, curves, tables, the picture. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "compare/comparison.h"
#include "compare/curves_graph.h"
#include "compare/metrics_csv.h"
#include "compare/run_groups.h"
#include "compare/run_record.h"
#include "core/file.h"
#include "report/run_stats.h"
#include "support/run_suite.h"
#include "support/temporary.h"

/* ---- stats.json ----------------------------------------------------------------------------- */

static const char *const command[] = {"gemlet", "train"};

/* A run as gemlet train describes it. */
static gm_run_stats make_stats(uint64_t seed)
{
    gm_run_stats stats = {
        .test_accuracy = 0.98,
        .test_loss = 0.06,
        .validation_accuracy = (double)NAN,
        .validation_loss = (double)NAN,
        .steps = 20000,
        .seed = seed,
        .argc = 2,
        .argv = command,
    };
    stats.device.name = "a device";
    stats.network.spec = "784-150bn-relu-10";
    stats.network.n_parameters = 142060;
    stats.options.recipe = "default";
    stats.options.train.batch = 64;
    stats.options.train.learning_rate = 0.1;
    stats.data.test_rows = 10000;
    stats.data.classes = 10;
    stats.data.train_crc32 = 0xbeef;
    stats.timings.train_seconds = 4.0;
    return stats;
}

/* The record of a run that was written to a file and read again; its directory is then `name`. */
static gm_run_record record_of(const gm_run_stats *stats, const char *name)
{
    gm_run_record record;
    char path[4096];
    const char *directory = temporary_directory();
    snprintf(path, sizeof path, "%s/stats.json", directory);
    ck_assert_int_eq(gm_run_stats_write(path, stats), GEMLET_OK);
    ck_assert_msg(gm_run_record_read(&record, directory) == GEMLET_OK, "%s", gemlet_last_error());
    free(record.directory);
    ck_assert_ptr_nonnull(record.directory = malloc(strlen(name) + 1));
    strcpy(record.directory, name);
    temporary_remove();
    return record;
}

START_TEST(test_record)
{
    gm_run_stats stats = make_stats(7);
    stats.test_loss = 1.0 / 3.0;
    gm_run_record record = record_of(&stats, "runs/a");
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
    gm_run_stats stats = make_stats(UINT64_MAX);
    stats.stopped = 1;
    stats.steps = 500;
    stats.test_accuracy = stats.test_loss = (double)NAN;
    gm_run_record record = record_of(&stats, "a");
    ck_assert_str_eq(gm_run_record_trait(&record, "end"), "stopped after 500 steps");
    ck_assert(isnan(record.figures[GM_FIGURE_TEST_ACCURACY]));
    ck_assert(isnan(record.seed)); /* 2^64 - 1 is not exact in a double */
    gm_run_record_free(&record);
    stats.diverged.verdict = "training";
    record = record_of(&stats, "a");
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
    ck_assert_ptr_nonnull(strstr(gemlet_last_error(), "more than 64 options"));
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
    const gm_run_stats first = make_stats(1);
    const gm_run_stats second = make_stats(2);
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
    gm_loss_curve curve;
    char path[2048];
    const char *directory = temporary_directory();
    snprintf(path, sizeof path, "%s///", directory);
    ck_assert_int_eq(gm_run_record_read(&record, path), GEMLET_E_IO);
    snprintf(path, sizeof path, "%s/stats.json: cannot open", directory);
    ck_assert_ptr_nonnull(strstr(gemlet_last_error(), path));
    ck_assert_int_eq(gm_metrics_csv_read(&curve, directory), GEMLET_E_IO);
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
    ck_assert_int_eq(gm_metrics_csv_read(&curve, directory), GEMLET_E_IO);
    ck_assert_ptr_nonnull(strstr(gemlet_last_error(), "directory"));
    temporary_remove();
}
END_TEST

/* ---- groups --------------------------------------------------------------------------------- */

#define MAX_RECORDS 12u

typedef struct runs {
    gm_run_record records[MAX_RECORDS];
    size_t n;
    gm_run_groups groups;
} runs;

static void add_run(runs *r, const gm_run_stats *stats, const char *name)
{
    ck_assert_uint_lt(r->n, MAX_RECORDS);
    r->records[r->n++] = record_of(stats, name);
}

static void gather(runs *r)
{
    ck_assert_int_eq(gm_run_groups_create(&r->groups, r->records, r->n), GEMLET_OK);
}

static void release(runs *r)
{
    gm_run_groups_free(&r->groups);
    for (size_t i = 0; i < r->n; ++i)
        gm_run_record_free(&r->records[i]);
    *r = (runs){0};
}

/* Two learning rates, with seeds 1..3 and 1..n_second in turn. Accuracies 0.98 + seed / 1000 and
 * 0.97 + seed^2 / 10000, losses 0.06 and 0.08 + seed / 100. */
static runs make_runs(unsigned n_second)
{
    runs r = {0};
    for (unsigned seed = 1; seed <= 3; ++seed) {
        char name[32];
        gm_run_stats stats = make_stats(seed);
        stats.test_accuracy = 0.98 + seed / 1000.0;
        snprintf(name, sizeof name, "runs/fast-seed%u", seed);
        add_run(&r, &stats, name);
        if (seed > n_second)
            continue;
        stats.options.train.learning_rate = 0.01;
        stats.options.train.schedule = GEMLET_SCHEDULE_COSINE;
        stats.test_accuracy = 0.97 + seed * seed / 10000.0;
        stats.test_loss = 0.08 + seed / 100.0;
        snprintf(name, sizeof name, "runs/slow-seed%u", seed);
        add_run(&r, &stats, name);
    }
    gather(&r);
    return r;
}

START_TEST(test_groups)
{
    runs r = make_runs(3);
    ck_assert_uint_eq(r.groups.n, 2);
    for (size_t g = 0; g < 2; ++g) {
        ck_assert_uint_eq(r.groups.groups[g].n_runs, 3);
        for (size_t i = 0; i < 3; ++i)
            ck_assert_uint_eq(r.groups.groups[g].runs[i], 2 * i + g);
    }
    ck_assert_str_eq(r.groups.groups[0].label, "fast");
    ck_assert_str_eq(r.groups.groups[1].label, "slow");
    ck_assert_uint_eq(r.groups.n_traits, 2);
    ck_assert_str_eq(r.groups.traits[0], "learning rate");
    ck_assert_str_eq(r.groups.traits[1], "schedule");
    ck_assert_str_eq(gm_run_groups_trait(&r.groups, 1, "schedule"), "cosine");
    ck_assert(gm_run_groups_agree(&r.groups, "learning rate", "schedule"));
    double values[MAX_RECORDS];
    ck_assert_uint_eq(gm_run_groups_figures(&r.groups, 1, GM_FIGURE_TEST_LOSS, values), 3);
    ck_assert(values[2] == 0.08 + 3 / 100.0);
    ck_assert(gm_run_groups_are_paired(&r.groups, 0, 1));
    ck_assert_uint_eq(gm_run_groups_partner(&r.groups, 4, 1), 5);
    release(&r);
    r = make_runs(2);
    ck_assert(!gm_run_groups_are_paired(&r.groups, 0, 1));
    release(&r);
}
END_TEST

/* Whatever else differs keeps runs apart; what does not matter does not. */
START_TEST(test_what_makes_a_group)
{
    runs r = {0};
    gm_run_stats stats = make_stats(1);
    add_run(&r, &stats, "a");
    stats.seed = 2;
    stats.data.directory = "the same rows elsewhere";
    stats.timings.total_seconds = 9;
    add_run(&r, &stats, "b");
    gather(&r);
    ck_assert_uint_eq(r.groups.n, 1);
    gm_run_groups_free(&r.groups);
    stats = make_stats(3);
    stats.device.name = "another device";
    add_run(&r, &stats, "c");
    stats = make_stats(4);
    stats.stopped = 1;
    add_run(&r, &stats, "d");
    stats = make_stats(9);
    stats.step.fused = 1; /* other sums, other rounding */
    add_run(&r, &stats, "i");
    stats = make_stats(5);
    stats.data.test_crc32 = 1;
    add_run(&r, &stats, "e");
    stats = make_stats(6);
    stats.data.train_crc32 = 1;
    add_run(&r, &stats, "f");
    /* Held-out rows differ from seed to seed, and so do the rows that are left. */
    stats = make_stats(7);
    stats.options.hold_out = 100;
    stats.data.train_crc32 = 7;
    add_run(&r, &stats, "g");
    stats.seed = stats.data.train_crc32 = 8;
    add_run(&r, &stats, "h");
    gather(&r);
    ck_assert_uint_eq(r.groups.n, 7);
    ck_assert_uint_eq(r.groups.groups[6].n_runs, 2);
    release(&r);
}
END_TEST

START_TEST(test_repeats)
{
    runs r = {0};
    gm_run_stats stats = make_stats(1);
    add_run(&r, &stats, "a");
    add_run(&r, &stats, "b"); /* same seed */
    stats.seed = UINT64_MAX;
    add_run(&r, &stats, "c");
    stats.seed = UINT64_MAX - 1; /* the same in a double, but nobody can know */
    add_run(&r, &stats, "d");
    add_run(&r, &stats, "c"); /* same directory */
    gather(&r);
    ck_assert_uint_eq(r.groups.n, 1);
    ck_assert_uint_eq(r.groups.groups[0].n_runs, 3);
    ck_assert_uint_eq(r.groups.repeats[1], 0);
    ck_assert_uint_eq(r.groups.repeats[3], 3);
    ck_assert_uint_eq(r.groups.repeats[4], 2);
    release(&r);
}
END_TEST

/* Directories of up to three seeds of one group, and of another one, and both labels. */
static const struct {
    const char *names[3];
    const char *other;
    const char *label;
    const char *other_label;
} labels[] = {
    {{"runs/a"}, "runs/b", "a", "b"},
    {{"a-1", "a-2"}, "b-1", "a", "b-1"},
    {{"runs/x/seed1", "runs/x/seed2"}, "runs/y", "x", "y"},
    {{"runs/x/seed10", "runs/x/seed11"}, "runs/y/seed1", "x", "y/seed1"},
    {{"w150-s1", "w150-s2"}, "w300", "w150-s", "w300"},
    {{"seed1/big", "seed2/big"}, "seed1/small", "seed*/big", "seed1/small"},
    {{"1", "2", "3"}, "4", "*", "4"},
    {{"one", "two"}, "one", "*", "one"},
    {{"/", "/a"}, "/b", "/", "/b"},
    {{"m\xc3\xa4", "m\xc3\xb6"}, "n", "m", "n"},
    {{"\xc3\xa4m", "\xe2\x82\xa4m"}, "n", "*m", "n"},
    {{"same-1", "same-2"}, "same", "same", "same (2)"},
};

START_TEST(test_labels)
{
    runs r = {0};
    gm_run_stats stats = make_stats(0);
    for (unsigned i = 0; i < 3 && labels[_i].names[i] != NULL; ++i) {
        stats.seed = i;
        add_run(&r, &stats, labels[_i].names[i]);
    }
    stats.options.train.batch = 3;
    add_run(&r, &stats, labels[_i].other);
    gather(&r);
    ck_assert_uint_eq(r.groups.n, 2);
    ck_assert_str_eq(r.groups.groups[0].label, labels[_i].label);
    ck_assert_str_eq(r.groups.groups[1].label, labels[_i].other_label);
    release(&r);
}
END_TEST

/* ---- tables --------------------------------------------------------------------------------- */

typedef gemlet_status print_function(const gm_run_groups *groups,
                                     const gm_comparison_format *format, FILE *stream);

static char printed[8192];

/* What `print` writes. */
static const char *print(print_function *function, const runs *r, gm_comparison_format format)
{
    const char *path = temporary_file("printed", "", 0);
    FILE *stream = fopen(path, "w+");
    ck_assert_ptr_nonnull(stream);
    ck_assert_int_eq(function(&r->groups, &format, stream), GEMLET_OK);
    rewind(stream);
    printed[fread(printed, 1, sizeof printed - 1, stream)] = '\0';
    fclose(stream);
    temporary_remove();
    return printed;
}

#define NOTES                                                                                      \
    "network: 784-150bn-relu-10; device: a device; +-: standard deviation over the seeds; 95 % "   \
    "interval: Wilson's, for the number of test rows\n"

static const gm_comparison_format plain = {0, GM_PAIRS_FIRST};
static const gm_comparison_format markdown = {1, GM_PAIRS_FIRST};

START_TEST(test_figures)
{
    runs r = make_runs(2);
    ck_assert_str_eq(
        print(gm_comparison_print_figures, &r, plain),
        "runs  learning rate, schedule  seeds    test accuracy     95 % interval         test loss "
        "  training time   us/step  parameters\n"
        "fast  0.1, constant                3  98.20 +- 0.10 %  97.92 to 98.44 %  0.0600 +- 0.0000 "
        " 4.00 +- 0.00 s  200 +- 0      142060\n"
        "slow  0.01, cosine                 2  97.02 +- 0.02 %  96.67 to 97.34 %  0.0950 +- 0.0071 "
        " 4.00 +- 0.00 s  200 +- 0      142060\n"
        "\n" NOTES);
    release(&r);
}
END_TEST

START_TEST(test_markdown_figures)
{
    runs r = {0};
    gm_run_stats stats = make_stats(1);
    stats.validation_rows = 100;
    stats.validation_accuracy = 0.5;
    stats.validation_loss = 0.00123456;
    add_run(&r, &stats, "a_b|c");
    stats = make_stats(1);
    stats.stopped = 1;
    stats.steps = 3;
    stats.test_accuracy = stats.test_loss = (double)NAN;
    add_run(&r, &stats, "d");
    gather(&r);
    ck_assert_str_eq(print(gm_comparison_print_figures, &r, markdown),
                     "| runs | end | seeds | test accuracy | 95 % interval | test loss | "
                     "validation accuracy | validation loss | training time | us/step | "
                     "parameters |\n"
                     "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n"
                     "| a\\_b\\|c | - | 1 | 98.00 % | 97.71 to 98.26 % | 0.0600 | 50.00 % | "
                     "0.00123 | 4.00 s | 200 | 142060 |\n"
                     "| d | stopped after 3 steps | 1 | - | - | - | - | - | 4.00 s | 1333333 | "
                     "142060 |\n"
                     "\n" NOTES);
    ck_assert_str_eq(print(gm_comparison_print_differences, &r, plain),
                     "one seed each: whether the differences mean anything cannot be tested\n");
    release(&r);
}
END_TEST

/* Figures of SciPy: ttest_rel and ttest_ind(equal_var=False) with confidence_interval(). */
START_TEST(test_differences)
{
    runs r = make_runs(3);
    ck_assert_str_eq(
        print(gm_comparison_print_differences, &r, plain),
        "difference       test accuracy   95 % interval          p  test loss       95 % interval "
        "      p  test\n"
        "slow minus fast   -1.15 points  -1.30 to -1.00  0.00091 *    +0.0400  +0.0152 to +0.0648 "
        " 0.02 *  paired t-test, 3 seeds\n"
        "\n"
        "*: p < 0.05; paired by seed where both have the same seeds\n");
    release(&r);
    r = make_runs(2);
    ck_assert_str_eq(
        print(gm_comparison_print_differences, &r, markdown),
        "| difference | test accuracy | 95 % interval | p | test loss | 95 % interval | p | test "
        "|\n"
        "|---|---:|---:|---:|---:|---:|---:|---|\n"
        "| slow minus fast | -1.18 points | -1.41 to -0.94 | 0.0014 \\* | +0.0350 | -0.0285 to "
        "+0.0985 | 0.09 | Welch's t-test, 2 and 3 seeds |\n"
        "\n"
        "*: p < 0.05; paired by seed where both have the same seeds\n");
    release(&r);
    r = make_runs(1);
    ck_assert_ptr_nonnull(strstr(print(gm_comparison_print_differences, &r, markdown),
                                 "| slow-seed1 minus fast | -1.19 points | - | - | +0.0300 | - | - "
                                 "| none for a single run"));
    release(&r);
}
END_TEST

START_TEST(test_pairs)
{
    runs r = {0};
    for (unsigned i = 0; i < 4; ++i) {
        static const char *const names[] = {"a-1", "a-2", "b", "c"};
        gm_run_stats stats = make_stats(i + 1);
        stats.options.train.batch = i < 2 ? 1 : i;
        add_run(&r, &stats, names[i]);
    }
    gather(&r);
    const char *text = print(gm_comparison_print_differences, &r, plain);
    ck_assert_ptr_nonnull(strstr(text, "b minus a"));
    ck_assert_ptr_nonnull(strstr(text, "c minus a"));
    ck_assert_ptr_null(strstr(text, "c minus b"));
    ck_assert_ptr_nonnull(strstr(text, "each test for itself"));
    text = print(gm_comparison_print_differences, &r, (gm_comparison_format){0, GM_PAIRS_ALL});
    ck_assert_ptr_nonnull(strstr(text, "c minus b"));
    release(&r);
    gm_run_stats stats = make_stats(1);
    add_run(&r, &stats, "a");
    gather(&r);
    ck_assert_str_eq(print(gm_comparison_print_differences, &r, plain), "");
    release(&r);
}
END_TEST

/* ---- curves --------------------------------------------------------------------------------- */

static gemlet_status parse_curve(gm_loss_curve *curve, const char *text)
{
    char copy[512];
    snprintf(copy, sizeof copy, "%s", text);
    return gm_metrics_csv_parse(curve, copy, strlen(copy), "metrics.csv");
}

static gm_loss_curve curve_of(const char *text)
{
    gm_loss_curve curve;
    ck_assert_msg(parse_curve(&curve, text) == GEMLET_OK, "%s", gemlet_last_error());
    return curve;
}

START_TEST(test_curve)
{
    gm_loss_curve curve =
        curve_of("epoch,train_loss,later,step\n0,2.5,x,1\n0.1,nan,y,100\n1,3,,200");
    ck_assert_uint_eq(curve.n, 3);
    ck_assert(curve.points[0].step == 1.0 && curve.points[0].loss == 2.5);
    ck_assert(curve.points[1].step == 100.0 && isnan(curve.points[1].loss));
    ck_assert(curve.points[2].step == 200.0 && curve.points[2].high == 3.0);
    gm_loss_curve_free(&curve);
    curve = curve_of("step,train_loss\n");
    ck_assert_uint_eq(curve.n, 0);
    gm_loss_curve mean;
    ck_assert_int_eq(gm_loss_curve_smooth(&curve, 5), GEMLET_OK);
    ck_assert_int_eq(gm_loss_curve_mean(&mean, &curve, 1), GEMLET_OK);
    ck_assert_uint_eq(mean.n, 0);
    gm_loss_curve_free(&mean);
    gm_loss_curve_free(&curve);
}
END_TEST

static const struct {
    const char *text;
    const char *message;
} bad_curves[] = {
    {"", "line 1: found no header"},
    {"step,loss\n1,2\n", "line 1: found no header"},
    {"step,step,train_loss\n1,1,2\n", "line 1: found no header"},
    {"step,train_loss\n1,2\n\n", "line 3: step: found ''"},
    {"step,train_loss\n1,2\n2,x y\n", "line 3: train_loss: found 'x y', expected a number"},
    {"step,train_loss\n1,2\n2\n", "line 3: train_loss: found ''"},
    {"step,train_loss\n1,2\n1,2\n", "line 3: step: found '1', expected a number above"},
    {"step,train_loss\n0,2\n", "line 2: step: found '0'"},
    {"step,train_loss\ninf,2\n", "line 2: step: found 'inf'"},
    {"step,train_loss\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n", "line 2: step: found ''"},
};

START_TEST(test_bad_curves)
{
    gm_loss_curve curve;
    ck_assert_int_eq(parse_curve(&curve, bad_curves[_i].text), GEMLET_E_FORMAT);
    const char *message = gemlet_last_error();
    ck_assert_msg(strncmp(message, "metrics.csv: ", 13) == 0 &&
                      strstr(message, bad_curves[_i].message) != NULL,
                  "found: %s\nexpected: %s", message, bad_curves[_i].message);
    ck_assert_ptr_null(curve.points);
}
END_TEST

START_TEST(test_smoothing)
{
    /* Reports on 1, 99, 100, 100 and 100 steps. */
    static const char text[] = "step,train_loss\n1,10\n100,4\n200,3\n300,nan\n400,1\n500,2\n";
    gm_loss_curve curve = curve_of(text);
    ck_assert_int_eq(gm_loss_curve_smooth(&curve, 1), GEMLET_OK);
    ck_assert(curve.points[0].loss == 10.0 && curve.points[5].loss == 2.0);
    ck_assert_int_eq(gm_loss_curve_smooth(&curve, 3), GEMLET_OK);
    /* The first two stand for themselves; the middle ones for three, one of them missing. */
    static const double expected[] = {10, 4, (4 * 99 + 3 * 100) / 199.0, 2, 1.5, 1.5};
    for (size_t i = 0; i < 6; ++i) {
        ck_assert_double_eq_tol(curve.points[i].loss, expected[i], 1e-14);
        ck_assert(curve.points[i].low == curve.points[i].loss);
    }
    gm_loss_curve_free(&curve);
    curve = curve_of(text);
    ck_assert_int_eq(gm_loss_curve_smooth(&curve, 1000), GEMLET_OK);
    ck_assert(curve.points[0].loss == 10.0);
    ck_assert_double_eq_tol(curve.points[4].loss, (3 * 100 + 100 + 200) / 300.0, 1e-14);
    gm_loss_curve_free(&curve);
}
END_TEST

START_TEST(test_mean_of_curves)
{
    gm_loss_curve curves[3] = {
        curve_of("step,train_loss\n1,4\n100,2\n200,nan\n300,1\n"),
        curve_of("step,train_loss\n1,2\n50,7\n100,1\n200,nan\n"),
        curve_of("step,train_loss\n1,6\n100,3\n"),
    };
    gm_loss_curve mean;
    ck_assert_int_eq(gm_loss_curve_mean(&mean, curves, 3), GEMLET_OK);
    ck_assert_uint_eq(mean.n, 4);
    ck_assert(mean.points[0].loss == 4.0 && mean.points[0].low == 2.0 &&
              mean.points[0].high == 6.0);
    ck_assert(mean.points[1].loss == 2.0 && mean.points[1].low == 1.0 &&
              mean.points[1].high == 3.0);
    ck_assert(isnan(mean.points[2].loss));
    ck_assert(mean.points[3].loss == 1.0 && mean.points[3].high == 1.0);
    gm_loss_curve_free(&mean);
    for (size_t i = 0; i < 3; ++i)
        gm_loss_curve_free(&curves[i]);
}
END_TEST

/* ---- the picture ---------------------------------------------------------------------------- */

/* Draws two groups, one of them with n_points points, into the temporary directory. Returns the
 * note, NULL if there is none; free() it. */
static char *draw(size_t n_points, const char *name)
{
    runs r = {0};
    gm_run_stats stats = make_stats(1);
    add_run(&r, &stats, name);
    stats.options.train.batch = 3;
    add_run(&r, &stats, "b-1");
    stats.seed = 2;
    add_run(&r, &stats, "b-2");
    gather(&r);
    gm_loss_point points[100];
    ck_assert_uint_le(n_points, 100);
    for (size_t i = 0; i < 100; ++i) {
        const double loss = 2.3 / (1.0 + (double)i);
        points[i] = (gm_loss_point){(double)(100 * i + 1), loss, 0.5 * loss, 2 * loss};
    }
    const gm_loss_curve curves[2] = {{points, n_points}, {points, n_points / 2}};
    const gm_curves_graph graph = {
        .groups = &r.groups,
        .curves = curves,
        .n_smoothed = 5,
        .directory = temporary_directory(),
    };
    char *note;
    ck_assert_msg(gm_curves_graph_draw(&note, &graph) == GEMLET_OK, "%s", gemlet_last_error());
    release(&r);
    return note;
}

static int exists(const char *name)
{
    return gm_file_exists(temporary_path(name));
}

START_TEST(test_picture)
{
    static const size_t counts[] = {100, 2, 3};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; ++i) {
        char *note = draw(counts[i], "it's `touch x` \"$(touch x)\" @a ^{b} %s");
        ck_assert_msg(note == NULL, "%s", note);
        ck_assert(exists("compare.png") && exists("compare.svg"));
        ck_assert(exists("compare.csv") && exists("compare.gp"));
        ck_assert(!exists("x"));
    }
    temporary_remove();
}
END_TEST

START_TEST(test_picture_without_points)
{
    free(draw(100, "a"));
    char *note = draw(0, "a");
    ck_assert_ptr_nonnull(note);
    ck_assert_ptr_null(strchr(note, '\n'));
    free(note);
    ck_assert(!exists("compare.png") && !exists("compare.svg"));
    ck_assert(exists("compare.csv") && exists("compare.gp"));
    temporary_remove();
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("compare");
    TCase *reading = tcase_create("reading");
    tcase_add_test(reading, test_record);
    tcase_add_test(reading, test_record_of_a_run_that_ended_early);
    tcase_add_loop_test(reading, test_hostile_records, 0, sizeof files / sizeof files[0]);
    tcase_add_test(reading, test_records_with_too_much);
    tcase_add_test(reading, test_record_of_a_run_that_is_replaced);
    tcase_add_test(reading, test_files_that_are_none);
    suite_add_tcase(suite, reading);
    TCase *groups = tcase_create("groups");
    tcase_add_test(groups, test_groups);
    tcase_add_test(groups, test_what_makes_a_group);
    tcase_add_test(groups, test_repeats);
    tcase_add_loop_test(groups, test_labels, 0, sizeof labels / sizeof labels[0]);
    suite_add_tcase(suite, groups);
    TCase *tables = tcase_create("tables");
    tcase_add_test(tables, test_figures);
    tcase_add_test(tables, test_markdown_figures);
    tcase_add_test(tables, test_differences);
    tcase_add_test(tables, test_pairs);
    suite_add_tcase(suite, tables);
    TCase *curves = tcase_create("curves");
    tcase_add_test(curves, test_curve);
    tcase_add_loop_test(curves, test_bad_curves, 0, sizeof bad_curves / sizeof bad_curves[0]);
    tcase_add_test(curves, test_smoothing);
    tcase_add_test(curves, test_mean_of_curves);
    suite_add_tcase(suite, curves);
    TCase *picture = tcase_create("picture");
    tcase_set_timeout(picture, 60); /* gnuplot builds its font cache when it runs first */
    tcase_add_test(picture, test_picture);
    tcase_add_test(picture, test_picture_without_points);
    suite_add_tcase(suite, picture);
    return suite;
}

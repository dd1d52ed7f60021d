/* SPDX-License-Identifier: MIT
 * What gemlet compare makes of runs: groups and tables. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare/comparison.h"
#include "compared_runs.h"
#include "support/run_suite.h"
#include "support/temporary.h"

/* ---- groups --------------------------------------------------------------------------------- */

START_TEST(test_groups)
{
    compared_runs r = compared_make(3);
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
    double values[COMPARED_MAX_RUNS];
    ck_assert_uint_eq(gm_run_groups_figures(&r.groups, 1, GM_FIGURE_TEST_LOSS, values), 3);
    ck_assert(values[2] == 0.08 + 3 / 100.0);
    ck_assert(gm_run_groups_are_paired(&r.groups, 0, 1));
    ck_assert_uint_eq(gm_run_groups_partner(&r.groups, 4, 1), 5);
    compared_release(&r);
    r = compared_make(2);
    ck_assert(!gm_run_groups_are_paired(&r.groups, 0, 1));
    compared_release(&r);
}
END_TEST

/* Whatever else differs keeps compared_runs apart; what does not matter does not. */
START_TEST(test_what_makes_a_group)
{
    compared_runs r = {0};
    gm_run_stats stats = compared_stats(1);
    compared_add(&r, &stats, "a");
    stats.seed = 2;
    stats.data.directory = "the same rows elsewhere";
    stats.timings.total_seconds = 9;
    compared_add(&r, &stats, "b");
    compared_gather(&r);
    ck_assert_uint_eq(r.groups.n, 1);
    gm_run_groups_free(&r.groups);
    stats = compared_stats(3);
    stats.device.name = "another device";
    compared_add(&r, &stats, "c");
    stats = compared_stats(4);
    stats.stopped = 1;
    compared_add(&r, &stats, "d");
    stats = compared_stats(9);
    stats.step.fused = 1; /* other sums, other rounding */
    compared_add(&r, &stats, "i");
    stats = compared_stats(5);
    stats.data.test_crc32 = 1;
    compared_add(&r, &stats, "e");
    stats = compared_stats(6);
    stats.data.train_crc32 = 1;
    compared_add(&r, &stats, "f");
    /* Held-out rows differ from seed to seed, and so do the rows that are left. */
    stats = compared_stats(7);
    stats.options.hold_out = 100;
    stats.data.train_crc32 = 7;
    compared_add(&r, &stats, "g");
    stats.seed = stats.data.train_crc32 = 8;
    compared_add(&r, &stats, "h");
    compared_gather(&r);
    ck_assert_uint_eq(r.groups.n, 7);
    ck_assert_uint_eq(r.groups.groups[6].n_runs, 2);
    compared_release(&r);
}
END_TEST

START_TEST(test_repeats)
{
    compared_runs r = {0};
    gm_run_stats stats = compared_stats(1);
    compared_add(&r, &stats, "a");
    compared_add(&r, &stats, "b"); /* same seed */
    stats.seed = UINT64_MAX;
    compared_add(&r, &stats, "c");
    stats.seed = UINT64_MAX - 1; /* the same in a double, but nobody can know */
    compared_add(&r, &stats, "d");
    compared_add(&r, &stats, "c"); /* same directory */
    compared_gather(&r);
    ck_assert_uint_eq(r.groups.n, 1);
    ck_assert_uint_eq(r.groups.groups[0].n_runs, 3);
    ck_assert_uint_eq(r.groups.repeats[1], 0);
    ck_assert_uint_eq(r.groups.repeats[3], 3);
    ck_assert_uint_eq(r.groups.repeats[4], 2);
    compared_release(&r);
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
    compared_runs r = {0};
    gm_run_stats stats = compared_stats(0);
    for (unsigned i = 0; i < 3 && labels[_i].names[i] != NULL; ++i) {
        stats.seed = i;
        compared_add(&r, &stats, labels[_i].names[i]);
    }
    stats.options.train.batch = 3;
    compared_add(&r, &stats, labels[_i].other);
    compared_gather(&r);
    ck_assert_uint_eq(r.groups.n, 2);
    ck_assert_str_eq(r.groups.groups[0].label, labels[_i].label);
    ck_assert_str_eq(r.groups.groups[1].label, labels[_i].other_label);
    compared_release(&r);
}
END_TEST

/* ---- tables --------------------------------------------------------------------------------- */

typedef gemlet_status print_function(const gm_run_groups *groups,
                                     const gm_comparison_format *format, FILE *stream);

static char printed[8192];

/* What `print` writes. */
static const char *print(print_function *function, const compared_runs *r,
                         gm_comparison_format format)
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

static const gm_comparison_format plain = {.markdown = 0, .pairs = GM_PAIRS_FIRST};
static const gm_comparison_format markdown = {.markdown = 1, .pairs = GM_PAIRS_FIRST};

START_TEST(test_figures)
{
    compared_runs r = compared_make(2);
    ck_assert_str_eq(
        print(gm_comparison_print_figures, &r, plain),
        "runs  learning rate, schedule  seeds    test accuracy     95 % interval         test loss "
        "  training time   us/step  parameters\n"
        "fast  0.1, constant                3  98.20 +- 0.10 %  97.92 to 98.44 %  0.0600 +- 0.0000 "
        " 4.00 +- 0.00 s  200 +- 0      142060\n"
        "slow  0.01, cosine                 2  97.02 +- 0.02 %  96.67 to 97.34 %  0.0950 +- 0.0071 "
        " 4.00 +- 0.00 s  200 +- 0      142060\n"
        "\n" NOTES);
    compared_release(&r);
}
END_TEST

START_TEST(test_markdown_figures)
{
    compared_runs r = {0};
    gm_run_stats stats = compared_stats(1);
    stats.validation_rows = 100;
    stats.validation_accuracy = 0.5;
    stats.validation_loss = 0.00123456;
    compared_add(&r, &stats, "a_b|c");
    stats = compared_stats(1);
    stats.stopped = 1;
    stats.steps = 3;
    stats.test_accuracy = stats.test_loss = (double)NAN;
    compared_add(&r, &stats, "d");
    compared_gather(&r);
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
    compared_release(&r);
}
END_TEST

/* Figures of SciPy: ttest_rel and ttest_ind(equal_var=False) with confidence_interval(). */
START_TEST(test_differences)
{
    compared_runs r = compared_make(3);
    ck_assert_str_eq(
        print(gm_comparison_print_differences, &r, plain),
        "difference       test accuracy   95 % interval          p  test loss       95 % interval "
        "      p  test\n"
        "slow minus fast   -1.15 points  -1.30 to -1.00  0.00091 *    +0.0400  +0.0152 to +0.0648 "
        " 0.02 *  paired t-test, 3 seeds\n"
        "\n"
        "*: p < 0.05; paired by seed where both have the same seeds\n");
    compared_release(&r);
    r = compared_make(2);
    ck_assert_str_eq(
        print(gm_comparison_print_differences, &r, markdown),
        "| difference | test accuracy | 95 % interval | p | test loss | 95 % interval | p | test "
        "|\n"
        "|---|---:|---:|---:|---:|---:|---:|---|\n"
        "| slow minus fast | -1.18 points | -1.41 to -0.94 | 0.0014 \\* | +0.0350 | -0.0285 to "
        "+0.0985 | 0.09 | Welch's t-test, 2 and 3 seeds |\n"
        "\n"
        "*: p < 0.05; paired by seed where both have the same seeds\n");
    compared_release(&r);
    r = compared_make(1);
    ck_assert_ptr_nonnull(strstr(print(gm_comparison_print_differences, &r, markdown),
                                 "| slow-seed1 minus fast | -1.19 points | - | - | +0.0300 | - | - "
                                 "| none for a single run"));
    compared_release(&r);
}
END_TEST

START_TEST(test_pairs)
{
    compared_runs r = {0};
    for (unsigned i = 0; i < 4; ++i) {
        static const char *const names[] = {"a-1", "a-2", "b", "c"};
        gm_run_stats stats = compared_stats(i + 1);
        stats.options.train.batch = i < 2 ? 1 : i;
        compared_add(&r, &stats, names[i]);
    }
    compared_gather(&r);
    const char *text = print(gm_comparison_print_differences, &r, plain);
    ck_assert_ptr_nonnull(strstr(text, "b minus a"));
    ck_assert_ptr_nonnull(strstr(text, "c minus a"));
    ck_assert_ptr_null(strstr(text, "c minus b"));
    ck_assert_ptr_nonnull(strstr(text, "each test for itself"));
    text = print(gm_comparison_print_differences, &r,
                 (gm_comparison_format){.markdown = 0, .pairs = GM_PAIRS_ALL});
    ck_assert_ptr_nonnull(strstr(text, "c minus b"));
    compared_release(&r);
    gm_run_stats stats = compared_stats(1);
    compared_add(&r, &stats, "a");
    compared_gather(&r);
    ck_assert_str_eq(print(gm_comparison_print_differences, &r, plain), "");
    compared_release(&r);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("compare");
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
    return suite;
}

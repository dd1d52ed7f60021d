/* SPDX-License-Identifier: MIT
 * The lines that show the progress of training, and that --quiet and a log get no others. */
#include <stdio.h>
#include <string.h>

#include "cli/progress.h"
#include "support/run_suite.h"
#include "support/temporary.h"

static const gemlet_progress half = {
    .step = 10000,
    .n_steps = 20000,
    .epoch = 10.67,
    .learning_rate = 0.05,
    .train_loss = 0.12345678,
    .train_accuracy = 0.9625,
    .seconds = 4.0,
    .steps_per_second = 2500.4,
};

/* Slow because it compiles kernels; 2 s after it half of the steps are done. */
static const gemlet_progress first = {.step = 1, .n_steps = 20000, .seconds = 2.0};

START_TEST(wide_line_has_bar_and_all_figures)
{
    char text[512];
    gm_progress_format_live(text, sizeof text, &half, &first, 100);
    ck_assert_str_eq(text, "[###############...............] "
                           "10000/20000  loss 0.1235  acc 96.25 %  ETA 0:02  2500 steps/s");
}
END_TEST

START_TEST(line_fits_every_width)
{
    for (size_t width = 0; width < 700; ++width) {
        char text[512];
        gm_progress_format_live(text, sizeof text, &half, &first, width);
        ck_assert_uint_le(strlen(text), width > 0 ? width - 1 : 0);
    }
    char text[512];
    gm_progress_format_live(text, sizeof text, &half, &first, 30);
    ck_assert_str_eq(text, "10000/20000  loss 0.1235");
}
END_TEST

START_TEST(speed_gives_way_to_the_bar)
{
    char text[512];
    gm_progress_format_live(text, sizeof text, &half, &first, 61);
    ck_assert_str_eq(text, "[#####.....] 10000/20000  loss 0.1235  acc 96.25 %  ETA 0:02");
}
END_TEST

START_TEST(bar_is_full_only_at_the_end)
{
    gemlet_progress progress = half;
    char text[512];
    progress.step = 19999;
    gm_progress_format_live(text, sizeof text, &progress, &first, 120);
    ck_assert_ptr_nonnull(strstr(text, "#.]"));
    progress.step = 20000;
    gm_progress_format_live(text, sizeof text, &progress, &first, 120);
    ck_assert_ptr_nonnull(strstr(text, "##]"));
}
END_TEST

START_TEST(odd_figures_stay_harmless)
{
    const gemlet_progress odd = {
        .step = UINT64_MAX,
        .n_steps = UINT64_MAX,
        .train_loss = 1e300,
        .seconds = 1e300,
        .steps_per_second = 1e300,
    };
    char text[160];
    gm_progress_format_live(text, sizeof text, &odd, &first, 1000);
    ck_assert_uint_lt(strlen(text), sizeof text);
    gm_progress_format_plain(text, sizeof text, &odd, &first);
    ck_assert_uint_lt(strlen(text), sizeof text);
}
END_TEST

/* What a display writes to a file, which is no terminal, for two reports. */
static void show_in_file(char *text, size_t size, int quiet)
{
    FILE *file = fopen(temporary_file("log", "", 0), "w+");
    ck_assert_ptr_nonnull(file);
    gm_progress_display display;
    gm_progress_start(&display, file, quiet);
    gm_progress_show(&first, &display);
    gm_progress_show(&half, &display);
    gm_progress_finish(&display);
    gm_progress_finish(&display);
    rewind(file);
    text[fread(text, 1, size - 1, file)] = '\0';
    fclose(file);
    temporary_remove();
}

START_TEST(log_has_a_line_per_report)
{
    char text[1024];
    show_in_file(text, sizeof text, 0);
    ck_assert_str_eq(
        text, "step 1/20000  loss 0.000000  acc 0.00 %  lr 0  0 steps/s\n"
              "step 10000/20000  loss 0.123457  acc 96.25 %  lr 0.05  2500 steps/s  ETA 0:02\n");
}
END_TEST

START_TEST(validation_is_shown_when_it_is_made)
{
    gemlet_progress progress = half;
    char text[512];
    progress.validation_step = half.step;
    progress.validation_loss = 0.25;
    progress.validation_accuracy = 0.5;
    gm_progress_format_plain(text, sizeof text, &progress, &first);
    ck_assert_str_eq(text, "step 10000/20000  loss 0.123457  acc 96.25 %  val loss 0.250000  "
                           "val acc 50.00 %  lr 0.05  2500 steps/s  ETA 0:02");
    gm_progress_format_live(text, sizeof text, &progress, &first, 112);
    ck_assert_str_eq(text, "[###############...............] 10000/20000  loss 0.1235  "
                           "acc 96.25 %  val 0.2500  ETA 0:02  2500 steps/s");
    progress.validation_step = half.step - 1;
    gm_progress_format_plain(text, sizeof text, &progress, &first);
    ck_assert_ptr_null(strstr(text, "val"));
    gm_progress_format_live(text, sizeof text, &progress, &first, 112);
    ck_assert_ptr_nonnull(strstr(text, "val 0.2500"));
}
END_TEST

START_TEST(quiet_prints_nothing)
{
    char text[1024];
    show_in_file(text, sizeof text, 1);
    ck_assert_str_eq(text, "");
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("progress");
    TCase *tcase = tcase_create("progress");
    tcase_add_test(tcase, wide_line_has_bar_and_all_figures);
    tcase_add_test(tcase, line_fits_every_width);
    tcase_add_test(tcase, speed_gives_way_to_the_bar);
    tcase_add_test(tcase, bar_is_full_only_at_the_end);
    tcase_add_test(tcase, odd_figures_stay_harmless);
    tcase_add_test(tcase, log_has_a_line_per_report);
    tcase_add_test(tcase, validation_is_shown_when_it_is_made);
    tcase_add_test(tcase, quiet_prints_nothing);
    suite_add_tcase(suite, tcase);
    return suite;
}

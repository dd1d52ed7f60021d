/* SPDX-License-Identifier: MIT
 * The option parser: what it takes, what it refuses, and the one line it prints then. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"
#include "options/options.h"
#include "core/nearest_word.h"
#include "gemlet/model.h"
#include "support/run_suite.h"
#include "support/temporary.h"

typedef struct values {
    int quiet;
    gemlet_dim batch;
    uint64_t steps;
    double rate;
    double momentum;
    const char *data;
    unsigned schedule;
    gm_dim_list hidden;
    gm_operands *operands; /* NULL: none are taken */
    unsigned without;
    int is_silent;
} values;

#define VALUES_DEFAULT                                                                             \
    {                                                                                              \
        0, 64, 0, 0.1, 0.9, "here", 1, {{150, 150}, 2}, NULL, 0, 0                                 \
    }

static char printed[4096]; /* what the last parse() wrote to the stream it redirected */

/* Parses a line of at most 15 words with the stream `fd` (1 or 2) caught in `printed`. */
static int parse_catching(int fd, values *v, int *given_batch, const char *const *words)
{
    gm_option options[] = {
        GM_TEXT(DATA, "data", "DIR", &v->data, "directory of the data set"),
        GM_DIM(TRAINING, "batch", "N", &v->batch, 1, UINT32_MAX, "rows per step"),
        GM_UNSIGNED(LENGTH, "steps", "N", &v->steps, 1, UINT64_MAX, "steps of the run"),
        GM_REAL_ABOVE(TRAINING, "lr", "X", &v->rate, 0, "learning rate"),
        GM_REAL_RANGE(TRAINING, "momentum", "X", &v->momentum, 0, 1, "weight of the past"),
        GM_CHOICE(TRAINING, "schedule", "NAME", &v->schedule, gm_schedule_names,
                  "learning rate over time"),
        GM_DIM_LIST(TRAINING, "hidden", "LIST", &v->hidden, 1, UINT32_MAX,
                    "widths of the hidden layers"),
        GM_FLAG(TRAINING, "quiet", &v->quiet, "print nothing"),
    };
    const gm_command command = {.name = "train",
                                .description = "Trains.\nWell.",
                                .options = options,
                                .n_options = GM_N_OPTIONS(options),
                                .without = v->without,
                                .operands = v->operands,
                                .is_silent = v->is_silent};

    static char *argv[16]; /* operands point into it afterwards */
    memset(argv, 0, sizeof argv);
    static char copies[16][160]; /* text options point into it afterwards */
    int argc = 1;
    argv[0] = strcpy(copies[0], "train");
    for (; words[argc - 1] != NULL; ++argc)
        argv[argc] = strcpy(copies[argc], words[argc - 1]);

    fflush(NULL);
    const int saved = dup(fd);
    const char *path = temporary_file("printed", "", 0);
    FILE *file = fopen(path, "w+");
    ck_assert_ptr_nonnull(file);
    dup2(fileno(file), fd);
    const int exit_code = gm_options_parse(&command, argc, argv);
    fflush(NULL);
    dup2(saved, fd);
    close(saved);
    rewind(file);
    printed[fread(printed, 1, sizeof printed - 1, file)] = '\0';
    fclose(file);
    if (given_batch != NULL)
        *given_batch = gm_options_given(&command, "batch");
    temporary_remove();
    return exit_code;
}

#define PARSE(v, ...) parse_catching(2, &(v), NULL, (const char *const[]){__VA_ARGS__, NULL})

/* The line is refused with exactly this text on stderr. */
#define REFUSED(text, ...)                                                                         \
    do {                                                                                           \
        values refused_values = VALUES_DEFAULT;                                                    \
        ck_assert_int_eq(PARSE(refused_values, __VA_ARGS__), GM_EXIT_USAGE);                       \
        ck_assert_str_eq(printed, "gemlet train: " text "\n");                                     \
    } while (0)

START_TEST(every_kind_is_read)
{
    values v = VALUES_DEFAULT;
    ck_assert_int_eq(PARSE(v, "--data", "a=b", "--batch=4294967295", "--steps",
                           "18446744073709551615", "--lr=1e-3", "--momentum", "1", "--schedule",
                           "cosine", "--hidden=3,4x5", "--quiet"),
                     GM_OPTIONS_RUN);
    ck_assert_str_eq(v.data, "a=b");
    ck_assert_uint_eq(v.batch, UINT32_MAX);
    ck_assert(v.steps == UINT64_MAX);
    ck_assert(v.rate == 1e-3);
    ck_assert(v.momentum == 1.0);
    ck_assert_int_eq(v.schedule, 2);
    ck_assert_uint_eq(v.hidden.n, 3);
    ck_assert_uint_eq(v.hidden.values[2], 5);
    ck_assert_int_eq(v.quiet, 1);
    ck_assert_str_eq(printed, "");
}
END_TEST

START_TEST(the_last_of_a_repeated_option_wins)
{
    values v = VALUES_DEFAULT;
    ck_assert_int_eq(PARSE(v, "--batch", "1", "--hidden", "7", "--batch=2", "--hidden", "none"),
                     GM_OPTIONS_RUN);
    ck_assert_uint_eq(v.batch, 2);
    ck_assert_uint_eq(v.hidden.n, 0);
}
END_TEST

START_TEST(given_tells_what_stood_on_the_line)
{
    values v = VALUES_DEFAULT;
    int given = 0;
    const char *const with[] = {"--batch", "64", NULL};
    parse_catching(2, &v, &given, with);
    ck_assert_int_eq(given, 1);
    const char *const without[] = {"--lr", "64", NULL};
    parse_catching(2, &v, &given, without);
    ck_assert_int_eq(given, 0);
}
END_TEST

START_TEST(a_silent_command_only_records_mistakes)
{
    values v = VALUES_DEFAULT;
    v.is_silent = 1;
    ck_assert_int_eq(PARSE(v, "--batch", "0"), GM_EXIT_USAGE);
    ck_assert_str_eq(printed, "");
    ck_assert_str_eq(gemlet_last_error(),
                     "--batch: found '0', expected a whole number from 1 to 4294967295");
    ck_assert_int_eq(PARSE(v, "--help"), GM_EXIT_USAGE);
    ck_assert_str_eq(printed, "");
    ck_assert_str_eq(gemlet_last_error(),
                     "unknown option --help ('gemlet train --help' lists them)");
}
END_TEST

START_TEST(operands_stand_anywhere)
{
    values v = VALUES_DEFAULT;
    REFUSED("found 'a', expected an option beginning with --", "a");
    gm_operands operands = {.name = "FILE"};
    v.operands = &operands;
    ck_assert_int_eq(PARSE(v, "a", "--batch", "3", "b", "--quiet", "c d"), GM_OPTIONS_RUN);
    ck_assert_int_eq(operands.n, 3);
    ck_assert_str_eq(operands.values[0], "a");
    ck_assert_str_eq(operands.values[1], "b");
    ck_assert_str_eq(operands.values[2], "c d");
    ck_assert_uint_eq(v.batch, 3);
    ck_assert_int_eq(v.quiet, 1);
    ck_assert_int_eq(PARSE(v, "--quiet"), GM_OPTIONS_RUN);
    ck_assert_int_eq(operands.n, 0);
    ck_assert_int_eq(PARSE(v, "a", ""), GM_EXIT_USAGE);
    ck_assert_str_eq(printed, "gemlet train: found an empty text, expected FILE\n");
    ck_assert_int_eq(PARSE(v, "a", "-"), GM_EXIT_USAGE);
    static const char *const help[] = {"--help", NULL};
    ck_assert_int_eq(parse_catching(1, &v, NULL, help), GM_EXIT_OK);
    ck_assert_ptr_nonnull(strstr(printed, "Usage: gemlet train FILE... [options]\n"));
}
END_TEST

START_TEST(bad_numbers_are_refused)
{
    REFUSED("--batch: found 'abc', expected a whole number from 1 to 4294967295", "--batch", "abc");
    REFUSED("--batch: found '0', expected a whole number from 1 to 4294967295", "--batch=0");
    REFUSED("--batch: found '4294967296', expected a whole number from 1 to 4294967295",
            "--batch=4294967296");
    REFUSED("--batch: found '-1', expected a whole number from 1 to 4294967295", "--batch", "-1");
    REFUSED("--batch: found '8 ', expected a whole number from 1 to 4294967295", "--batch", "8 ");
    REFUSED("--batch: found '1.5', expected a whole number from 1 to 4294967295", "--batch", "1.5");
    REFUSED("--batch: found '', expected a whole number from 1 to 4294967295", "--batch=");
    REFUSED("--steps: found '18446744073709551616', expected a whole number from 1 to "
            "18446744073709551615",
            "--steps=18446744073709551616");
    static const char *const not_real[] = {"nan", "inf", "0x1", "1e999", " 1", "1.0.0", "-", "0,1"};
    for (size_t i = 0; i < sizeof not_real / sizeof not_real[0]; ++i) {
        values v = VALUES_DEFAULT;
        ck_assert_int_eq(PARSE(v, "--lr", not_real[i]), GM_EXIT_USAGE);
        ck_assert(v.rate == 0.1);
    }
    REFUSED("--lr: found '0', expected a finite number above 0", "--lr", "0");
    REFUSED("--momentum: found '1.01', expected a number from 0 to 1", "--momentum", "1.01");
    REFUSED("--momentum: found '-1e-9', expected a number from 0 to 1", "--momentum", "-1e-9");
}
END_TEST

START_TEST(bad_lists_and_choices_are_refused)
{
    REFUSED("--schedule: found 'cos', expected constant, step, cosine, flat-cosine, "
            "one-cycle, cosine-restarts or coslog4",
            "--schedule", "cos");
    REFUSED("--hidden: found '' in '1,,2', expected whole numbers from 1 to 4294967295",
            "--hidden=1,,2");
    REFUSED("--hidden: found '' in '1,', expected whole numbers from 1 to 4294967295",
            "--hidden=1,");
    REFUSED("--hidden: found '0' in '0', expected whole numbers from 1 to 4294967295",
            "--hidden=0");
    char list[2 * (GM_MAX_LIST + 2)] = "1";
    for (unsigned i = 1; i < GM_MAX_LIST; ++i)
        strcat(list, ",1");
    values v = VALUES_DEFAULT;
    ck_assert_int_eq(PARSE(v, "--hidden", list), GM_OPTIONS_RUN);
    ck_assert_uint_eq(v.hidden.n, GM_MAX_LIST);
    strcat(list, ",1");
    REFUSED("--hidden: found more than 64 numbers, expected at most 64", "--hidden", list);
}
END_TEST

START_TEST(wrong_lines_are_refused)
{
    REFUSED("unknown option --bacth (did you mean --batch?)", "--bacth", "3");
    REFUSED("unknown option --bat (did you mean --batch?)", "--bat=3");
    REFUSED("unknown option --batch-size (did you mean --batch?)", "--batch-size", "3");
    REFUSED("unknown option --hidden_layer_sizes (did you mean --hidden?)",
            "--hidden_layer_sizes=3");
    REFUSED("unknown option --xyzzy ('gemlet train --help' lists them)", "--xyzzy");
    REFUSED("--batch: found nothing after it, expected a value N", "--batch");
    REFUSED("--data: found the option '--quiet' after it, expected a value DIR", "--data",
            "--quiet");
    REFUSED("--data: found an empty text, expected DIR", "--data=");
    REFUSED("--quiet: found a value '1', expected none", "--quiet=1");
    REFUSED("found 'stray', expected an option beginning with --", "stray");
    REFUSED("found '--', expected an option beginning with --", "--");
    REFUSED("found '-q', expected an option beginning with --", "-q");
}
END_TEST

START_TEST(help_shows_defaults_within_80_columns)
{
    values v = VALUES_DEFAULT;
    const char *const words[] = {"--batch", "3", "--help", NULL};
    ck_assert_int_eq(parse_catching(1, &v, NULL, words), GM_EXIT_OK);
    ck_assert_ptr_nonnull(strstr(printed, "Usage: gemlet train [options]\n\nTrains.\nWell.\n"));
    ck_assert_ptr_nonnull(strstr(printed, "\nData\n  --data DIR             directory of"));
    ck_assert_ptr_nonnull(strstr(printed, "(default: here)"));
    ck_assert_ptr_nonnull(strstr(printed, "(default: 64)"));
    ck_assert_ptr_nonnull(strstr(printed, "(default: 150,150)"));
    ck_assert_ptr_nonnull(
        strstr(printed, "\n                         constant, step, cosine, flat-cosine"));
    ck_assert_ptr_nonnull(strstr(printed, "(default: step)\n"));
    ck_assert_ptr_null(strstr(printed, "(default: 0)")); /* --steps: outside its range, not set */
    for (const char *line = printed; *line != '\0'; line += strcspn(line, "\n") + 1)
        ck_assert_uint_le(strcspn(line, "\n"), 80);
}
END_TEST

START_TEST(groups_that_a_command_is_without_are_refused_and_not_shown)
{
    values v = VALUES_DEFAULT;
    v.without = GM_GROUP_BIT(LENGTH);
    ck_assert_int_eq(PARSE(v, "--batch", "3", "--steps=5"), GM_EXIT_USAGE);
    ck_assert_str_eq(printed,
                     "gemlet train: --steps means nothing to gemlet train: leave it out\n");
    ck_assert_int_eq(PARSE(v, "--step", "5"), GM_EXIT_USAGE); /* nor is it offered */
    ck_assert_ptr_nonnull(strstr(printed, "unknown option --step ("));
    ck_assert_ptr_null(strstr(printed, "did you mean"));
    const char *const words[] = {"--help", NULL};
    ck_assert_int_eq(parse_catching(1, &v, NULL, words), GM_EXIT_OK);
    ck_assert_ptr_null(strstr(printed, "--steps"));
    const char *training = strstr(printed, "\nTraining\n  --batch N");
    ck_assert_ptr_nonnull(training);
    ck_assert_ptr_null(strstr(training + 1, "\nTraining\n")); /* once, for all of its options */
}
END_TEST

START_TEST(every_name_of_a_choice_stands_for_its_value)
{
    values v = VALUES_DEFAULT;
    for (const gm_name *known = gm_schedule_names; known->name != NULL; ++known) {
        ck_assert_int_eq(PARSE(v, "--schedule", known->name), GM_OPTIONS_RUN);
        ck_assert_uint_eq(v.schedule, known->value);
    }
    ck_assert_str_eq(gm_name_of(gm_init_scheme_names, GEMLET_INIT_KAIMING), "kaiming");
    ck_assert_str_eq(gm_name_of(gm_init_scheme_names, 99), "unknown");
}
END_TEST

START_TEST(distance_counts_slips)
{
    ck_assert_uint_eq(gm_edit_distance("batch", "batch"), 0);
    ck_assert_uint_eq(gm_edit_distance("bacth", "batch"), 1);
    ck_assert_uint_eq(gm_edit_distance("bath", "batch"), 1);
    ck_assert_uint_eq(gm_edit_distance("kitten", "sitting"), 3);
    ck_assert_uint_eq(gm_edit_distance("", "abc"), 3);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("options");
    TCase *tcase = tcase_create("options");
    tcase_add_test(tcase, every_kind_is_read);
    tcase_add_test(tcase, a_silent_command_only_records_mistakes);
    tcase_add_test(tcase, operands_stand_anywhere);
    tcase_add_test(tcase, the_last_of_a_repeated_option_wins);
    tcase_add_test(tcase, given_tells_what_stood_on_the_line);
    tcase_add_test(tcase, bad_numbers_are_refused);
    tcase_add_test(tcase, bad_lists_and_choices_are_refused);
    tcase_add_test(tcase, wrong_lines_are_refused);
    tcase_add_test(tcase, help_shows_defaults_within_80_columns);
    tcase_add_test(tcase, groups_that_a_command_is_without_are_refused_and_not_shown);
    tcase_add_test(tcase, every_name_of_a_choice_stands_for_its_value);
    tcase_add_test(tcase, distance_counts_slips);
    suite_add_tcase(suite, tcase);
    return suite;
}

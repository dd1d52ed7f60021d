/* SPDX-License-Identifier: MIT
 * Options that a run keeps: of every kind they come back as they were, and one that must not change
 * does not. */
#include <string.h>

#include "cli/commands.h"
#include "options/options_texts.h"
#include "gemlet/train.h"
#include "support/run_suite.h"

typedef struct values {
    const char *data;
    const char *out;
    gemlet_dim batch;
    uint64_t seed;
    uint64_t limit;
    double rate;
    double scale;
    unsigned schedule;
    gm_dim_list hidden;
    int nesterov;
} values;

typedef struct line {
    values v;
    gm_option options[10];
    gm_command command;
} line;

static const char *const of_command[] = {"out", NULL};
static const char *const may_change[] = {"data", NULL};

static void make_line(line *l, const values *v)
{
    l->v = *v;
    const gm_option options[] = {
        GM_TEXT(DATA, "data", "DIR", &l->v.data, "directory"),
        GM_TEXT(OUTPUT, "out", "DIR", &l->v.out, "directory"),
        GM_DIM(TRAINING, "batch", "N", &l->v.batch, 1, UINT32_MAX, "rows"),
        GM_UNSIGNED(TRAINING, "seed", "N", &l->v.seed, 0, UINT64_MAX, "seed"),
        GM_SIZE(DATA, "limit", "SIZE", &l->v.limit, 1, UINT64_MAX, "bytes"),
        GM_REAL_ABOVE(TRAINING, "lr", "X", &l->v.rate, 0, "learning rate"),
        GM_REAL_ABOVE(DATA, "scale", "X", &l->v.scale, 0, "factor"),
        GM_CHOICE(OUTPUT, "schedule", "NAME", &l->v.schedule, gm_schedule_names, "schedule"),
        GM_DIM_LIST(TRAINING, "hidden", "LIST", &l->v.hidden, 1, UINT32_MAX, "widths"),
        GM_FLAG(TRAINING, "nesterov", &l->v.nesterov, "flag"),
    };
    memcpy(l->options, options, sizeof options);
    l->command = (gm_command){.name = "train",
                              .description = "Trains.",
                              .options = l->options,
                              .n_options = GM_N_OPTIONS(options)};
}

static gm_kept_options kept_of(gm_pairs *before, gm_pairs *now)
{
    return (gm_kept_options){
        .before = before,
        .now = now,
        .of_command = of_command,
        .may_change = may_change,
        .may_change_groups = GM_GROUP_BIT(OUTPUT),
    };
}

static const values some = {
    .data = "a b",
    .out = "there",
    .batch = 7,
    .seed = UINT64_MAX,
    .limit = 12345678901,
    .rate = 0.1 / 3.0,
    .scale = (double)NAN,
    .schedule = GEMLET_SCHEDULE_STEP,
    .hidden = {{0}, 0},
    .nesterov = 1,
};
static const values others = {
    .out = "here", .batch = 64, .rate = 0.5, .scale = (double)NAN, .hidden = {{5, 6}, 2}};

START_TEST(every_kind_comes_back)
{
    gm_pairs texts = {0};
    gm_pairs none = {0};
    line before;
    line now;
    make_line(&before, &some);
    const gm_kept_options keeping = kept_of(&none, &texts);
    ck_assert_int_eq(gm_options_keep(&before.command, &keeping), GEMLET_OK);
    ck_assert_str_eq(gm_pairs_get(&texts, "seed"), "18446744073709551615");
    ck_assert_str_eq(gm_pairs_get(&texts, "hidden"), "none");
    ck_assert_ptr_null(gm_pairs_get(&texts, "scale"));
    ck_assert_ptr_null(gm_pairs_get(&texts, "out"));

    make_line(&now, &others);
    const gm_kept_options recalling = kept_of(&texts, &none);
    ck_assert_int_eq(gm_options_recall(&now.command, &recalling), GM_OPTIONS_RUN);
    ck_assert_str_eq(now.v.data, some.data);
    ck_assert_str_eq(now.v.out, others.out);
    ck_assert_uint_eq(now.v.batch, some.batch);
    ck_assert_uint_eq(now.v.seed, some.seed);
    ck_assert_uint_eq(now.v.limit, some.limit);
    ck_assert_double_eq(now.v.rate, some.rate);
    ck_assert(isnan(now.v.scale));
    ck_assert_uint_eq(now.v.schedule, some.schedule);
    ck_assert_uint_eq(now.v.hidden.n, 0);
    ck_assert_int_eq(now.v.nesterov, 1);
    ck_assert_int_eq(gm_options_check_kept(&now.command, &recalling), GM_OPTIONS_RUN);
    gm_pairs_free(&texts);
}
END_TEST

START_TEST(only_some_may_change)
{
    gm_pairs texts = {0};
    gm_pairs none = {0};
    line l;
    make_line(&l, &some);
    const gm_kept_options keeping = kept_of(&none, &texts);
    ck_assert_int_eq(gm_options_keep(&l.command, &keeping), GEMLET_OK);
    const gm_kept_options checking = kept_of(&texts, &none);
    l.v.data = "elsewhere";
    l.v.schedule = GEMLET_SCHEDULE_COSINE;
    l.v.out = "x";
    ck_assert_int_eq(gm_options_check_kept(&l.command, &checking), GM_OPTIONS_RUN);
    l.v.rate = 0.1;
    ck_assert_int_eq(gm_options_check_kept(&l.command, &checking), GM_EXIT_USAGE);
    l.v.rate = some.rate;
    l.v.scale = 2.0; /* was not set */
    ck_assert_int_eq(gm_options_check_kept(&l.command, &checking), GM_EXIT_USAGE);
    l.v.scale = some.scale;
    l.v.nesterov = 0;
    ck_assert_int_eq(gm_options_check_kept(&l.command, &checking), GM_EXIT_USAGE);
    gm_pairs_free(&texts);
}
END_TEST

/* A file from anywhere says what it likes. */
START_TEST(impossible_ones_are_refused)
{
    static const struct {
        const char *name;
        const char *value;
    } bad[] = {{"out", "x"},       {"unknown", "1"}, {"batch", "0"},     {"batch", "7x"},
               {"schedule", "no"}, {"lr", "nan"},    {"hidden", "4,,4"}, {"data", ""}};
    gm_pairs texts = {0};
    gm_pairs none = {0};
    line l;
    make_line(&l, &others);
    ck_assert_int_eq(gm_pairs_set(&texts, bad[_i].name, "%s", bad[_i].value), GEMLET_OK);
    const gm_kept_options recalling = kept_of(&texts, &none);
    ck_assert_int_eq(gm_options_recall(&l.command, &recalling), GM_EXIT_USAGE);
    gm_pairs_free(&texts);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("kept options");
    TCase *tests = tcase_create("kept options");
    tcase_add_test(tests, every_kind_comes_back);
    tcase_add_test(tests, only_some_may_change);
    tcase_add_loop_test(tests, impossible_ones_are_refused, 0, 8);
    suite_add_tcase(suite, tests);
    return suite;
}

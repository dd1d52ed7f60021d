/* SPDX-License-Identifier: MIT
 * Learning-rate schedules: values worked out by hand, and those of PyTorch 1.13's schedulers where
 * it has them. */
#include "train/schedule.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "core/error.h"
#include "support/run_suite.h"

typedef struct rate {
    uint64_t step;
    double value;
} rate;

/* A run of 1000 steps at 0.2. */
static gemlet_train_options with(gemlet_schedule schedule)
{
    gemlet_train_options options;
    gemlet_train_options_init(&options);
    options.n_steps = 1000;
    options.learning_rate = 0.2;
    options.schedule = schedule;
    return options;
}

/* The closest that sums of a few doubles around 1 can be asked to agree. */
static void expect(const gemlet_train_options *options, const rate *rates, size_t n)
{
    ck_assert_int_eq(gm_schedule_check(options), GEMLET_OK);
    for (size_t i = 0; i < n; ++i) {
        const double found = gm_schedule_learning_rate(options, rates[i].step);
        ck_assert_msg(fabs(found - rates[i].value) <= 1e-15,
                      "schedule %d, step %llu: found %.17g, expected %.17g", (int)options->schedule,
                      (unsigned long long)rates[i].step, found, rates[i].value);
    }
}
#define EXPECT(options, ...)                                                                       \
    expect(options, (const rate[]){__VA_ARGS__}, sizeof((rate[]){__VA_ARGS__}) / sizeof(rate))

START_TEST(constant_and_step)
{
    gemlet_train_options options = with(GEMLET_SCHEDULE_CONSTANT);
    EXPECT(&options, {0, 0.2}, {999, 0.2});
    options = with(GEMLET_SCHEDULE_STEP);
    options.step_every = 100;
    options.step_factor = 0.5;
    EXPECT(&options, {0, 0.2}, {99, 0.2}, {100, 0.1}, {399, 0.025});
}
END_TEST

START_TEST(cosine)
{
    const gemlet_train_options options = with(GEMLET_SCHEDULE_COSINE);
    EXPECT(&options, {0, 0.2}, {250, 0.1 * (1.0 + sqrt(0.5))}, {500, 0.1});
    ck_assert_double_gt(gm_schedule_learning_rate(&options, 999), 0.0);
}
END_TEST

START_TEST(flat_then_cosine)
{
    const gemlet_train_options options = with(GEMLET_SCHEDULE_FLAT_COSINE);
    EXPECT(&options, {0, 0.2}, {499, 0.2}, {500, 0.2}, {501, 0.1999980260856137}, {750, 0.1},
           {999, 1.973914386288467e-06});
}
END_TEST

/* OneCycleLR(max_lr=0.2, total_steps=1000), and of three steps, of which none rises. */
START_TEST(one_cycle)
{
    gemlet_train_options options = with(GEMLET_SCHEDULE_ONE_CYCLE);
    EXPECT(&options, {0, 0.008}, {1, 0.00800529900843358}, {150, 0.10450433362450938}, {299, 0.2},
           {300, 0.19999899290322895}, {650, 0.09955160435129723}, {998, 1.8070967710739918e-06},
           {999, 8e-07});
    options.n_steps = 3;
    EXPECT(&options, {0, 0.19888308709018238}, {1, 0.09252742053339501}, {2, 8e-07});
    options.n_steps = 1;
    EXPECT(&options, {0, 8e-07});
}
END_TEST

/* CosineAnnealingWarmRestarts(T_0=100, T_mult=2) and (T_0=7). */
START_TEST(cosine_with_restarts)
{
    gemlet_train_options options = with(GEMLET_SCHEDULE_COSINE_RESTARTS);
    options.cycle_steps = 100;
    options.cycle_factor = 2;
    EXPECT(&options, {0, 0.2}, {50, 0.1}, {99, 4.934396342684e-05}, {100, 0.2},
           {299, 1.233675183394123e-05}, {300, 0.2}, {301, 0.19999691576447898},
           {699, 3.0842355210336514e-06}, {700, 0.2}, {999, 0.1386308538754416});
    options.cycle_steps = 7;
    options.cycle_factor = 1;
    EXPECT(&options, {0, 0.2}, {3, 0.12225209339563144}, {6, 0.009903113209758098}, {7, 0.2},
           {999, 0.037651019814126656});
}
END_TEST

/* At t = 1/15, 3/15 and 7/15 of the run a wave ends; n = 1500 has them at whole steps. */
START_TEST(coslog4)
{
    gemlet_train_options options = with(GEMLET_SCHEDULE_COSLOG4);
    EXPECT(&options, {0, 0.0}, {1, 0.0009093435013761254}, {33, 0.18758659402619152},
           {67, 2.561271926976305e-05}, {200, 0.0}, {999, 3.614315546696112e-06});
    options.n_steps = 1500;
    EXPECT(&options, {100, 0.0}, {300, 0.0}, {700, 0.0});
}
END_TEST

/* The flat one: 0.2 min(1, 0.02 + t / 0.02), then the cosine; the other as
 * ChainedScheduler([LinearLR(0.02, 1.0, total_iters=49), CosineAnnealingLR(1000)]). */
START_TEST(warm_up)
{
    gemlet_train_options options = with(GEMLET_SCHEDULE_FLAT_COSINE);
    options.warmup = 0.02;
    EXPECT(&options, {0, 0.004}, {1, 0.014}, {10, 0.104}, {19, 0.194}, {20, 0.2}, {499, 0.2},
           {750, 0.1}, {999, 1.973914386288467e-06});
    options = with(GEMLET_SCHEDULE_COSINE);
    options.warmup = 50;
    EXPECT(&options, {0, 0.004}, {1, 0.007999980260807433}, {48, 0.1948878709843155},
           {49, 0.19881749191102802}, {50, 0.19876883405951373}, {500, 0.1});
    options = with(GEMLET_SCHEDULE_CONSTANT);
    options.warmup = 1;
    EXPECT(&options, {0, 0.004}, {1, 0.2});
}
END_TEST

static void expect_refused(const gemlet_train_options *options, const char *message)
{
    ck_assert_int_eq(gm_schedule_check(options), GEMLET_E_RANGE);
    ck_assert_msg(strstr(gemlet_last_error(), message) != NULL, "found \"%s\", expected \"%s\"",
                  gemlet_last_error(), message);
}

START_TEST(impossible_schedules_are_refused)
{
    static const double warmups[] = {-1.0, NAN, INFINITY};
    for (size_t i = 0; i < sizeof warmups / sizeof warmups[0]; ++i) {
        gemlet_train_options options = with(GEMLET_SCHEDULE_COSINE);
        options.warmup = warmups[i];
        expect_refused(&options, "warm-up is ");
    }
    gemlet_train_options options = with(GEMLET_SCHEDULE_ONE_CYCLE);
    options.warmup = 10;
    expect_refused(&options, "warm-up 10 of a one-cycle schedule, expected none");
    options = with(GEMLET_SCHEDULE_COSINE_RESTARTS);
    expect_refused(&options, "first cycle of 0 steps");
    options.cycle_steps = 10;
    options.cycle_factor = 0;
    expect_refused(&options, "factor 0, expected both at least 1");
}
END_TEST

START_TEST(some_depend_on_the_length)
{
    static const struct {
        gemlet_schedule schedule;
        double warmup;
        int depends;
    } cases[] = {
        {GEMLET_SCHEDULE_CONSTANT, 0, 0},   {GEMLET_SCHEDULE_CONSTANT, 20, 0},
        {GEMLET_SCHEDULE_CONSTANT, 0.1, 1}, {GEMLET_SCHEDULE_STEP, 0, 0},
        {GEMLET_SCHEDULE_COSINE, 0, 1},     {GEMLET_SCHEDULE_FLAT_COSINE, 0, 1},
        {GEMLET_SCHEDULE_ONE_CYCLE, 0, 1},  {GEMLET_SCHEDULE_COSINE_RESTARTS, 0, 0},
        {GEMLET_SCHEDULE_COSLOG4, 0, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        gemlet_train_options shorter = with(cases[i].schedule);
        shorter.warmup = cases[i].warmup;
        shorter.step_every = 7;
        shorter.cycle_steps = 7;
        gemlet_train_options longer = shorter;
        longer.n_steps = 1500;
        int differs = 0;
        for (uint64_t step = 0; step < 1000; ++step)
            differs |= gm_schedule_learning_rate(&shorter, step) !=
                       gm_schedule_learning_rate(&longer, step);
        ck_assert_int_eq(gm_schedule_depends_on_length(&shorter), cases[i].depends);
        ck_assert_int_eq(differs, cases[i].depends);
    }
}
END_TEST

START_TEST(texts)
{
    char text[GM_SCHEDULE_TEXT_SIZE];
    gemlet_train_options options = with(GEMLET_SCHEDULE_COSINE);
    gm_schedule_describe(text, &options);
    ck_assert_str_eq(text, "0.2 cosine");
    options = with(GEMLET_SCHEDULE_FLAT_COSINE);
    options.warmup = 0.02;
    gm_schedule_describe(text, &options);
    ck_assert_str_eq(text, "0.2 flat-cosine with a warm-up of 20 steps");
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("schedule");
    TCase *values = tcase_create("values");
    tcase_add_test(values, constant_and_step);
    tcase_add_test(values, cosine);
    tcase_add_test(values, flat_then_cosine);
    tcase_add_test(values, one_cycle);
    tcase_add_test(values, cosine_with_restarts);
    tcase_add_test(values, coslog4);
    tcase_add_test(values, warm_up);
    suite_add_tcase(suite, values);
    TCase *rules = tcase_create("rules");
    tcase_add_test(rules, impossible_schedules_are_refused);
    tcase_add_test(rules, some_depend_on_the_length);
    tcase_add_test(rules, texts);
    suite_add_tcase(suite, rules);
    return suite;
}

/* SPDX-License-Identifier: MIT
 * What a benchmark is made of: order statistics, made-up data, the limits of a device, and the
 * processes that are measured. No time decides a test. */
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "bench/bench.h"
#include "bench/profile.h"
#include "bench/synthetic.h"
#include "support/run_suite.h"

/* ---- statistics ----------------------------------------------------------------------------- */

static void check_real(double found, double expected)
{
    ck_assert_double_eq_tol(found, expected, 1e-12 * fabs(expected));
}

START_TEST(quantiles_lie_between_neighbours)
{
    double odd[] = {5, 1, 4, 2, 3};
    check_real(gm_sample_median(odd, 5), 3);
    check_real(gm_sample_quantile(odd, 5, 0.0), 1);
    check_real(gm_sample_quantile(odd, 5, 1.0), 5);
    check_real(gm_sample_quantile(odd, 5, 0.25), 2);
    check_real(gm_sample_quantile(odd, 5, 0.9), 4.6);
    double even[] = {8, 2, 6, 4};
    check_real(gm_sample_median(even, 4), 5);
    double one[] = {7};
    check_real(gm_sample_quantile(one, 1, 0.75), 7);
}
END_TEST

/* A disturbance of one round in three that hits both sides moves both medians, not the ratio. */
START_TEST(a_ratio_is_taken_round_by_round)
{
    const double fast[] = {1, 10, 1.5};
    const double slow[] = {3, 30, 4.5};
    check_real(gm_sample_median_ratio(slow, fast, 3), 3);
    check_real(fast[1], 10); /* not sorted */
}
END_TEST

static gm_bench_result make_result(void)
{
    gm_bench_result result = {.n_rounds = 3};
    for (gm_bench_mode mode = 0; mode < GM_BENCH_N_MODES; ++mode) {
        gm_bench_measured *m = &result.modes[mode];
        m->is_measured = 1;
        m->us_per_step = 10.0 - (double)mode;
        for (unsigned i = 0; i < 3; ++i)
            m->round_seconds[i] = (10.0 - (double)mode) * (i + 1);
    }
    return result;
}

START_TEST(the_fastest_is_one_that_was_measured)
{
    gm_bench_result result = make_result();
    ck_assert_int_eq(gm_bench_fastest(&result), GM_BENCH_CPU_PATH);
    check_real(gm_bench_ratio(&result, GM_BENCH_CPU_PATH, GM_BENCH_FUSED), 10.0 / 8.0);
    result.modes[GM_BENCH_CPU_PATH].is_measured = 0;
    ck_assert_int_eq(gm_bench_fastest(&result), GM_BENCH_OPERATIONS);
    result.modes[GM_BENCH_OPERATIONS].is_measured = 0;
    result.modes[GM_BENCH_FUSED].is_measured = 0;
    ck_assert_int_eq(gm_bench_fastest(&result), GM_BENCH_N_MODES);
}
END_TEST

START_TEST(a_round_takes_about_a_quarter_of_a_second)
{
    ck_assert_uint_eq(gm_bench_choose_steps(1e-3), 250);
    ck_assert_uint_eq(gm_bench_choose_steps(1.0), 5);     /* at least */
    ck_assert_uint_eq(gm_bench_choose_steps(1e-9), 5000); /* at most */
    ck_assert_uint_eq(gm_bench_choose_steps(0.0), 5000);  /* a clock that stood still */
}
END_TEST

/* ---- limits --------------------------------------------------------------------------------- */

static const gm_device_limits limits = {
    .flops_per_second = 1e9,
    .bytes_per_second = {5e9, 4e9, 3e9, 2e9, 1e9},
    .launch_seconds = 1e-6,
    .split_launch_seconds = 1e-5,
};

START_TEST(bandwidth_is_that_of_the_working_set)
{
    ck_assert_uint_eq(gm_limits_size(0), 65536);
    ck_assert_uint_eq(gm_limits_size(GM_LIMITS_N_SIZES - 1), 1u << 28);
    check_real(gm_limits_bytes_per_second(&limits, 1), 5e9);
    check_real(gm_limits_bytes_per_second(&limits, 65536), 5e9);
    check_real(gm_limits_bytes_per_second(&limits, 65537), 4e9);
    check_real(gm_limits_bytes_per_second(&limits, (uint64_t)1 << 40), 1e9);
}
END_TEST

static void check_bound(gm_op_cost cost, size_t n_groups, double seconds, gm_bound expected)
{
    gm_bound bound;
    check_real(gm_limits_least_seconds(&limits, cost, n_groups, &bound), seconds);
    ck_assert_int_eq(bound, expected);
}

START_TEST(the_largest_of_three_limits_is_the_bound)
{
    check_bound((gm_op_cost){0, 0}, 1, 1e-6, GM_BOUND_LAUNCH);
    check_bound((gm_op_cost){0, 0}, 2, 1e-5, GM_BOUND_LAUNCH);
    check_bound((gm_op_cost){2000, 5000}, 1, 2e-6, GM_BOUND_COMPUTE);
    check_bound((gm_op_cost){2000, 50000}, 1, 1e-5, GM_BOUND_MEMORY);
    ck_assert_str_eq(gm_bound_name(GM_BOUND_MEMORY), "memory");
}
END_TEST

/* ---- profiles ------------------------------------------------------------------------------- */

static void add(gm_profile *p, const char *operation, const char *kernel, size_t n_groups)
{
    const gm_op_cost cost = {1000, 100};
    const gm_observed_launch launch = {.name = kernel, .n_groups = {n_groups, n_groups > 0}};
    ck_assert_int_eq(gm_profile_add(p, operation, "3x4", cost, &launch), GEMLET_OK);
}

START_TEST(launches_of_one_kind_share_a_row)
{
    gm_profile p = {.n_steps = 2};
    for (unsigned step = 0; step < 2; ++step) {
        add(&p, "dense_fwd", "gemm", 2);
        add(&p, "dense_fwd", "bias", 1);
        add(&p, "dense_bwd_x", "gemm", 2);
    }
    ck_assert_uint_eq(p.n_rows, 3);
    ck_assert_uint_eq(p.n_launches, 6);
    /* The second one begins 50 after the first one ended, the third at once, and so on. */
    const gm_launch_time times[] = {{900, 1000, 1200}, {910, 1250, 1300}, {920, 1300, 1800},
                                    {930, 1900, 2200}, {940, 2200, 2201}, {950, 2300, 2700}};
    gm_profile_set_times(&p, times);
    check_real(p.rows[0].seconds, 500e-9);
    check_real(p.rows[0].gap_seconds, 100e-9); /* none before the very first */
    check_real(p.rows[1].seconds, 51e-9);
    check_real(p.rows[1].gap_seconds, 50e-9);
    check_real(p.rows[2].seconds, 900e-9);
    check_real(p.rows[2].gap_seconds, 99e-9);
    gm_profile_sort(&p);
    ck_assert_str_eq(p.rows[0].operation, "dense_bwd_x");
    ck_assert_uint_eq(p.rows[0].n_launches, 2);
    ck_assert_str_eq(p.rows[2].kernel, "bias");
    gm_profile_free(&p);
}
END_TEST

/* Of a library's call the driver tells only when its last kernel ran. */
START_TEST(a_call_of_a_library_counts_from_what_came_before)
{
    gm_profile p = {.n_steps = 1};
    add(&p, "gather_batch", "gather", 1);
    add(&p, "dense_fwd", "CLBlastSgemm", 0); /* queued while the gather ran */
    add(&p, "dense_fwd", "CLBlastSgemm", 0); /* queued 30 after it was over */
    add(&p, "sgd_step", "sgd", 1);           /* said to begin before that was over */
    const gm_launch_time times[] = {
        {0, 100, 200}, {150, 280, 300}, {330, 390, 400}, {340, 380, 450}};
    gm_profile_set_times(&p, times);
    check_real(p.rows[0].seconds, 100e-9);
    check_real(p.rows[1].seconds, (100 + 70) * 1e-9);
    check_real(p.rows[1].gap_seconds, 30e-9);
    check_real(p.rows[2].seconds, 50e-9);
    ck_assert_double_eq(p.rows[2].gap_seconds, 0.0);
    gm_profile_free(&p);
}
END_TEST

START_TEST(a_row_is_held_against_its_limit)
{
    gm_profile p = {.n_steps = 1, .has_limits = 1, .limits = limits};
    gm_bound bound;
    add(&p, "dense_fwd", "gemm", 1); /* 1000 FLOPs: 1 us, as long as a launch */
    add(&p, "dense_fwd", "gemm", 1);
    const gm_launch_time times[] = {{0, 0, 2000}, {0, 4000, 6000}};
    gm_profile_set_times(&p, times);
    check_real(gm_profile_bound_share(&p, &p.rows[0], &bound), 2e-6 / 6e-6);
    ck_assert_int_eq(bound, GM_BOUND_LAUNCH);
    p.rows[0].cost.n_flops = 3000;
    check_real(gm_profile_bound_share(&p, &p.rows[0], &bound), 1.0);
    ck_assert_int_eq(bound, GM_BOUND_COMPUTE);
    p.has_limits = 0;
    ck_assert(isnan(gm_profile_bound_share(&p, &p.rows[0], &bound)));
    gm_profile_free(&p);
}
END_TEST

/* ---- made-up data --------------------------------------------------------------------------- */

static const gm_synthetic_options made_up = {
    .rows = 300, .features = 200, .classes = 7, .density = 0.25, .seed = 3};

START_TEST(made_up_data_are_as_asked)
{
    gemlet_dataset *dataset;
    ck_assert_int_eq(gm_synthetic_create(&dataset, &made_up), GEMLET_OK);
    ck_assert_uint_eq(gemlet_dataset_rows(dataset), 300);
    ck_assert_uint_eq(gemlet_dataset_features(dataset), 200);
    ck_assert_uint_eq(gemlet_dataset_classes(dataset), 7);
    const uint8_t *values = gemlet_dataset_values(dataset);
    size_t n_set = 0;
    for (size_t i = 0; i < 300 * 200; ++i)
        n_set += values[i] > 0;
    /* Five standard deviations of a binomial distribution. */
    ck_assert_double_eq_tol((double)n_set, 15000, 5 * sqrt(60000 * 0.25 * 0.75));

    gemlet_dataset *again;
    ck_assert_int_eq(gm_synthetic_create(&again, &made_up), GEMLET_OK);
    ck_assert_mem_eq(values, gemlet_dataset_values(again), 300 * 200);
    gemlet_dataset_destroy(again);
    gemlet_dataset_destroy(dataset);
}
END_TEST

START_TEST(densities_of_none_and_all)
{
    gm_synthetic_options options = made_up;
    gemlet_dataset *dataset;
    for (unsigned density = 0; density <= 1; ++density) {
        options.density = density;
        ck_assert_int_eq(gm_synthetic_create(&dataset, &options), GEMLET_OK);
        const uint8_t *values = gemlet_dataset_values(dataset);
        for (size_t i = 0; i < 300 * 200; ++i)
            ck_assert_int_eq(values[i] > 0, (int)density);
        gemlet_dataset_destroy(dataset);
    }
}
END_TEST

static void expect_refused(gm_synthetic_options options, const char *text)
{
    gemlet_dataset *dataset;
    ck_assert_int_eq(gm_synthetic_create(&dataset, &options), GEMLET_E_RANGE);
    ck_assert_ptr_null(dataset);
    ck_assert_msg(strstr(gemlet_last_error(), text) != NULL, "%s", gemlet_last_error());
}

START_TEST(impossible_data_are_refused)
{
    gm_synthetic_options options = made_up;
    options.rows = 6;
    expect_refused(options, "6 rows");
    options = made_up;
    options.features = 0;
    expect_refused(options, "0 features");
    options = made_up;
    options.classes = GEMLET_MAX_CLASSES + 1;
    expect_refused(options, "65537 classes");
    options = made_up;
    options.density = 1.5;
    expect_refused(options, "density 1.5");
}
END_TEST

/* ---- processes ------------------------------------------------------------------------------ */

static gemlet_dataset *dataset;
static gemlet_model *model;
static gemlet_train_options train;
static gm_qualify_job qualify;
static gm_scratch caches;

static void set_up(void)
{
    gemlet_spec spec;
    gemlet_init_options init;
    gemlet_init_options_init(&init);
    ck_assert_int_eq(gm_synthetic_create(&dataset, &made_up), GEMLET_OK);
    ck_assert_int_eq(gemlet_spec_parse(&spec, "200-16bn-relu-7"), GEMLET_OK);
    ck_assert_int_eq(gemlet_model_create(&model, &spec, &init), GEMLET_OK);
    ck_assert_int_eq(gemlet_model_set_input_scale(model, 1.0f / 255.0f), GEMLET_OK);
    ck_assert_int_eq(gm_scratch_create(&caches), GEMLET_OK);
    gemlet_train_options_init(&train);
    train.batch = 30;
    qualify.spec = gemlet_model_spec(model);
    qualify.batch = train.batch;
}

static void tear_down(void)
{
    ck_assert_int_eq(access(caches.path, F_OK), 0);
    gm_scratch_remove(&caches);
    gemlet_model_destroy(model);
    gemlet_dataset_destroy(dataset);
}

static gm_worker_job make_job(void)
{
    gm_worker_job job = {.caches = &caches,
                         .model = model,
                         .dataset = dataset,
                         .train = &train,
                         .qualify = &qualify};
    gemlet_device_options_init(&job.device);
    job.device.selector = "cpu";
    return job;
}

/* Two processes at once, so that one holds the pipes of the other open. */
START_TEST(a_worker_trains)
{
    const gm_worker_job job = make_job();
    gm_worker worker;
    gm_worker other;
    gm_worker_answer first;
    gm_worker_answer last;
    gm_worker_answer same;
    ck_assert_int_eq(gm_worker_start(&worker, &job, &first), GEMLET_OK);
    ck_assert_int_eq(first.device.type, GEMLET_DEVICE_CPU_PATH);
    ck_assert_double_gt(first.loss, 0.5 * log(7.0)); /* not yet learned anything */
    ck_assert_int_eq(gm_worker_start(&other, &job, &same), GEMLET_OK);
    ck_assert_double_eq(same.loss, first.loss);
    ck_assert_int_eq(gm_worker_run(&worker, 100, 200, &last), GEMLET_OK);
    ck_assert_double_lt(last.loss, 0.1 * first.loss);
    ck_assert_double_gt(last.seconds, 0.0);
    ck_assert_uint_gt(last.peak_memory_bytes, 1u << 20);
    /* The same steps in other portions. */
    ck_assert_int_eq(gm_worker_run(&other, 0, 150, &same), GEMLET_OK);
    ck_assert_int_eq(gm_worker_run(&other, 0, 150, &same), GEMLET_OK);
    ck_assert_double_eq(same.loss, last.loss);
    gm_worker_end(&worker);
    gm_worker_end(&other);
    gm_worker_end(&other);
}
END_TEST

START_TEST(a_failure_of_a_worker_is_told)
{
    gm_worker_job job = make_job();
    gm_worker worker;
    gm_worker_answer answer;
    job.device.selector = "no such device";
    ck_assert_int_eq(gm_worker_start(&worker, &job, &answer), GEMLET_E_DEVICE);
    ck_assert_ptr_nonnull(strstr(gemlet_last_error(), "no such device"));
    gm_worker_end(&worker);
}
END_TEST

START_TEST(a_worker_that_dies_is_told)
{
    const gm_worker_job job = make_job();
    gm_worker worker;
    gm_worker_answer answer;
    ck_assert_int_eq(gm_worker_start(&worker, &job, &answer), GEMLET_OK);
    ck_assert_int_eq(kill(worker.child, SIGKILL), 0);
    ck_assert_int_eq(gm_worker_run(&worker, 0, 1, &answer), GEMLET_E_DEVICE);
    ck_assert_ptr_nonnull(strstr(gemlet_last_error(), "signal 9"));
    gm_worker_end(&worker);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("bench");
    TCase *pure = tcase_create("pure");
    tcase_add_test(pure, quantiles_lie_between_neighbours);
    tcase_add_test(pure, a_ratio_is_taken_round_by_round);
    tcase_add_test(pure, the_fastest_is_one_that_was_measured);
    tcase_add_test(pure, a_round_takes_about_a_quarter_of_a_second);
    tcase_add_test(pure, bandwidth_is_that_of_the_working_set);
    tcase_add_test(pure, the_largest_of_three_limits_is_the_bound);
    tcase_add_test(pure, launches_of_one_kind_share_a_row);
    tcase_add_test(pure, a_call_of_a_library_counts_from_what_came_before);
    tcase_add_test(pure, a_row_is_held_against_its_limit);
    tcase_add_test(pure, made_up_data_are_as_asked);
    tcase_add_test(pure, densities_of_none_and_all);
    tcase_add_test(pure, impossible_data_are_refused);
    suite_add_tcase(suite, pure);
    TCase *processes = tcase_create("processes");
    tcase_set_timeout(processes, 60);
    tcase_add_checked_fixture(processes, set_up, tear_down);
    tcase_add_test(processes, a_worker_trains);
    tcase_add_test(processes, a_failure_of_a_worker_is_told);
    tcase_add_test(processes, a_worker_that_dies_is_told);
    suite_add_tcase(suite, processes);
    return suite;
}

/* SPDX-License-Identifier: MIT
 * Free runs: what is measured, and when a device is called wrong. The device is the CPU path with a
 * fault put in. */
#include <math.h>

#include "backend/device.h"
#include "gemlet/gemlet.h"
#include "support/networks.h"
#include "support/run_suite.h"
#include "verify/free_run.h"

#define N_ROWS     40u
#define N_FEATURES 12u
#define N_CLASSES  4u

static gemlet_device *device;
static gemlet_dataset *dataset;
static gm_backend_ops faulty_ops;
static const gm_backend_ops *true_ops;
static unsigned n_updates;
static unsigned fault_step; /* counted from 1; 0: never */
static float fault_value;

/* Puts the value among the parameters. */
static gemlet_status faulty_sgd_step(gm_backend *backend, const gm_sgd_step_args *args)
{
    GEMLET_TRY(true_ops->sgd_step(backend, args));
    if (++n_updates != fault_step)
        return GEMLET_OK;
    return gm_backend_upload(backend, args->parameters.buffer, args->parameters.offset, 1,
                             &fault_value);
}

static void set_up(void)
{
    gemlet_device_options options;
    gemlet_device_options_init(&options);
    options.selector = "cpu";
    ck_assert_int_eq(gemlet_device_open(&device, &options), GEMLET_OK);
    gm_backend *backend = gm_device_backend(device);
    true_ops = backend->ops;
    faulty_ops = *true_ops;
    faulty_ops.sgd_step = faulty_sgd_step;
    backend->ops = &faulty_ops;
    n_updates = 0;
    fault_step = 0;

    dataset = random_dataset(N_ROWS, N_FEATURES, N_CLASSES);
}

static void tear_down(void)
{
    gemlet_dataset_destroy(dataset);
    gemlet_device_close(device);
}

static gm_free_run_result run(uint64_t n_steps, double learning_rate)
{
    gemlet_spec spec;
    gemlet_model *model;
    gemlet_init_options init;
    gemlet_init_options_init(&init);
    ck_assert_int_eq(gemlet_spec_parse(&spec, "12-9bn-relu-7-tanh-4"), GEMLET_OK);
    ck_assert_int_eq(gemlet_model_create(&model, &spec, &init), GEMLET_OK);
    gemlet_train_options train;
    gemlet_train_options_init(&train);
    train.batch = 8;
    train.n_steps = 100;
    train.learning_rate = learning_rate;
    const gm_free_run_options options = {.train = &train, .n_steps = n_steps};
    gm_free_run_result result;
    ck_assert_msg(gm_free_run(&result, model, device, dataset, &options) == GEMLET_OK, "%s",
                  gemlet_last_error());
    gemlet_model_destroy(model);
    return result;
}

START_TEST(steps_that_are_reported)
{
    static const uint64_t expected[] = {1, 2, 5, 10, 20, 50, 73};
    const gm_free_run_result result = run(73, 0.1);
    ck_assert_uint_eq(result.n_lines, sizeof expected / sizeof expected[0]);
    for (unsigned i = 0; i < result.n_lines; ++i)
        ck_assert_uint_eq(result.lines[i].step, expected[i]);
    ck_assert_uint_eq(result.steps, 73);
}
END_TEST

START_TEST(one_program_drifts_as_far_as_itself)
{
    const gm_free_run_result result = run(20, 0.1);
    ck_assert_int_eq(result.verdict, GM_FREE_RUN_FINITE);
    for (unsigned i = 0; i < result.n_lines; ++i) {
        const gm_free_run_line *line = &result.lines[i];
        ck_assert_double_eq(line->device.loss_error, line->cpu.loss_error);
        ck_assert_double_eq(line->device.parameters, line->cpu.parameters);
        ck_assert_double_eq(line->device.statistics, line->cpu.statistics);
        ck_assert_double_eq(line->device.loss - line->reference_loss, line->device.loss_error);
        ck_assert_double_gt(line->cpu.parameters, 0);
        ck_assert_double_eq(gm_free_run_ratio(line), 1);
    }
    ck_assert_double_gt(result.lines[0].cpu.statistics, 0);
}
END_TEST

START_TEST(a_wrong_parameter_shows_as_drift)
{
    fault_step = 4;
    fault_value = 1;
    const gm_free_run_result result = run(5, 0.1);
    ck_assert_int_eq(result.verdict, GM_FREE_RUN_FINITE);
    ck_assert_double_eq(gm_free_run_ratio(&result.lines[1]), 1);
    ck_assert_double_gt(gm_free_run_ratio(&result.lines[2]), 1);
}
END_TEST

START_TEST(a_value_that_is_not_finite_is_a_fault)
{
    fault_step = 3;
    fault_value = _i == 0 ? NAN : INFINITY;
    const gm_free_run_result result = run(20, 0.1);
    ck_assert_int_eq(result.verdict, GM_FREE_RUN_DEVICE_FAILED);
    /* Seen in the loss of the next step, or in the parameters that are next looked at. */
    ck_assert_uint_ge(result.steps, 4);
    ck_assert_uint_le(result.steps, 5);
    ck_assert_uint_eq(result.lines[result.n_lines - 1].step, result.steps);
}
END_TEST

START_TEST(a_divergence_is_no_fault)
{
    const gm_free_run_result result = run(20, 1e38);
    ck_assert_int_eq(result.verdict, GM_FREE_RUN_DIVERGED);
    ck_assert_uint_lt(result.steps, 20);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("free run");
    TCase *tests = tcase_create("free run");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, steps_that_are_reported);
    tcase_add_test(tests, one_program_drifts_as_far_as_itself);
    tcase_add_test(tests, a_wrong_parameter_shows_as_drift);
    tcase_add_loop_test(tests, a_value_that_is_not_finite_is_a_fault, 0, 2);
    tcase_add_test(tests, a_divergence_is_no_fault);
    suite_add_tcase(suite, tests);
    return suite;
}

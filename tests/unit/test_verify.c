/* SPDX-License-Identifier: MIT
 * The verifier is itself verified: it finds every kind of fault in a device, names the place, and
 * finds nothing in a device that is right. The device is the CPU path with a fault put in. */
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "backend/device.h"
#include "core/rng.h"
#include "gemlet/gemlet.h"
#include "support/networks.h"
#include "support/run_suite.h"
#include "verify/bounds.h"
#include "verify/bounds_activation.h"
#include "verify/lockstep.h"
#include "verify/numeric.h"
#include "verify/report.h"

#define N_ROWS     40u
#define N_FEATURES 12u
#define N_CLASSES  4u

/* ---- a device with a fault ------------------------------------------------------------------ */

typedef enum fault_kind {
    FAULT_NONE,
    FAULT_WRONG,     /* an element off by a thousandth of itself */
    FAULT_NAN,       /* an element not a number */
    FAULT_UNWRITTEN, /* an element keeps what was there before */
    FAULT_GAP,       /* a write between two rows of the output */
    FAULT_INPUT      /* the weights are changed */
} fault_kind;

static fault_kind fault;
static unsigned fault_call; /* of dense_fwd, counted from 1 */
static unsigned n_calls;
static gm_backend_ops faulty_ops;
static gemlet_status (*true_dense_fwd)(gm_backend *, const gm_dense_fwd_args *);

static void poke(gm_backend *backend, gm_buffer *buffer, size_t position, float value)
{
    ck_assert_int_eq(gm_backend_upload(backend, buffer, position, 1, &value), GEMLET_OK);
}

static float peek(gm_backend *backend, const gm_buffer *buffer, size_t position)
{
    float value;
    ck_assert_int_eq(gm_backend_download(backend, buffer, position, 1, &value), GEMLET_OK);
    return value;
}

/* dense_fwd with the fault at row 1, column 2. */
static gemlet_status faulty_dense_fwd(gm_backend *backend, const gm_dense_fwd_args *args)
{
    const gm_matrix *y = &args->y;
    const size_t position = y->offset + y->ld + 2;
    const float before = peek(backend, y->buffer, position);
    const gemlet_status status = true_dense_fwd(backend, args);
    if (++n_calls != fault_call)
        return status;
    switch (fault) {
    case FAULT_NONE:
        break;
    case FAULT_WRONG:
        poke(backend, y->buffer, position, 1.001f * peek(backend, y->buffer, position) + 1e-3f);
        break;
    case FAULT_NAN:
        poke(backend, y->buffer, position, NAN);
        break;
    case FAULT_UNWRITTEN:
        poke(backend, y->buffer, position, before);
        break;
    case FAULT_GAP:
        poke(backend, y->buffer, y->offset + y->cols, 3);
        break;
    case FAULT_INPUT:
        poke(backend, args->w.buffer, args->w.offset + 5, 3);
        break;
    }
    return status;
}

/* ---- fixtures ------------------------------------------------------------------------------- */

static gemlet_device *device;
static gemlet_dataset *dataset;

static void set_up(void)
{
    gemlet_device_options options;
    gemlet_device_options_init(&options);
    options.selector = "cpu";
    ck_assert_int_eq(gemlet_device_open(&device, &options), GEMLET_OK);
    gm_backend *backend = gm_device_backend(device);
    faulty_ops = *backend->ops;
    true_dense_fwd = faulty_ops.dense_fwd;
    faulty_ops.dense_fwd = faulty_dense_fwd;
    backend->ops = &faulty_ops;
    fault = FAULT_NONE;
    n_calls = 0;

    dataset = random_dataset(N_ROWS, N_FEATURES, N_CLASSES);
}

static void tear_down(void)
{
    gemlet_dataset_destroy(dataset);
    gemlet_device_close(device);
}

static gemlet_train_options train_options(void)
{
    gemlet_train_options options;
    gemlet_train_options_init(&options);
    options.batch = 8;
    options.n_steps = 100;
    return options;
}

/* Verifies 6 steps of a network of three layers, the second of which has 7 columns. */
static gm_lockstep_result run(const char *op, double learning_rate)
{
    gemlet_model *model = seeded_model("12-16bn-relu-7-tanh-4", 1);
    gemlet_train_options train = train_options();
    train.learning_rate = learning_rate;
    const gm_lockstep_options options = {.train = &train, .n_steps = 6, .op = op};
    gm_lockstep_result result;
    ck_assert_msg(gm_lockstep_run(&result, model, device, dataset, &options) == GEMLET_OK, "%s",
                  gemlet_last_error());
    gemlet_model_destroy(model);
    return result;
}

/* The fault sits in the forward product of layer 2 in step 2: three of them make a step. */
static gm_lockstep_result run_with_fault(fault_kind kind)
{
    fault = kind;
    fault_call = 3 + 2;
    return run(NULL, 0.1);
}

static void expect_first_wrong(const gm_lockstep_result *result, const char *label, uint64_t step)
{
    ck_assert(!gm_lockstep_is_verified(result));
    uint64_t found_step = 0;
    const char *found = gm_lockstep_first_wrong(result, &found_step);
    ck_assert_ptr_nonnull(found);
    ck_assert_str_eq(found, label);
    ck_assert_uint_eq(found_step, step);
}

/* ---- lockstep ------------------------------------------------------------------------------- */

START_TEST(a_right_device_is_verified)
{
    gm_lockstep_result result = run(NULL, 0.1);
    ck_assert(gm_lockstep_is_verified(&result));
    ck_assert_uint_eq(result.steps, 6);
    /* gather, 3 x dense_fwd, bn, loss, bn, act, 3 x bwd_w, 2 x bwd_x, sgd */
    ck_assert_uint_eq(result.n_ops, 6 * 14);
    ck_assert_double_gt(gm_statistics_largest(&result.statistics, GM_FAMILY_GEMM), 0.01);
    ck_assert_double_le(gm_statistics_worst(&result.statistics)->device.largest, 1);
    /* Device and float CPU path are the same program here. */
    for (size_t i = 0; i < result.statistics.n_lines; ++i) {
        const gm_statistics_line *line = &result.statistics.lines[i];
        ck_assert_double_eq(line->device.largest, line->cpu.largest);
    }
    gm_lockstep_result_free(&result);
}
END_TEST

START_TEST(steps_are_those_of_training)
{
    gemlet_model *model = seeded_model("12-16bn-relu-7-tanh-4", 1);
    gm_lockstep_result verified = run(NULL, 0.1);
    gemlet_train_options options = train_options();
    gemlet_train_result trained;
    ck_assert_int_eq(gemlet_train(model, device, dataset, &options, &trained), GEMLET_OK);
    ck_assert_double_eq(verified.first_loss, trained.initial_loss);
    gm_lockstep_result_free(&verified);
    gemlet_model_destroy(model);
}
END_TEST

START_TEST(a_wrong_element_is_named)
{
    gm_lockstep_result result = run_with_fault(FAULT_WRONG);
    expect_first_wrong(&result, "layer 2 dense_fwd", 2);
    const gm_statistics_line *line = &result.statistics.lines[result.statistics.first_wrong_line];
    ck_assert_str_eq(line->tensor, "y");
    ck_assert_uint_eq(line->first_wrong.row, 1);
    ck_assert_uint_eq(line->first_wrong.col, 2);
    ck_assert_uint_eq(line->n_wrong, 1);
    /* Nothing that follows from the wrong element is blamed on others. */
    for (size_t i = 0; i < result.statistics.n_lines; ++i)
        ck_assert(i == result.statistics.first_wrong_line ||
                  result.statistics.lines[i].n_wrong == 0);
    gm_lockstep_result_free(&result);
}
END_TEST

START_TEST(a_nan_of_the_device_alone_is_a_fault)
{
    gm_lockstep_result result = run_with_fault(FAULT_NAN);
    expect_first_wrong(&result, "layer 2 dense_fwd", 2);
    gm_lockstep_result_free(&result);
}
END_TEST

START_TEST(an_unwritten_element_is_a_fault)
{
    gm_lockstep_result result = run_with_fault(FAULT_UNWRITTEN);
    expect_first_wrong(&result, "layer 2 dense_fwd", 2);
    /* Not the value of the step before, which could be right by chance. */
    ck_assert(isnan(result.statistics.lines[result.statistics.first_wrong_line].first_wrong.got));
    gm_lockstep_result_free(&result);
}
END_TEST

START_TEST(a_write_between_rows_is_a_fault)
{
    gm_lockstep_result result = run_with_fault(FAULT_GAP);
    expect_first_wrong(&result, "layer 2 dense_fwd", 2);
    ck_assert_ptr_nonnull(
        strstr(result.stray.text, "wrote beside its output y at row 0, column 7"));
    gm_lockstep_result_free(&result);
}
END_TEST

START_TEST(a_changed_input_is_found_where_it_is_read)
{
    gm_lockstep_result result = run_with_fault(FAULT_INPUT);
    expect_first_wrong(&result, "layer 2 dense_bwd_x", 2);
    ck_assert_ptr_nonnull(strstr(result.stray.text, "changed value in its input w at row 0"));
    gm_lockstep_result_free(&result);
}
END_TEST

START_TEST(a_divergence_is_no_fault_of_the_device)
{
    gm_lockstep_result result = run(NULL, 1e38);
    ck_assert(gm_lockstep_is_verified(&result));
    ck_assert_uint_gt(result.diverged_step, 0);
    ck_assert_uint_lt(result.steps, 6 + 1);
    gm_lockstep_result_free(&result);
}
END_TEST

START_TEST(only_chosen_operations_are_compared)
{
    fault = FAULT_WRONG;
    fault_call = 3 + 2;
    gm_lockstep_result result = run("layer 1", 0.1);
    ck_assert(gm_lockstep_is_verified(&result));
    ck_assert_uint_eq(result.n_ops, 6 * 4);
    gm_lockstep_result_free(&result);
    n_calls = 0;
    result = run("layer 2 dense_fwd", 0.1);
    expect_first_wrong(&result, "layer 2 dense_fwd", 2);
    gm_lockstep_result_free(&result);

    gemlet_model *model = seeded_model("12-4", 1);
    const gemlet_train_options train = train_options();
    const gm_lockstep_options options = {.train = &train, .n_steps = 1, .op = "layer 9"};
    ck_assert_int_eq(gm_lockstep_run(&result, model, device, dataset, &options), GEMLET_E_ARGUMENT);
    gm_lockstep_result_free(&result);
    gemlet_model_destroy(model);
}
END_TEST

START_TEST(a_run_stopped_at_once_has_one_step_to_report)
{
    static const volatile sig_atomic_t stop = 1;
    gemlet_model *model = seeded_model("12-4", 1);
    const gemlet_train_options train = train_options();
    const gm_lockstep_options options = {.train = &train, .n_steps = 6, .stop = &stop};
    gm_lockstep_result result;
    ck_assert_int_eq(gm_lockstep_run(&result, model, device, dataset, &options), GEMLET_OK);
    ck_assert_uint_eq(result.steps, 1);
    ck_assert(gm_lockstep_is_verified(&result));
    gm_lockstep_result_free(&result);
    gemlet_model_destroy(model);
}
END_TEST

/* ---- statistics ----------------------------------------------------------------------------- */

static gm_statistics statistics;

/* Adds one call of a row of n elements with reference 1 and bound 1. */
static uint64_t add_row(const double *got, const double *cpu, size_t n, double bound)
{
    double ref[256];
    double bounds[256];
    for (size_t i = 0; i < n; ++i) {
        ref[i] = 1;
        bounds[i] = bound;
    }
    const gm_compared values = {1, (gemlet_dim)n, n, n, got, ref, cpu, bounds};
    uint64_t n_not_finite;
    ck_assert_int_eq(
        gm_statistics_add(&statistics, "op", "y", GM_FAMILY_GEMM, &values, 1, &n_not_finite),
        GEMLET_OK);
    return n_not_finite;
}

START_TEST(percentiles_are_within_a_bin)
{
    double got[200];
    double cpu[200];
    for (size_t i = 0; i < 200; ++i) {
        got[i] = 1 + (i < 198 ? 0x1p-10 : 0.5);
        cpu[i] = 1;
    }
    add_row(got, cpu, 200, 1);
    const gm_statistics_line *line = &statistics.lines[0];
    ck_assert_double_eq(line->device.largest, 0.5);
    ck_assert_uint_eq(line->largest.col, 198);
    ck_assert_double_ge(gm_errors_percentile(&line->device, 0.99), 0x1p-10);
    ck_assert_double_le(gm_errors_percentile(&line->device, 0.99), 0x1p-10 * 1.19);
    ck_assert_double_eq(gm_errors_percentile(&line->device, 1), 0.5);
    ck_assert_double_eq(gm_errors_percentile(&line->cpu, 0.99), 0);
    ck_assert_double_eq(line->device.largest_ulp, 0.5 / 0x1p-23);
    ck_assert(!statistics.is_wrong);
    gm_statistics_free(&statistics);
}
END_TEST

START_TEST(what_is_not_finite_is_judged_by_the_host)
{
    const double right[] = {1};
    const double nan[] = {(double)NAN};
    const double infinite[] = {(double)INFINITY};
    ck_assert_uint_eq(add_row(nan, nan, 1, 1), 1);
    ck_assert_uint_eq(add_row(infinite, infinite, 1, 1), 1);
    ck_assert_uint_eq(add_row(infinite, right, 1, (double)INFINITY), 1); /* may overflow */
    ck_assert(!statistics.is_wrong);
    ck_assert_uint_eq(add_row(nan, right, 1, 1e300), 0);
    ck_assert(statistics.is_wrong);
    ck_assert_uint_eq(statistics.lines[0].n_wrong, 1);
    gm_statistics_free(&statistics);
}
END_TEST

/* ---- bounds --------------------------------------------------------------------------------- */

static double act(gemlet_activation activation, double z)
{
    return activation == GEMLET_ACTIVATION_TANH ? tanh(z) : 1 / (1 + exp(-z));
}

START_TEST(bounds_of_activations_hold_and_are_tight)
{
    gm_rng rng;
    gm_rng_init(&rng, 3, GM_RNG_TEST, 0);
    const gemlet_activation kinds[] = {GEMLET_ACTIVATION_SIGMOID, GEMLET_ACTIVATION_TANH};
    for (int i = 0; i < 20000; ++i) {
        const gemlet_activation kind = kinds[i % 2];
        const double z = 20 * gm_rng_normal(&rng);
        const double z_bound = pow(10, -8 * gm_rng_uniform(&rng));
        const double bound = gm_bound_activation(kind, act(kind, z), z_bound);
        const double change = fmax(fabs(act(kind, z + z_bound) - act(kind, z)),
                                   fabs(act(kind, z - z_bound) - act(kind, z)));
        ck_assert_double_le(change, bound * (1 + 1e-9));
        /* For small changes the bound is the change and the roundings, nothing more. */
        if (z_bound < 1e-3)
            ck_assert_double_le(bound, change * 1.01 + gm_gamma(13) * fabs(act(kind, z)) + 1e-15);
    }
}
END_TEST

/* Bound of an update with rate `rate` of one parameter p with the gradient p. */
static double bound_of_update(double p, double *doubt, float rate)
{
    double bound = 0;
    const gm_sgd_step_args args = {.n_decayed = 0};
    double record[GM_RECORD_SIZE] = {[GM_RECORD_LEARNING_RATE] = (double)rate};
    gm_check_call call;
    gm_check_describe(&call, &gm_op_sgd_step, &args);
    gm_check_operand *parameters = GM_OPERAND(&call, sgd_step, parameters);
    gm_check_operand *gradients = GM_OPERAND(&call, sgd_step, gradients);
    parameters->n = 1;
    parameters->before = parameters->ref = gradients->before = &p;
    gradients->doubt = doubt;
    GM_OPERAND(&call, sgd_step, record)->before = record;
    parameters->bound = &bound;
    ck_assert_int_eq(gm_bounds_sgd_step(&call), GEMLET_OK);
    return bound;
}

START_TEST(a_bound_promises_nothing_where_float_may_overflow)
{
    ck_assert(isinf(bound_of_update(3e38, NULL, 1)));
    ck_assert_double_le(bound_of_update(1, NULL, 0.5f), 3 * 0x1p-24);
    ck_assert_double_ge(bound_of_update(1, NULL, 0.5f), 2 * 0x1p-24);
    double doubt = 0x1p-10;
    ck_assert_double_le(bound_of_update(1, &doubt, 0.5f), 0x1p-11 + 3 * 0x1p-24);
    ck_assert_double_ge(bound_of_update(1, &doubt, 0.5f), 0x1p-11 + 2 * 0x1p-24);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("verify");
    TCase *lockstep = tcase_create("lockstep");
    tcase_set_timeout(lockstep, 60);
    tcase_add_checked_fixture(lockstep, set_up, tear_down);
    tcase_add_test(lockstep, a_right_device_is_verified);
    tcase_add_test(lockstep, steps_are_those_of_training);
    tcase_add_test(lockstep, a_wrong_element_is_named);
    tcase_add_test(lockstep, a_nan_of_the_device_alone_is_a_fault);
    tcase_add_test(lockstep, an_unwritten_element_is_a_fault);
    tcase_add_test(lockstep, a_write_between_rows_is_a_fault);
    tcase_add_test(lockstep, a_changed_input_is_found_where_it_is_read);
    tcase_add_test(lockstep, a_divergence_is_no_fault_of_the_device);
    tcase_add_test(lockstep, only_chosen_operations_are_compared);
    tcase_add_test(lockstep, a_run_stopped_at_once_has_one_step_to_report);
    suite_add_tcase(suite, lockstep);
    TCase *parts = tcase_create("parts");
    tcase_add_test(parts, percentiles_are_within_a_bin);
    tcase_add_test(parts, what_is_not_finite_is_judged_by_the_host);
    tcase_add_test(parts, bounds_of_activations_hold_and_are_tight);
    tcase_add_test(parts, a_bound_promises_nothing_where_float_may_overflow);
    suite_add_tcase(suite, parts);
    return suite;
}

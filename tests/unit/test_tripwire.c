/* SPDX-License-Identifier: MIT
 * A run that diverges: what is kept of it, and whether the learning rate or the device is said to
 * be the cause. Faults are put into the operations of the device that GEMLET_TEST_DEVICE names (the
 * CPU path if unset). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "backend/device.h"
#include "core/rng.h"
#include "gemlet/gemlet.h"
#include "support/networks.h"
#include "support/run_suite.h"

#define N_FEATURES 12u
#define N_CLASSES  4u
#define N_ROWS     200u
#define BATCH      10u
#define SPEC       "12-9bn-relu-8-tanh-4"

static gemlet_device *device;
static gm_backend *backend;
static gemlet_dataset *dataset;

/* ---- faults --------------------------------------------------------------------------------- */

typedef enum place {
    NOWHERE,
    UPDATE,       /* a NaN among the parameters */
    UPDATE_ONCE,  /* the same, at the first opportunity only */
    WRONG_UPDATE, /* finite, but 1e20 times too large and in the wrong direction */
    FORWARD,      /* a NaN in z of the first layer */
    STATISTICS,   /* an infinity in the first running variance */
    GRADIENT,     /* a NaN in a gradient that is handed to the layer below */
    HUGE_WEIGHT,  /* a weight whose variance overflows anywhere, and after it GRADIENT */
} place;

static gm_backend_ops faulty_ops;
static const gm_backend_ops *right_ops;
static place fault;
static gm_buffer *parameters; /* of the network, known from its first update */

static gemlet_status put(gm_buffer *buffer, size_t offset, float value)
{
    return gm_backend_upload(backend, buffer, offset, 1, &value);
}

/* The fault comes and goes with the learning rate, so that a repetition of a step has it too. */
static gemlet_status faulty_sgd_step(gm_backend *b, const gm_sgd_step_args *args)
{
    const size_t at = args->record.offset + GM_RECORD_LEARNING_RATE;
    float learning_rate;
    GEMLET_TRY(gm_backend_download(b, args->record.buffer, at, 1, &learning_rate));
    const int has_fault = learning_rate < 0.06f;
    if (has_fault && fault == WRONG_UPDATE)
        GEMLET_TRY(put(args->record.buffer, at, -1e20f));
    GEMLET_TRY(right_ops->sgd_step(b, args));
    if (has_fault && fault == WRONG_UPDATE)
        GEMLET_TRY(put(args->record.buffer, at, learning_rate));
    parameters = args->parameters.buffer;
    if (!has_fault || (fault != UPDATE && fault != UPDATE_ONCE && fault != HUGE_WEIGHT))
        return GEMLET_OK;
    const float value = fault == HUGE_WEIGHT ? 1e30f : NAN;
    if (fault == UPDATE_ONCE)
        fault = NOWHERE;
    return put(parameters, 3, value);
}

static gemlet_status faulty_dense_fwd(gm_backend *b, const gm_dense_fwd_args *args)
{
    GEMLET_TRY(right_ops->dense_fwd(b, args));
    return fault == FORWARD && args->w.cols == 9 ? put(args->y.buffer, args->y.offset + 1, NAN)
                                                 : GEMLET_OK;
}

static gemlet_status faulty_bn_act_fwd_train(gm_backend *b, const gm_bn_act_fwd_train_args *args)
{
    GEMLET_TRY(right_ops->bn_act_fwd_train(b, args));
    return fault == STATISTICS ? put(args->running_var.buffer, args->running_var.offset, INFINITY)
                               : GEMLET_OK;
}

static gemlet_status faulty_dense_bwd_x(gm_backend *b, const gm_dense_bwd_x_args *args)
{
    int has_fault = fault == GRADIENT;
    GEMLET_TRY(right_ops->dense_bwd_x(b, args));
    if (fault == HUGE_WEIGHT && parameters != NULL) {
        float weight;
        GEMLET_TRY(gm_backend_download(b, parameters, 3, 1, &weight));
        has_fault = weight > 1e29f;
    }
    return has_fault && args->dx.cols == 8 ? put(args->dx.buffer, args->dx.offset, NAN) : GEMLET_OK;
}

/* ---- a run ---------------------------------------------------------------------------------- */

static void set_up(void)
{
    gemlet_device_options options;
    gemlet_device_options_init(&options);
    const char *selector = getenv("GEMLET_TEST_DEVICE");
    options.selector = selector != NULL ? selector : "cpu";
    ck_assert_msg(gemlet_device_open(&device, &options) == GEMLET_OK, "%s", gemlet_last_error());
    backend = gm_device_backend(device);
    right_ops = backend->ops;
    faulty_ops = *right_ops;
    faulty_ops.sgd_step = faulty_sgd_step;
    faulty_ops.dense_fwd = faulty_dense_fwd;
    faulty_ops.bn_act_fwd_train = faulty_bn_act_fwd_train;
    faulty_ops.dense_bwd_x = faulty_dense_bwd_x;
    backend->ops = &faulty_ops;
    fault = NOWHERE;
    parameters = NULL;

    float values[N_ROWS * N_FEATURES];
    uint32_t labels[N_ROWS];
    gm_rng rng;
    gm_rng_init(&rng, 5, GM_RNG_TEST, 0);
    for (unsigned i = 0; i < N_ROWS; ++i) {
        labels[i] = gm_rng_below(&rng, N_CLASSES);
        for (unsigned f = 0; f < N_FEATURES; ++f)
            values[i * N_FEATURES + f] =
                (float)(gm_rng_normal(&rng) + (f % N_CLASSES == labels[i] ? 2.0 : 0.0));
    }
    ck_assert_int_eq(
        gemlet_dataset_create(&dataset, N_ROWS, N_FEATURES, GEMLET_ELEMENT_F32, values, labels),
        GEMLET_OK);
}

static void tear_down(void)
{
    gemlet_dataset_destroy(dataset);
    gemlet_device_close(device);
}

/* The rate is 0.1 before step `change` (from 0) and `factor` times that from then on. */
static gemlet_train_options make_options(uint64_t n_steps, uint64_t change, double factor)
{
    gemlet_train_options options;
    gemlet_train_options_init(&options);
    options.fused = GEMLET_FUSED_OFF; /* the faults are in operations */
    options.no_qualify = 1;           /* as a device that is wrong only later */
    options.batch = BATCH;
    options.n_steps = n_steps;
    options.schedule = GEMLET_SCHEDULE_STEP;
    options.step_every = change;
    options.step_factor = factor;
    options.log_every = 50;
    return options;
}

static void expect_equal_models(gemlet_model *model, gemlet_model *expected)
{
    for (unsigned l = 0; l < 3; ++l) {
        for (int t = GEMLET_TENSOR_WEIGHT; t <= GEMLET_TENSOR_RUNNING_VAR; ++t) {
            const size_t n = gemlet_model_tensor_size(model, l, (gemlet_tensor)t);
            if (n > 0)
                ck_assert_mem_eq(gemlet_model_tensor(model, l, (gemlet_tensor)t),
                                 gemlet_model_tensor(expected, l, (gemlet_tensor)t),
                                 n * sizeof(float));
        }
    }
}

/* Trains with the fault and expects divergence; the message contains `text`, and the model is that
 * of a run over so many steps. */
static gemlet_train_result expect_divergence(const gemlet_train_options *options, place where,
                                             const char *text, uint64_t good_steps)
{
    gemlet_model *model = seeded_model(SPEC, 1);
    gemlet_train_result result;
    fault = where;
    ck_assert_int_eq(gemlet_train(model, device, dataset, options, &result), GEMLET_E_DIVERGED);
    ck_assert_msg(strstr(gemlet_last_error(), text) != NULL, "'%s' lacks '%s'", gemlet_last_error(),
                  text);
    ck_assert_uint_eq(result.good_steps, good_steps);

    fault = NOWHERE;
    parameters = NULL;
    gemlet_model *expected = seeded_model(SPEC, 1);
    if (good_steps > 0) {
        gemlet_train_options shorter = *options;
        gemlet_train_result good;
        shorter.n_steps = good_steps;
        ck_assert_int_eq(gemlet_train(expected, device, dataset, &shorter, &good), GEMLET_OK);
        ck_assert_uint_eq(good.good_steps, good_steps);
        ck_assert_int_eq(good.divergence, GEMLET_DIVERGENCE_NONE);
    }
    expect_equal_models(model, expected);
    gemlet_model_destroy(expected);
    gemlet_model_destroy(model);
    return result;
}

/* ---- the learning rate ---------------------------------------------------------------------- */

START_TEST(too_large_a_rate_diverges_on_the_cpu_too)
{
    const gemlet_train_options options = make_options(500, 230, 1e18);
    const gemlet_train_result result = expect_divergence(
        &options, NOWHERE, "diverged on the CPU too: lower the learning rate", 200);
    ck_assert_int_eq(result.divergence, GEMLET_DIVERGENCE_TRAINING);
    ck_assert_uint_gt(result.diverged_step, 230);
    ck_assert_uint_le(result.diverged_step, 250);
    ck_assert_str_ne(result.diverged_tensor, "");
}
END_TEST

START_TEST(a_rate_that_diverges_at_once_leaves_the_model)
{
    gemlet_train_options options = make_options(500, 230, 0.5);
    options.learning_rate = 1e20;
    const gemlet_train_result result =
        expect_divergence(&options, NOWHERE, "diverged on the CPU too: lower the learning rate", 0);
    ck_assert_int_eq(result.divergence, GEMLET_DIVERGENCE_TRAINING);
}
END_TEST

/* ---- the device ----------------------------------------------------------------------------- */

START_TEST(a_nan_of_the_device_is_told_from_divergence)
{
    const gemlet_train_options options = make_options(500, 230, 0.5);
    const gemlet_train_result result = expect_divergence(
        &options, UPDATE,
        "device differs from the CPU reference at step 231, tensor layer 1 weight", 200);
    ck_assert_int_eq(result.divergence, GEMLET_DIVERGENCE_DEVICE);
    ck_assert_uint_eq(result.diverged_step, 231);
    ck_assert_str_eq(result.diverged_tensor, "layer 1 weight");
}
END_TEST

START_TEST(a_nan_in_the_last_update_is_noticed)
{
    const gemlet_train_options options = make_options(231, 230, 0.5);
    const gemlet_train_result result =
        expect_divergence(&options, UPDATE, "parameters are not finite after step 231", 200);
    ck_assert_int_eq(result.divergence, GEMLET_DIVERGENCE_DEVICE);
    ck_assert_uint_eq(result.diverged_step, 231);
}
END_TEST

START_TEST(a_nan_that_does_not_come_again_is_the_devices_too)
{
    const gemlet_train_options options = make_options(500, 230, 0.5);
    const gemlet_train_result result =
        expect_divergence(&options, UPDATE_ONCE, "did not do so again", 200);
    ck_assert_int_eq(result.divergence, GEMLET_DIVERGENCE_DEVICE);
    ck_assert_str_eq(result.diverged_tensor, "");
}
END_TEST

START_TEST(wrong_but_finite_values_of_the_device_are_not_the_rates_fault)
{
    const gemlet_train_options options = make_options(500, 230, 0.5);
    const gemlet_train_result result = expect_divergence(
        &options, WRONG_UPDATE, "device differs from the CPU reference at step ", 200);
    ck_assert_int_eq(result.divergence, GEMLET_DIVERGENCE_DEVICE);
    ck_assert_uint_gt(result.diverged_step, 230);
}
END_TEST

static const struct {
    place where;
    const char *tensor;
} in_a_step[] = {
    {FORWARD, "layer 1 z"},
    {STATISTICS, "layer 1 running_var"},
    {GRADIENT, "layer 2 dz"},
};

START_TEST(the_first_tensor_is_named)
{
    const gemlet_train_options options = make_options(500, 1000, 0.5);
    const gemlet_train_result result =
        expect_divergence(&options, in_a_step[_i].where, in_a_step[_i].tensor, 0);
    ck_assert_int_eq(result.divergence, GEMLET_DIVERGENCE_DEVICE);
    ck_assert_uint_eq(result.diverged_step, 1);
    ck_assert_str_eq(result.diverged_tensor, in_a_step[_i].tensor);
}
END_TEST

/* What overflows on the reference too is not the device's. */
START_TEST(the_first_tensor_that_only_the_device_has_wrong_is_named)
{
    const gemlet_train_options options = make_options(500, 230, 0.5);
    const gemlet_train_result result =
        expect_divergence(&options, HUGE_WEIGHT, "at step 232, tensor layer 2 dz", 200);
    ck_assert_int_eq(result.divergence, GEMLET_DIVERGENCE_DEVICE);
}
END_TEST

/* ---- stopping ------------------------------------------------------------------------------- */

static volatile sig_atomic_t stop;

/* Wanted when the run has diverged already, but no report has shown it yet. */
static void request_stop(const gemlet_progress *progress, void *user)
{
    (void)user;
    stop = progress->step == 200;
}

START_TEST(a_stopped_run_is_not_repeated)
{
    gemlet_train_options options = make_options(500, 200, 0.5);
    options.stop = &stop;
    options.on_progress = request_stop;
    gemlet_model *model = seeded_model(SPEC, 1);
    gemlet_train_result result;
    stop = 0;
    fault = UPDATE;
    ck_assert_int_eq(gemlet_train(model, device, dataset, &options, &result), GEMLET_E_DIVERGED);
    ck_assert_ptr_nonnull(strstr(gemlet_last_error(), "interrupted"));
    ck_assert_int_eq(result.divergence, GEMLET_DIVERGENCE_UNKNOWN);
    ck_assert_uint_eq(result.good_steps, 200);
    gemlet_model_destroy(model);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("tripwire");
    TCase *tripwire = tcase_create("tripwire");
    tcase_set_timeout(tripwire, 120); /* opening builds kernels */
    tcase_add_checked_fixture(tripwire, set_up, tear_down);
    tcase_add_test(tripwire, too_large_a_rate_diverges_on_the_cpu_too);
    tcase_add_test(tripwire, a_rate_that_diverges_at_once_leaves_the_model);
    tcase_add_test(tripwire, a_nan_of_the_device_is_told_from_divergence);
    tcase_add_test(tripwire, a_nan_in_the_last_update_is_noticed);
    tcase_add_test(tripwire, a_nan_that_does_not_come_again_is_the_devices_too);
    tcase_add_test(tripwire, wrong_but_finite_values_of_the_device_are_not_the_rates_fault);
    tcase_add_loop_test(tripwire, the_first_tensor_is_named, 0,
                        (int)(sizeof in_a_step / sizeof in_a_step[0]));
    tcase_add_test(tripwire, the_first_tensor_that_only_the_device_has_wrong_is_named);
    tcase_add_test(tripwire, a_stopped_run_is_not_repeated);
    suite_add_tcase(suite, tripwire);
    return suite;
}

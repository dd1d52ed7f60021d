/* SPDX-License-Identifier: MIT
 * Validation in the course of a training, early stopping and the best model. Runs on the device
 * that GEMLET_TEST_DEVICE names (the CPU path if unset).
 *
 * A good part of the labels is random: the validation loss falls while the network learns the
 * others, and rises when it learns those. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "backend/device.h"
#include "gemlet/gemlet.h"
#include "model/model.h"
#include "support/networks.h"
#include "support/run_suite.h"
#include "train/validation.h"

#define N_FEATURES 12u
#define N_CLASSES  4u
#define N_ROWS     120u
#define BATCH      10u
#define PER_EPOCH  (N_ROWS / 2 / BATCH) /* half of the rows are trained on */

#define NETWORK    "12-96bn-relu-4"

static gemlet_device *device;
static gemlet_dataset *all;
static gemlet_dataset *train_rows;
static gemlet_dataset *validation_rows;

/* The label is the largest of the first features, but of every third row, where it is random. */
static gemlet_dataset *half_random_dataset(void)
{
    gemlet_dataset *drawn = random_dataset(N_ROWS, N_FEATURES, N_CLASSES);
    const float *values = gemlet_dataset_values(drawn);
    uint32_t labels[N_ROWS];
    memcpy(labels, gemlet_dataset_labels(drawn), sizeof labels);
    for (unsigned row = 0; row < N_ROWS; ++row) {
        if (row % 3 == 0)
            continue;
        labels[row] = 0;
        for (uint32_t c = 1; c < N_CLASSES; ++c) {
            if (values[row * N_FEATURES + c] > values[row * N_FEATURES + labels[row]])
                labels[row] = c;
        }
    }
    gemlet_dataset *dataset;
    ck_assert_int_eq(
        gemlet_dataset_create(&dataset, N_ROWS, N_FEATURES, GEMLET_ELEMENT_F32, values, labels),
        GEMLET_OK);
    gemlet_dataset_destroy(drawn);
    return dataset;
}

static void open_all(void)
{
    gemlet_device_options options;
    gemlet_device_options_init(&options);
    const char *selector = getenv("GEMLET_TEST_DEVICE");
    options.selector = selector != NULL ? selector : "cpu";
    ck_assert_msg(gemlet_device_open(&device, &options) == GEMLET_OK, "%s", gemlet_last_error());
    all = half_random_dataset();
    ck_assert_int_eq(
        gemlet_dataset_hold_out_stratified(&train_rows, &validation_rows, all, N_ROWS / 2, 1),
        GEMLET_OK);
}

static void close_all(void)
{
    gemlet_dataset_destroy(validation_rows);
    gemlet_dataset_destroy(train_rows);
    gemlet_dataset_destroy(all);
    gemlet_device_close(device);
}

typedef struct seen {
    unsigned n;
    gemlet_progress reports[256];
    uint64_t stop_at;
    volatile sig_atomic_t stop;
} seen;

static void record(const gemlet_progress *progress, void *user)
{
    seen *s = user;
    s->reports[s->n++] = *progress;
    s->stop = s->stop_at != 0 && progress->step >= s->stop_at;
}

/* Of a schedule that does not depend on the number of steps. */
static gemlet_train_options options_of(uint64_t n_steps)
{
    gemlet_train_options options;
    gemlet_train_options_init(&options);
    options.batch = BATCH;
    options.n_steps = n_steps;
    options.log_every = 1000;
    options.schedule = GEMLET_SCHEDULE_CONSTANT;
    options.learning_rate = 0.05;
    options.weight_decay = 0.0;
    options.momentum = 0.9;
    return options;
}

static gemlet_train_result train(gemlet_model *model, const gemlet_train_options *options)
{
    gemlet_train_result result;
    ck_assert_msg(gemlet_train(model, device, train_rows, options, &result) == GEMLET_OK, "%s",
                  gemlet_last_error());
    return result;
}

static void expect_same_model(const gemlet_model *a, const gemlet_model *b)
{
    ck_assert_uint_eq(a->n_values, b->n_values);
    ck_assert_mem_eq(a->values, b->values, a->n_values * sizeof *a->values);
    ck_assert_uint_eq(a->n_state_values, b->n_state_values);
    if (a->n_state_values > 0)
        ck_assert_mem_eq(a->state_values, b->state_values,
                         a->n_state_values * sizeof *a->state_values);
}

/* To the last bit. */
static void expect_same_evaluation(const gemlet_model *model, const gemlet_evaluation *expected)
{
    gemlet_evaluation evaluation;
    ck_assert_int_eq(gemlet_evaluate(model, device, validation_rows, &evaluation), GEMLET_OK);
    ck_assert_uint_eq(evaluation.rows, expected->rows);
    ck_assert_uint_eq(evaluation.correct, expected->correct);
    ck_assert_double_eq(evaluation.accuracy, expected->accuracy);
    ck_assert_double_eq(evaluation.loss, expected->loss);
}

/* The model that so many steps without validation lead to. */
static gemlet_model *plain_model(uint64_t n_steps, gemlet_fused fused)
{
    gemlet_model *model = seeded_model(NETWORK, 1);
    gemlet_train_options options = options_of(n_steps);
    options.fused = fused;
    train(model, &options);
    return model;
}

/* ---- a run that overfits -------------------------------------------------------------------- */

static const gemlet_fused ways[] = {GEMLET_FUSED_AUTO, GEMLET_FUSED_OFF};

START_TEST(overfitting_stops_and_leaves_the_best)
{
    const uint64_t patience = 4;
    seen s = {0};
    gemlet_model *model = seeded_model(NETWORK, 1);
    gemlet_model *last = seeded_model(NETWORK, 2);
    ck_assert_int_eq(gemlet_model_set_input_scale(last, 3.0f), GEMLET_OK);
    gemlet_train_options options = options_of(100 * PER_EPOCH);
    options.fused = ways[_i];
    options.validation = validation_rows;
    options.patience = patience;
    options.last_model = last;
    options.on_progress = record;
    options.user = &s;
    const gemlet_train_result result = train(model, &options);

    ck_assert_int_eq(result.stopped_early, 1);
    ck_assert_int_eq(result.stopped, 0);
    ck_assert_uint_lt(result.steps, options.n_steps);
    ck_assert_uint_gt(result.good_steps, PER_EPOCH);
    ck_assert_uint_eq(result.steps, result.good_steps + patience * PER_EPOCH);
    ck_assert_double_lt(result.train_loss, 0.7 * result.initial_loss);
    ck_assert_double_gt(result.last_validation.loss, result.validation.loss);
    ck_assert_uint_eq(result.validation.rows, N_ROWS / 2);
    expect_same_evaluation(model, &result.validation);
    expect_same_evaluation(last, &result.last_validation);
    ck_assert(gemlet_model_input_scale(last) == gemlet_model_input_scale(model));

    gemlet_model *plain_best = plain_model(result.good_steps, ways[_i]);
    gemlet_model *plain_last = plain_model(result.steps, ways[_i]);
    expect_same_model(model, plain_best);
    expect_same_model(last, plain_last);

    /* The lowest of what was reported is the best, and comes once. */
    double lowest = INFINITY;
    for (unsigned i = 0; i < s.n; ++i) {
        const gemlet_progress *p = &s.reports[i];
        if (p->validation_step == p->step && p->validation_loss < lowest)
            lowest = p->validation_loss;
        if (p->step == result.good_steps)
            ck_assert_double_eq(p->validation_loss, result.validation.loss);
    }
    ck_assert_double_eq(lowest, result.validation.loss);
    gemlet_model_destroy(plain_last);
    gemlet_model_destroy(plain_best);
    gemlet_model_destroy(last);
    gemlet_model_destroy(model);
}
END_TEST

START_TEST(validation_changes_nothing)
{
    gemlet_model *plain = plain_model(47, ways[_i]);
    gemlet_model *model = seeded_model(NETWORK, 1);
    gemlet_model *last = seeded_model(NETWORK, 1);
    gemlet_train_options options = options_of(47);
    options.fused = ways[_i];
    options.validation = validation_rows;
    options.validate_every = 3;
    options.last_model = last;
    const gemlet_train_result result = train(model, &options);
    ck_assert_int_eq(result.stopped_early, 0);
    ck_assert_uint_eq(result.steps, 47);
    expect_same_model(last, plain);
    gemlet_model_destroy(last);
    gemlet_model_destroy(model);
    gemlet_model_destroy(plain);
}
END_TEST

/* ---- when ----------------------------------------------------------------------------------- */

START_TEST(validations_come_when_due)
{
    static const struct {
        uint64_t every;
        unsigned n;
        uint64_t steps[8]; /* reports */
        uint64_t validated[8];
    } cases[] = {
        {0, 5, {1, 6, 8, 12, 15}, {0, 6, 6, 12, 15}},
        {4, 5, {1, 4, 8, 12, 15}, {0, 4, 8, 12, 15}},
        {100, 3, {1, 8, 15}, {0, 0, 15}},
    };
    seen s = {0};
    gemlet_model *model = seeded_model(NETWORK, 1);
    gemlet_train_options options = options_of(15);
    options.log_every = 8;
    options.validation = validation_rows;
    options.validate_every = cases[_i].every;
    options.on_progress = record;
    options.user = &s;
    const gemlet_train_result result = train(model, &options);
    ck_assert_uint_eq(s.n, cases[_i].n);
    for (unsigned i = 0; i < s.n; ++i) {
        ck_assert_uint_eq(s.reports[i].step, cases[_i].steps[i]);
        ck_assert_uint_eq(s.reports[i].validation_step, cases[_i].validated[i]);
    }
    ck_assert_double_eq(s.reports[s.n - 1].validation_loss, result.last_validation.loss);
    ck_assert_double_eq(s.reports[s.n - 1].validation_accuracy, result.last_validation.accuracy);
    ck_assert_double_ge(result.validation_seconds, 0.0);
    gemlet_model_destroy(model);
}
END_TEST

/* Of the steps before it nothing is lost. */
START_TEST(a_validation_at_the_end_adds_to_the_last_report)
{
    seen s = {0};
    gemlet_model *model = seeded_model(NETWORK, 1);
    gemlet_train_options options = options_of(15);
    options.log_every = 5;
    options.validation = validation_rows;
    options.validate_every = 100;
    options.on_progress = record;
    options.user = &s;
    const gemlet_train_result result = train(model, &options);
    ck_assert_uint_eq(s.n, 5);
    ck_assert_uint_eq(s.reports[3].step, 15);
    ck_assert_uint_eq(s.reports[3].validation_step, 0);
    ck_assert_uint_eq(s.reports[4].step, 15);
    ck_assert_uint_eq(s.reports[4].validation_step, 15);
    ck_assert_double_eq(s.reports[4].train_loss, s.reports[3].train_loss);
    ck_assert_double_eq(s.reports[4].train_accuracy, s.reports[3].train_accuracy);
    ck_assert_double_eq(result.train_loss, s.reports[3].train_loss);
    ck_assert_double_gt(result.train_loss, 0.0);
    gemlet_model_destroy(model);
}
END_TEST

START_TEST(a_stopped_run_is_validated)
{
    seen s = {.stop_at = 8};
    gemlet_model *model = seeded_model(NETWORK, 1);
    gemlet_train_options options = options_of(1000);
    options.log_every = 4;
    options.validation = validation_rows;
    options.validate_every = 1000;
    options.patience = 1;
    options.on_progress = record;
    options.user = &s;
    options.stop = &s.stop;
    const gemlet_train_result result = train(model, &options);
    ck_assert_int_eq(result.stopped, 1);
    ck_assert_int_eq(result.stopped_early, 0);
    ck_assert_uint_eq(result.steps, 9);
    ck_assert_uint_eq(result.good_steps, 9);
    expect_same_evaluation(model, &result.validation);
    gemlet_model_destroy(model);
}
END_TEST

START_TEST(the_last_step_is_no_early_stop)
{
    gemlet_model *model = seeded_model(NETWORK, 1);
    gemlet_train_options options = options_of(100 * PER_EPOCH);
    options.validation = validation_rows;
    options.patience = 2;
    const gemlet_train_result early = train(model, &options);
    ck_assert_int_eq(early.stopped_early, 1);
    gemlet_model_destroy(model);

    model = seeded_model(NETWORK, 1);
    options.n_steps = early.steps;
    const gemlet_train_result whole = train(model, &options);
    ck_assert_int_eq(whole.stopped_early, 0);
    ck_assert_uint_eq(whole.steps, early.steps);
    ck_assert_uint_eq(whole.good_steps, early.good_steps);
    gemlet_model_destroy(model);
}
END_TEST

/* ---- failures ------------------------------------------------------------------------------- */

START_TEST(a_diverged_run_leaves_best_and_last)
{
    gemlet_model *model = seeded_model("12-16-relu-16-relu-4", 1);
    gemlet_model *last = seeded_model("12-16-relu-16-relu-4", 1);
    gemlet_train_options options = options_of(39 * PER_EPOCH);
    options.schedule = GEMLET_SCHEDULE_STEP; /* from the 21st epoch on far too fast */
    options.step_every = 20 * PER_EPOCH;
    options.step_factor = 1e25;
    options.validation = validation_rows;
    options.last_model = last;
    gemlet_train_result result;
    ck_assert_int_eq(gemlet_train(model, device, train_rows, &options, &result), GEMLET_E_DIVERGED);
    ck_assert_uint_gt(result.good_steps, 0);
    ck_assert_uint_lt(result.good_steps, 20 * PER_EPOCH);
    expect_same_evaluation(model, &result.validation);
    ck_assert_double_gt(result.last_validation.loss, result.validation.loss);
    ck_assert(gm_model_is_finite(last));
    gemlet_model_destroy(last);
    gemlet_model_destroy(model);
}
END_TEST

static void expect_refused(const gemlet_train_options *options, gemlet_status expected,
                           const char *text)
{
    gemlet_model *model = seeded_model(NETWORK, 1);
    gemlet_train_result result;
    const gemlet_status status = gemlet_train(model, device, train_rows, options, &result);
    ck_assert_int_eq(status, expected);
    ck_assert_msg(strstr(gemlet_last_error(), text) != NULL, "no '%s' in: %s", text,
                  gemlet_last_error());
    ck_assert_uint_eq(result.steps, 0);
    gemlet_model_destroy(model);
}

START_TEST(impossible_options_are_refused)
{
    gemlet_train_options options = options_of(10);
    options.patience = 1;
    expect_refused(&options, GEMLET_E_RANGE, "patience without validation rows");
    options.patience = 0;
    options.validate_every = 1;
    expect_refused(&options, GEMLET_E_RANGE, "between validations without validation rows");

    gemlet_dataset *others = random_dataset(10, N_FEATURES + 1, N_CLASSES);
    options.validation = others;
    expect_refused(&options, GEMLET_E_SHAPE,
                   "validation rows: data has 13 features a row, the model expects 12");
    gemlet_dataset_destroy(others);

    const float values[N_FEATURES] = {0.0f};
    const uint32_t label = N_CLASSES;
    ck_assert_int_eq(
        gemlet_dataset_create(&others, 1, N_FEATURES, GEMLET_ELEMENT_F32, values, &label),
        GEMLET_OK);
    options.validation = others;
    expect_refused(&options, GEMLET_E_SHAPE, "validation rows: data has label 4 in row 0");
    gemlet_dataset_destroy(others);

    options.validation = validation_rows;
    options.last_model = seeded_model("12-95bn-relu-4", 1);
    expect_refused(&options, GEMLET_E_SHAPE, "last model: found another network");
    gemlet_model_destroy(options.last_model);
}
END_TEST

START_TEST(a_validation_loss_must_be_finite)
{
    gemlet_model *model = seeded_model("12-4", 1);
    float values[2 * N_FEATURES] = {0.0f};
    const uint32_t labels[2] = {0, 1};
    for (unsigned f = 0; f < N_FEATURES; ++f)
        values[N_FEATURES + f] = 3e38f;
    gemlet_dataset *odd;
    ck_assert_int_eq(gemlet_dataset_create(&odd, 2, N_FEATURES, GEMLET_ELEMENT_F32, values, labels),
                     GEMLET_OK);
    float *weight = gemlet_model_tensor(model, 0, GEMLET_TENSOR_WEIGHT);
    weight[0] = 50.0f;
    gemlet_train_options options = options_of(10);
    options.momentum = 0.0;
    options.validation = odd;
    gemlet_train_result result;
    ck_assert_int_eq(gemlet_train(model, device, train_rows, &options, &result), GEMLET_E_RANGE);
    ck_assert_ptr_nonnull(strstr(gemlet_last_error(), "after 6 of 10 steps: validation rows: "));
    ck_assert_ptr_nonnull(strstr(gemlet_last_error(), "row 1"));
    ck_assert_uint_eq(result.good_steps, 6);
    gemlet_dataset_destroy(odd);
    gemlet_model_destroy(model);
}
END_TEST

/* ---- the state ------------------------------------------------------------------------------ */

/* Models with other losses each. */
#define N_MODELS 6u

static gm_validation validation_of(const gemlet_train_options *options, const gemlet_model *model)
{
    gm_validation validation;
    ck_assert_int_eq(gm_validation_create(&validation, gm_device_backend(device), model, options),
                     GEMLET_OK);
    return validation;
}

static void validate(gm_validation *validation, const gemlet_model *model, uint64_t step)
{
    gm_network *network;
    gemlet_evaluation evaluation;
    ck_assert_int_eq(
        gm_network_create(&network, gm_device_backend(device), model, GM_NETWORK_TRAIN, BATCH, 0),
        GEMLET_OK);
    ck_assert_int_eq(gm_validation_measure(validation, &evaluation, network), GEMLET_OK);
    ck_assert_int_eq(gm_validation_add(validation, &evaluation, model, step), GEMLET_OK);
    gm_network_destroy(network);
}

START_TEST(state_goes_over_to_another_training)
{
    gemlet_train_options options = options_of(1);
    options.validation = validation_rows;
    options.patience = 3;
    gemlet_model *models[N_MODELS];
    for (unsigned i = 0; i < N_MODELS; ++i)
        models[i] = seeded_model(NETWORK, i + 1);
    gm_validation whole = validation_of(&options, models[0]);
    gm_validation first = validation_of(&options, models[0]);
    for (unsigned i = 0; i < N_MODELS; ++i)
        validate(&whole, models[i], i + 1);
    for (unsigned i = 0; i < (unsigned)_i; ++i)
        validate(&first, models[i], i + 1);

    const gemlet_model *best = first.state.n_done > 0 ? first.best : NULL;
    gm_validation second = validation_of(&options, models[0]);
    ck_assert_int_eq(gm_validation_load(&second, &first.state, best), GEMLET_OK);
    for (unsigned i = (unsigned)_i; i < N_MODELS; ++i)
        validate(&second, models[i], i + 1);
    ck_assert_mem_eq(&second.state, &whole.state, sizeof whole.state);
    ck_assert_int_eq(gm_validation_is_over(&second), gm_validation_is_over(&whole));
    expect_same_model(second.best, whole.best);

    gm_validation_destroy(&second);
    gm_validation_destroy(&first);
    gm_validation_destroy(&whole);
    for (unsigned i = 0; i < N_MODELS; ++i)
        gemlet_model_destroy(models[i]);
}
END_TEST

START_TEST(a_loss_that_becomes_infinite_is_no_gain)
{
    gemlet_train_options options = options_of(1);
    options.validation = validation_rows;
    gemlet_model *model = seeded_model(NETWORK, 1);
    gemlet_model *good = seeded_model(NETWORK, 1);
    gm_validation validation = validation_of(&options, model);
    validate(&validation, model, 1);
    float *weight = gemlet_model_tensor(model, 1, GEMLET_TENSOR_WEIGHT);
    for (size_t i = 0; i < gemlet_model_tensor_size(model, 1, GEMLET_TENSOR_WEIGHT); ++i)
        weight[i] = 3e38f;
    validate(&validation, model, 2);
    ck_assert(isinf(validation.state.last.loss));
    ck_assert_uint_eq(validation.state.last.rows, N_ROWS / 2);
    ck_assert_uint_eq(validation.state.n_without_gain, 1);
    ck_assert_uint_eq(validation.state.best_step, 1);
    expect_same_model(validation.best, good);
    gm_validation_destroy(&validation);
    gemlet_model_destroy(good);
    gemlet_model_destroy(model);
}
END_TEST

START_TEST(an_equal_loss_is_no_gain)
{
    gemlet_train_options options = options_of(1);
    options.validation = validation_rows;
    options.patience = 2;
    gemlet_model *model = seeded_model(NETWORK, 1);
    gm_validation validation = validation_of(&options, model);
    ck_assert_int_eq(gm_validation_is_over(&validation), 0);
    for (uint64_t step = 1; step <= 3; ++step) {
        validate(&validation, model, step);
        ck_assert_uint_eq(validation.state.n_without_gain, step - 1);
        ck_assert_uint_eq(validation.state.best_step, 1);
        ck_assert_int_eq(gm_validation_is_over(&validation), step == 3);
    }
    gm_validation_destroy(&validation);
    gemlet_model_destroy(model);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("validation");
    TCase *tests = tcase_create("validation");
    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, open_all, close_all);
    tcase_add_loop_test(tests, overfitting_stops_and_leaves_the_best, 0, 2);
    tcase_add_loop_test(tests, validation_changes_nothing, 0, 2);
    tcase_add_loop_test(tests, validations_come_when_due, 0, 3);
    tcase_add_test(tests, a_validation_at_the_end_adds_to_the_last_report);
    tcase_add_test(tests, a_stopped_run_is_validated);
    tcase_add_test(tests, the_last_step_is_no_early_stop);
    tcase_add_test(tests, a_diverged_run_leaves_best_and_last);
    tcase_add_test(tests, impossible_options_are_refused);
    tcase_add_test(tests, a_validation_loss_must_be_finite);
    tcase_add_loop_test(tests, state_goes_over_to_another_training, 0, N_MODELS + 1);
    tcase_add_test(tests, an_equal_loss_is_no_gain);
    tcase_add_test(tests, a_loss_that_becomes_infinite_is_no_gain);
    suite_add_tcase(suite, tests);
    return suite;
}

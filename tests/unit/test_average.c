/* SPDX-License-Identifier: MIT
 * The moving average of the weights: its values from those of a training without it, what is
 * evaluated, and that it changes nothing of the training. On the device that GEMLET_TEST_DEVICE
 * names (the CPU path if unset). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "gemlet/gemlet.h"
#include "model/model.h"
#include "support/networks.h"
#include "support/run_suite.h"
#include "train/average.h"
#include "train/trainer.h"

#define NETWORK "12-16bn-relu-8-sigmoid-4"
#define N_STEPS 20u

static gemlet_device *device;
static gemlet_dataset *dataset;

static void set_up(void)
{
    const char *selector = getenv("GEMLET_TEST_DEVICE");
    gemlet_device_options options;
    gemlet_device_options_init(&options);
    options.selector = selector != NULL ? selector : "cpu";
    ck_assert_msg(gemlet_device_open(&device, &options) == GEMLET_OK, "%s", gemlet_last_error());
    dataset = random_dataset(60, 12, 4);
}

static void tear_down(void)
{
    gemlet_dataset_destroy(dataset);
    gemlet_device_close(device);
}

/* Of a schedule that does not depend on the number of steps. */
static gemlet_train_options steps(uint64_t n_steps, gemlet_fused fused)
{
    gemlet_train_options options;
    gemlet_train_options_init(&options);
    options.batch = 10;
    options.n_steps = n_steps;
    options.schedule = GEMLET_SCHEDULE_CONSTANT;
    options.momentum = 0.5;
    options.fused = fused;
    options.no_qualify = 1;
    return options;
}

static gemlet_model *train(const gemlet_train_options *options)
{
    gemlet_train_result result;
    gemlet_model *model = seeded_model(NETWORK, 1);
    ck_assert_msg(gemlet_train(model, device, dataset, options, &result) == GEMLET_OK, "%s",
                  gemlet_last_error());
    return model;
}

/* The trained values beside the average are those of a training without it, to the last bit. */
static void expect_trained(const gemlet_model *averaged, const gemlet_model *plain)
{
    for (unsigned l = 0; l < plain->spec.n_layers; ++l) {
        for (unsigned t = 0; t < GM_N_MODEL_TENSORS; ++t) {
            const size_t n = gemlet_model_tensor_size(plain, l, (gemlet_tensor)t);
            const float *trained = averaged->state_tensors[GM_STATE_average][l][t];
            ck_assert_int_eq(trained == NULL, n == 0);
            if (n > 0)
                ck_assert_mem_eq(trained, plain->tensors[l][t], n * sizeof *trained);
        }
    }
}

/* Both kinds, with the steps fused where they can be and not. */
static const struct averaging {
    double decay, last;
    gemlet_fused fused;
} averagings[] = {
    {0.7, 0, GEMLET_FUSED_AUTO}, {0.7, 0, GEMLET_FUSED_OFF},  {0, 0.25, GEMLET_FUSED_AUTO},
    {0, 0.25, GEMLET_FUSED_OFF}, {0, 1.0, GEMLET_FUSED_AUTO},
};
#define N_AVERAGINGS (int)(sizeof averagings / sizeof averagings[0])

/* d = min(0.7, (1 + i) / (10 + i)) is the ramp up to step 20; the last quarter are 5 steps. */
static double weight_of(const struct averaging *a, unsigned i)
{
    if (a->decay > 0)
        return 1.0 - fmin(a->decay, (1.0 + i) / (10.0 + i));
    const unsigned n = a->last == 1.0 ? N_STEPS : N_STEPS / 4;
    const unsigned before = N_STEPS - n;
    return i > before ? 1.0 / (i - before) : 1.0;
}

/* What the average should be, from the states of a training without it. */
typedef struct expectation {
    const struct averaging *averaging;
    double *average; /* (n_values of the model) */
} expectation;

static void on_state(const gm_train_state *state, const gemlet_model *model,
                     const gemlet_model *best, void *user)
{
    expectation *e = user;
    const double weight = weight_of(e->averaging, (unsigned)state->n_done);
    (void)best;
    for (size_t k = 0; k < model->n_values; ++k)
        e->average[k] += weight * ((double)model->values[k] - e->average[k]);
}

/* Trains a new model, telling the expectation of every step. */
static gemlet_model *train_and_tell(const gemlet_train_options *options, expectation *e)
{
    const gm_train_states states = {1, on_state, e};
    gemlet_train_result result;
    gm_trainer *trainer;
    gemlet_model *model = seeded_model(NETWORK, 1);
    for (size_t k = 0; k < model->n_values; ++k)
        e->average[k] = (double)model->values[k];
    ck_assert_int_eq(gm_trainer_create(&trainer, model, device, dataset, options, &result),
                     GEMLET_OK);
    gm_trainer_tell_states(trainer, &states);
    ck_assert_int_eq(gm_trainer_run(trainer), GEMLET_OK);
    gm_trainer_destroy(trainer);
    return model;
}

START_TEST(values_are_those_of_the_formula)
{
    const struct averaging *a = &averagings[_i];
    gemlet_train_options options = steps(N_STEPS, a->fused);
    expectation expected = {.averaging = a};
    gemlet_model *size = seeded_model(NETWORK, 1);
    expected.average = malloc(size->n_values * sizeof *expected.average);
    gemlet_model *model = train_and_tell(&options, &expected);
    options.average_decay = a->decay;
    options.average_last = a->last;
    gemlet_model *averaged = train(&options);
    int differs = 0;
    for (size_t k = 0; k < model->n_values; ++k) {
        ck_assert_double_eq_tol((double)averaged->values[k], expected.average[k], 1e-6);
        differs |= averaged->values[k] != model->values[k];
    }
    ck_assert_int_eq(differs, 1);
    expect_trained(averaged, model);
    free(expected.average);
    gemlet_model_destroy(averaged);
    gemlet_model_destroy(model);
    gemlet_model_destroy(size);
}
END_TEST

/* ---- what is evaluated ---------------------------------------------------------------------- */

typedef struct validations {
    double losses[N_STEPS + 1];
} validations;

static void on_progress(const gemlet_progress *progress, void *user)
{
    if (progress->validation_step == progress->step)
        ((validations *)user)->losses[progress->step] = progress->validation_loss;
}

static double evaluate(const gemlet_model *model, const gemlet_dataset *rows)
{
    gemlet_evaluation evaluation;
    ck_assert_int_eq(gemlet_evaluate(model, device, rows, &evaluation), GEMLET_OK);
    return evaluation.loss;
}

/* After each epoch of 6 steps, as after trainings that end there; the last model is one, too. */
START_TEST(validation_uses_the_average)
{
    gemlet_dataset *rows = random_dataset(40, 12, 4);
    validations validated = {{0}};
    gemlet_train_result result;
    gemlet_train_options options = steps(18, GEMLET_FUSED_AUTO);
    gemlet_model *model = seeded_model(NETWORK, 1);
    gemlet_model *last = seeded_model(NETWORK, 2);
    options.average_decay = 0.9;
    options.validation = rows;
    options.last_model = last;
    options.on_progress = on_progress;
    options.user = &validated;
    ck_assert_int_eq(gemlet_train(model, device, dataset, &options, &result), GEMLET_OK);
    ck_assert_double_eq(evaluate(model, rows), result.validation.loss);
    ck_assert_double_eq(evaluate(last, rows), validated.losses[18]);
    for (uint64_t step = 6; step <= 18; step += 6) {
        gemlet_train_options shorter = steps(step, GEMLET_FUSED_AUTO);
        gemlet_model *trained = train(&shorter);
        shorter.average_decay = 0.9;
        gemlet_model *averaged = train(&shorter);
        ck_assert_double_eq(evaluate(averaged, rows), validated.losses[step]);
        ck_assert_double_ne(evaluate(trained, rows), validated.losses[step]);
        gemlet_model_destroy(averaged);
        gemlet_model_destroy(trained);
    }
    gemlet_model_destroy(last);
    gemlet_model_destroy(model);
    gemlet_dataset_destroy(rows);
}
END_TEST

/* A model begins with its own values, not with what another training left beside them. */
START_TEST(another_training_begins_with_the_average)
{
    gemlet_train_result result;
    gemlet_train_options options = steps(5, GEMLET_FUSED_AUTO);
    options.momentum = 0;
    options.average_decay = 0.9;
    gemlet_model *model = train(&options);
    gemlet_model *bare;
    ck_assert_int_eq(gm_model_clone(&bare, model), GEMLET_OK);
    ck_assert_int_eq(gm_model_set_states(bare, 0), GEMLET_OK);
    ck_assert_int_eq(gemlet_train(model, device, dataset, &options, &result), GEMLET_OK);
    ck_assert_int_eq(gemlet_train(bare, device, dataset, &options, &result), GEMLET_OK);
    ck_assert_mem_eq(model->values, bare->values, model->n_values * sizeof *model->values);
    options.average_decay = 0;
    ck_assert_int_eq(gemlet_train(model, device, dataset, &options, &result), GEMLET_OK);
    ck_assert_uint_eq(model->states, 0);
    gemlet_model_destroy(bare);
    gemlet_model_destroy(model);
}
END_TEST

/* ---- options -------------------------------------------------------------------------------- */

START_TEST(impossible_averages_are_refused)
{
    static const struct {
        double decay, last;
        const char *message;
    } refused[] = {
        {1.0, 0, "decay of the average is 1, expected at least 0 and below 1"},
        {-0.1, 0, "decay of the average is -0.1"},
        {NAN, 0, "decay of the average is nan"},
        {0, 1.5, "share of steps that are averaged is 1.5, expected 0 to 1"},
        {0, -0.5, "share of steps that are averaged is -0.5"},
        {0.9, 0.5, "average with decay 0.9 and of the last 0.5 of the steps, expected one"},
    };
    gemlet_model *model = seeded_model(NETWORK, 1);
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; ++i) {
        gemlet_train_result result;
        gemlet_train_options options = steps(5, GEMLET_FUSED_AUTO);
        options.average_decay = refused[i].decay;
        options.average_last = refused[i].last;
        ck_assert_int_eq(gemlet_train(model, device, dataset, &options, &result), GEMLET_E_RANGE);
        ck_assert_msg(strstr(gemlet_last_error(), refused[i].message) != NULL, "found \"%s\"",
                      gemlet_last_error());
    }
    gemlet_model_destroy(model);
}
END_TEST

START_TEST(texts_are_read)
{
    static const char *const wrong[] = {"",      "ema",      "ema:",    "ema:0",     "ema:1",
                                        "ema:x", "ema:0.9 ", "last:0",  "last:1.01", "last",
                                        "0.9",   "swa:0.5",  "ema:nan", "ema:-1",    "last:-0.5"};
    gemlet_train_options options;
    gemlet_train_options_init(&options);
    ck_assert_int_eq(gm_average_parse(&options, "ema:0.99"), GEMLET_OK);
    ck_assert(options.average_decay == 0.99 && options.average_last == 0);
    ck_assert_int_eq(gm_average_parse(&options, "last:0.25"), GEMLET_OK);
    ck_assert(options.average_decay == 0 && options.average_last == 0.25);
    ck_assert_int_eq(gm_average_parse(&options, NULL), GEMLET_OK);
    ck_assert_int_eq(gm_average_is_on(&options), 0);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; ++i) {
        ck_assert_msg(gm_average_parse(&options, wrong[i]) == GEMLET_E_RANGE, "%s", wrong[i]);
        ck_assert_ptr_nonnull(strstr(gemlet_last_error(), "expected ema:D"));
    }
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("average");
    TCase *training = tcase_create("training");
    tcase_set_timeout(training, 120);
    tcase_add_checked_fixture(training, set_up, tear_down);
    tcase_add_loop_test(training, values_are_those_of_the_formula, 0, N_AVERAGINGS);
    tcase_add_test(training, validation_uses_the_average);
    tcase_add_test(training, another_training_begins_with_the_average);
    tcase_add_test(training, impossible_averages_are_refused);
    suite_add_tcase(suite, training);
    TCase *options = tcase_create("options");
    tcase_add_test(options, texts_are_read);
    suite_add_tcase(suite, options);
    return suite;
}

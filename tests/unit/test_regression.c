/* SPDX-License-Identifier: MIT
 * Models of numbers: data sets with targets, networks that end with "linear", squared error. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "backend/device.h"
#include "support/networks.h"
#include "support/run_suite.h"
#include "support/temporary.h"
#include "train/head.h"
#include "verify/lockstep.h"

#define N_ROWS     57u
#define N_FEATURES 5u
#define N_STEPS    50u

static gemlet_device *device;

static void open_device(void)
{
    const char *selector = getenv("GEMLET_TEST_DEVICE");
    gemlet_device_options options;
    gemlet_device_options_init(&options);
    options.selector = selector != NULL ? selector : "cpu";
    ck_assert_msg(gemlet_device_open(&device, &options) == GEMLET_OK, "%s", gemlet_last_error());
}

static void close_device(void)
{
    gemlet_device_close(device);
}

static float target_of(const float *x)
{
    return 2.0f * x[0] - x[1] + 0.5f * x[2] * x[3] + 3.0f;
}

/* Random features, targets that follow from them. */
static gemlet_dataset *make_dataset(gemlet_dim rows)
{
    gemlet_dataset *dataset = random_dataset(rows, N_FEATURES, 3);
    const float *x = gemlet_dataset_values(dataset);
    float *targets = malloc(rows * sizeof *targets);
    for (gemlet_dim row = 0; row < rows; ++row)
        targets[row] = target_of(x + row * N_FEATURES);
    ck_assert_int_eq(gemlet_dataset_set_targets(dataset, targets), GEMLET_OK);
    free(targets);
    return dataset;
}

static void weigh(gemlet_dataset *dataset)
{
    float weights[N_ROWS];
    ck_assert_uint_eq(gemlet_dataset_rows(dataset), N_ROWS);
    for (unsigned row = 0; row < N_ROWS; ++row)
        weights[row] = 0.5f * (float)(row % 4);
    ck_assert_int_eq(gemlet_dataset_set_weights(dataset, weights), GEMLET_OK);
}

/* Each part of a split has its own. */
START_TEST(weights_stay_with_their_rows)
{
    gemlet_dataset *dataset = make_dataset(N_ROWS);
    gemlet_dataset *rest, *held_out;
    const float negative[N_ROWS] = {[3] = -1};
    const float nothing[N_ROWS] = {0};
    const uint32_t before = gemlet_dataset_crc32(dataset);
    ck_assert_ptr_null(gemlet_dataset_weights(dataset));
    ck_assert_int_eq(gemlet_dataset_set_weights(dataset, negative), GEMLET_E_RANGE);
    ck_assert_str_eq(gemlet_last_error(),
                     "data set: row 3: found weight -1, expected a finite one not below 0");
    ck_assert_int_eq(gemlet_dataset_set_weights(dataset, nothing), GEMLET_E_RANGE);
    weigh(dataset);
    ck_assert_uint_ne(gemlet_dataset_crc32(dataset), before);
    ck_assert_int_eq(gemlet_dataset_hold_out(&rest, &held_out, dataset, 20, 1), GEMLET_OK);
    const float *parts[2] = {gemlet_dataset_weights(rest), gemlet_dataset_weights(held_out)};
    const float *targets[2] = {gemlet_dataset_targets(rest), gemlet_dataset_targets(held_out)};
    gemlet_dim n[2] = {0, 0};
    for (unsigned row = 0; row < N_ROWS; ++row) { /* both parts are in the order of the whole */
        const float target = gemlet_dataset_targets(dataset)[row];
        const int part = n[0] < N_ROWS - 20 && targets[0][n[0]] == target ? 0 : 1;
        ck_assert(parts[part][n[part]++] == 0.5f * (float)(row % 4));
    }
    ck_assert_uint_eq(n[1], 20);
    ck_assert_int_eq(gemlet_dataset_set_weights(dataset, NULL), GEMLET_OK);
    ck_assert_uint_eq(gemlet_dataset_crc32(dataset), before);
    gemlet_dataset_destroy(held_out);
    gemlet_dataset_destroy(rest);
    gemlet_dataset_destroy(dataset);
}
END_TEST

START_TEST(a_data_set_has_targets_or_labels)
{
    gemlet_dataset *dataset = random_dataset(4, N_FEATURES, 3);
    const float targets[] = {1, -2.5f, 0, 1e30f};
    const float infinite[] = {1, 2, INFINITY, 4};
    const uint32_t before = gemlet_dataset_crc32(dataset);
    ck_assert_ptr_null(gemlet_dataset_targets(dataset));
    ck_assert_int_eq(gemlet_dataset_set_targets(dataset, infinite), GEMLET_E_RANGE);
    ck_assert_str_eq(gemlet_last_error(),
                     "data set: row 2: found target inf, expected a finite value");
    ck_assert_int_eq(gemlet_dataset_set_targets(dataset, NULL), GEMLET_E_ARGUMENT);
    ck_assert_ptr_nonnull(gemlet_dataset_labels(dataset));
    ck_assert_int_eq(gemlet_dataset_set_targets(dataset, targets), GEMLET_OK);
    ck_assert_ptr_null(gemlet_dataset_labels(dataset));
    ck_assert_uint_eq(gemlet_dataset_classes(dataset), 0);
    ck_assert_mem_eq(gemlet_dataset_targets(dataset), targets, sizeof targets);
    ck_assert_uint_ne(gemlet_dataset_crc32(dataset), before);
    ck_assert_int_eq(gemlet_dataset_save_csv(dataset, "never.csv"), GEMLET_E_ARGUMENT);
    ck_assert_int_eq(gemlet_dataset_save_idx(dataset, "never-items", "never"), GEMLET_E_ARGUMENT);
    gemlet_dataset_destroy(dataset);
}
END_TEST

/* By class or not: there are none. */
START_TEST(targets_stay_with_their_rows)
{
    gemlet_dataset *dataset = make_dataset(N_ROWS);
    gemlet_dataset *parts[2];
    ck_assert_int_eq(_i == 0
                         ? gemlet_dataset_hold_out(&parts[0], &parts[1], dataset, 7, 1)
                         : gemlet_dataset_hold_out_stratified(&parts[0], &parts[1], dataset, 7, 1),
                     GEMLET_OK);
    for (unsigned p = 0; p < 2; ++p) {
        const float *x = gemlet_dataset_values(parts[p]);
        const float *targets = gemlet_dataset_targets(parts[p]);
        ck_assert_ptr_nonnull(targets);
        ck_assert_uint_eq(gemlet_dataset_rows(parts[p]), p == 1 ? 7 : N_ROWS - 7);
        for (gemlet_dim row = 0; row < gemlet_dataset_rows(parts[p]); ++row)
            ck_assert(targets[row] == target_of(x + row * N_FEATURES));
        gemlet_dataset_destroy(parts[p]);
    }
    gemlet_dataset_destroy(dataset);
}
END_TEST

START_TEST(the_text_of_a_network_says_it)
{
    static const struct {
        const char *text;
        const char *says;
    } mistakes[] = {
        {"5-3-relu-2-linear", "2 outputs of a regression, expected 1"},
        {"5-3-relu-1bn-linear", "1 outputs with batch-norm of a regression"},
        {"5-3-linear-1", "an activation"},
        {"5-1-linear-", "an activation"},
    };
    gemlet_spec spec;
    char text[GEMLET_SPEC_TEXT_SIZE];
    ck_assert_int_eq(gemlet_spec_parse(&spec, "5-3bn-relu-1-linear"), GEMLET_OK);
    ck_assert_int_eq(spec.task, GEMLET_TASK_REGRESSION);
    ck_assert_int_eq(gemlet_spec_format(&spec, text, sizeof text), GEMLET_OK);
    ck_assert_str_eq(text, "5-3bn-relu-1-linear");
    ck_assert_int_eq(gemlet_spec_parse(&spec, "5-1"), GEMLET_OK);
    ck_assert_int_eq(spec.task, GEMLET_TASK_CLASSIFICATION);
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; ++i) {
        ck_assert_int_ne(gemlet_spec_parse(&spec, mistakes[i].text), GEMLET_OK);
        ck_assert_msg(strstr(gemlet_last_error(), mistakes[i].says) != NULL, "\"%s\" gave: %s",
                      mistakes[i].text, gemlet_last_error());
    }
}
END_TEST

/* ---- training ------------------------------------------------------------------------------- */

typedef struct losses {
    double values[N_STEPS];
    unsigned n;
} losses;

static void record_loss(const gemlet_progress *progress, void *user)
{
    losses *l = user;
    ck_assert(isnan(progress->train_accuracy));
    l->values[l->n++] = progress->train_loss;
}

static gemlet_train_options make_options(gemlet_dim batch, gemlet_fused fused)
{
    gemlet_train_options options;
    gemlet_train_options_init(&options);
    options.batch = batch;
    options.n_steps = N_STEPS;
    options.log_every = 1;
    options.learning_rate = 0.05;
    options.schedule = GEMLET_SCHEDULE_CONSTANT;
    options.weight_decay = 0.0;
    options.fused = fused;
    return options;
}

/* Gradient descent on the same model without hidden layers, written out: the losses of its steps.
 */
static double loss_of(double *slope, double error, const gemlet_train_options *options)
{
    const double delta = options->huber_delta;
    const double sign = error > 0 ? 1 : -1;
    if (options->regression_loss == GEMLET_REGRESSION_LOSS_ABSOLUTE) {
        *slope = sign;
        return sign * error;
    }
    if (options->regression_loss == GEMLET_REGRESSION_LOSS_SQUARED) {
        *slope = 2 * error;
        return error * error;
    }
    *slope = sign * error > delta ? sign * delta : error;
    return sign * error > delta ? delta * (sign * error - delta / 2) : error * error / 2;
}

static void descend(double *expected, const gemlet_dataset *dataset, gemlet_model *model,
                    const gemlet_train_options *options)
{
    const float *x = gemlet_dataset_values(dataset);
    const float *targets = gemlet_dataset_targets(dataset);
    const float *weights = gemlet_dataset_weights(dataset);
    double w[N_FEATURES];
    double b = (double)gemlet_model_tensor(model, 0, GEMLET_TENSOR_BIAS)[0];
    for (unsigned f = 0; f < N_FEATURES; ++f)
        w[f] = (double)gemlet_model_tensor(model, 0, GEMLET_TENSOR_WEIGHT)[f];
    for (unsigned step = 0; step < N_STEPS; ++step) {
        double dw[N_FEATURES] = {0};
        double db = 0;
        expected[step] = 0;
        for (unsigned row = 0; row < N_ROWS; ++row) {
            double error = b - (double)targets[row];
            for (unsigned f = 0; f < N_FEATURES; ++f)
                error += w[f] * (double)x[row * N_FEATURES + f];
            double slope;
            const double weight = weights != NULL ? (double)weights[row] : 1;
            expected[step] += weight * loss_of(&slope, error, options) / N_ROWS;
            slope *= weight;
            db += slope / N_ROWS;
            for (unsigned f = 0; f < N_FEATURES; ++f)
                dw[f] += slope * (double)x[row * N_FEATURES + f] / N_ROWS;
        }
        b -= 0.05 * db;
        for (unsigned f = 0; f < N_FEATURES; ++f)
            w[f] -= 0.05 * dw[f];
    }
}

/* All rows are the batch, so that their order does not matter. Fused steps or not, every loss, with
 * weights and without. */
START_TEST(losses_are_those_of_gradient_descent)
{
    gemlet_dataset *dataset = make_dataset(N_ROWS);
    gemlet_model *model = seeded_model("5-1-linear", 1);
    gemlet_train_options options =
        make_options(N_ROWS, _i % 2 == 0 ? GEMLET_FUSED_OFF : GEMLET_FUSED_AUTO);
    losses found = {.n = 0};
    double expected[N_STEPS];
    gemlet_train_result result;
    options.on_progress = record_loss;
    options.user = &found;
    options.regression_loss = (gemlet_regression_loss)(_i / 2 % 3);
    options.huber_delta = 1.5;
    if (_i >= 6)
        weigh(dataset);
    descend(expected, dataset, model, &options);
    ck_assert_msg(gemlet_train(model, device, dataset, &options, &result) == GEMLET_OK, "%s",
                  gemlet_last_error());
    ck_assert_uint_eq(found.n, N_STEPS);
    for (unsigned step = 0; step < N_STEPS; ++step)
        ck_assert_double_eq_tol(found.values[step], expected[step], 1e-5 * expected[step]);
    gemlet_model_destroy(model);
    gemlet_dataset_destroy(dataset);
}
END_TEST

/* What is evaluated is what a prediction leaves, from the file of the model too. */
START_TEST(a_model_of_numbers_is_used)
{
    gemlet_dataset *dataset = make_dataset(1100); /* evaluations of three batches */
    gemlet_model *model = seeded_model("5-16-tanh-1-linear", 1);
    gemlet_model *loaded;
    gemlet_evaluation before, after;
    gemlet_train_result result;
    gemlet_train_options options = make_options(32, GEMLET_FUSED_AUTO);
    float *answers = malloc(1100 * sizeof *answers);
    const char *path = temporary_path("regression.npz");
    options.n_steps = 400;
    options.log_every = 400;
    ck_assert_int_eq(gemlet_evaluate(model, device, dataset, &before), GEMLET_OK);
    ck_assert_msg(gemlet_train(model, device, dataset, &options, &result) == GEMLET_OK, "%s",
                  gemlet_last_error());
    ck_assert_int_eq(gemlet_model_save(model, path), GEMLET_OK);
    ck_assert_msg(gemlet_model_load(&loaded, path) == GEMLET_OK, "%s", gemlet_last_error());
    ck_assert_int_eq(gemlet_model_spec(loaded)->task, GEMLET_TASK_REGRESSION);
    ck_assert_int_eq(gemlet_evaluate(loaded, device, dataset, &after), GEMLET_OK);
    ck_assert_int_eq(gemlet_predict(loaded, device, dataset, answers), GEMLET_OK);
    double sum = 0;
    for (unsigned row = 0; row < 1100; ++row) {
        const double error = (double)answers[row] - (double)gemlet_dataset_targets(dataset)[row];
        sum += error * error;
    }
    ck_assert_double_eq_tol(after.loss, sum / 1100, 1e-5 * after.loss);
    ck_assert_double_lt(after.loss, 0.05 * before.loss);
    ck_assert(isnan(after.accuracy));
    ck_assert_uint_eq(after.correct, 0);
    free(answers);
    gemlet_model_destroy(loaded);
    gemlet_model_destroy(model);
    gemlet_dataset_destroy(dataset);
}
END_TEST

/* Every call of 10 steps and of a test, fused steps or not, at odd shapes. */
START_TEST(steps_are_verified)
{
    gemlet_dataset *dataset = make_dataset(N_ROWS);
    gemlet_model *model = seeded_model("5-33bn-relu-17-tanh-1-linear", 1);
    gemlet_train_options train =
        make_options(13, _i % 2 == 0 ? GEMLET_FUSED_OFF : GEMLET_FUSED_AUTO);
    train.regression_loss = (gemlet_regression_loss)(_i / 2 % 3);
    if (_i >= 6)
        weigh(dataset);
    const gm_lockstep_options options = {.train = &train, .n_steps = 10, .test_rows = 19};
    gm_lockstep_result result;
    ck_assert_msg(gm_lockstep_run(&result, model, device, dataset, &options) == GEMLET_OK, "%s",
                  gemlet_last_error());
    uint64_t step;
    const char *wrong = gm_lockstep_first_wrong(&result, &step);
    ck_assert_msg(gm_lockstep_is_verified(&result), "%s is wrong", wrong != NULL ? wrong : "");
    int n_heads = 0;
    for (size_t i = 0; i < result.statistics.n_lines; ++i)
        n_heads += strcmp(result.statistics.lines[i].label, "regression_loss") == 0;
    ck_assert_int_ge(n_heads, 2); /* gradient and loss */
    gm_lockstep_result_free(&result);
    gemlet_model_destroy(model);
    gemlet_dataset_destroy(dataset);
}
END_TEST

/* Rows that come to the device in chunks bring their targets. */
START_TEST(chunks_change_nothing)
{
    gemlet_dataset *dataset = make_dataset(1100);
    gemlet_model *models[2];
    const gemlet_train_options options = make_options(32, GEMLET_FUSED_AUTO);
    gemlet_train_result result;
    for (unsigned i = 0; i < 2; ++i) {
        const char *selector = getenv("GEMLET_TEST_DEVICE");
        gemlet_device *limited;
        gemlet_device_options device_options;
        gemlet_device_options_init(&device_options);
        device_options.selector = selector != NULL ? selector : "cpu";
        device_options.memory_limit = i == 0 ? 0 : 8192;
        ck_assert_int_eq(gemlet_device_open(&limited, &device_options), GEMLET_OK);
        models[i] = seeded_model("5-16-tanh-1-linear", 1);
        ck_assert_msg(gemlet_train(models[i], limited, dataset, &options, &result) == GEMLET_OK,
                      "%s", gemlet_last_error());
        gemlet_device_close(limited);
    }
    ck_assert_mem_eq(gemlet_model_tensor(models[0], 0, GEMLET_TENSOR_WEIGHT),
                     gemlet_model_tensor(models[1], 0, GEMLET_TENSOR_WEIGHT),
                     sizeof(float) * N_FEATURES * 16);
    gemlet_model_destroy(models[1]);
    gemlet_model_destroy(models[0]);
    gemlet_dataset_destroy(dataset);
}
END_TEST

START_TEST(data_and_model_must_be_of_one_task)
{
    gemlet_dataset *numbers = make_dataset(N_ROWS);
    gemlet_dataset *classes = random_dataset(N_ROWS, N_FEATURES, 3);
    gemlet_model *regression = seeded_model("5-1-linear", 1);
    gemlet_model *classifier = seeded_model("5-3", 1);
    gemlet_train_options options = make_options(8, GEMLET_FUSED_AUTO);
    gemlet_train_result result;
    gemlet_evaluation evaluation;
    ck_assert_int_eq(gemlet_train(regression, device, classes, &options, &result), GEMLET_E_SHAPE);
    ck_assert_str_eq(gemlet_last_error(),
                     "data has no targets, which a model of a regression needs");
    ck_assert_int_eq(gemlet_evaluate(regression, device, classes, &evaluation), GEMLET_E_SHAPE);
    ck_assert_int_eq(gemlet_train(classifier, device, numbers, &options, &result), GEMLET_E_SHAPE);
    ck_assert_str_eq(gemlet_last_error(), "data has no labels");
    options.regression_loss = GEMLET_REGRESSION_LOSS_HUBER;
    ck_assert_int_eq(gemlet_train(classifier, device, classes, &options, &result), GEMLET_E_RANGE);
    ck_assert_str_eq(gemlet_last_error(),
                     "the loss is huber, expected none such: the data have classes, not numbers");
    options.huber_delta = 0;
    ck_assert_int_eq(gemlet_train(regression, device, numbers, &options, &result), GEMLET_E_RANGE);
    ck_assert_str_eq(gemlet_last_error(), "Huber's delta is 0, expected a float above 0");
    options.regression_loss = GEMLET_REGRESSION_LOSS_SQUARED;
    options.label_smoothing = 0.1;
    ck_assert_int_eq(gemlet_train(regression, device, numbers, &options, &result), GEMLET_E_RANGE);
    ck_assert_ptr_nonnull(strstr(gemlet_last_error(), "expected 0 for a regression"));
    gemlet_model_destroy(classifier);
    gemlet_model_destroy(regression);
    gemlet_dataset_destroy(classes);
    gemlet_dataset_destroy(numbers);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("regression");
    TCase *data = tcase_create("data and networks");
    tcase_add_test(data, a_data_set_has_targets_or_labels);
    tcase_add_test(data, weights_stay_with_their_rows);
    tcase_add_loop_test(data, targets_stay_with_their_rows, 0, 2);
    tcase_add_test(data, the_text_of_a_network_says_it);
    suite_add_tcase(suite, data);
    TCase *training = tcase_create("training");
    tcase_add_checked_fixture(training, open_device, close_device);
    tcase_set_timeout(training, 120);
    tcase_add_loop_test(training, losses_are_those_of_gradient_descent, 0, 12);
    tcase_add_test(training, a_model_of_numbers_is_used);
    tcase_add_loop_test(training, steps_are_verified, 0, 12);
    tcase_add_test(training, chunks_change_nothing);
    tcase_add_test(training, data_and_model_must_be_of_one_task);
    suite_add_tcase(suite, training);
    return suite;
}

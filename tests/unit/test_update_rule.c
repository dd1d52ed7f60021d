/* SPDX-License-Identifier: MIT
 * How steps change parameters: momentum, Adam and weight decay in training, what they leave in
 * the model, the options that are impossible, and the records of the steps. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "backend/device.h"
#include "gemlet/gemlet.h"
#include "model/model.h"
#include "support/networks.h"
#include "support/run_suite.h"
#include "train/schedule.h"
#include "train/step_records.h"
#include "train_jobs.h"

START_TEST(weight_decay_shrinks_weights_only)
{
    /* Rows of zeros: the weights get no gradient from them, only decay; gamma gets none. */
    const float values[8 * N_FEATURES] = {0};
    const uint32_t labels[8] = {0};
    gemlet_dataset *dataset;
    ck_assert_int_eq(
        gemlet_dataset_create(&dataset, 8, N_FEATURES, GEMLET_ELEMENT_F32, values, labels),
        GEMLET_OK);
    gemlet_model *model = seeded_model("12-3bn-relu-4", 1);
    const float before = gemlet_model_tensor(model, 0, GEMLET_TENSOR_WEIGHT)[5];
    gemlet_train_options options = short_run(8, 10, 10);
    options.schedule = GEMLET_SCHEDULE_CONSTANT;
    options.weight_decay = 0.5;
    gemlet_train_result result;
    ck_assert_int_eq(gemlet_train(model, device, dataset, &options, &result), GEMLET_OK);
    const float after = gemlet_model_tensor(model, 0, GEMLET_TENSOR_WEIGHT)[5];
    /* Ten times times 1 - 0.1 * 0.5, each step rounding a few times. */
    ck_assert_double_eq_tol((double)after / (double)before, pow(0.95, 10), 40 * 0x1p-24);
    ck_assert_double_eq((double)gemlet_model_tensor(model, 0, GEMLET_TENSOR_GAMMA)[0],
                        (double)1.0f);
    gemlet_model_destroy(model);
    gemlet_dataset_destroy(dataset);
}
END_TEST

START_TEST(impossible_momentum_is_refused)
{
    static const double values[] = {-0.1, 1.0, 1.0 - 1e-12, 1e-60, NAN, INFINITY};
    gemlet_dataset *dataset = make_dataset(20, 0.5);
    gemlet_model *model = seeded_model("12-4", 1);
    gemlet_train_result result;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; ++i) {
        gemlet_train_options options = short_run(20, 10, 1);
        options.momentum = values[i];
        ck_assert_int_eq(gemlet_train(model, device, dataset, &options, &result), GEMLET_E_RANGE);
        ck_assert_ptr_nonnull(strstr(gemlet_last_error(), "momentum is "));
    }
    gemlet_train_options options = short_run(20, 10, 1);
    options.nesterov = 1;
    ck_assert_int_eq(gemlet_train(model, device, dataset, &options, &result), GEMLET_E_RANGE);
    ck_assert_ptr_nonnull(strstr(gemlet_last_error(), "nesterov without momentum"));
    options.momentum = 0.5;
    options.nesterov = 2;
    ck_assert_int_eq(gemlet_train(model, device, dataset, &options, &result), GEMLET_E_RANGE);
    ck_assert_ptr_nonnull(strstr(gemlet_last_error(), "nesterov is 2"));
    gemlet_model_destroy(model);
    gemlet_dataset_destroy(dataset);
}
END_TEST

/* 20 steps, or 10 and 10 more from the model with its momentum: the same but for the order of the
 * rows, which a batch of all rows leaves without a meaning up to rounding. */
START_TEST(momentum_stays_in_the_model)
{
    gemlet_dataset *dataset = make_dataset(20, 0.5);
    gemlet_train_result result;
    double losses[3];
    for (int i = 0; i < 3; ++i) { /* in one, in two, in two without what was kept */
        gemlet_model *model = seeded_model("12-4", 1);
        gemlet_train_options options = short_run(20, i == 0 ? 20 : 10, 1);
        options.schedule = GEMLET_SCHEDULE_CONSTANT;
        options.learning_rate = 0.02;
        options.momentum = 0.9;
        ck_assert_int_eq(gemlet_train(model, device, dataset, &options, &result), GEMLET_OK);
        if (i == 2)
            ck_assert_int_eq(gm_model_set_states(model, 0), GEMLET_OK);
        if (i > 0)
            ck_assert_int_eq(gemlet_train(model, device, dataset, &options, &result), GEMLET_OK);
        losses[i] = result.train_loss;
        gemlet_model_destroy(model);
    }
    ck_assert_double_eq_tol(losses[0], losses[1], 1e-5 * losses[0]);
    ck_assert_double_gt(losses[2], 1.01 * losses[0]);
    gemlet_dataset_destroy(dataset);
}
END_TEST

START_TEST(impossible_adam_is_refused)
{
    static const struct {
        const char *message;
        double momentum, beta1, beta2, epsilon;
        int optimizer;
    } refused[] = {
        {"momentum is 0.9 with Adam", 0.9, 0.9, 0.999, 1e-8, GEMLET_OPTIMIZER_ADAM},
        {"beta1 is 1,", 0, 1, 0.999, 1e-8, GEMLET_OPTIMIZER_ADAM},
        {"beta1 is -0.1", 0, -0.1, 0.999, 1e-8, GEMLET_OPTIMIZER_ADAMW},
        {"beta2 is 1,", 0, 0.9, 1, 1e-8, GEMLET_OPTIMIZER_ADAMW},
        {"beta2 is nan", 0, 0.9, (double)NAN, 1e-8, GEMLET_OPTIMIZER_ADAM},
        {"epsilon is 0,", 0, 0.9, 0.999, 0, GEMLET_OPTIMIZER_ADAM},
        {"epsilon is 1e-40", 0, 0.9, 0.999, 1e-40, GEMLET_OPTIMIZER_ADAM},
        {"optimizer is 3, expected 0 to 2", 0, 0.9, 0.999, 1e-8, 3},
    };
    gemlet_dataset *dataset = make_dataset(20, 0.5);
    gemlet_model *model = seeded_model("12-4", 1);
    gemlet_train_result result;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; ++i) {
        gemlet_train_options options = short_run(10, 10, 1);
        options.optimizer = (gemlet_optimizer)refused[i].optimizer;
        options.momentum = refused[i].momentum;
        options.beta1 = refused[i].beta1;
        options.beta2 = refused[i].beta2;
        options.epsilon = refused[i].epsilon;
        ck_assert_int_eq(gemlet_train(model, device, dataset, &options, &result), GEMLET_E_RANGE);
        ck_assert_msg(strstr(gemlet_last_error(), refused[i].message) != NULL, "%s",
                      gemlet_last_error());
    }
    gemlet_model_destroy(model);
    gemlet_dataset_destroy(dataset);
}
END_TEST

/* A new training begins with moments of 0, whatever the model brings: the same bits as without. */
START_TEST(adam_begins_anew)
{
    gemlet_dataset *dataset = make_dataset(20, 0.5);
    gemlet_train_result result;
    double losses[2];
    for (int i = 0; i < 2; ++i) {
        gemlet_model *model = seeded_model("12-4", 1);
        gemlet_train_options options = short_run(20, 10, 1);
        options.schedule = GEMLET_SCHEDULE_CONSTANT;
        options.optimizer = GEMLET_OPTIMIZER_ADAMW;
        options.learning_rate = 0.01;
        ck_assert_int_eq(gemlet_train(model, device, dataset, &options, &result), GEMLET_OK);
        ck_assert_uint_eq(model->states,
                          1u << GM_STATE_first_moment | 1u << GM_STATE_second_moment);
        ck_assert_double_lt(result.train_loss, 0.9 * result.initial_loss);
        if (i == 1)
            ck_assert_int_eq(gm_model_set_states(model, 0), GEMLET_OK);
        ck_assert_int_eq(gemlet_train(model, device, dataset, &options, &result), GEMLET_OK);
        losses[i] = result.train_loss;
        gemlet_model_destroy(model);
    }
    ck_assert_double_eq(losses[0], losses[1]);
    gemlet_dataset_destroy(dataset);
}
END_TEST

static double norm_of(const float *values, size_t n, size_t stride)
{
    double squares = 0;
    for (size_t i = 0; i < n; ++i)
        squares += (double)values[i * stride] * (double)values[i * stride];
    return sqrt(squares);
}

/* One step of plain SGD at the rate 1 is the gradient. */
START_TEST(a_clipped_gradient_keeps_its_direction)
{
    gemlet_dataset *dataset = make_dataset(20, 0.5);
    gemlet_model *start = seeded_model("12-4", 1);
    const float *before = gemlet_model_tensor(start, 0, GEMLET_TENSOR_WEIGHT);
    float steps[2][N_FEATURES * N_CLASSES + N_CLASSES];
    for (int is_clipped = 0; is_clipped <= 1; ++is_clipped) {
        gemlet_model *model = seeded_model("12-4", 1);
        gemlet_train_options options = short_run(20, 1, 1);
        gemlet_train_result result;
        options.learning_rate = 1;
        options.schedule = GEMLET_SCHEDULE_CONSTANT;
        options.clip_norm = is_clipped ? 0.01 : 1e6;
        ck_assert_int_eq(gemlet_train(model, device, dataset, &options, &result), GEMLET_OK);
        const float *weight = gemlet_model_tensor(model, 0, GEMLET_TENSOR_WEIGHT);
        const float *bias = gemlet_model_tensor(model, 0, GEMLET_TENSOR_BIAS);
        for (unsigned i = 0; i < N_FEATURES * N_CLASSES; ++i)
            steps[is_clipped][i] = weight[i] - before[i];
        memcpy(steps[is_clipped] + N_FEATURES * N_CLASSES, bias, N_CLASSES * sizeof *bias);
        gemlet_model_destroy(model);
    }
    const size_t n = sizeof steps[0] / sizeof steps[0][0];
    const double norm = norm_of(steps[0], n, 1);
    ck_assert_double_gt(norm, 0.1);
    /* Steps are differences of weights of about 1. */
    ck_assert_double_eq_tol(norm_of(steps[1], n, 1), 0.01, 1e-5);
    for (size_t i = 0; i < n; ++i)
        ck_assert_double_eq_tol((double)steps[1][i], (double)steps[0][i] * 0.01 / norm, 1e-6);
    gemlet_model_destroy(start);
    gemlet_dataset_destroy(dataset);
}
END_TEST

START_TEST(units_have_a_largest_norm)
{
    gemlet_dataset *dataset = make_dataset(40, 0.5);
    gemlet_model *model = seeded_model("12-5-relu-4", 1);
    gemlet_train_options options = short_run(20, 30, 10);
    gemlet_train_result result;
    unsigned n_limited = 0;
    options.max_norm = 0.6;
    ck_assert_int_eq(gemlet_train(model, device, dataset, &options, &result), GEMLET_OK);
    for (unsigned l = 0; l < 2; ++l) {
        const unsigned width = l == 0 ? 5 : N_CLASSES;
        const unsigned fan_in = l == 0 ? N_FEATURES : 5;
        const float *weight = gemlet_model_tensor(model, l, GEMLET_TENSOR_WEIGHT);
        for (unsigned unit = 0; unit < width; ++unit) {
            const double norm = norm_of(weight + unit, fan_in, width);
            ck_assert_double_le(norm, 0.6 * (1 + 1e-6));
            n_limited += norm > 0.599 ? 1 : 0;
        }
    }
    ck_assert_uint_ge(n_limited, 3);
    gemlet_model_destroy(model);
    gemlet_dataset_destroy(dataset);
}
END_TEST

START_TEST(impossible_norms_are_refused)
{
    static const double values[] = {-1, 1e-7, 1e7, NAN, INFINITY};
    gemlet_dataset *dataset = make_dataset(20, 0.5);
    gemlet_model *model = seeded_model("12-4", 1);
    gemlet_train_result result;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; ++i) {
        gemlet_train_options options = short_run(20, 10, 1);
        options.max_norm = values[i];
        ck_assert_int_eq(gemlet_train(model, device, dataset, &options, &result), GEMLET_E_RANGE);
        ck_assert_ptr_nonnull(strstr(gemlet_last_error(), "norm of a unit's weights is "));
        options.max_norm = 0;
        options.clip_norm = values[i];
        ck_assert_int_eq(gemlet_train(model, device, dataset, &options, &result), GEMLET_E_RANGE);
        ck_assert_ptr_nonnull(strstr(gemlet_last_error(), "norm of the gradient is "));
    }
    gemlet_model_destroy(model);
    gemlet_dataset_destroy(dataset);
}
END_TEST

/* Records of the last block stay while steps of the next one begin. */
START_TEST(records_follow_the_schedule)
{
    static const uint64_t steps[] = {0, 1, 1023, 1024, 2047, 2048, 5000, 1024, 6000};
    gemlet_train_options options;
    gemlet_train_options_init(&options);
    options.n_steps = 6000;
    options.schedule = GEMLET_SCHEDULE_COSINE;
    options.weight_decay = 0.01;
    gm_backend *backend = gm_device_backend(device);
    gm_step_records records;
    ck_assert_int_eq(gm_step_records_create(&records, backend, &options), GEMLET_OK);
    gm_vector before = {0};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; ++i) {
        const uint64_t step = steps[i] < options.n_steps ? steps[i] : options.n_steps - 1;
        gm_vector record;
        float values[GM_RECORD_SIZE];
        float again[GM_RECORD_SIZE];
        ck_assert_int_eq(gm_step_records_find(&record, &records, steps[i]), GEMLET_OK);
        ck_assert_uint_eq(record.length, GM_RECORD_SIZE);
        ck_assert_int_eq(
            gm_backend_download(backend, record.buffer, record.offset, GM_RECORD_SIZE, values),
            GEMLET_OK);
        ck_assert(values[GM_RECORD_LEARNING_RATE] ==
                  (float)gm_schedule_learning_rate(&options, step));
        ck_assert(values[GM_RECORD_WEIGHT_DECAY] == 0.01f);
        ck_assert(values[GM_RECORD_STEP] == (float)(step + 1));
        if (i > 0 && steps[i] == steps[i - 1] + 1) {
            ck_assert_int_eq(
                gm_backend_download(backend, before.buffer, before.offset, GM_RECORD_SIZE, again),
                GEMLET_OK);
            ck_assert(again[GM_RECORD_STEP] == (float)step);
        }
        before = record;
    }
    gm_step_records_free(&records);
}
END_TEST

/* ---- rates of groups ------------------------------------------------------------------------ */

/* The model after one step of plain SGD with these factors. */
static gemlet_model *step_with(const gemlet_rate_scale *scales, unsigned n)
{
    gemlet_dataset *dataset = make_dataset(20, 0.5);
    gemlet_model *model = seeded_model("12-5bn-relu-4", 1);
    gemlet_train_options options = short_run(20, 1, 1);
    gemlet_train_result result;
    options.learning_rate = 0.5;
    options.schedule = GEMLET_SCHEDULE_CONSTANT;
    options.weight_decay = 0.125;
    for (unsigned i = 0; i < n; ++i)
        options.rate_scales[i] = scales[i];
    options.n_rate_scales = n;
    ck_assert_msg(gemlet_train(model, device, dataset, &options, &result) == GEMLET_OK, "%s",
                  gemlet_last_error());
    gemlet_dataset_destroy(dataset);
    return model;
}

/* Each tensor moves by its factor times as far as without; the factors of kinds and layers
 * multiply.
 */
START_TEST(groups_have_rates_of_their_own)
{
    static const gemlet_rate_scale scales[] = {
        {GEMLET_RATE_GROUP_WEIGHTS, 0, 0.5}, {GEMLET_RATE_GROUP_LAST_LAYER, 0, 4},
        {GEMLET_RATE_GROUP_SCALES, 0, 0.25}, {GEMLET_RATE_GROUP_LAYER, 1, 2},
        {GEMLET_RATE_GROUP_SHIFTS, 0, 0},
    };
    static const struct {
        unsigned layer;
        gemlet_tensor tensor;
        double factor;
    } expected[] = {
        {0, GEMLET_TENSOR_WEIGHT, 1}, {0, GEMLET_TENSOR_GAMMA, 0.5}, {0, GEMLET_TENSOR_BETA, 0},
        {1, GEMLET_TENSOR_WEIGHT, 2}, {1, GEMLET_TENSOR_BIAS, 4},
    };
    gemlet_model *start = seeded_model("12-5bn-relu-4", 1);
    gemlet_model *plain = step_with(NULL, 0);
    gemlet_model *scaled = step_with(scales, 5);
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; ++i) {
        const unsigned l = expected[i].layer;
        const gemlet_tensor t = expected[i].tensor;
        const float *before = gemlet_model_tensor(start, l, t);
        const float *with_one = gemlet_model_tensor(plain, l, t);
        const float *with_own = gemlet_model_tensor(scaled, l, t);
        double moved = 0;
        for (size_t k = 0; k < gemlet_model_tensor_size(start, l, t); ++k) {
            const double step = (double)with_one[k] - (double)before[k];
            /* Of values of about 1, rounded once in either model. */
            ck_assert_double_eq_tol((double)with_own[k] - (double)before[k],
                                    expected[i].factor * step, 1e-6);
            moved = fmax(moved, fabs(step));
        }
        ck_assert_double_gt(moved, 1e-3);
    }
    gemlet_model_destroy(scaled);
    gemlet_model_destroy(plain);
    gemlet_model_destroy(start);
}
END_TEST

/* As in PyTorch: the rate of the group times the decay. Rows of zeros leave weights nothing else.
 */
START_TEST(decoupled_decay_has_the_rate_of_its_group)
{
    const float values[8 * N_FEATURES] = {0};
    const uint32_t labels[8] = {0};
    gemlet_dataset *dataset;
    ck_assert_int_eq(
        gemlet_dataset_create(&dataset, 8, N_FEATURES, GEMLET_ELEMENT_F32, values, labels),
        GEMLET_OK);
    gemlet_model *model = seeded_model("12-4", 1);
    const float before = gemlet_model_tensor(model, 0, GEMLET_TENSOR_WEIGHT)[5];
    gemlet_train_options options = short_run(8, 10, 10);
    gemlet_train_result result;
    options.optimizer = GEMLET_OPTIMIZER_ADAMW;
    options.schedule = GEMLET_SCHEDULE_CONSTANT;
    options.learning_rate = 0.1;
    options.weight_decay = 0.5;
    options.rate_scales[0] = (gemlet_rate_scale){GEMLET_RATE_GROUP_WEIGHTS, 0, 0.2};
    options.n_rate_scales = 1;
    ck_assert_int_eq(gemlet_train(model, device, dataset, &options, &result), GEMLET_OK);
    const float after = gemlet_model_tensor(model, 0, GEMLET_TENSOR_WEIGHT)[5];
    ck_assert_double_eq_tol((double)after / (double)before, pow(1 - 0.2 * 0.1 * 0.5, 10),
                            40 * 0x1p-24);
    gemlet_model_destroy(model);
    gemlet_dataset_destroy(dataset);
}
END_TEST

START_TEST(impossible_rates_of_groups_are_refused)
{
    static const struct {
        const char *message;
        const char *spec;
        gemlet_rate_scale scales[2];
    } refused[] = {
        {"of biases is -1, expected 0", "12-4", {{GEMLET_RATE_GROUP_BIASES, 0, -1}}},
        {"of biases is nan, expected 0", "12-4", {{GEMLET_RATE_GROUP_BIASES, 0, (double)NAN}}},
        {"of last layer is 1e+07", "12-4", {{GEMLET_RATE_GROUP_LAST_LAYER, 0, 1e7}}},
        {"of layer 1 is 1e-07", "12-4", {{GEMLET_RATE_GROUP_LAYER, 1, 1e-7}}},
        {"group of parameters 7", "12-4", {{(gemlet_rate_group)7, 0, 1}}},
        {"of weights is given twice",
         "12-4",
         {{GEMLET_RATE_GROUP_WEIGHTS, 0, 1}, {GEMLET_RATE_GROUP_WEIGHTS, 0, 2}}},
        {"scales have a factor of the learning rate, but the network has none",
         "12-4",
         {{GEMLET_RATE_GROUP_SCALES, 0, 1}}},
        {"biases have a factor of the learning rate, but the network has none",
         "12-4bn",
         {{GEMLET_RATE_GROUP_BIASES, 0, 1}}},
        {"layer 2 has a factor of the learning rate, expected 1 to the 1 layer of",
         "12-4",
         {{GEMLET_RATE_GROUP_LAYER, 2, 1}}},
        {"layer 0 has a factor", "12-4", {{GEMLET_RATE_GROUP_LAYER, 0, 1}}},
        {"'layer 2' and for 'last layer' are for the same layer",
         "12-5-relu-4",
         {{GEMLET_RATE_GROUP_LAYER, 2, 1}, {GEMLET_RATE_GROUP_LAST_LAYER, 0, 2}}},
    };
    gemlet_dataset *dataset = make_dataset(20, 0.5);
    gemlet_train_result result;
    gemlet_train_options options = short_run(20, 10, 1);
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; ++i) {
        gemlet_model *model = seeded_model(refused[i].spec, 1);
        options.n_rate_scales = refused[i].scales[1].factor != 0 ? 2 : 1;
        for (unsigned k = 0; k < options.n_rate_scales; ++k)
            options.rate_scales[k] = refused[i].scales[k];
        ck_assert_int_eq(gemlet_train(model, device, dataset, &options, &result), GEMLET_E_RANGE);
        ck_assert_msg(strstr(gemlet_last_error(), refused[i].message) != NULL, "%s",
                      gemlet_last_error());
        gemlet_model_destroy(model);
    }
    gemlet_model *model = seeded_model("12-4", 1);
    options.n_rate_scales = GEMLET_MAX_RATE_SCALES + 1;
    ck_assert_int_eq(gemlet_train(model, device, dataset, &options, &result), GEMLET_E_RANGE);
    ck_assert_ptr_nonnull(strstr(gemlet_last_error(), "17 groups of parameters"));
    options.n_rate_scales = 1;
    options.rate_scales[0] = (gemlet_rate_scale){GEMLET_RATE_GROUP_WEIGHTS, 0, 1e6};
    options.learning_rate = 1e35;
    ck_assert_int_eq(gemlet_train(model, device, dataset, &options, &result), GEMLET_E_RANGE);
    ck_assert_ptr_nonnull(strstr(gemlet_last_error(), "of a group of parameters is 1e+41"));
    gemlet_model_destroy(model);
    gemlet_dataset_destroy(dataset);
}
END_TEST

Suite *test_suite(void)
{
    TCase *tests;
    Suite *suite = train_suite("update_rule", &tests);
    tcase_add_test(tests, weight_decay_shrinks_weights_only);
    tcase_add_test(tests, impossible_momentum_is_refused);
    tcase_add_test(tests, momentum_stays_in_the_model);
    tcase_add_test(tests, impossible_adam_is_refused);
    tcase_add_test(tests, adam_begins_anew);
    tcase_add_test(tests, a_clipped_gradient_keeps_its_direction);
    tcase_add_test(tests, units_have_a_largest_norm);
    tcase_add_test(tests, impossible_norms_are_refused);
    tcase_add_test(tests, records_follow_the_schedule);
    tcase_add_test(tests, groups_have_rates_of_their_own);
    tcase_add_test(tests, decoupled_decay_has_the_rate_of_its_group);
    tcase_add_test(tests, impossible_rates_of_groups_are_refused);
    return suite;
}

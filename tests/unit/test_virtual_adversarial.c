/* SPDX-License-Identifier: MIT
 * Virtual adversarial training: what its passes leave alone, what they change, and the options that
 * are impossible. That the gradients are right is shown beside PyTorch, in tests/peers. */
#include <math.h>
#include <string.h>

#include "gemlet/gemlet.h"
#include "support/networks.h"
#include "support/run_suite.h"
#include "train_jobs.h"

/* The model after one step, with the weight of the divergence; 0: without it. */
static gemlet_model *step_with(double weight)
{
    gemlet_dataset *dataset = make_dataset(20, 0.5);
    gemlet_model *model = seeded_model("12-5bn-relu-4", 1);
    gemlet_train_options options = short_run(20, 1, 1);
    gemlet_train_result result;
    options.schedule = GEMLET_SCHEDULE_CONSTANT;
    if (weight > 0) {
        options.virtual_adversarial = 1;
        options.virtual_adversarial_weight = weight;
    }
    ck_assert_msg(gemlet_train(model, device, dataset, &options, &result) == GEMLET_OK, "%s",
                  gemlet_last_error());
    if (weight > 0)
        ck_assert_int_eq(result.fused, 0);
    gemlet_dataset_destroy(dataset);
    return model;
}

/* Of a tensor of the first layer of two models, as a part of the way from the start. */
static double difference(gemlet_model *a, gemlet_model *b, gemlet_model *start, gemlet_tensor t)
{
    const float *first = gemlet_model_tensor(a, 0, t);
    const float *second = gemlet_model_tensor(b, 0, t);
    const float *before = gemlet_model_tensor(start, 0, t);
    double sum = 0;
    double moved = 0;
    for (size_t i = 0; i < gemlet_model_tensor_size(a, 0, t); ++i) {
        sum += fabs((double)first[i] - (double)second[i]);
        moved += fabs((double)first[i] - (double)before[i]);
    }
    return sum / moved;
}

/* The passes aside leave the running statistics to that of the batch, and count by their weight. */
START_TEST(passes_aside_change_gradients_alone)
{
    static const gemlet_tensor statistics[] = {GEMLET_TENSOR_RUNNING_MEAN,
                                               GEMLET_TENSOR_RUNNING_VAR};
    static const gemlet_tensor learned[] = {GEMLET_TENSOR_WEIGHT, GEMLET_TENSOR_GAMMA,
                                            GEMLET_TENSOR_BETA};
    gemlet_model *start = seeded_model("12-5bn-relu-4", 1);
    gemlet_model *plain = step_with(0);
    gemlet_model *little = step_with(1e-6);
    gemlet_model *much = step_with(10);
    for (unsigned i = 0; i < 2; ++i) {
        const size_t n = gemlet_model_tensor_size(plain, 0, statistics[i]) * sizeof(float);
        ck_assert_mem_eq(gemlet_model_tensor(plain, 0, statistics[i]),
                         gemlet_model_tensor(much, 0, statistics[i]), n);
        ck_assert_mem_ne(gemlet_model_tensor(plain, 0, statistics[i]),
                         gemlet_model_tensor(start, 0, statistics[i]), n);
    }
    for (unsigned i = 0; i < sizeof learned / sizeof learned[0]; ++i) {
        ck_assert_double_le(difference(plain, little, start, learned[i]), 1e-4);
        ck_assert_double_ge(difference(plain, much, start, learned[i]), 0.05);
    }
    gemlet_model_destroy(much);
    gemlet_model_destroy(little);
    gemlet_model_destroy(plain);
    gemlet_model_destroy(start);
}
END_TEST

START_TEST(impossible_numbers_are_refused)
{
    static const double values[] = {-1, 1e-7, 1e7, (double)NAN, (double)INFINITY};
    gemlet_dataset *dataset = make_dataset(20, 0.5);
    gemlet_model *model = seeded_model("12-4", 1);
    gemlet_train_result result;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; ++i) {
        gemlet_train_options options = short_run(20, 10, 1);
        options.virtual_adversarial = values[i];
        ck_assert_int_eq(gemlet_train(model, device, dataset, &options, &result), GEMLET_E_RANGE);
        ck_assert_ptr_nonnull(strstr(gemlet_last_error(), "the virtual adversarial step is "));
        options.virtual_adversarial = 1;
        options.virtual_adversarial_xi = values[i];
        ck_assert_int_eq(gemlet_train(model, device, dataset, &options, &result), GEMLET_E_RANGE);
        ck_assert_ptr_nonnull(strstr(gemlet_last_error(), "xi of the virtual adversarial step is"));
        options.virtual_adversarial_xi = 1;
        options.virtual_adversarial_weight = values[i];
        ck_assert_int_eq(gemlet_train(model, device, dataset, &options, &result), GEMLET_E_RANGE);
        ck_assert_ptr_nonnull(strstr(gemlet_last_error(), "weight of the virtual adversarial"));
    }
    gemlet_model_destroy(model);
    gemlet_dataset_destroy(dataset);
}
END_TEST

START_TEST(a_number_to_predict_is_refused)
{
    const float values[4 * N_FEATURES] = {0};
    const float targets[4] = {0};
    gemlet_dataset *dataset;
    gemlet_model *model = seeded_model("12-1-linear", 1);
    gemlet_train_options options = short_run(4, 10, 1);
    gemlet_train_result result;
    ck_assert_int_eq(
        gemlet_dataset_create(&dataset, 4, N_FEATURES, GEMLET_ELEMENT_F32, values, NULL),
        GEMLET_OK);
    ck_assert_int_eq(gemlet_dataset_set_targets(dataset, targets), GEMLET_OK);
    options.virtual_adversarial = 1;
    ck_assert_int_eq(gemlet_train(model, device, dataset, &options, &result), GEMLET_E_SHAPE);
    ck_assert_ptr_nonnull(
        strstr(gemlet_last_error(), "virtual adversarial training is of classes"));
    gemlet_model_destroy(model);
    gemlet_dataset_destroy(dataset);
}
END_TEST

Suite *test_suite(void)
{
    TCase *tests;
    Suite *suite = train_suite("virtual_adversarial", &tests);
    tcase_add_test(tests, passes_aside_change_gradients_alone);
    tcase_add_test(tests, impossible_numbers_are_refused);
    tcase_add_test(tests, a_number_to_predict_is_refused);
    return suite;
}

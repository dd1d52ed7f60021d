/* SPDX-License-Identifier: MIT
 * Options of a training that are impossible, or are with these data: refused before anything is
 * done. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gemlet/gemlet.h"
#include "support/networks.h"
#include "support/run_suite.h"
#include "train/mixup.h"
#include "train_jobs.h"

START_TEST(impossible_options_are_refused)
{
    gemlet_dataset *dataset = make_dataset(20, 0.5);
    gemlet_model *model = seeded_model("12-4", 1);
    gemlet_train_result result;
    gemlet_train_options options = short_run(21, 10, 1);
    ck_assert_int_eq(gemlet_train(model, device, dataset, &options, &result), GEMLET_E_RANGE);
    ck_assert_ptr_nonnull(strstr(gemlet_last_error(), "batch of 21 rows, expected 1 to the 20"));
    options = short_run(20, 0, 1);
    ck_assert_int_eq(gemlet_train(model, device, dataset, &options, &result), GEMLET_E_RANGE);
    options = short_run(20, 1, 1);
    options.learning_rate = NAN;
    ck_assert_int_eq(gemlet_train(model, device, dataset, &options, &result), GEMLET_E_RANGE);
    options = short_run(20, 1, 1);
    options.schedule = GEMLET_SCHEDULE_STEP;
    ck_assert_int_eq(gemlet_train(model, device, dataset, &options, &result), GEMLET_E_RANGE);

    gemlet_model *other = seeded_model("13-4", 1);
    options = short_run(20, 1, 1);
    ck_assert_int_eq(gemlet_train(other, device, dataset, &options, &result), GEMLET_E_SHAPE);
    ck_assert_ptr_nonnull(strstr(gemlet_last_error(), "12 features a row, the model expects 13"));
    gemlet_model_destroy(other);
    other = seeded_model("12-3", 1);
    ck_assert_int_eq(gemlet_train(other, device, dataset, &options, &result), GEMLET_E_SHAPE);
    ck_assert_ptr_nonnull(strstr(gemlet_last_error(), "label 3 in row 3, the model has 3 classes"));
    gemlet_model_destroy(other);
    gemlet_model_destroy(model);
    gemlet_dataset_destroy(dataset);
}
END_TEST

/* What a float would hold as 0 or as infinite. */
START_TEST(options_beyond_float_are_refused)
{
    static const double values[] = {1e-60, 1e-40, 1e60, INFINITY, NAN};
    gemlet_dataset *dataset = make_dataset(20, 0.5);
    gemlet_model *model = seeded_model("12-4", 1);
    gemlet_train_result result;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; ++i) {
        gemlet_train_options options = short_run(20, 10, 1);
        options.learning_rate = values[i];
        ck_assert_int_eq(gemlet_train(model, device, dataset, &options, &result), GEMLET_E_RANGE);
        ck_assert_ptr_nonnull(strstr(gemlet_last_error(), "learning rate is "));
        options = short_run(20, 10, 1);
        options.weight_decay = values[i];
        ck_assert_int_eq(gemlet_train(model, device, dataset, &options, &result), GEMLET_E_RANGE);
        ck_assert_ptr_nonnull(strstr(gemlet_last_error(), "weight decay is "));
        gemlet_init_options init;
        gemlet_init_options_init(&init);
        init.output_gain = values[i];
        gemlet_model *none;
        ck_assert_int_eq(gemlet_model_create(&none, gemlet_model_spec(model), &init),
                         GEMLET_E_RANGE);
        ck_assert_ptr_null(none);
    }
    gemlet_train_options options = short_run(20, 41, 1);
    options.schedule = GEMLET_SCHEDULE_STEP;
    options.step_every = 1;
    options.step_factor = 10.0;
    ck_assert_int_eq(gemlet_train(model, device, dataset, &options, &result), GEMLET_E_RANGE);
    ck_assert_ptr_nonnull(strstr(gemlet_last_error(), "makes the learning rate 1e+39 at step 41"));
    gemlet_model_destroy(model);
    gemlet_dataset_destroy(dataset);
}
END_TEST

START_TEST(impossible_label_smoothing_is_refused)
{
    static const double values[] = {-0.1, 1.0, 1.0 - 1e-12, NAN, INFINITY};
    gemlet_dataset *dataset = make_dataset(20, 0.5);
    gemlet_model *model = seeded_model("12-4", 1);
    gemlet_train_result result;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; ++i) {
        gemlet_train_options options = short_run(20, 10, 1);
        options.label_smoothing = values[i];
        ck_assert_int_eq(gemlet_train(model, device, dataset, &options, &result), GEMLET_E_RANGE);
        ck_assert_ptr_nonnull(strstr(gemlet_last_error(), "label smoothing is "));
    }
    gemlet_model_destroy(model);
    gemlet_dataset_destroy(dataset);
}
END_TEST

START_TEST(impossible_mixup_is_refused)
{
    static const double values[] = {-0.1, 0.001, 5, NAN, INFINITY};
    gemlet_dataset *dataset = make_dataset(20, 0.5);
    gemlet_model *model = seeded_model("12-4", 1);
    gemlet_train_result result;
    gemlet_train_options options = short_run(20, 10, 1);
    for (size_t i = 0; i < sizeof values / sizeof values[0]; ++i) {
        options.mixup = values[i];
        ck_assert_int_eq(gemlet_train(model, device, dataset, &options, &result), GEMLET_E_RANGE);
        ck_assert_ptr_nonnull(strstr(gemlet_last_error(), "mixup is "));
    }
    float weights[20];
    for (size_t i = 0; i < 20; ++i)
        weights[i] = 1;
    ck_assert_int_eq(gemlet_dataset_set_weights(dataset, weights), GEMLET_OK);
    options.mixup = 0.4;
    ck_assert_int_eq(gemlet_train(model, device, dataset, &options, &result), GEMLET_E_RANGE);
    ck_assert_ptr_nonnull(strstr(gemlet_last_error(), "rows with weights"));
    gemlet_model_destroy(model);
    gemlet_dataset_destroy(dataset);
}
END_TEST

/* The smaller of two parts from Beta(A, A): mean and deviation by numerical integration of the
 * density; of 4000 steps the mean lies within four of its own deviations. */
START_TEST(parts_of_mixup_follow_the_beta_distribution)
{
    static const double expected[][3] = {
        {0.4, 0.160242, 0.153146}, {1, 0.25, 0.144338}, {4, 0.363281, 0.095319}};
    const uint64_t n = 4000;
    for (size_t k = 0; k < sizeof expected / sizeof expected[0]; ++k) {
        gemlet_train_options options = short_run(20, n, 1);
        double sum = 0;
        double squares = 0;
        options.mixup = expected[k][0];
        for (uint64_t step = 0; step < n; ++step) {
            float record[GM_RECORD_SIZE] = {0};
            gm_mixup_fill_record(record, &options, step);
            const double part = (double)record[GM_RECORD_MIXED_PART];
            ck_assert_double_ge(part, 0);
            ck_assert_double_le(part, 0.5);
            sum += part;
            squares += part * part;
        }
        const double mean = sum / (double)n;
        ck_assert_double_eq_tol(mean, expected[k][1], 4 * expected[k][2] / sqrt((double)n));
        ck_assert_double_eq_tol(sqrt(squares / (double)n - mean * mean), expected[k][2],
                                0.05 * expected[k][2]);
    }
}
END_TEST

START_TEST(batch_norm_of_one_row_is_refused)
{
    gemlet_dataset *dataset = make_dataset(20, 0.5);
    static const char *const specs[] = {"12-5bn-relu-4", "12-5-relu-4bn"};
    gemlet_train_result result;
    for (size_t i = 0; i < 2; ++i) {
        gemlet_model *model = seeded_model(specs[i], 1);
        gemlet_train_options options = short_run(1, 10, 1);
        ck_assert_int_eq(gemlet_train(model, device, dataset, &options, &result), GEMLET_E_RANGE);
        ck_assert_ptr_nonnull(strstr(gemlet_last_error(), "batch of 1 row, expected at least 2"));
        options.batch = 2;
        ck_assert_int_eq(gemlet_train(model, device, dataset, &options, &result), GEMLET_OK);
        gemlet_model_destroy(model);
    }
    gemlet_dataset_destroy(dataset);
}
END_TEST

Suite *test_suite(void)
{
    TCase *tests;
    Suite *suite = train_suite("train_options", &tests);
    tcase_add_test(tests, impossible_options_are_refused);
    tcase_add_test(tests, options_beyond_float_are_refused);
    tcase_add_test(tests, impossible_label_smoothing_is_refused);
    tcase_add_test(tests, impossible_mixup_is_refused);
    tcase_add_test(tests, parts_of_mixup_follow_the_beta_distribution);
    tcase_add_test(tests, batch_norm_of_one_row_is_refused);
    return suite;
}

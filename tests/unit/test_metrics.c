/* SPDX-License-Identifier: MIT
 * Figures of a model on rows whose answers are known by hand: equal scores, classes without rows,
 * targets that are all the same. */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "support/networks.h"
#include "support/run_suite.h"
#include "train/metrics.h"

#define N_ROWS 6u

static gemlet_device *device;

static void open_device(void)
{
    gemlet_device_options options;
    gemlet_device_options_init(&options);
    options.selector = "cpu";
    ck_assert_msg(gemlet_device_open(&device, &options) == GEMLET_OK, "%s", gemlet_last_error());
}

static void close_device(void)
{
    gemlet_device_close(device);
}

static const float features[N_ROWS] = {0, 0, 1, 1, 2, 2};

/* Without hidden layers: outputs x weight + bias. */
static gemlet_model *make_linear(const char *spec, const float *weights, const float *biases,
                                 unsigned n_outputs)
{
    gemlet_model *model = seeded_model(spec, 1);
    for (unsigned c = 0; c < n_outputs; ++c) {
        gemlet_model_tensor(model, 0, GEMLET_TENSOR_WEIGHT)[c] = weights[c];
        gemlet_model_tensor(model, 0, GEMLET_TENSOR_BIAS)[c] = biases[c];
    }
    return model;
}

static gemlet_dataset *make_rows(const uint32_t *labels)
{
    gemlet_dataset *dataset;
    ck_assert_int_eq(
        gemlet_dataset_create(&dataset, N_ROWS, 1, GEMLET_ELEMENT_F32, features, labels),
        GEMLET_OK);
    return dataset;
}

/* Two classes, or a third one that no row has and no row is taken for, which changes nothing but
 * that the areas of the two are averaged: they are the same. */
START_TEST(figures_of_classes)
{
    static const uint32_t labels[N_ROWS] = {0, 1, 0, 1, 1, 1};
    const unsigned n_classes = _i == 0 ? 2 : 3;
    gemlet_model *model = make_linear(_i == 0 ? "1-2" : "1-3", (const float[]){0, 1, 0},
                                      (const float[]){0, -0.5f, -90}, n_classes);
    gemlet_dataset *dataset = make_rows(labels);
    gemlet_evaluation evaluation;
    gm_metrics m;
    ck_assert_int_eq(gm_metrics_evaluate(&m, NULL, &evaluation, model, device, dataset, 1),
                     GEMLET_OK);
    ck_assert_uint_eq(evaluation.correct, 4);
    ck_assert_double_eq_tol(m.balanced_accuracy, (1.0 / 2 + 3.0 / 4) / 2, 1e-15);
    ck_assert_double_eq_tol(m.macro_f1, (2.0 / 4 + 6.0 / 8) / 2, 1e-15);
    ck_assert_double_eq_tol(m.auc, 6.0 / 8, 1e-15); /* two pairs of equal scores */
    ck_assert_uint_eq(m.confusion[0 * n_classes + 0], 1);
    ck_assert_uint_eq(m.confusion[0 * n_classes + 1], 1);
    ck_assert_uint_eq(m.confusion[1 * n_classes + 0], 1);
    ck_assert_uint_eq(m.confusion[1 * n_classes + 1], 3);
    ck_assert(isnan(m.rmse) && isnan(m.mae) && isnan(m.r2));
    gm_metrics_free(&m);
    gemlet_dataset_destroy(dataset);
    gemlet_model_destroy(model);
}
END_TEST

/* One class alone has no pairs. */
START_TEST(there_may_be_no_area)
{
    static const uint32_t labels[N_ROWS] = {1, 1, 1, 1, 1, 1};
    gemlet_model *model = make_linear("1-2", (const float[]){0, 1}, (const float[]){0, -0.5f}, 2);
    gemlet_dataset *dataset = make_rows(labels);
    gemlet_evaluation evaluation;
    gm_metrics m;
    ck_assert_int_eq(gm_metrics_evaluate(&m, NULL, &evaluation, model, device, dataset, 1),
                     GEMLET_OK);
    ck_assert(isnan(m.auc));
    ck_assert_double_eq_tol(m.balanced_accuracy, 4.0 / 6, 1e-15);
    gm_metrics_free(&m);
    gemlet_dataset_destroy(dataset);
    gemlet_model_destroy(model);
}
END_TEST

/* Answers 2 x + 1 in tens; errors 1, -1, 0, 2, 0, 0. */
START_TEST(figures_of_numbers)
{
    static const float targets[N_ROWS] = {0, 2, 3, 1, 5, 5};
    static const float equal[N_ROWS] = {3, 3, 3, 3, 3, 3};
    gemlet_model *model = make_linear("1-1-linear", (const float[]){2}, (const float[]){1}, 1);
    gemlet_dataset *dataset = make_rows(NULL);
    gemlet_evaluation evaluation;
    gm_metrics m;
    ck_assert_int_eq(gemlet_dataset_set_targets(dataset, targets), GEMLET_OK);
    ck_assert_int_eq(gm_metrics_evaluate(&m, NULL, &evaluation, model, device, dataset, 10),
                     GEMLET_OK);
    ck_assert_double_eq_tol(m.rmse, 10, 1e-14);
    ck_assert_double_eq_tol(m.mae, 10 * 4.0 / 6, 1e-14);
    ck_assert_double_eq_tol(m.r2, 1 - 6 / (64 - 16 * 16 / 6.0), 1e-14);
    ck_assert_uint_eq(m.n_classes, 0);
    ck_assert_ptr_null(m.confusion);
    ck_assert_int_eq(gemlet_dataset_set_targets(dataset, equal), GEMLET_OK);
    ck_assert_int_eq(gm_metrics_evaluate(&m, NULL, &evaluation, model, device, dataset, 1),
                     GEMLET_OK);
    ck_assert(isnan(m.r2));
    gemlet_dataset_destroy(dataset);
    gemlet_model_destroy(model);
}
END_TEST

/* Logits (0, ln 9) say 0.9 for class 1, (0, ln 1.5) 0.6. */
START_TEST(test_outcomes)
{
    gm_outcomes o;
    gm_calibration_bin bins[GM_CALIBRATION_BINS];
    double error;
    static const uint32_t labels[] = {1, 1, 0, 1, 0};
    static const double odds[] = {9, 9, 9, 1.5, 1};
    ck_assert_int_eq(gm_outcomes_allocate(&o, 5, 2), GEMLET_OK);
    for (gemlet_dim row = 0; row < 5; ++row) {
        const float logits[] = {1000, (float)(1000 + log(odds[row]))};
        gm_outcomes_take_logits(&o, row, logits, labels[row]);
    }
    ck_assert_uint_eq(o.answers[0], 1);
    ck_assert_uint_eq(o.answers[4], 0); /* of equal ones the first */
    ck_assert_double_eq_tol((double)o.confidences[3], 0.6, 1e-4);
    ck_assert_double_eq_tol((double)o.losses[2], log(10), 1e-3);
    ck_assert(o.confidences[4] == 0.5f);
    gm_calibration_measure(bins, &error, &o, labels);
    static const gemlet_dim n_rows[] = {0, 0, 0, 0, 1, 1, 0, 0, 3, 0};
    o.confidences[0] = o.confidences[1] = o.confidences[2] = 0.9f; /* above 0.9 as it is a float */
    o.confidences[3] = 0.55f;
    gm_calibration_measure(bins, &error, &o, labels);
    for (size_t i = 0; i < GM_CALIBRATION_BINS; ++i)
        ck_assert_uint_eq(bins[i].n_rows, n_rows[i]);
    ck_assert(isnan(bins[0].accuracy) && bins[4].accuracy == 1);
    ck_assert_double_eq_tol(bins[8].accuracy, 2 / 3.0, 1e-15);
    ck_assert_double_eq_tol(bins[8].confidence, 0.9, 1e-7);
    ck_assert_double_eq_tol(error, (0.5 + 0.45 + 3 * (0.9 - 2 / 3.0)) / 5, 1e-7);
    gm_outcomes_free(&o);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("metrics");
    TCase *tests = tcase_create("metrics");
    tcase_add_checked_fixture(tests, open_device, close_device);
    tcase_add_loop_test(tests, figures_of_classes, 0, 2);
    tcase_add_test(tests, there_may_be_no_area);
    tcase_add_test(tests, test_outcomes);
    tcase_add_test(tests, figures_of_numbers);
    suite_add_tcase(suite, tests);
    return suite;
}

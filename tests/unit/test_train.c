/* SPDX-License-Identifier: MIT
 * The training loop: what is visited, what is reported, how it ends; and that it learns. Runs on
 * the device that GEMLET_TEST_DEVICE names (the CPU path if unset). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/device.h"
#include "core/rng.h"
#include "gemlet/gemlet.h"
#include "model/model.h"
#include "support/networks.h"
#include "support/run_suite.h"
#include "train_jobs.h"

/* ---- learning ------------------------------------------------------------------------------- */

static const char *const overfit_specs[] = {
    "12-16bn-relu-16bn-relu-4",
    "12-16-relu-4",
    "12-16bn-tanh-4",
    "12-16-tanh-16-tanh-4",
    "12-16bn-sigmoid-4",
    "12-16-sigmoid-4",
    "12-4",
    "12-16bn-relu-4bn",
    "12-7bn-relu-33-tanh-5bn-sigmoid-4",
};

START_TEST(overfits_one_batch)
{
    /* Every step sees the same 32 rows: the loss must go to 0 for every kind of network. */
    gemlet_dataset *dataset = make_dataset(32, 0.3);
    gemlet_model *model = seeded_model(overfit_specs[_i], 1);
    gemlet_train_options options = short_run(32, 6000, 1000);
    options.learning_rate = 0.5;
    options.schedule = GEMLET_SCHEDULE_CONSTANT;
    gemlet_train_result result;
    ck_assert_msg(gemlet_train(model, device, dataset, &options, &result) == GEMLET_OK, "%s",
                  gemlet_last_error());
    ck_assert_uint_eq(result.steps, 6000);
    ck_assert_msg(result.train_loss < 1e-3, "%s: loss %g", overfit_specs[_i], result.train_loss);
    ck_assert_double_eq(result.train_accuracy, 1.0);
    gemlet_model_destroy(model);
    gemlet_dataset_destroy(dataset);
}
END_TEST

START_TEST(generalises_and_predicts)
{
    gemlet_dataset *all = make_dataset(3000, 0.5);
    gemlet_dataset *train;
    gemlet_dataset *held_out;
    ck_assert_int_eq(gemlet_dataset_hold_out(&train, &held_out, all, 1000, 3), GEMLET_OK);
    gemlet_model *model = seeded_model("12-20bn-relu-4", 1);
    const gemlet_train_options options = short_run(50, 400, 100);
    gemlet_train_result result;
    ck_assert_int_eq(gemlet_train(model, device, train, &options, &result), GEMLET_OK);
    ck_assert_double_lt(fabs(result.initial_loss - log(4.0)), 0.1);

    /* 1000 rows are not a multiple of the evaluation's batch: the last one is partial. */
    gemlet_evaluation evaluation;
    ck_assert_int_eq(gemlet_evaluate(model, device, held_out, &evaluation), GEMLET_OK);
    ck_assert_uint_eq(evaluation.rows, 1000);
    ck_assert_double_gt(evaluation.accuracy, 0.95);

    float *p = malloc(1000 * N_CLASSES * sizeof *p);
    ck_assert_int_eq(gemlet_predict(model, device, held_out, p), GEMLET_OK);
    const uint32_t *labels = gemlet_dataset_labels(held_out);
    uint64_t correct = 0;
    double loss = 0.0;
    for (unsigned i = 0; i < 1000; ++i) {
        const float *row = p + i * N_CLASSES;
        unsigned best = 0;
        double sum = 0.0;
        for (unsigned c = 0; c < N_CLASSES; ++c) {
            best = row[c] > row[best] ? c : best;
            sum += (double)row[c];
        }
        correct += best == labels[i];
        loss -= log((double)row[labels[i]]) / 1000.0;
        /* each of 4 quotients is off by some ulp of itself */
        ck_assert_double_lt(fabs(sum - 1.0), 16 * 0x1p-24);
    }
    ck_assert_uint_eq(correct, evaluation.correct);
    /* probabilities are within about 30 ulp of the logits' range; loss is their log */
    ck_assert_double_lt(fabs(loss - evaluation.loss), 1e-5);
    free(p);
    gemlet_model_destroy(model);
    gemlet_dataset_destroy(held_out);
    gemlet_dataset_destroy(train);
    gemlet_dataset_destroy(all);
}
END_TEST

/* ---- order of the rows ---------------------------------------------------------------------- */

START_TEST(partial_batch_is_left_out)
{
    /* 10 rows, 8 a batch: one step is an epoch, and 2 rows stay out of each. All rows but one have
     * features 0 and learn nothing; so whether that one took part shows in the loss. */
    float values[10 * N_FEATURES] = {0};
    uint32_t labels[10] = {0};
    gemlet_dataset *dataset;
    for (unsigned f = 0; f < N_FEATURES; ++f)
        values[f] = 100.0f;
    ck_assert_int_eq(
        gemlet_dataset_create(&dataset, 10, N_FEATURES, GEMLET_ELEMENT_F32, values, labels),
        GEMLET_OK);
    gemlet_model *model = seeded_model("12-4", 1);
    float *weight = gemlet_model_tensor(model, 0, GEMLET_TENSOR_WEIGHT);
    memset(weight, 0, 48 * sizeof *weight);
    gemlet_train_options options = short_run(8, 1, 1);
    options.learning_rate = 1.0;
    unsigned n_seen = 0;
    for (uint64_t seed = 1; seed <= 200; ++seed) {
        options.seed = seed;
        memset(weight, 0, 48 * sizeof *weight);
        gemlet_train_result result;
        ck_assert_int_eq(gemlet_train(model, device, dataset, &options, &result), GEMLET_OK);
        n_seen += weight[0] != 0.0f;
    }
    /* Binomial with n = 200, p = 0.8: mean 160, standard deviation 5.7. */
    ck_assert_uint_gt(n_seen, 160 - 29);
    ck_assert_uint_lt(n_seen, 160 + 29);
    gemlet_model_destroy(model);
    gemlet_dataset_destroy(dataset);
}
END_TEST

/* ---- reports and ends ----------------------------------------------------------------------- */

typedef struct seen {
    unsigned n;
    gemlet_progress reports[64];
    uint64_t stop_at;
    volatile sig_atomic_t stop;
} seen;

static void record(const gemlet_progress *progress, void *user)
{
    seen *s = user;
    s->reports[s->n++] = *progress;
    if (s->stop_at != 0 && progress->step >= s->stop_at)
        s->stop = 1;
}

START_TEST(reports_come_when_due)
{
    gemlet_dataset *dataset = make_dataset(100, 0.5);
    gemlet_model *model = seeded_model("12-8-relu-4", 1);
    seen s = {0};
    gemlet_train_options options = short_run(10, 25, 10);
    options.on_progress = record;
    options.user = &s;
    gemlet_train_result result;
    ck_assert_int_eq(gemlet_train(model, device, dataset, &options, &result), GEMLET_OK);
    static const uint64_t steps[] = {1, 10, 20, 25};
    ck_assert_uint_eq(s.n, 4);
    for (unsigned i = 0; i < 4; ++i) {
        ck_assert_uint_eq(s.reports[i].step, steps[i]);
        ck_assert_uint_eq(s.reports[i].n_steps, 25);
        ck_assert_double_eq(s.reports[i].epoch, (double)steps[i] / 10.0);
    }
    ck_assert_double_eq(s.reports[0].train_loss, result.initial_loss);
    ck_assert_double_eq(s.reports[3].train_loss, result.train_loss);
    gemlet_model_destroy(model);
    gemlet_dataset_destroy(dataset);
}
END_TEST

START_TEST(report_is_the_mean_of_its_steps)
{
    gemlet_dataset *dataset = make_dataset(100, 0.5);
    double sum = 0.0;
    double mean = 0.0;
    for (uint64_t log_every = 1; log_every <= 20; log_every += 19) {
        gemlet_model *model = seeded_model("12-8-relu-4", 1);
        seen s = {0};
        gemlet_train_options options = short_run(10, 20, log_every);
        options.on_progress = record;
        options.user = &s;
        gemlet_train_result result;
        ck_assert_int_eq(gemlet_train(model, device, dataset, &options, &result), GEMLET_OK);
        if (log_every == 1) {
            for (unsigned i = 1; i < 20; ++i)
                sum += s.reports[i].train_loss;
        } else {
            mean = s.reports[1].train_loss; /* steps 2..20: the first has a report of its own */
        }
        gemlet_model_destroy(model);
    }
    ck_assert_double_eq_tol(mean, sum / 19.0, 1e-12);
    gemlet_dataset_destroy(dataset);
}
END_TEST

START_TEST(stop_ends_after_the_step)
{
    gemlet_dataset *dataset = make_dataset(100, 0.5);
    gemlet_model *model = seeded_model("12-8-relu-4", 1);
    gemlet_model *untrained = seeded_model("12-8-relu-4", 1);
    seen s = {.stop_at = 10};
    gemlet_train_options options = short_run(10, 1000, 10);
    options.on_progress = record;
    options.user = &s;
    options.stop = &s.stop;
    gemlet_train_result result;
    ck_assert_int_eq(gemlet_train(model, device, dataset, &options, &result), GEMLET_OK);
    ck_assert_int_eq(result.stopped, 1);
    ck_assert_uint_eq(result.steps, 11);
    ck_assert_mem_ne(gemlet_model_tensor(model, 0, GEMLET_TENSOR_WEIGHT),
                     gemlet_model_tensor(untrained, 0, GEMLET_TENSOR_WEIGHT), 96 * sizeof(float));
    gemlet_model_destroy(untrained);
    gemlet_model_destroy(model);
    gemlet_dataset_destroy(dataset);
}
END_TEST

START_TEST(an_early_divergence_leaves_the_model)
{
    gemlet_dataset *dataset = make_dataset(100, 0.5);
    gemlet_model *model = seeded_model("12-8-relu-8-relu-4", 1);
    gemlet_model *untrained = seeded_model("12-8-relu-8-relu-4", 1);
    gemlet_train_options options = short_run(10, 500, 50);
    options.learning_rate = 1e30;
    gemlet_train_result result;
    ck_assert_int_eq(gemlet_train(model, device, dataset, &options, &result), GEMLET_E_DIVERGED);
    ck_assert_ptr_nonnull(strstr(gemlet_last_error(), "at step "));
    ck_assert_uint_eq(result.good_steps, 0);
    ck_assert_mem_eq(gemlet_model_tensor(model, 0, GEMLET_TENSOR_WEIGHT),
                     gemlet_model_tensor(untrained, 0, GEMLET_TENSOR_WEIGHT), 96 * sizeof(float));
    gemlet_model_destroy(untrained);
    gemlet_model_destroy(model);
    gemlet_dataset_destroy(dataset);
}
END_TEST

START_TEST(same_seed_same_bits)
{
    gemlet_dataset *dataset = make_dataset(100, 0.5);
    gemlet_model *models[2];
    for (unsigned i = 0; i < 2; ++i) {
        models[i] = seeded_model("12-33bn-relu-17-tanh-4", 1);
        const gemlet_train_options options = short_run(16, 60, 7);
        gemlet_train_result result;
        ck_assert_int_eq(gemlet_train(models[i], device, dataset, &options, &result), GEMLET_OK);
    }
    for (unsigned l = 0; l < 3; ++l) {
        for (int t = GEMLET_TENSOR_WEIGHT; t <= GEMLET_TENSOR_RUNNING_VAR; ++t) {
            const size_t n = gemlet_model_tensor_size(models[0], l, (gemlet_tensor)t);
            if (n > 0)
                ck_assert_mem_eq(gemlet_model_tensor(models[0], l, (gemlet_tensor)t),
                                 gemlet_model_tensor(models[1], l, (gemlet_tensor)t),
                                 n * sizeof(float));
        }
    }
    gemlet_model_destroy(models[0]);
    gemlet_model_destroy(models[1]);
    gemlet_dataset_destroy(dataset);
}
END_TEST

/* ---- watching layers ------------------------------------------------------------------------ */

typedef struct watched {
    uint64_t steps[16];
    gemlet_layer_report layers[16][3];
    unsigned n;
} watched;

static void on_watch(uint64_t step, const gemlet_layer_report *layers, unsigned n_layers,
                     void *user)
{
    watched *w = user;
    ck_assert_uint_eq(n_layers, 3);
    ck_assert_uint_lt(w->n, 16);
    w->steps[w->n] = step;
    memcpy(w->layers[w->n++], layers, 3 * sizeof *layers);
}

static gemlet_model *train_watched(watched *w, gemlet_fused fused, uint64_t every)
{
    gemlet_dataset *dataset = make_dataset(64, 0.5);
    gemlet_model *model = seeded_model("12-16bn-relu-16-tanh-4", 3);
    gemlet_train_options options = short_run(16, 23, 4);
    gemlet_train_result result;
    options.fused = fused;
    options.watch_every = every;
    options.on_watch = on_watch;
    options.user = w;
    ck_assert_msg(gemlet_train(model, device, dataset, &options, &result) == GEMLET_OK, "%s",
                  gemlet_last_error());
    gemlet_dataset_destroy(dataset);
    return model;
}

static void assert_near(double a, double b)
{
    ck_assert_msg(fabs(a - b) <= 1e-3 * (fabs(a) + fabs(b)) + 1e-6, "%g and %g", a, b);
}

START_TEST(watching_changes_nothing)
{
    static const uint64_t steps[] = {1, 5, 10, 15, 20};
    watched runs[2] = {{.n = 0}};
    for (int i = 0; i < 2; ++i) {
        const gemlet_fused fused = i == 0 ? GEMLET_FUSED_OFF : GEMLET_FUSED_AUTO;
        gemlet_model *plain = train_watched(NULL, fused, 0);
        gemlet_model *model = train_watched(&runs[i], fused, 5);
        const size_t n = gemlet_model_tensor_size(model, 0, GEMLET_TENSOR_WEIGHT);
        ck_assert_mem_eq(gemlet_model_tensor(model, 0, GEMLET_TENSOR_WEIGHT),
                         gemlet_model_tensor(plain, 0, GEMLET_TENSOR_WEIGHT), n * sizeof(float));
        ck_assert_mem_eq(gemlet_model_tensor(model, 0, GEMLET_TENSOR_RUNNING_VAR),
                         gemlet_model_tensor(plain, 0, GEMLET_TENSOR_RUNNING_VAR),
                         16 * sizeof(float));
        gemlet_model_destroy(model);
        gemlet_model_destroy(plain);
        ck_assert_uint_eq(runs[i].n, 5);
        for (unsigned k = 0; k < 5; ++k)
            ck_assert_uint_eq(runs[i].steps[k], steps[k]);
    }
    /* Fused or not, the same was seen, but for the order of sums. */
    for (unsigned k = 0; k < 5; ++k) {
        for (unsigned l = 0; l < 3; ++l) {
            const gemlet_layer_report *a = &runs[0].layers[k][l];
            const gemlet_layer_report *b = &runs[1].layers[k][l];
            assert_near(a->output_std, b->output_std);
            assert_near(a->output_max, b->output_max);
            assert_near(a->gradient_norm, b->gradient_norm);
            assert_near(a->gradient_std, b->gradient_std);
            ck_assert_double_gt(a->gradient_norm, 0);
        }
        /* Behind batch-norm about half of what ReLU gives is 0; the logits never saturate. */
        ck_assert_double_gt(runs[0].layers[k][0].saturated, 0.2);
        ck_assert_double_lt(runs[0].layers[k][0].saturated, 0.8);
        ck_assert_double_eq(runs[0].layers[k][0].output_min, 0);
        ck_assert_double_eq(runs[0].layers[k][2].saturated, 0);
    }
}
END_TEST

/* Of more rows than one pass of the evaluation takes. */
START_TEST(a_loss_that_is_not_finite_is_an_error)
{
    gemlet_model *model = seeded_model("12-4", 1);
    for (gemlet_dim row = 3; row < 1000; row += 600) {
        float *values = calloc(1000 * N_FEATURES, sizeof *values);
        uint32_t *labels = calloc(1000, sizeof *labels);
        values[row * N_FEATURES + 7] = 3e38f;
        gemlet_model_tensor(model, 0, GEMLET_TENSOR_WEIGHT)[7 * N_CLASSES + 2] = 1e3f;
        gemlet_dataset *dataset;
        ck_assert_int_eq(
            gemlet_dataset_create(&dataset, 1000, N_FEATURES, GEMLET_ELEMENT_F32, values, labels),
            GEMLET_OK);
        gemlet_evaluation evaluation;
        ck_assert_int_eq(gemlet_evaluate(model, device, dataset, &evaluation), GEMLET_E_RANGE);
        char expected[96];
        snprintf(expected, sizeof expected,
                 "row %u: output of class 2 is not finite; the largest value is 3e+38 in feature "
                 "8 of 12",
                 row);
        ck_assert_msg(strstr(gemlet_last_error(), expected) != NULL, "%s", gemlet_last_error());
        ck_assert_uint_eq(evaluation.rows, 0);
        gemlet_dataset_destroy(dataset);
        free(labels);
        free(values);
    }
    gemlet_model_destroy(model);
}
END_TEST

Suite *test_suite(void)
{
    TCase *loop;
    Suite *suite = train_suite("train", &loop);
    tcase_add_loop_test(loop, overfits_one_batch, 0,
                        (int)(sizeof overfit_specs / sizeof overfit_specs[0]));
    tcase_add_test(loop, generalises_and_predicts);
    tcase_add_test(loop, partial_batch_is_left_out);
    tcase_add_test(loop, reports_come_when_due);
    tcase_add_test(loop, report_is_the_mean_of_its_steps);
    tcase_add_test(loop, stop_ends_after_the_step);
    tcase_add_test(loop, an_early_divergence_leaves_the_model);
    tcase_add_test(loop, same_seed_same_bits);
    tcase_add_test(loop, watching_changes_nothing);
    tcase_add_test(loop, a_loss_that_is_not_finite_is_an_error);
    return suite;
}

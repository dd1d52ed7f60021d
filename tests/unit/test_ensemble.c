/* SPDX-License-Identifier: MIT
 * Ensembles: how answers are combined, what they are made of, their files, what they predict; and
 * sets of networks, each of which is the one that it would be alone. Runs on the device that
 * GEMLET_TEST_DEVICE names (the CPU path if unset). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/model.h"
#include "run/network_set.h"
#include "support/run_suite.h"
#include "support/temporary.h"
#include "train/combine.h"
#include "train_jobs.h"

#define N_NETWORKS 3u
#define N_ROWS     600u /* more than an evaluation takes at once */

/* ---- combined answers ----------------------------------------------------------------------- */

START_TEST(mean_of_probabilities)
{
    /* Two networks, two rows of three classes, padded to four. */
    const float all[2][2][4] = {
        {{0.0f, 0.0f, 0.0f, 0.0f}, {1000.0f, 0.0f, -1000.0f, 0.0f}},
        {{logf(8.0f), 0.0f, 0.0f, 0.0f}, {0.0f, 1000.0f, -1000.0f, 0.0f}},
    };
    const gm_combination of = {2, 2, 3, 4, GEMLET_TASK_CLASSIFICATION};
    float outputs[2][4];
    float spread[2];
    gm_combine_outputs(outputs[0], spread, all[0][0], &of);
    const double first = (1.0 / 3 + 0.8) / 2;
    ck_assert_double_eq_tol((double)outputs[0][0], log(first), 1e-6);
    ck_assert_double_eq_tol((double)outputs[0][1], log((1.0 / 3 + 0.1) / 2), 1e-6);
    ck_assert_double_eq_tol((double)spread[0], (0.8 - 1.0 / 3) / sqrt(2.0), 1e-6);
    /* Neither is sure of the last class, whose probability is far below what a double holds. */
    ck_assert_double_eq_tol((double)outputs[1][0], log(0.5), 1e-6);
    ck_assert_double_eq_tol((double)outputs[1][1], log(0.5), 1e-6);
    ck_assert_double_eq_tol((double)outputs[1][2], -2000.0, 1e-3);
    ck_assert_double_eq_tol((double)spread[1], 1.0 / sqrt(2.0), 1e-6);
    ck_assert(outputs[0][3] == 0.0f);
}
END_TEST

START_TEST(mean_of_numbers)
{
    const float all[3][1][2] = {{{1.0f, 0.0f}}, {{2.0f, 0.0f}}, {{6.0f, 0.0f}}};
    const gm_combination of = {3, 1, 1, 2, GEMLET_TASK_REGRESSION};
    float outputs[1][2];
    float spread[1];
    gm_combine_outputs(outputs[0], spread, all[0][0], &of);
    ck_assert(outputs[0][0] == 3.0f);
    ck_assert_double_eq_tol((double)spread[0], sqrt(7.0), 1e-6);
}
END_TEST

START_TEST(not_a_number_stays)
{
    const float all[2][1][2] = {{{0.0f, 1.0f}}, {{NAN, 0.0f}}};
    const gm_combination of = {2, 1, 2, 2, GEMLET_TASK_CLASSIFICATION};
    float outputs[1][2];
    gm_combine_outputs(outputs[0], NULL, all[0][0], &of);
    ck_assert(isnan(outputs[0][0]));
    ck_assert(isnan(outputs[0][1]));
}
END_TEST

/* ---- models --------------------------------------------------------------------------------- */

static gemlet_model *make_network(const char *network, uint64_t seed)
{
    gemlet_model *model;
    gemlet_spec spec;
    gemlet_init_options init;
    gemlet_init_options_init(&init);
    init.seed = seed;
    ck_assert_int_eq(gemlet_spec_parse(&spec, network), GEMLET_OK);
    ck_assert_int_eq(gemlet_model_create(&model, &spec, &init), GEMLET_OK);
    return model;
}

static void destroy_all(gemlet_model *const *networks)
{
    for (unsigned i = 0; i < N_NETWORKS; ++i)
        gemlet_model_destroy(networks[i]);
}

/* networks (N_NETWORKS) out. */
static gemlet_model *make_ensemble(gemlet_model **networks, const char *network)
{
    gemlet_model *ensemble;
    for (unsigned i = 0; i < N_NETWORKS; ++i)
        networks[i] = make_network(network, 1 + i);
    ck_assert_int_eq(
        gemlet_model_create_ensemble(&ensemble, (const gemlet_model *const *)networks, N_NETWORKS),
        GEMLET_OK);
    return ensemble;
}

START_TEST(networks_that_do_not_fit)
{
    gemlet_model *out;
    gemlet_model *other = make_network("12-5-relu-4", 1);
    gemlet_model *model = make_network("12-6-relu-4", 1);
    gemlet_model *scaled = make_network("12-6-relu-4", 2);
    gemlet_model *networks[N_NETWORKS];
    gemlet_model *ensemble = make_ensemble(networks, "12-6-relu-4");
    const gemlet_model *const of_others[] = {model, other};
    const gemlet_model *const of_scales[] = {model, scaled};
    const gemlet_model *const of_ensembles[] = {model, ensemble};
    ck_assert_int_eq(gemlet_model_set_input_scale(scaled, 0.5f), GEMLET_OK);
    ck_assert_int_eq(gemlet_model_create_ensemble(&out, of_others, 2), GEMLET_E_SHAPE);
    ck_assert_str_eq(gemlet_last_error(),
                     "ensemble: found 12-5-relu-4 as network 2, expected 12-6-relu-4");
    ck_assert_ptr_null(out);
    ck_assert_int_eq(gemlet_model_create_ensemble(&out, of_scales, 2), GEMLET_E_SHAPE);
    ck_assert_ptr_nonnull(strstr(gemlet_last_error(), "input scale 0.5 in network 2, expected 1"));
    ck_assert_int_eq(gemlet_model_create_ensemble(&out, of_ensembles, 2), GEMLET_E_RANGE);
    ck_assert_ptr_nonnull(strstr(gemlet_last_error(), "an ensemble as network 2"));
    ck_assert_int_eq(gemlet_model_create_ensemble(&out, of_others, 1), GEMLET_E_RANGE);
    ck_assert_ptr_nonnull(strstr(gemlet_last_error(), "found 1 networks, expected 2 to 1000"));
    gemlet_model_destroy(ensemble);
    destroy_all(networks);
    gemlet_model_destroy(scaled);
    gemlet_model_destroy(model);
    gemlet_model_destroy(other);
}
END_TEST

static void expect_same_values(const gemlet_model *a, const gemlet_model *b)
{
    ck_assert_uint_eq(a->n_values, b->n_values);
    ck_assert_mem_eq(a->values, b->values, a->n_values * sizeof *a->values);
}

START_TEST(file_round_trip)
{
    gemlet_model *networks[N_NETWORKS];
    gemlet_model *ensemble = make_ensemble(networks, "12-6bn-relu-4");
    gemlet_model *again;
    const char *path = temporary_file("ensemble.npz", "", 0);
    ck_assert_int_eq(gemlet_model_set_input_scale(ensemble, 0.25f), GEMLET_OK);
    ck_assert_int_eq(gemlet_model_save(ensemble, path), GEMLET_OK);
    ck_assert_int_eq(gemlet_model_load(&again, path), GEMLET_OK);
    ck_assert_uint_eq(gemlet_model_networks(again), N_NETWORKS);
    ck_assert_uint_eq(gemlet_model_networks(networks[0]), 0);
    ck_assert(gemlet_model_input_scale(gemlet_model_network(again, 1)) == 0.25f);
    for (unsigned i = 0; i < N_NETWORKS; ++i)
        expect_same_values(gemlet_model_network(again, i), networks[i]);
    ck_assert_ptr_null(gemlet_model_network(again, N_NETWORKS));
    ck_assert_ptr_null(gemlet_model_tensor(again, 0, GEMLET_TENSOR_WEIGHT));
    gemlet_model_destroy(again);
    gemlet_model_destroy(ensemble);
    destroy_all(networks);
}
END_TEST

START_TEST(ensemble_is_not_trained)
{
    gemlet_model *networks[N_NETWORKS];
    gemlet_model *ensemble = make_ensemble(networks, "12-6-relu-4");
    gemlet_dataset *rows = make_dataset(40, 0.5);
    const gemlet_train_options options = short_run(10, 5, 5);
    gemlet_train_result result;
    ck_assert_int_eq(gemlet_train(ensemble, device, rows, &options, &result), GEMLET_E_ARGUMENT);
    ck_assert_str_eq(gemlet_last_error(),
                     "training: found an ensemble of 3 networks, expected a single network");
    gemlet_dataset_destroy(rows);
    gemlet_model_destroy(ensemble);
    destroy_all(networks);
}
END_TEST

/* ---- what it predicts ------------------------------------------------------------------------ */

typedef struct heard {
    float probabilities[N_ROWS][N_CLASSES];
    float spread[N_ROWS];
} heard;

static gemlet_status hear(gemlet_dim first, gemlet_dim n, const float *probabilities,
                          const float *spread, void *user)
{
    heard *h = user;
    memcpy(h->probabilities[first], probabilities, n * sizeof h->probabilities[0]);
    ck_assert_ptr_nonnull(spread);
    memcpy(h->spread + first, spread, n * sizeof *spread);
    return GEMLET_OK;
}

/* Row by row from what the networks predict alone. */
static void expect_mean(const heard *found, float (*alone)[N_ROWS][N_CLASSES])
{
    for (unsigned row = 0; row < N_ROWS; ++row) {
        double mean[N_CLASSES] = {0};
        double squares = 0;
        unsigned best = 0;
        for (unsigned c = 0; c < N_CLASSES; ++c) {
            for (unsigned i = 0; i < N_NETWORKS; ++i)
                mean[c] += (double)alone[i][row][c] / N_NETWORKS;
            ck_assert_double_eq_tol((double)found->probabilities[row][c], mean[c], 1e-5);
            best = mean[c] > mean[best] ? c : best;
        }
        for (unsigned i = 0; i < N_NETWORKS; ++i) {
            const double deviation = (double)alone[i][row][best] - mean[best];
            squares += deviation * deviation;
        }
        ck_assert_double_eq_tol((double)found->spread[row], sqrt(squares / (N_NETWORKS - 1)), 1e-5);
    }
}

START_TEST(mean_of_its_networks)
{
    static heard found;
    static float alone[N_NETWORKS][N_ROWS][N_CLASSES];
    gemlet_model *networks[N_NETWORKS];
    gemlet_model *ensemble = make_ensemble(networks, "12-6bn-relu-4");
    gemlet_dataset *rows = make_dataset(N_ROWS, 0.5);
    const uint32_t *labels = gemlet_dataset_labels(rows);
    gemlet_evaluation evaluation;
    double loss = 0;
    uint64_t n_right = 0;
    ck_assert_int_eq(gemlet_predict_with_spread(ensemble, device, rows, hear, &found), GEMLET_OK);
    for (unsigned i = 0; i < N_NETWORKS; ++i)
        ck_assert_int_eq(gemlet_predict(networks[i], device, rows, alone[i][0]), GEMLET_OK);
    expect_mean(&found, alone);
    ck_assert_int_eq(gemlet_evaluate(ensemble, device, rows, &evaluation), GEMLET_OK);
    for (unsigned row = 0; row < N_ROWS; ++row) {
        const float *p = found.probabilities[row];
        unsigned best = 0;
        for (unsigned c = 1; c < N_CLASSES; ++c)
            best = p[c] > p[best] ? c : best;
        n_right += best == labels[row];
        loss -= log((double)p[labels[row]]) / N_ROWS;
    }
    ck_assert_double_eq_tol(evaluation.loss, loss, 1e-5);
    ck_assert_uint_eq(evaluation.correct, n_right);
    gemlet_dataset_destroy(rows);
    gemlet_model_destroy(ensemble);
    destroy_all(networks);
}
END_TEST

/* ---- sets ----------------------------------------------------------------------------------- */

/* Each network of a set has a seed, rates and shares of its own. */
static gemlet_train_options options_of(unsigned place, gemlet_fused fused)
{
    gemlet_train_options options = short_run(20, 45, 7);
    options.seed = 10 + place;
    options.learning_rate = 0.05 * (1 + place);
    options.weight_decay = 0.001 * place;
    options.momentum = place == 1 ? 0.9 : 0.0;
    options.dropout = place == 2 ? 0.2 : 0.0;
    options.fused = fused;
    return options;
}

static gemlet_status count_trained(gemlet_dim place, gemlet_status status, void *user)
{
    unsigned *n = user;
    ck_assert_int_eq(status, GEMLET_OK);
    ck_assert_uint_eq(place, (*n)++);
    return GEMLET_OK;
}

START_TEST(each_is_what_it_is_alone)
{
    const gemlet_fused fused = _i == 0 ? GEMLET_FUSED_OFF : GEMLET_FUSED_AUTO;
    gemlet_dataset *rows = make_dataset(200, 0.5);
    gm_set_network set[N_NETWORKS] = {{NULL}};
    gemlet_train_result results[N_NETWORKS];
    unsigned n_trained = 0;
    for (unsigned i = 0; i < N_NETWORKS; ++i) {
        set[i].model = make_network("12-16bn-relu-8-tanh-4", 10 + i);
        set[i].options = options_of(i, fused);
        set[i].result = &results[i];
    }
    const gm_network_set all = {device, rows, set, N_NETWORKS, count_trained, &n_trained};
    ck_assert_int_eq(gm_network_set_train(&all), GEMLET_OK);
    ck_assert_uint_eq(n_trained, N_NETWORKS);
    for (unsigned i = N_NETWORKS; i-- > 0;) { /* in another order */
        gemlet_model *alone = make_network("12-16bn-relu-8-tanh-4", 10 + i);
        const gemlet_train_options options = options_of(i, fused);
        gemlet_train_result result;
        ck_assert_int_eq(gemlet_train(alone, device, rows, &options, &result), GEMLET_OK);
        expect_same_values(alone, set[i].model);
        ck_assert(result.train_loss == results[i].train_loss);
        ck_assert_uint_eq(result.steps, results[i].steps);
        gemlet_model_destroy(alone);
    }
    for (unsigned i = 1; i < N_NETWORKS; ++i)
        ck_assert(set[i].model->values[0] != set[0].model->values[0]);
    for (unsigned i = 0; i < N_NETWORKS; ++i)
        gemlet_model_destroy(set[i].model);
    gemlet_dataset_destroy(rows);
}
END_TEST

/* The one behind it stays as it is. */
START_TEST(failure_ends_a_set)
{
    gemlet_dataset *rows = make_dataset(200, 0.5);
    gm_set_network set[2] = {{NULL}};
    gemlet_train_result results[2] = {{0}};
    gemlet_model *untrained = make_network("12-6-relu-4", 1);
    for (unsigned i = 0; i < 2; ++i) {
        set[i].model = make_network("12-6-relu-4", 1);
        set[i].options = options_of(0, GEMLET_FUSED_OFF);
        set[i].result = &results[i];
    }
    set[0].options.learning_rate = 1e30;
    const gm_network_set all = {.device = device, .rows = rows, .networks = set, .n = 2};
    ck_assert_int_eq(gm_network_set_train(&all), GEMLET_E_DIVERGED);
    ck_assert_uint_eq(results[1].steps, 0);
    expect_same_values(set[1].model, untrained);
    for (unsigned i = 0; i < 2; ++i)
        gemlet_model_destroy(set[i].model);
    gemlet_model_destroy(untrained);
    gemlet_dataset_destroy(rows);
}
END_TEST

Suite *test_suite(void)
{
    TCase *tests;
    Suite *suite = train_suite("ensemble", &tests);
    tcase_add_test(tests, mean_of_probabilities);
    tcase_add_test(tests, mean_of_numbers);
    tcase_add_test(tests, not_a_number_stays);
    tcase_add_test(tests, networks_that_do_not_fit);
    tcase_add_test(tests, file_round_trip);
    tcase_add_test(tests, ensemble_is_not_trained);
    tcase_add_test(tests, mean_of_its_networks);
    tcase_add_loop_test(tests, each_is_what_it_is_alone, 0, 2);
    tcase_add_test(tests, failure_ends_a_set);
    return suite;
}

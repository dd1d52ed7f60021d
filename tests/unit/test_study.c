/* SPDX-License-Identifier: MIT
 * The verdicts of init-study on real data (GEMLET_TEST_MNIST), or on made-up images where those
 * are missing: what is known of each scheme must come out. GEMLET_TEST_DEVICE names the device. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/rng.h"
#include "study/study.h"
#include "study/verdict.h"
#include "support/run_suite.h"

#define MADE_UP_ROWS 512u

static gemlet_dataset *dataset;
static gemlet_device *device;

/* Images with as many pixels that are not 0 as MNIST has, 19 %. */
static void make_up_images(void)
{
    static unsigned char pixels[MADE_UP_ROWS * 784];
    uint32_t labels[MADE_UP_ROWS];
    gm_rng rng;
    gm_rng_init(&rng, 1, GM_RNG_TEST, 0);
    for (size_t i = 0; i < sizeof pixels; ++i)
        pixels[i] = gm_rng_below(&rng, 100) < 19 ? (unsigned char)gm_rng_below(&rng, 256) : 0;
    for (size_t i = 0; i < MADE_UP_ROWS; ++i)
        labels[i] = (uint32_t)i % 10;
    ck_assert_int_eq(
        gemlet_dataset_create(&dataset, MADE_UP_ROWS, 784, GEMLET_ELEMENT_U8, pixels, labels),
        GEMLET_OK);
}

static void open_all(void)
{
    const char *mnist = getenv("GEMLET_TEST_MNIST");
    const char *selector = getenv("GEMLET_TEST_DEVICE");
    gemlet_device_options options;
    gemlet_device_options_init(&options);
    options.selector = selector != NULL ? selector : "cpu";
    if (mnist == NULL ||
        gemlet_dataset_load_directory(&dataset, mnist, GEMLET_SPLIT_TRAIN) != GEMLET_OK)
        make_up_images();
    ck_assert_msg(gemlet_device_open(&device, &options) == GEMLET_OK, "%s", gemlet_last_error());
}

static void close_all(void)
{
    gemlet_device_close(device);
    gemlet_dataset_destroy(dataset);
}

static gm_study_options default_options(void)
{
    return (gm_study_options){.activation = GM_STUDY_ALL,
                              .scheme = GM_STUDY_ALL,
                              .batch_norm = 0,
                              .depth = 5,
                              .width = 150,
                              .rows = 256,
                              .steps = 0,
                              .batch = 64,
                              .learning_rate = 0.1,
                              .seed = 1};
}

static gm_study run(const gm_study_options *options)
{
    gm_study study;
    ck_assert_msg(gm_study_run(&study, device, dataset, options, NULL, NULL) == GEMLET_OK, "%s",
                  gemlet_last_error());
    return study;
}

static const gm_study_case *find(const gm_study *study, const char *name)
{
    for (size_t i = 0; i < study->n_cases; ++i) {
        if (strcmp(study->cases[i].name, name) == 0)
            return &study->cases[i];
    }
    ck_abort_msg("no case %s", name);
    return NULL;
}

START_TEST(unscaled_weights_saturate_and_lose_gradient)
{
    static const char *const activations[] = {"tanh", "sigmoid"};
    const gm_study_options options = default_options();
    gm_study study = run(&options);
    for (unsigned i = 0; i < 2; ++i) {
        char name[64];
        snprintf(name, sizeof name, "rand_weights_%s", activations[i]);
        const gm_study_case *unscaled = find(&study, name);
        ck_assert_msg(unscaled->verdict.saturates && unscaled->verdict.loses, "%s",
                      unscaled->verdict.text);
        ck_assert_msg(unscaled->verdict.loss_is_wrong, "%s", unscaled->verdict.text);
        snprintf(name, sizeof name, "rand_scaled_weights_%s", activations[i]);
        const gm_study_case *scaled = find(&study, name);
        ck_assert_msg(!scaled->verdict.saturates && !scaled->verdict.loses, "%s",
                      scaled->verdict.text);
        ck_assert_msg(!scaled->verdict.loss_is_wrong, "%s", scaled->verdict.text);
    }
    gm_study_free(&study);
}
END_TEST

START_TEST(gradients_change_as_theory_says)
{
    const gm_study_options options = default_options();
    gm_study study = run(&options);
    /* A layer multiplies the gradient by sqrt(150 / 2) = 8.7 and 0.43. */
    ck_assert(find(&study, "rand_weights_relu")->verdict.explodes);
    ck_assert(find(&study, "rand_weights_relu")->verdict.grows);
    ck_assert(find(&study, "rand_scaled_weights_relu")->verdict.vanishes);
    /* The sigmoid's slope is at most 1/4. */
    ck_assert(find(&study, "xavier_weights_sigmoid")->verdict.vanishes);
    const gm_study_verdict *xavier = &find(&study, "xavier_weights_tanh")->verdict;
    ck_assert(!xavier->vanishes && !xavier->explodes && !xavier->fades && !xavier->loss_is_wrong);
    gm_study_free(&study);
}
END_TEST

START_TEST(kaiming_keeps_the_spread_of_relu)
{
    gm_study_options options = default_options();
    options.activation = GEMLET_ACTIVATION_RELU;
    options.scheme = GEMLET_INIT_KAIMING;
    gm_study study = run(&options);
    ck_assert_uint_eq(study.n_cases, 2);
    const gm_study_case *deep = find(&study, "kaiming_weights_relu_8_layers");
    ck_assert_uint_eq(deep->depth, 8);
    double low = (double)INFINITY;
    double high = 0;
    for (unsigned l = 0; l < deep->depth; ++l) {
        low = fmin(low, deep->layers[l].y.std);
        high = fmax(high, deep->layers[l].y.std);
    }
    ck_assert_msg(high <= 2 * low, "from %g to %g", low, high);
    ck_assert(!deep->verdict.vanishes && !deep->verdict.explodes && !deep->verdict.loss_is_wrong);
    gm_study_free(&study);
}
END_TEST

START_TEST(batch_norm_makes_up_for_the_scale)
{
    gm_study_options options = default_options();
    options.batch_norm = 1;
    gm_study study = run(&options);
    ck_assert_uint_eq(study.n_cases, 15);
    for (size_t i = 0; i < study.n_cases; ++i) {
        const gm_study_verdict *v = &study.cases[i].verdict;
        ck_assert_msg(!v->saturates && !v->loses && !v->fades && !v->grows, "%s", v->text);
        for (unsigned l = 0; l < study.cases[i].depth; ++l)
            ck_assert_double_lt(fabs(study.cases[i].layers[l].z.std - 1), 1e-2);
    }
    gm_study_free(&study);
}
END_TEST

START_TEST(training_is_recorded)
{
    gm_study_options options = default_options();
    options.scheme = GEMLET_INIT_NORMAL;
    options.activation = GEMLET_ACTIVATION_RELU;
    options.steps = 20;
    gm_study study = run(&options);
    ck_assert_uint_gt(study.cases[0].diverged_step, 0); /* the gradient explodes */
    gm_study_free(&study);
    options.scheme = GEMLET_INIT_KAIMING;
    study = run(&options);
    const gm_study_case *c = &study.cases[0];
    ck_assert_uint_eq(c->diverged_step, 0);
    ck_assert_uint_eq(c->n_losses, 20);
    ck_assert_uint_eq(c->losses[19].step, 20);
    ck_assert(isfinite(c->losses[19].loss));
    gm_study_free(&study);
}
END_TEST

START_TEST(impossible_options_are_refused)
{
    gm_study_options options = default_options();
    gm_study study;
    options.rows = gemlet_dataset_rows(dataset) + 1;
    ck_assert_int_eq(gm_study_run(&study, device, dataset, &options, NULL, NULL), GEMLET_E_RANGE);
    gm_study_free(&study);
    options = default_options();
    options.depth = GEMLET_MAX_LAYERS;
    ck_assert_int_eq(gm_study_run(&study, device, dataset, &options, NULL, NULL), GEMLET_E_RANGE);
    gm_study_free(&study);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("study");
    TCase *tests = tcase_create("verdicts");
    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, open_all, close_all);
    tcase_add_test(tests, unscaled_weights_saturate_and_lose_gradient);
    tcase_add_test(tests, gradients_change_as_theory_says);
    tcase_add_test(tests, kaiming_keeps_the_spread_of_relu);
    tcase_add_test(tests, batch_norm_makes_up_for_the_scale);
    tcase_add_test(tests, training_is_recorded);
    tcase_add_test(tests, impossible_options_are_refused);
    suite_add_tcase(suite, tests);
    return suite;
}

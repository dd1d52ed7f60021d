/* SPDX-License-Identifier: MIT
 * Augmentation as the options ask for it. What the operations do is tested with the others, and
 * against NumPy by check_augment.py. */
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "gemlet/gemlet.h"
#include "support/networks.h"
#include "support/run_suite.h"
#include "train/augment.h"

static gemlet_device *device;
static gemlet_dataset *dataset; /* images of 3 x 4 */

static void set_up(void)
{
    gemlet_device_options options;
    gemlet_device_options_init(&options);
    options.selector = "cpu";
    ck_assert_int_eq(gemlet_device_open(&device, &options), GEMLET_OK);
    dataset = random_dataset(40, 12, 4);
    ck_assert_int_eq(gemlet_dataset_set_item_dims(dataset, (const gemlet_dim[]){3, 4}, 2),
                     GEMLET_OK);
}

static void tear_down(void)
{
    gemlet_dataset_destroy(dataset);
    gemlet_device_close(device);
}

static gemlet_train_options short_run(gemlet_augmentation augment)
{
    gemlet_train_options options;
    gemlet_train_options_init(&options);
    options.batch = 8;
    options.n_steps = 20;
    options.augment = augment;
    return options;
}

static void expect_refused(gemlet_augmentation augment, gemlet_status status, const char *text)
{
    const gemlet_train_options options = short_run(augment);
    gemlet_model *model = seeded_model("12-4", 1);
    gemlet_train_result result;
    ck_assert_int_eq(gemlet_train(model, device, dataset, &options, &result), status);
    ck_assert_msg(strstr(gemlet_last_error(), text) != NULL, "%s", gemlet_last_error());
    gemlet_model_destroy(model);
}

START_TEST(impossible_augmentation_is_refused)
{
    expect_refused((gemlet_augmentation){.rotate = 181}, GEMLET_E_RANGE,
                   "augmentation: rotate is 181, expected 0 to 180 degrees");
    expect_refused((gemlet_augmentation){.rotate = -1}, GEMLET_E_RANGE, "rotate is -1");
    expect_refused((gemlet_augmentation){.scale = 1}, GEMLET_E_RANGE, "scale is 1, expected 0 to");
    expect_refused((gemlet_augmentation){.shear = 90}, GEMLET_E_RANGE, "shear is 90");
    expect_refused((gemlet_augmentation){.shift = (double)NAN}, GEMLET_E_RANGE, "shift is nan");
    expect_refused((gemlet_augmentation){.elastic = 3}, GEMLET_E_RANGE,
                   "deviation of elastic is 0, expected 0.5 to 100 pixels");
    ck_assert_int_eq(gemlet_dataset_set_item_dims(dataset, (const gemlet_dim[]){12}, 1), GEMLET_OK);
    expect_refused((gemlet_augmentation){.rotate = 10}, GEMLET_E_SHAPE,
                   "found items of 1 dimension, expected 2");
}
END_TEST

START_TEST(texts_are_taken)
{
    static const char *const wrong[] = {
        "",           "rotate",     "rotate=",     "rotate=x",  "rotate=0",     "rotate=-1",
        "rotate=181", "rotation=1", "rotate=1,",   "=1",        "rotate=1;b=2", "rotate=1,rotate=2",
        "elastic=3",  "elastic=:3", "elastic=3:0", "shift=1:2", "rotate:1",     "elastic:3=1",
        "elastic=0:3"};
    gemlet_train_options options = short_run((gemlet_augmentation){0});
    char text[GM_AUGMENT_TEXT_SIZE];
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; ++i)
        ck_assert_msg(gm_augment_parse(&options, wrong[i]) == GEMLET_E_RANGE, "'%s' was taken",
                      wrong[i]);
    ck_assert_int_eq(
        gm_augment_parse(&options, "rotate=15,scale=0.125,shear=14,shift=2,elastic=36:6"),
        GEMLET_OK);
    ck_assert_double_eq(options.augment.rotate, 15);
    ck_assert_double_eq(options.augment.scale, 0.125);
    ck_assert_double_eq(options.augment.shear, 14);
    ck_assert_double_eq(options.augment.shift, 2);
    ck_assert_double_eq(options.augment.elastic, 36);
    ck_assert_double_eq(options.augment.elastic_sigma, 6);
    gm_augment_describe(text, &options);
    ck_assert_str_eq(text, "rotate +-15 degrees, scale +-0.125, shear +-14 degrees, shift +-2 "
                           "pixels, elastic 36 pixels with deviation 6");
    ck_assert_int_eq(gm_augment_parse(&options, NULL), GEMLET_OK);
    ck_assert(!gm_augment_is_on(&options));
}
END_TEST

/* The first loss is that of other inputs with each seed; validation and evaluation see the plain
 * ones. */
START_TEST(only_training_is_augmented)
{
    double losses[3];
    for (uint64_t seed = 1; seed <= 3; ++seed) {
        gemlet_train_options options = short_run((gemlet_augmentation){.rotate = 90});
        gemlet_model *model = seeded_model("12-4", 1);
        gemlet_train_result result;
        gemlet_evaluation evaluation;
        options.batch = 40; /* all rows, in whatever order */
        options.seed = seed;
        options.validation = dataset;
        ck_assert_msg(gemlet_train(model, device, dataset, &options, &result) == GEMLET_OK, "%s",
                      gemlet_last_error());
        ck_assert_int_eq(gemlet_evaluate(model, device, dataset, &evaluation), GEMLET_OK);
        ck_assert_double_eq(result.validation.loss, evaluation.loss);
        losses[seed - 1] = result.initial_loss;
        gemlet_model_destroy(model);
    }
    ck_assert_double_gt(fabs(losses[0] - losses[1]), 1e-3);
    ck_assert_double_gt(fabs(losses[0] - losses[2]), 1e-3);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("augment");
    TCase *tests = tcase_create("options");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, impossible_augmentation_is_refused);
    tcase_add_test(tests, texts_are_taken);
    tcase_add_test(tests, only_training_is_augmented);
    suite_add_tcase(suite, tests);
    return suite;
}

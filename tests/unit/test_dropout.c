/* SPDX-License-Identifier: MIT
 * Dropout as the options ask for it. What the operation does is tested with the others. */
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "gemlet/gemlet.h"
#include "support/networks.h"
#include "support/run_suite.h"

static gemlet_device *device;

static void set_up(void)
{
    gemlet_device_options options;
    gemlet_device_options_init(&options);
    options.selector = "cpu";
    ck_assert_int_eq(gemlet_device_open(&device, &options), GEMLET_OK);
}

static void tear_down(void)
{
    gemlet_device_close(device);
}

/* Of one row. */
static gemlet_train_options one_step(uint64_t seed)
{
    gemlet_train_options options;
    gemlet_train_options_init(&options);
    options.batch = 1;
    options.n_steps = 1;
    options.seed = seed;
    return options;
}

/* Each of n values of the option at `offset` is refused with a message that has `text`. */
static void expect_refusals(size_t offset, const double *values, size_t n, const char *text)
{
    gemlet_dataset *dataset = random_dataset(20, 12, 4);
    gemlet_model *model = seeded_model("12-4", 1);
    gemlet_train_result result;
    for (size_t i = 0; i < n; ++i) {
        gemlet_train_options options = one_step(1);
        memcpy((char *)&options + offset, &values[i], sizeof values[i]);
        ck_assert_int_eq(gemlet_train(model, device, dataset, &options, &result), GEMLET_E_RANGE);
        ck_assert_ptr_nonnull(strstr(gemlet_last_error(), text));
    }
    gemlet_model_destroy(model);
    gemlet_dataset_destroy(dataset);
}

START_TEST(impossible_dropout_is_refused)
{
    static const double values[] = {-0.1, 1.0, 1.0 - 1e-6, 1e-6, NAN, INFINITY};
    const size_t n = sizeof values / sizeof values[0];
    expect_refusals(offsetof(gemlet_train_options, dropout), values, n, "dropout is ");
    expect_refusals(offsetof(gemlet_train_options, input_dropout), values, n, "input dropout is ");
}
END_TEST

START_TEST(impossible_noise_is_refused)
{
    static const double values[] = {-0.1, 1e-7, 1e7, NAN, INFINITY};
    const size_t n = sizeof values / sizeof values[0];
    expect_refusals(offsetof(gemlet_train_options, hidden_noise), values, n, "hidden noise is ");
    expect_refusals(offsetof(gemlet_train_options, input_noise), values, n, "input noise is ");
}
END_TEST

/* The first loss of a network without hidden layers, with 128 features that are 1 and weights that
 * are 1 for class 0, says how many features were dropped. Other steps drop others, and so do other
 * seeds, but always a share near the rate. */
static double dropped_share(double rate, uint64_t seed)
{
    static float ones[2 * 128];
    const uint32_t labels[2] = {1, 1};
    gemlet_dataset *dataset;
    gemlet_model *model = seeded_model("128-2", 1);
    gemlet_train_result result;
    for (size_t i = 0; i < sizeof ones / sizeof ones[0]; ++i)
        ones[i] = 1;
    ck_assert_int_eq(gemlet_dataset_create(&dataset, 2, 128, GEMLET_ELEMENT_F32, ones, labels),
                     GEMLET_OK);
    float *weight = gemlet_model_tensor(model, 0, GEMLET_TENSOR_WEIGHT);
    for (size_t i = 0; i < 128; ++i) {
        weight[2 * i] = 0.125f;
        weight[2 * i + 1] = 0;
    }
    gemlet_train_options options = one_step(seed);
    options.input_dropout = rate;
    ck_assert_msg(gemlet_train(model, device, dataset, &options, &result) == GEMLET_OK, "%s",
                  gemlet_last_error());
    gemlet_model_destroy(model);
    gemlet_dataset_destroy(dataset);
    /* The logit z of class 0 is the number of kept ones / 8 / (1 - rate), and the loss of class 1
     * is log(1 + e^z). */
    const double z = log(exp(result.initial_loss) - 1);
    return 1 - 8 * z * (1 - rate) / 128;
}

START_TEST(dropout_drops_its_share)
{
    static const double rates[] = {0, 0.125, 0.25, 0.5};
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; ++i) {
        double sum = 0;
        for (uint64_t seed = 1; seed <= 8; ++seed)
            sum += dropped_share(rates[i], seed);
        /* The mean of 8 shares of 128 is off by sqrt(rate (1 - rate) / 1024), five times. */
        const double error = sqrt(rates[i] * (1 - rates[i]) / 1024);
        ck_assert_double_eq_tol(sum / 8, rates[i], 5 * error + 1e-3);
    }
    ck_assert(dropped_share(0.5, 1) != dropped_share(0.5, 2) ||
              dropped_share(0.5, 1) != dropped_share(0.5, 3));
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("dropout");
    TCase *tests = tcase_create("options");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, impossible_dropout_is_refused);
    tcase_add_test(tests, impossible_noise_is_refused);
    tcase_add_test(tests, dropout_drops_its_share);
    suite_add_tcase(suite, tests);
    return suite;
}

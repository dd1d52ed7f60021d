/* SPDX-License-Identifier: MIT
 * Spec strings, their limits, and initial weights. */
#include <math.h>
#include <string.h>

#include "gemlet/gemlet.h"
#include "support/run_suite.h"

/* ---- spec ----------------------------------------------------------------------------------- */

START_TEST(spec_text_round_trip)
{
    static const char *const texts[] = {
        "784-150bn-relu-150bn-relu-10",
        "1-1",
        "784-10bn",
        "5-3-tanh-2",
        "20-7-sigmoid-7bn-tanh-65536",
        "3-2bn-relu-4-sigmoid-2bn",
    };
    const char *text = texts[_i];
    gemlet_spec spec;
    ck_assert_int_eq(gemlet_spec_parse(&spec, text), GEMLET_OK);
    char again[GEMLET_SPEC_TEXT_SIZE];
    ck_assert_int_eq(gemlet_spec_format(&spec, again, sizeof again), GEMLET_OK);
    ck_assert_str_eq(again, text);
}
END_TEST

START_TEST(spec_fields)
{
    gemlet_spec spec;
    ck_assert_int_eq(gemlet_spec_parse(&spec, "784-150bn-relu-30-tanh-10"), GEMLET_OK);
    ck_assert_uint_eq(spec.n_inputs, 784);
    ck_assert_uint_eq(spec.n_layers, 3);
    ck_assert_uint_eq(spec.layers[0].width, 150);
    ck_assert_int_eq(spec.layers[0].batch_norm, 1);
    ck_assert_int_eq(spec.layers[0].activation, GEMLET_ACTIVATION_RELU);
    ck_assert_int_eq(spec.layers[1].batch_norm, 0);
    ck_assert_int_eq(spec.layers[1].activation, GEMLET_ACTIVATION_TANH);
    ck_assert_int_eq(spec.layers[2].activation, GEMLET_ACTIVATION_IDENTITY);
    /* weights + gamma and beta; weights + bias; weights + bias */
    ck_assert_uint_eq(gemlet_spec_n_parameters(&spec),
                      784 * 150 + 300 + 150 * 30 + 30 + 30 * 10 + 10);
}
END_TEST

/* What is wrong, and a part of the message that says so. */
static const struct {
    const char *text;
    const char *says;
} bad_specs[] = {
    {"", "the number of inputs"},
    {"784", "the width of the next layer"},
    {"784-", "the width of a layer"},
    {"0-10", "found \"0-10\" at character 1"},
    {"784-0-relu-10", "character 5"},
    {"784-150-relu", "the width of the next layer"},
    {"784-150-swish-10", "found \"swish-10\" at character 9, expected an activation"},
    {"784-150-identity-10",
     "an activation (relu, sigmoid, tanh, leaky_relu, elu, selu, gelu, silu or mish)"},
    {"784-150-leaky-relu-10", "found \"leaky-relu-10\" at character 9"},
    {"784-150-10", "an activation"},
    {"784-150bnrelu-10", "character 10"},
    {"784-150BN-relu-10", "character 8"},
    {"784--10", "the width of a layer"},
    {"784-10 ", "character 7"},
    {"-784-10", "the number of inputs"},
    {"784-4294967296-relu-10", "character 5"},
    {"784-65537", "65537 classes, expected at most 65536"},
    {"4294967295-4294967295-relu-10", "parameters"},
};

START_TEST(spec_mistakes_are_named)
{
    gemlet_spec spec = {.n_inputs = 123};
    ck_assert_int_ne(gemlet_spec_parse(&spec, bad_specs[_i].text), GEMLET_OK);
    ck_assert_msg(strstr(gemlet_last_error(), bad_specs[_i].says) != NULL,
                  "\"%s\" gave: %s; expected in it: %s", bad_specs[_i].text, gemlet_last_error(),
                  bad_specs[_i].says);
    ck_assert_uint_eq(spec.n_inputs, 123); /* untouched */
}
END_TEST

START_TEST(spec_with_too_many_layers)
{
    char text[8 * (GEMLET_MAX_LAYERS + 2)] = "3";
    for (unsigned l = 0; l < GEMLET_MAX_LAYERS; ++l)
        strcat(text, "-2-relu");
    strcat(text, "-2");
    gemlet_spec spec;
    ck_assert_int_eq(gemlet_spec_parse(&spec, text), GEMLET_E_FORMAT);
    ck_assert_ptr_nonnull(strstr(gemlet_last_error(), "more than 64 layers"));
}
END_TEST

START_TEST(largest_spec_text_fits)
{
    gemlet_spec spec = {.n_inputs = 1000, .n_layers = GEMLET_MAX_LAYERS};
    for (unsigned l = 0; l + 1 < GEMLET_MAX_LAYERS; ++l)
        spec.layers[l] = (gemlet_layer_spec){4294967295u, 1, GEMLET_ACTIVATION_SIGMOID};
    spec.layers[GEMLET_MAX_LAYERS - 1] = (gemlet_layer_spec){65536, 1, GEMLET_ACTIVATION_IDENTITY};
    char text[GEMLET_SPEC_TEXT_SIZE];
    ck_assert_int_eq(gemlet_spec_format(&spec, text, sizeof text), GEMLET_OK);
    ck_assert_int_eq(gemlet_spec_format(&spec, text, 100), GEMLET_E_RANGE);
}
END_TEST

/* ---- initial weights ------------------------------------------------------------------------ */

static gemlet_model *new_model(const char *text, gemlet_init_scheme scheme, uint64_t seed)
{
    gemlet_spec spec;
    ck_assert_int_eq(gemlet_spec_parse(&spec, text), GEMLET_OK);
    gemlet_init_options options;
    gemlet_init_options_init(&options);
    options.scheme = scheme;
    options.seed = seed;
    gemlet_model *model;
    ck_assert_int_eq(gemlet_model_create(&model, &spec, &options), GEMLET_OK);
    return model;
}

/* Standard deviation about 0. Its own standard error is std / sqrt(2 n). */
static void assert_std(gemlet_model *model, unsigned layer, double expected)
{
    const float *weight = gemlet_model_tensor(model, layer, GEMLET_TENSOR_WEIGHT);
    const size_t n = gemlet_model_tensor_size(model, layer, GEMLET_TENSOR_WEIGHT);
    double sum = 0.0;
    double squares = 0.0;
    for (size_t i = 0; i < n; ++i) {
        sum += (double)weight[i];
        squares += (double)weight[i] * (double)weight[i];
    }
    const double mean = sum / (double)n;
    const double std = sqrt(squares / (double)n);
    ck_assert_double_lt(fabs(mean), 5.0 * expected / sqrt((double)n));
    ck_assert_double_lt(fabs(std / expected - 1.0), 5.0 / sqrt(2.0 * (double)n));
}

START_TEST(schemes_have_their_standard_deviations)
{
    static const char spec[] = "400-200bn-relu-300-tanh-50";
    gemlet_model *model = new_model(spec, GEMLET_INIT_AUTO, 1);
    assert_std(model, 0, sqrt(2.0 / 400));
    assert_std(model, 1, sqrt(2.0 / (200 + 300)));
    assert_std(model, 2, 0.1 / sqrt(300));
    gemlet_model_destroy(model);
    model = new_model(spec, GEMLET_INIT_KAIMING, 1);
    assert_std(model, 1, sqrt(2.0 / 200));
    gemlet_model_destroy(model);
    model = new_model(spec, GEMLET_INIT_XAVIER, 1);
    assert_std(model, 0, sqrt(2.0 / (400 + 200)));
    gemlet_model_destroy(model);
    model = new_model(spec, GEMLET_INIT_LECUN, 1);
    assert_std(model, 1, sqrt(1.0 / 200));
    assert_std(model, 2, 0.1 / sqrt(300));
    gemlet_model_destroy(model);
    model = new_model(spec, GEMLET_INIT_NORMAL, 1);
    for (unsigned l = 0; l < 3; ++l)
        assert_std(model, l, 1.0);
    gemlet_model_destroy(model);
    model = new_model(spec, GEMLET_INIT_SCALED_NORMAL, 1);
    for (unsigned l = 0; l < 3; ++l)
        assert_std(model, l, 0.05);
    gemlet_model_destroy(model);
}
END_TEST

/* Hidden layers only, but all layers under the normal schemes. */
START_TEST(scale_is_a_factor)
{
    gemlet_spec spec;
    gemlet_init_options init;
    gemlet_init_options_init(&init);
    gemlet_model *model;
    ck_assert_int_eq(gemlet_spec_parse(&spec, "400-300-relu-50"), GEMLET_OK);
    init.scheme = GEMLET_INIT_KAIMING;
    init.scale = 3.0;
    ck_assert_int_eq(gemlet_model_create(&model, &spec, &init), GEMLET_OK);
    assert_std(model, 0, 3.0 * sqrt(2.0 / 400));
    assert_std(model, 1, 0.1 / sqrt(300));
    gemlet_model_destroy(model);
    init.scheme = GEMLET_INIT_NORMAL;
    ck_assert_int_eq(gemlet_model_create(&model, &spec, &init), GEMLET_OK);
    for (unsigned l = 0; l < 2; ++l)
        assert_std(model, l, 3.0);
    gemlet_model_destroy(model);
}
END_TEST

static void assert_all(gemlet_model *model, unsigned layer, gemlet_tensor tensor, float value)
{
    const float *values = gemlet_model_tensor(model, layer, tensor);
    ck_assert_ptr_nonnull(values);
    for (size_t i = 0; i < gemlet_model_tensor_size(model, layer, tensor); ++i)
        ck_assert_double_eq((double)values[i], (double)value);
}

START_TEST(tensors_follow_the_spec)
{
    gemlet_model *model = new_model("6-5bn-relu-4", GEMLET_INIT_AUTO, 1);
    assert_all(model, 0, GEMLET_TENSOR_GAMMA, 1.0f);
    assert_all(model, 0, GEMLET_TENSOR_BETA, 0.0f);
    assert_all(model, 0, GEMLET_TENSOR_RUNNING_MEAN, 0.0f);
    assert_all(model, 0, GEMLET_TENSOR_RUNNING_VAR, 1.0f);
    assert_all(model, 1, GEMLET_TENSOR_BIAS, 0.0f);
    ck_assert_ptr_null(gemlet_model_tensor(model, 0, GEMLET_TENSOR_BIAS));
    ck_assert_ptr_null(gemlet_model_tensor(model, 1, GEMLET_TENSOR_GAMMA));
    ck_assert_ptr_null(gemlet_model_tensor(model, 2, GEMLET_TENSOR_WEIGHT));
    ck_assert_uint_eq(gemlet_model_tensor_size(model, 1, GEMLET_TENSOR_GAMMA), 0);
    ck_assert_uint_eq(gemlet_model_tensor_size(model, 1, GEMLET_TENSOR_WEIGHT), 20);
    gemlet_model_destroy(model);
}
END_TEST

START_TEST(seed_decides_the_weights)
{
    gemlet_model *a = new_model("30-20-relu-4", GEMLET_INIT_AUTO, 7);
    gemlet_model *b = new_model("30-20-relu-4", GEMLET_INIT_AUTO, 7);
    gemlet_model *c = new_model("30-20-relu-4", GEMLET_INIT_AUTO, 8);
    const size_t size = 600 * sizeof(float);
    const float *weight = gemlet_model_tensor(a, 0, GEMLET_TENSOR_WEIGHT);
    ck_assert_mem_eq(weight, gemlet_model_tensor(b, 0, GEMLET_TENSOR_WEIGHT), size);
    ck_assert_mem_ne(weight, gemlet_model_tensor(c, 0, GEMLET_TENSOR_WEIGHT), size);
    /* layers draw from streams of their own */
    ck_assert_double_ne((double)weight[0],
                        (double)gemlet_model_tensor(a, 1, GEMLET_TENSOR_WEIGHT)[0]);
    gemlet_model_destroy(a);
    gemlet_model_destroy(b);
    gemlet_model_destroy(c);
}
END_TEST

START_TEST(bad_init_options)
{
    gemlet_spec spec;
    ck_assert_int_eq(gemlet_spec_parse(&spec, "3-2"), GEMLET_OK);
    gemlet_init_options options;
    gemlet_init_options_init(&options);
    options.scale = NAN;
    gemlet_model *model;
    ck_assert_int_eq(gemlet_model_create(&model, &spec, &options), GEMLET_E_RANGE);
    ck_assert_ptr_null(model);
    gemlet_init_options_init(&options);
    options.output_gain = -1.0;
    ck_assert_int_eq(gemlet_model_create(&model, &spec, &options), GEMLET_E_RANGE);
    gemlet_init_options_init(&options);
    options.scheme = (gemlet_init_scheme)99;
    ck_assert_int_eq(gemlet_model_create(&model, &spec, &options), GEMLET_E_RANGE);
}
END_TEST

START_TEST(input_scale_is_checked)
{
    gemlet_model *model = new_model("3-2", GEMLET_INIT_AUTO, 1);
    ck_assert_double_eq((double)gemlet_model_input_scale(model), (double)1.0f);
    ck_assert_int_eq(gemlet_model_set_input_scale(model, 0.5f), GEMLET_OK);
    ck_assert_int_eq(gemlet_model_set_input_scale(model, 0.0f), GEMLET_E_RANGE);
    ck_assert_int_eq(gemlet_model_set_input_scale(model, NAN), GEMLET_E_RANGE);
    ck_assert_int_eq(gemlet_model_set_input_scale(model, INFINITY), GEMLET_E_RANGE);
    ck_assert_double_eq((double)gemlet_model_input_scale(model), (double)0.5f);
    gemlet_model_destroy(model);
}
END_TEST

START_TEST(absurd_network_is_refused)
{
    gemlet_spec spec;
    ck_assert_int_eq(gemlet_spec_parse(&spec, "1000000-1000000-relu-10"), GEMLET_OK);
    gemlet_init_options options;
    gemlet_init_options_init(&options);
    gemlet_model *model;
    ck_assert_int_eq(gemlet_model_create(&model, &spec, &options), GEMLET_E_MEMORY);
    ck_assert_ptr_null(model);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("model");
    TCase *spec = tcase_create("spec");
    tcase_add_loop_test(spec, spec_text_round_trip, 0, 6);
    tcase_add_test(spec, spec_fields);
    tcase_add_loop_test(spec, spec_mistakes_are_named, 0,
                        (int)(sizeof bad_specs / sizeof bad_specs[0]));
    tcase_add_test(spec, spec_with_too_many_layers);
    tcase_add_test(spec, largest_spec_text_fits);
    suite_add_tcase(suite, spec);

    TCase *init = tcase_create("init");
    tcase_add_test(init, schemes_have_their_standard_deviations);
    tcase_add_test(init, scale_is_a_factor);
    tcase_add_test(init, tensors_follow_the_spec);
    tcase_add_test(init, seed_decides_the_weights);
    tcase_add_test(init, bad_init_options);
    tcase_add_test(init, input_scale_is_checked);
    tcase_add_test(init, absurd_network_is_refused);
    suite_add_tcase(suite, init);
    return suite;
}

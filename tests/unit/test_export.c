/* SPDX-License-Identifier: MIT
 * What the end-to-end tests of exports do not reach: sizes that no test could train, identifiers,
 * and what batch-norm is folded to. */
#include <math.h>
#include <string.h>

#include "core/file.h"
#include "export/c_text.h"
#include "export/folded.h"
#include "gemlet/gemlet.h"
#include "model/model.h"
#include "support/run_suite.h"
#include "support/temporary.h"

static gemlet_model *allocate(const char *network)
{
    gemlet_spec spec;
    gemlet_model *model;
    ck_assert_int_eq(gemlet_spec_parse(&spec, network), GEMLET_OK);
    ck_assert_int_eq(gm_model_allocate(&model, &spec), GEMLET_OK);
    return model;
}

/* Memory that is never touched: the size is found before a value is looked at. */
START_TEST(a_model_beyond_protocol_buffers_is_refused)
{
    gemlet_export_options options;
    gemlet_model *model = allocate("30000-17900bn-relu-3"); /* 2.148 GB, 2 GiB are 2.147 */
    const char *path = temporary_path("large.onnx");
    gemlet_export_options_init(&options);
    options.format = GEMLET_EXPORT_ONNX;
    ck_assert_int_eq(gemlet_model_export(model, path, &options), GEMLET_E_RANGE);
    ck_assert_ptr_nonnull(strstr(gemlet_last_error(), "large.onnx: the model takes 214"));
    ck_assert_ptr_nonnull(strstr(gemlet_last_error(), "expected at most the 2147483647"));
    ck_assert(!gm_file_exists(path));
    gemlet_model_destroy(model);
}
END_TEST

START_TEST(an_unknown_format_is_refused)
{
    gemlet_export_options options;
    gemlet_model *model = allocate("2-3");
    gemlet_export_options_init(&options);
    options.format = (gemlet_export_format)99;
    ck_assert_int_eq(gemlet_model_export(model, temporary_path("m"), &options), GEMLET_E_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(gemlet_last_error(), "export format: found 99"));
    gemlet_model_destroy(model);
}
END_TEST

START_TEST(batch_norm_becomes_weights_and_bias)
{
    gm_folded folded;
    gemlet_model *model = allocate("2-1bn-relu-2");
    *gemlet_model_tensor(model, 0, GEMLET_TENSOR_GAMMA) = 3;
    *gemlet_model_tensor(model, 0, GEMLET_TENSOR_BETA) = 0.5f;
    *gemlet_model_tensor(model, 0, GEMLET_TENSOR_RUNNING_MEAN) = 7;
    *gemlet_model_tensor(model, 0, GEMLET_TENSOR_RUNNING_VAR) = 4.0f - 1e-5f;
    gemlet_model_tensor(model, 0, GEMLET_TENSOR_WEIGHT)[1] = 2;
    ck_assert_int_eq(gm_folded_make(&folded, model), GEMLET_OK);
    ck_assert_double_eq_tol((double)folded.layers[0].weight[1], 3, 1e-6); /* 2 x 3 / sqrt(4) */
    ck_assert_double_eq_tol((double)folded.layers[0].bias[0], -10, 1e-5); /* 0.5 - 7 x 1.5 */
    ck_assert_ptr_eq(folded.layers[1].bias, gemlet_model_tensor(model, 1, GEMLET_TENSOR_BIAS));
    gm_folded_free(&folded);
    *gemlet_model_tensor(model, 0, GEMLET_TENSOR_GAMMA) = 3e38f;
    ck_assert_int_eq(gm_folded_make(&folded, model), GEMLET_E_RANGE);
    ck_assert_ptr_nonnull(strstr(gemlet_last_error(), "layer 1"));
    gemlet_model_destroy(model);
}
END_TEST

START_TEST(names_become_identifiers)
{
    static const char *const names[][2] = {{"Bill length", "BILL_LENGTH"},
                                           {"bill_length", "BILL_LENGTH_1"},
                                           {"bill_length_1", "BILL_LENGTH_1_2"},
                                           {"\xc3\xa4", "__"},
                                           {"*/", "___4"}};
    gm_levels taken = {0};
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; ++i) {
        char identifier[GM_C_IDENTIFIER_SIZE];
        ck_assert_int_eq(gm_c_identifier(identifier, &taken, names[i][0], i), GEMLET_OK);
        ck_assert_str_eq(identifier, names[i][1]);
    }
    gm_levels_free(&taken);
}
END_TEST

START_TEST(a_file_name_becomes_a_prefix)
{
    gm_c_prefix prefix;
    gm_c_prefix_make(&prefix, "models.d/Iris.v2.c");
    ck_assert_str_eq(prefix.lower, "iris");
    ck_assert_str_eq(prefix.upper, "IRIS");
    gm_c_prefix_make(&prefix, "3 x.c");
    ck_assert_str_eq(prefix.lower, "model_3_x");
    gm_c_prefix_make(&prefix, "_x.c");
    ck_assert_str_eq(prefix.upper, "MODEL__X");
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("export");
    TCase *tests = tcase_create("export");
    tcase_add_checked_fixture(tests, NULL, temporary_remove);
    tcase_add_test(tests, a_model_beyond_protocol_buffers_is_refused);
    tcase_add_test(tests, an_unknown_format_is_refused);
    tcase_add_test(tests, batch_norm_becomes_weights_and_bias);
    tcase_add_test(tests, names_become_identifiers);
    tcase_add_test(tests, a_file_name_becomes_a_prefix);
    suite_add_tcase(suite, tests);
    return suite;
}

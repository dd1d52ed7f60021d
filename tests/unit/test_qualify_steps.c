/* SPDX-License-Identifier: MIT
 * The gate in front of steps that go operation by operation: on the CPU path, taken for a GPU, with
 * a fault put into one operation. */
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "backend/device.h"
#include "gemlet/gemlet.h"
#include "support/networks.h"
#include "support/run_suite.h"
#include "support/temporary.h"
#include "verify/qualify_steps.h"

#define N_ROWS 30u

static gm_backend_ops true_ops;
static gm_backend_ops faulty_ops;
static unsigned n_faulty_calls;

/* Spoils the first element of what the operation wrote. */
static gemlet_status spoil(gm_backend *backend, gemlet_status status, gm_buffer *buffer,
                           size_t offset)
{
    float value;
    ++n_faulty_calls;
    ck_assert_int_eq(status, GEMLET_OK);
    ck_assert_int_eq(gm_backend_download(backend, buffer, offset, 1, &value), GEMLET_OK);
    value = 1.01f * value + 0.01f;
    return gm_backend_upload(backend, buffer, offset, 1, &value);
}

#define FAULTY(op, output)                                                                         \
    static gemlet_status faulty_##op(gm_backend *backend, const gm_##op##_args *args)              \
    {                                                                                              \
        return spoil(backend, true_ops.op(backend, args), args->output.buffer,                     \
                     args->output.offset);                                                         \
    }

FAULTY(gather_batch, x)
FAULTY(dense_fwd, y)
FAULTY(dense_bwd_w, dw)
FAULTY(dense_bwd_x, dx)
FAULTY(act_fwd, y)
FAULTY(act_bwd, dz)
FAULTY(bn_act_fwd_train, running_var)
FAULTY(bn_act_fwd_test, y)
FAULTY(bn_act_bwd, dgamma)
FAULTY(softmax_xent, loss)
FAULTY(sgd_step, parameters)

/* Makes one operation of the table faulty. */
static void break_operation(const char *name)
{
#define BREAK(op)                                                                                  \
    if (strcmp(name, #op) == 0)                                                                    \
        faulty_ops.op = faulty_##op;
    BREAK(gather_batch)
    BREAK(dense_fwd)
    BREAK(dense_bwd_w)
    BREAK(dense_bwd_x)
    BREAK(act_fwd)
    BREAK(act_bwd)
    BREAK(bn_act_fwd_train)
    BREAK(bn_act_fwd_test)
    BREAK(bn_act_bwd)
    BREAK(softmax_xent)
    BREAK(sgd_step)
#undef BREAK
    n_faulty_calls = 0;
}

static const char *const operations[] = {
    "gather_batch",     "dense_fwd",       "dense_bwd_w", "dense_bwd_x",  "act_fwd", "act_bwd",
    "bn_act_fwd_train", "bn_act_fwd_test", "bn_act_bwd",  "softmax_xent", "sgd_step"};

static gemlet_device *device;

static void set_up(void)
{
    gemlet_device_options options;
    gemlet_device_options_init(&options);
    options.selector = "cpu";
    ck_assert_int_eq(gemlet_device_open(&device, &options), GEMLET_OK);
    gm_backend *backend = gm_device_backend(device);
    true_ops = faulty_ops = *backend->ops;
    backend->ops = &faulty_ops;
    backend->kernels_id = "made-up kernels"; /* as only a device has them */
}

static void tear_down(void)
{
    gemlet_device_close(device);
    temporary_remove();
}

static gm_step_report qualify_options(const char *network, const gemlet_train_options *options,
                                      const char *directory)
{
    const gemlet_dim batch = options->batch;
    gemlet_model *model = seeded_model(network, 1);
    gemlet_dataset *dataset = random_dataset(N_ROWS > batch ? N_ROWS : batch, 6, 3);
    gm_step_report report;
    ck_assert_msg(gm_qualify_composed(&report, device, &(gm_step_job){model, dataset, options},
                                      directory) == GEMLET_OK,
                  "%s", gemlet_last_error());
    gemlet_dataset_destroy(dataset);
    gemlet_model_destroy(model);
    return report;
}

static gm_step_report qualify(const char *network, gemlet_dim batch, const char *directory)
{
    gemlet_train_options options;
    gemlet_train_options_init(&options);
    options.batch = batch;
    return qualify_options(network, &options, directory);
}

static gm_step_report qualify_small(const char *directory)
{
    return qualify("6-5bn-relu-5-gelu-4-tanh-3", 8, directory);
}

START_TEST(a_right_device_passes)
{
    const gm_step_report report = qualify_small(NULL);
    ck_assert_int_eq(report.is_tried, 1);
    ck_assert_int_eq(report.is_wrong, 0);
    ck_assert_str_eq(report.fault, "");
}
END_TEST

/* Those of a step and those of the evaluation behind it. */
START_TEST(every_operation_of_a_run_is_tried)
{
    break_operation(operations[_i]);
    const gm_step_report report = qualify_small(NULL);
    ck_assert_uint_gt(n_faulty_calls, 0);
    ck_assert_int_eq(report.is_wrong, 1);
    ck_assert_msg(strstr(report.fault, operations[_i]) != NULL, "%s", report.fault);
    ck_assert_ptr_nonnull(strstr(report.fault, "element ("));
    ck_assert_ptr_nonnull(strstr(report.fault, ", expected "));
}
END_TEST

START_TEST(a_verdict_is_kept_for_its_compute_units)
{
    const char *directory = temporary_directory();
    break_operation("sgd_step");
    ck_assert_int_eq(qualify_small(directory).is_cached, 0);
    const gm_step_report again = qualify_small(directory);
    ck_assert_int_eq(again.is_cached, 1);
    ck_assert_int_eq(again.is_wrong, 1);
    ck_assert_ptr_nonnull(strstr(again.fault, "sgd_step"));
    ++gm_device_backend(device)->info.compute_units;
    ck_assert_int_eq(qualify_small(directory).is_cached, 0);
}
END_TEST

/* Steps of other operations are others. */
START_TEST(a_verdict_is_kept_for_its_operations)
{
    const char *directory = temporary_directory();
    gemlet_train_options plain;
    gemlet_train_options_init(&plain);
    plain.batch = 8;
    gemlet_train_options options[14];
    for (unsigned i = 0; i < 14; ++i)
        options[i] = plain;
    options[0].clip_norm = 1;
    options[1].max_norm = 1;
    options[2].average_decay = 0.9;
    options[3].momentum = 0.9;
    options[4].optimizer = GEMLET_OPTIMIZER_ADAM;
    options[5].dropout = 0.1;
    options[6].input_dropout = 0.1;
    options[7].batch = 9;
    options[8].input_noise = 0.1;
    options[9].adversarial = 0.1;
    options[10].mixup = 0.2;
    options[11].hidden_noise = 0.1;
    options[12].rate_scales[0] = (gemlet_rate_scale){GEMLET_RATE_GROUP_LAST_LAYER, 0, 2};
    options[12].n_rate_scales = 1;
    options[13].virtual_adversarial = 1;
    ck_assert_int_eq(qualify_options("6-5bn-relu-3", &plain, directory).is_cached, 0);
    ck_assert_int_eq(qualify_options("6-5bn-relu-3", &plain, directory).is_cached, 1);
    for (unsigned i = 0; i < 14; ++i) {
        ck_assert_int_eq(qualify_options("6-5bn-relu-3", &options[i], directory).is_cached, 0);
        ck_assert_int_eq(qualify_options("6-5bn-relu-3", &options[i], directory).is_cached, 1);
    }
}
END_TEST

START_TEST(backends_without_kernels_are_not_tried)
{
    gm_device_backend(device)->kernels_id = NULL;
    break_operation("sgd_step");
    const gm_step_report report = qualify_small(NULL);
    ck_assert_int_eq(report.is_tried, 0);
    ck_assert_uint_eq(n_faulty_calls, 0);
}
END_TEST

/* So many multiply-adds take the reference seconds: gm_qualify() has tried the products. */
#define LARGE_NETWORK "6-1200bn-relu-1200-relu-3"
#define LARGE_BATCH   480u

START_TEST(large_networks_are_tried_without_their_products)
{
    break_operation("dense_fwd");
    ck_assert_int_eq(qualify(LARGE_NETWORK, LARGE_BATCH, NULL).is_wrong, 0);
    ck_assert_uint_gt(n_faulty_calls, 0);
    break_operation("bn_act_bwd");
    ck_assert_int_eq(qualify(LARGE_NETWORK, LARGE_BATCH, NULL).is_wrong, 1);
}
END_TEST

/* ---- gemlet_train() behind the gate ---------------------------------------------------------- */

/* Trains; notes go to notes[]. */
static char notes[256];

static void on_note(const char *note, void *user)
{
    (void)user;
    snprintf(notes, sizeof notes, "%s", note);
}

static gemlet_status train(gemlet_train_options *options, gemlet_train_result *result)
{
    gemlet_model *model = seeded_model("6-5bn-relu-5-gelu-4-tanh-3", 1);
    gemlet_dataset *dataset = random_dataset(N_ROWS, 6, 3);
    const float before = gemlet_model_tensor(model, 0, GEMLET_TENSOR_WEIGHT)[0];
    options->batch = 8;
    options->n_steps = 3;
    options->on_note = on_note;
    notes[0] = '\0';
    const gemlet_status status = gemlet_train(model, device, dataset, options, result);
    if (status != GEMLET_OK)
        ck_assert(gemlet_model_tensor(model, 0, GEMLET_TENSOR_WEIGHT)[0] == before);
    gemlet_dataset_destroy(dataset);
    gemlet_model_destroy(model);
    return status;
}

START_TEST(a_right_device_trains)
{
    gemlet_train_options options;
    gemlet_train_result result;
    gemlet_train_options_init(&options);
    ck_assert_int_eq(train(&options, &result), GEMLET_OK);
    ck_assert_uint_eq(result.steps, 3);
    ck_assert_str_eq(notes, "");
}
END_TEST

START_TEST(no_training_begins_with_a_wrong_operation)
{
    gemlet_train_options options;
    gemlet_train_result result;
    gemlet_train_options_init(&options);
    break_operation(operations[_i]);
    ck_assert_int_eq(train(&options, &result), GEMLET_E_DEVICE);
    ck_assert_ptr_nonnull(strstr(gemlet_last_error(), "trains wrongly"));
    ck_assert_ptr_nonnull(strstr(gemlet_last_error(), operations[_i]));
    ck_assert_uint_eq(result.steps, 0);
}
END_TEST

START_TEST(a_caller_may_go_without_the_gate)
{
    gemlet_train_options options;
    gemlet_train_result result;
    gemlet_train_options_init(&options);
    options.no_qualify = 1;
    break_operation("sgd_step");
    ck_assert_int_eq(train(&options, &result), GEMLET_OK);
    ck_assert_uint_gt(n_faulty_calls, 0);
}
END_TEST

/* Of a version whose options ended before those of the gate. */
START_TEST(older_callers_pass_the_gate_too)
{
    gemlet_train_options options;
    gemlet_train_result result;
    gemlet_train_options_init(&options);
    options.struct_size = offsetof(gemlet_train_options, no_qualify);
    options.no_qualify = 1;
    break_operation("sgd_step");
    ck_assert_int_eq(train(&options, &result), GEMLET_E_DEVICE);
}
END_TEST

START_TEST(a_verdict_is_kept_where_the_caller_says)
{
    gemlet_train_options options;
    gemlet_train_result result;
    gemlet_train_options_init(&options);
    options.cache_directory = temporary_directory();
    break_operation("sgd_step");
    ck_assert_int_eq(train(&options, &result), GEMLET_E_DEVICE);
    ck_assert_ptr_null(strstr(gemlet_last_error(), "found earlier"));
    ck_assert_int_eq(train(&options, &result), GEMLET_E_DEVICE);
    ck_assert_ptr_nonnull(strstr(gemlet_last_error(), "found earlier"));
}
END_TEST

START_TEST(impossible_options_do_not_reach_the_device)
{
    gemlet_train_options options;
    gemlet_train_result result;
    gemlet_train_options_init(&options);
    options.log_every = 0;
    break_operation("sgd_step");
    ck_assert_int_eq(train(&options, &result), GEMLET_E_RANGE);
    ck_assert_uint_eq(n_faulty_calls, 0);
}
END_TEST

/* Before the training, and so before the gate. */
START_TEST(a_request_to_stop_is_heeded)
{
    const volatile sig_atomic_t stop = 1;
    gemlet_train_options options;
    gemlet_train_result result;
    gemlet_train_options_init(&options);
    options.stop = &stop;
    break_operation("sgd_step");
    ck_assert_int_eq(train(&options, &result), GEMLET_OK);
    ck_assert_int_eq(result.stopped, 1);
    ck_assert_uint_eq(n_faulty_calls, 0);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("qualify_steps");
    TCase *tests = tcase_create("all");
    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_right_device_passes);
    tcase_add_loop_test(tests, every_operation_of_a_run_is_tried, 0,
                        (int)(sizeof operations / sizeof operations[0]));
    tcase_add_test(tests, a_verdict_is_kept_for_its_compute_units);
    tcase_add_test(tests, a_verdict_is_kept_for_its_operations);
    tcase_add_test(tests, backends_without_kernels_are_not_tried);
    tcase_add_test(tests, large_networks_are_tried_without_their_products);
    tcase_add_test(tests, a_right_device_trains);
    tcase_add_loop_test(tests, no_training_begins_with_a_wrong_operation, 0,
                        (int)(sizeof operations / sizeof operations[0]));
    tcase_add_test(tests, a_caller_may_go_without_the_gate);
    tcase_add_test(tests, older_callers_pass_the_gate_too);
    tcase_add_test(tests, a_verdict_is_kept_where_the_caller_says);
    tcase_add_test(tests, impossible_options_do_not_reach_the_device);
    tcase_add_test(tests, a_request_to_stop_is_heeded);
    suite_add_tcase(suite, tests);
    return suite;
}

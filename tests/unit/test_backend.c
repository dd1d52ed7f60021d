/* SPDX-License-Identifier: MIT
 * Tests of host/backend/backend.c: calls with one thing wrong are refused with a message that names
 * it, and do not reach the backend. */
#include <check.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "backend/backend.h"
#include "backend/cpu/cpu_backend.h"
#include "backend/observer.h"
#include "support/run_suite.h"

#define BUFFER_LENGTH 1000u

static gm_backend *backend;
static gm_buffer *reals[9];
static gm_buffer *integers;
static gm_buffer *bytes;

static void set_up(void)
{
    ck_assert_int_eq(gm_cpu32_backend_create(&backend), GEMLET_OK);
    for (size_t i = 0; i < sizeof reals / sizeof reals[0]; ++i)
        ck_assert_int_eq(gm_backend_alloc(backend, &reals[i], GM_REAL, BUFFER_LENGTH, "reals"),
                         GEMLET_OK);
    ck_assert_int_eq(gm_backend_alloc(backend, &integers, GM_U32, BUFFER_LENGTH, "integers"),
                     GEMLET_OK);
    ck_assert_int_eq(gm_backend_alloc(backend, &bytes, GM_U8, BUFFER_LENGTH, "bytes"), GEMLET_OK);
}

static void tear_down(void)
{
    for (size_t i = 0; i < sizeof reals / sizeof reals[0]; ++i)
        gm_backend_free(backend, reals[i]);
    gm_backend_free(backend, integers);
    gm_backend_free(backend, bytes);
    gm_backend_destroy(backend);
}

static gm_matrix matrix(unsigned buffer, gemlet_dim rows, gemlet_dim cols)
{
    return (gm_matrix){reals[buffer], 0, cols, rows, cols};
}

static gm_vector vector(unsigned buffer, size_t length)
{
    return (gm_vector){reals[buffer], 0, length};
}

static void expect(gemlet_status status, gemlet_status expected, const char *message)
{
    ck_assert_msg(status == expected, "%s, expected %s: %s", gemlet_status_name(status),
                  gemlet_status_name(expected), gemlet_last_error());
    if (expected != GEMLET_OK)
        ck_assert_msg(strstr(gemlet_last_error(), message) != NULL, "'%s', expected '%s'",
                      gemlet_last_error(), message);
}

/* ---- one operation with everything that can be wrong with a view ----------------------------- */

static gm_dense_fwd_args right_dense_fwd(void)
{
    return (gm_dense_fwd_args){
        .x = matrix(0, 4, 5),
        .w = matrix(1, 5, 3),
        .bias = vector(2, 3),
        .activation = GEMLET_ACTIVATION_RELU,
        .y = matrix(3, 4, 3),
    };
}

START_TEST(a_right_call_passes)
{
    gm_dense_fwd_args args = right_dense_fwd();
    expect(gm_dense_fwd(backend, &args), GEMLET_OK, "");
    args.bias = (gm_vector){0};
    expect(gm_dense_fwd(backend, &args), GEMLET_OK, "");
}
END_TEST

START_TEST(shapes_must_match)
{
    gm_dense_fwd_args args = right_dense_fwd();
    args.w = matrix(1, 6, 3);
    expect(gm_dense_fwd(backend, &args), GEMLET_E_SHAPE,
           "dense_fwd: w is 6x3, expected 5 rows (columns of x)");
    args = right_dense_fwd();
    args.y.rows = 3;
    expect(gm_dense_fwd(backend, &args), GEMLET_E_SHAPE,
           "dense_fwd: y is 3x3, expected 4 rows (rows of x)");
    args = right_dense_fwd();
    args.y.cols = 2;
    expect(gm_dense_fwd(backend, &args), GEMLET_E_SHAPE,
           "dense_fwd: y is 4x2, expected 3 columns (columns of w)");
    args = right_dense_fwd();
    args.bias.length = 4;
    expect(gm_dense_fwd(backend, &args), GEMLET_E_SHAPE,
           "dense_fwd: bias has length 4, expected 3 (columns of w)");
    args = right_dense_fwd();
    args.x.rows = 0;
    expect(gm_dense_fwd(backend, &args), GEMLET_E_SHAPE, "dense_fwd: x is 0x5");
}
END_TEST

START_TEST(views_must_lie_in_their_buffers)
{
    gm_dense_fwd_args args = right_dense_fwd();
    args.x.ld = 4;
    expect(gm_dense_fwd(backend, &args), GEMLET_E_SHAPE,
           "dense_fwd: x is 4x5 with leading dimension 4, expected at least 5");
    /* The last row ends exactly with the buffer, and then one element behind it. */
    args = right_dense_fwd();
    args.x.offset = BUFFER_LENGTH - (3 * 7 + 5);
    args.x.ld = 7;
    expect(gm_dense_fwd(backend, &args), GEMLET_OK, "");
    ++args.x.offset;
    expect(gm_dense_fwd(backend, &args), GEMLET_E_SHAPE, "dense_fwd: x is 4x5 at offset 975");
    args = right_dense_fwd();
    args.bias.offset = BUFFER_LENGTH - 3;
    expect(gm_dense_fwd(backend, &args), GEMLET_OK, "");
    ++args.bias.offset;
    expect(gm_dense_fwd(backend, &args), GEMLET_E_SHAPE, "dense_fwd: bias has length 3 at offset");
}
END_TEST

START_TEST(ends_of_views_must_not_wrap)
{
    gm_dense_fwd_args args = right_dense_fwd();
    args.x.offset = SIZE_MAX - 3;
    expect(gm_dense_fwd(backend, &args), GEMLET_E_SHAPE, "x is 4x5 at offset");
    args = right_dense_fwd();
    args.x.ld = SIZE_MAX / 2;
    expect(gm_dense_fwd(backend, &args), GEMLET_E_SHAPE, "x is 4x5 at offset");
    args = right_dense_fwd();
    args.bias.offset = SIZE_MAX;
    expect(gm_dense_fwd(backend, &args), GEMLET_E_SHAPE, "bias has length 3 at offset");
}
END_TEST

START_TEST(buffers_must_be_there_and_of_the_type)
{
    gm_dense_fwd_args args = right_dense_fwd();
    args.w.buffer = NULL;
    expect(gm_dense_fwd(backend, &args), GEMLET_E_ARGUMENT, "dense_fwd: w has no buffer");
    args = right_dense_fwd();
    args.x.buffer = bytes;
    expect(gm_dense_fwd(backend, &args), GEMLET_E_ARGUMENT,
           "dense_fwd: x holds U8 elements, expected REAL");
    args = right_dense_fwd();
    args.bias.buffer = integers;
    expect(gm_dense_fwd(backend, &args), GEMLET_E_ARGUMENT,
           "dense_fwd: bias holds U32 elements, expected REAL");
    args = right_dense_fwd();
    args.activation = (gemlet_activation)17;
    expect(gm_dense_fwd(backend, &args), GEMLET_E_ARGUMENT, "dense_fwd: there is no activation 17");
    expect(gm_dense_fwd(NULL, &args), GEMLET_E_ARGUMENT, "dense_fwd: the backend is NULL");
    expect(gm_dense_fwd(backend, NULL), GEMLET_E_ARGUMENT, "dense_fwd: the list of arguments");
}
END_TEST

START_TEST(outputs_must_not_overlap)
{
    gm_dense_fwd_args args = right_dense_fwd();
    args.y.buffer = reals[0];
    args.y.offset = 19; /* the last element of x */
    expect(gm_dense_fwd(backend, &args), GEMLET_E_ARGUMENT, "dense_fwd: x and y overlap");
    args.y.offset = 20;
    expect(gm_dense_fwd(backend, &args), GEMLET_OK, "");
    args = right_dense_fwd();
    args.bias.buffer = reals[3];
    expect(gm_dense_fwd(backend, &args), GEMLET_E_ARGUMENT, "dense_fwd: bias and y overlap");
}
END_TEST

START_TEST(a_refused_call_writes_nothing)
{
    const float before = 42;
    float after = 0;
    gm_dense_fwd_args args = right_dense_fwd();
    expect(gm_backend_upload(backend, args.y.buffer, 0, 1, &before), GEMLET_OK, "");
    args.w.rows = 4;
    expect(gm_dense_fwd(backend, &args), GEMLET_E_SHAPE, "w is 4x3");
    expect(gm_backend_download(backend, args.y.buffer, 0, 1, &after), GEMLET_OK, "");
    ck_assert_double_eq((double)after, (double)before);
}
END_TEST

/* ---- what is particular to the other operations -----------------------------------------------
 */

START_TEST(gather_batch_checks_its_labels)
{
    const gm_gather_batch_args right = {
        .features = {bytes, 0, 10, 20, 10},
        .labels = {integers, 0, 20},
        .order = {integers, 20, 8},
        .scale = 1,
        .x = matrix(0, 8, 10),
        .batch_labels = {integers, 28, 8},
    };
    gm_gather_batch_args args = right;
    expect(gm_gather_batch(backend, &args), GEMLET_OK, "");
    args.features = matrix(1, 20, 10);
    expect(gm_gather_batch(backend, &args), GEMLET_OK, "");
    args.features.buffer = integers;
    expect(gm_gather_batch(backend, &args), GEMLET_E_ARGUMENT, "features holds U32");
    args = right;
    args.x.cols = 9;
    expect(gm_gather_batch(backend, &args), GEMLET_E_SHAPE,
           "gather_batch: x is 8x9, expected 10 columns (columns of features)");
    args = right;
    args.order.length = 7;
    expect(gm_gather_batch(backend, &args), GEMLET_E_SHAPE, "order has length 7, expected 8");
    args = right;
    args.labels.length = 19;
    expect(gm_gather_batch(backend, &args), GEMLET_E_SHAPE, "labels has length 19, expected 20");
    args = right;
    args.labels = (gm_vector){0};
    expect(gm_gather_batch(backend, &args), GEMLET_E_ARGUMENT,
           "labels has no buffer, but batch_labels has");
    args.batch_labels = (gm_vector){0};
    expect(gm_gather_batch(backend, &args), GEMLET_OK, "");
    args = right;
    args.batch_labels.offset = 27;
    expect(gm_gather_batch(backend, &args), GEMLET_E_ARGUMENT, "order and batch_labels overlap");
}
END_TEST

START_TEST(gradients_of_a_layer_check_their_shapes)
{
    gm_dense_bwd_w_args weights = {
        .x = matrix(0, 4, 5), .dz = matrix(1, 4, 3), .dw = matrix(2, 5, 3), .dbias = vector(3, 3)};
    expect(gm_dense_bwd_w(backend, &weights), GEMLET_OK, "");
    weights.dz.rows = 3;
    expect(gm_dense_bwd_w(backend, &weights), GEMLET_E_SHAPE,
           "dz is 3x3, expected 4 rows (rows of x)");
    weights.dz.rows = 4;
    weights.dw.rows = 4;
    expect(gm_dense_bwd_w(backend, &weights), GEMLET_E_SHAPE,
           "dw is 4x3, expected 5 rows (columns of x)");
    weights.dw.rows = 5;
    weights.dbias = (gm_vector){reals[2], 14, 3};
    expect(gm_dense_bwd_w(backend, &weights), GEMLET_E_ARGUMENT, "dw and dbias overlap");
    gm_dense_bwd_x_args input = {
        .dz = matrix(0, 4, 3), .w = matrix(1, 5, 3), .dx = matrix(2, 4, 5)};
    expect(gm_dense_bwd_x(backend, &input), GEMLET_OK, "");
    input.dx.cols = 4;
    expect(gm_dense_bwd_x(backend, &input), GEMLET_E_SHAPE,
           "dx is 4x4, expected 5 columns (rows of w)");
}
END_TEST

START_TEST(aliases_are_the_same_view_or_nothing)
{
    gm_act_bwd_args args = {.kept = matrix(0, 4, 5),
                            .dy = matrix(1, 4, 5),
                            .activation = GEMLET_ACTIVATION_TANH,
                            .dz = matrix(1, 4, 5)};
    expect(gm_act_bwd(backend, &args), GEMLET_OK, "");
    args.dz.offset = 1;
    expect(gm_act_bwd(backend, &args), GEMLET_E_ARGUMENT,
           "act_bwd: dy and dz overlap without being the same view");
    args.dz.offset = 0;
    args.dz.ld = 6;
    expect(gm_act_bwd(backend, &args), GEMLET_E_ARGUMENT, "without being the same view");
    args.dz = args.kept;
    expect(gm_act_bwd(backend, &args), GEMLET_E_ARGUMENT, "act_bwd: kept and dz overlap");
    gm_softmax_args softmax = {.logits = matrix(0, 4, 5), .probabilities = matrix(0, 4, 5)};
    expect(gm_softmax(backend, &softmax), GEMLET_OK, "");
}
END_TEST

START_TEST(batch_norm_checks_its_vectors_and_numbers)
{
    const gm_bn_act_fwd_train_args right = {
        .z = matrix(0, 4, 5),
        .gamma = vector(1, 5),
        .beta = vector(2, 5),
        .eps = 1e-5f,
        .momentum = 0.1f,
        .activation = GEMLET_ACTIVATION_RELU,
        .mean = vector(3, 5),
        .var = vector(4, 5),
        .running_mean = vector(5, 5),
        .running_var = vector(6, 5),
        .y = matrix(7, 4, 5),
    };
    gm_bn_act_fwd_train_args args = right;
    expect(gm_bn_act_fwd_train(backend, &args), GEMLET_OK, "");
    args.running_var.length = 4;
    expect(gm_bn_act_fwd_train(backend, &args), GEMLET_E_SHAPE,
           "running_var has length 4, expected 5 (columns of z)");
    args = right;
    args.eps = NAN;
    expect(gm_bn_act_fwd_train(backend, &args), GEMLET_E_ARGUMENT, "eps is nan");
    args = right;
    args.momentum = 1.5f;
    expect(gm_bn_act_fwd_train(backend, &args), GEMLET_E_ARGUMENT, "momentum is 1.5");
    args = right;
    args.y = args.z;
    expect(gm_bn_act_fwd_train(backend, &args), GEMLET_E_ARGUMENT, "z and y overlap");
    args = right;
    args.var = args.mean;
    expect(gm_bn_act_fwd_train(backend, &args), GEMLET_E_ARGUMENT, "mean and var overlap");

    gm_bn_act_fwd_test_args test = {.z = right.z,
                                    .gamma = right.gamma,
                                    .beta = right.beta,
                                    .running_mean = right.running_mean,
                                    .running_var = right.running_var,
                                    .eps = right.eps,
                                    .activation = right.activation,
                                    .y = right.z};
    expect(gm_bn_act_fwd_test(backend, &test), GEMLET_OK, "");
    test.beta.buffer = NULL;
    expect(gm_bn_act_fwd_test(backend, &test), GEMLET_E_ARGUMENT, "beta has no buffer");

    gm_bn_act_bwd_args backward = {.z = matrix(0, 4, 5),
                                   .y = matrix(1, 4, 5),
                                   .dy = matrix(2, 4, 5),
                                   .mean = vector(3, 5),
                                   .var = vector(4, 5),
                                   .gamma = vector(5, 5),
                                   .eps = 1e-5f,
                                   .activation = GEMLET_ACTIVATION_RELU,
                                   .dgamma = vector(6, 5),
                                   .dbeta = vector(7, 5),
                                   .dz = matrix(8, 4, 5)};
    expect(gm_bn_act_bwd(backend, &backward), GEMLET_OK, "");
    backward.dz = backward.dy;
    expect(gm_bn_act_bwd(backend, &backward), GEMLET_OK, "");
    backward.dz = backward.z;
    expect(gm_bn_act_bwd(backend, &backward), GEMLET_E_ARGUMENT, "z and dz overlap");
}
END_TEST

START_TEST(loss_and_update_check_their_lengths)
{
    gm_softmax_xent_args loss = {.logits = matrix(0, 4, 5),
                                 .labels = {integers, 0, 4},
                                 .dlogits = matrix(0, 4, 5),
                                 .loss = vector(1, 1),
                                 .correct = {integers, 4, 1}};
    expect(gm_softmax_xent(backend, &loss), GEMLET_OK, "");
    loss.loss.length = 2;
    expect(gm_softmax_xent(backend, &loss), GEMLET_E_SHAPE, "loss has length 2, expected 1");
    loss.loss.length = 1;
    loss.correct.offset = 3;
    expect(gm_softmax_xent(backend, &loss), GEMLET_E_ARGUMENT, "labels and correct overlap");
    gm_sgd_step_args update = {.parameters = vector(0, 10),
                               .gradients = vector(1, 10),
                               .record = vector(2, GM_RECORD_SIZE),
                               .n_decayed = 10};
    expect(gm_sgd_step(backend, &update), GEMLET_OK, "");
    update.n_decayed = 11;
    expect(gm_sgd_step(backend, &update), GEMLET_E_SHAPE, "n_decayed is 11, expected at most 10");
    update.n_decayed = 0;
    update.record.length = 2;
    expect(gm_sgd_step(backend, &update), GEMLET_E_SHAPE,
           "record has length 2, expected 48 (always)");
    update.record.length = GM_RECORD_SIZE;
    update.gradients.length = 9;
    expect(gm_sgd_step(backend, &update), GEMLET_E_SHAPE, "gradients has length 9, expected 10");
    update.parameters.length = 0;
    expect(gm_sgd_step(backend, &update), GEMLET_E_SHAPE, "parameters is empty");
}
END_TEST

/* ---- memory -----------------------------------------------------------------------------------
 */

START_TEST(sizes_of_buffers_must_not_wrap)
{
    gm_buffer *buffer = reals[0];
    expect(gm_backend_alloc(backend, &buffer, GM_REAL, SIZE_MAX - GM_BUFFER_SLACK + 1, "weights"),
           GEMLET_E_RANGE, "weights: ");
    ck_assert_ptr_null(buffer);
    expect(gm_backend_alloc(backend, &buffer, GM_REAL, SIZE_MAX / 4, "weights"), GEMLET_E_RANGE,
           "weights: ");
    expect(gm_backend_alloc(backend, &buffer, GM_REAL, 0, "weights"), GEMLET_E_SHAPE,
           "weights: no elements");
    expect(gm_backend_alloc(backend, &buffer, (gm_element)9, 1, "weights"), GEMLET_E_ARGUMENT,
           "weights: there is no element type 9");
}
END_TEST

START_TEST(transfers_must_stay_in_the_buffer)
{
    float values[4] = {1, 2, 3, 4};
    double doubles[4];
    expect(gm_backend_upload(backend, reals[0], BUFFER_LENGTH - 4, 4, values), GEMLET_OK, "");
    expect(gm_backend_upload(backend, reals[0], BUFFER_LENGTH - 3, 4, values), GEMLET_E_SHAPE,
           "upload: 4 elements at offset 997 of a buffer of 1000");
    expect(gm_backend_download(backend, reals[0], SIZE_MAX, 4, values), GEMLET_E_SHAPE,
           "download: 4 elements");
    expect(gm_backend_download(backend, reals[0], 0, 0, NULL), GEMLET_OK, "");
    expect(gm_backend_download(backend, NULL, 0, 4, values), GEMLET_E_ARGUMENT,
           "download: the buffer is NULL");
    expect(gm_backend_download_double(backend, reals[0], BUFFER_LENGTH - 4, 4, doubles), GEMLET_OK,
           "");
    ck_assert_double_eq(doubles[3], 4);
    expect(gm_backend_download_double(backend, integers, 0, 4, doubles), GEMLET_E_ARGUMENT,
           "download_double: the buffer holds U32");
}
END_TEST

static void note_operation(void *user, const char *op, const char *shape, gm_op_cost cost)
{
    char *notes = user;
    sprintf(notes + strlen(notes), "%s %s %u;", op, shape, (unsigned)cost.n_flops);
}

START_TEST(an_observer_is_told_of_right_calls_only)
{
    char notes[256] = "";
    const gm_observer observer = {notes, note_operation, NULL};
    gm_dense_fwd_args args = right_dense_fwd();
    const gm_sgd_step_args update = {
        .parameters = vector(0, 7), .gradients = vector(1, 7), .record = vector(2, GM_RECORD_SIZE)};
    backend->observer = &observer;
    expect(gm_dense_fwd(backend, &args), GEMLET_OK, "");
    expect(gm_sgd_step(backend, &update), GEMLET_OK, "");
    args.w = matrix(1, 6, 3);
    gm_dense_fwd(backend, &args);
    args = right_dense_fwd();
    backend->observer = NULL;
    expect(gm_dense_fwd(backend, &args), GEMLET_OK, "");
    ck_assert_str_eq(notes, "dense_fwd 4x5 5x3 120;sgd_step 7 0;");
}
END_TEST

START_TEST(new_buffers_are_zero)
{
    float values[BUFFER_LENGTH];
    gm_backend_download(backend, reals[0], 0, BUFFER_LENGTH, values);
    for (size_t i = 0; i < BUFFER_LENGTH; ++i)
        ck_assert_double_eq((double)values[i], 0);
    gm_backend_free(backend, NULL);
    gm_backend_destroy(NULL);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("backend");
    TCase *tests = tcase_create("checks");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_right_call_passes);
    tcase_add_test(tests, shapes_must_match);
    tcase_add_test(tests, views_must_lie_in_their_buffers);
    tcase_add_test(tests, ends_of_views_must_not_wrap);
    tcase_add_test(tests, buffers_must_be_there_and_of_the_type);
    tcase_add_test(tests, outputs_must_not_overlap);
    tcase_add_test(tests, a_refused_call_writes_nothing);
    tcase_add_test(tests, gather_batch_checks_its_labels);
    tcase_add_test(tests, gradients_of_a_layer_check_their_shapes);
    tcase_add_test(tests, aliases_are_the_same_view_or_nothing);
    tcase_add_test(tests, batch_norm_checks_its_vectors_and_numbers);
    tcase_add_test(tests, loss_and_update_check_their_lengths);
    tcase_add_test(tests, sizes_of_buffers_must_not_wrap);
    tcase_add_test(tests, transfers_must_stay_in_the_buffer);
    tcase_add_test(tests, an_observer_is_told_of_right_calls_only);
    tcase_add_test(tests, new_buffers_are_zero);
    suite_add_tcase(suite, tests);
    return suite;
}

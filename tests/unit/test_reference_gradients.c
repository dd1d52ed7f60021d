/* SPDX-License-Identifier: MIT
 * Tests of the double-precision reference, the truth of the operation tests: every gradient against
 * differences of the function it is the gradient of. test_reference.c has answers known by hand. */
#include <check.h>
#include <math.h>
#include <stdint.h>

#include "core/rng.h"
#include "reference_buffers.h"
#include "support/run_suite.h"

enum {
    B = 5,
    K = 4,
    N = 3
};

/* Inputs are multiples of this, and points of the differences are whole steps of it away, so that
 * both are floats without rounding. */
#define STEP 0x1p-10

/* Four-point differences err by about step^4 / 30 times the fifth derivative, 3e-14 of it, and by
 * the 1e-16 of the function's rounding over the step; what is left is far below this. */
#define TOLERANCE 1e-9

/* Multiples of STEP in [-2, 2], the same for the same stream. */
static const float *random_values(uint32_t stream)
{
    static float values[MAX_LENGTH];
    gm_rng rng;
    gm_rng_init(&rng, 1, GM_RNG_TEST, stream);
    for (int i = 0; i < MAX_LENGTH; ++i)
        values[i] = ((float)gm_rng_below(&rng, 4097) - 2048) * (float)STEP;
    return values;
}

/* A function of whatever its arguments' buffers hold. */
typedef double (*objective)(const void *args);

/* sum_i weights[i] y[i]: its gradient with respect to y is `weights`. */
static double weighted_sum(const gm_buffer *y, const float *weights)
{
    double values[MAX_LENGTH];
    read_buffer(y, values);
    double sum = 0;
    for (size_t i = 0; i < y->length; ++i)
        sum += (double)weights[i] * values[i];
    return sum;
}

static void check_gradient(objective f, const void *args, gm_buffer *input,
                           const gm_buffer *gradient)
{
    float values[MAX_LENGTH];
    double expected[MAX_LENGTH];
    read_buffer(gradient, expected);
    ck_assert_uint_eq(input->length, gradient->length);
    ck_assert_int_eq(gm_backend_download(reference, input, 0, input->length, values), GEMLET_OK);
    for (size_t i = 0; i < input->length; ++i) {
        double at[5];
        for (int k = 0; k < 5; ++k) {
            const float moved = values[i] + (float)(k - 2) * (float)STEP;
            ck_assert_int_eq(gm_backend_upload(reference, input, i, 1, &moved), GEMLET_OK);
            at[k] = f(args);
        }
        ck_assert_int_eq(gm_backend_upload(reference, input, i, 1, &values[i]), GEMLET_OK);
        const double difference = (8 * (at[3] - at[1]) - (at[4] - at[0])) / (12 * STEP);
        ck_assert_double_eq_tol(difference, expected[i], TOLERANCE * fmax(1, fabs(expected[i])));
    }
}

static double dense_objective(const void *args)
{
    const gm_dense_fwd_args *forward = args;
    ck_assert_int_eq(gm_dense_fwd(reference, forward), GEMLET_OK);
    return weighted_sum(forward->y.buffer, random_values(9));
}

START_TEST(gradients_of_a_dense_layer)
{
    const gm_dense_fwd_args forward = {
        .x = add_matrix(random_values(1), B, K),
        .w = add_matrix(random_values(2), K, N),
        .bias = add_vector(random_values(3), N),
        .activation = GEMLET_ACTIVATION_TANH,
        .y = add_matrix(NULL, B, N),
    };
    const gm_matrix dz = add_matrix(NULL, B, N);
    const gm_act_bwd_args activation = {.kept = forward.y,
                                        .dy = add_matrix(random_values(9), B, N),
                                        .activation = GEMLET_ACTIVATION_TANH,
                                        .dz = dz};
    const gm_dense_bwd_w_args weights = {
        .x = forward.x, .dz = dz, .dw = add_matrix(NULL, K, N), .dbias = add_vector(NULL, N)};
    const gm_dense_bwd_x_args input = {.dz = dz, .w = forward.w, .dx = add_matrix(NULL, B, K)};
    ck_assert_int_eq(gm_dense_fwd(reference, &forward), GEMLET_OK);
    ck_assert_int_eq(gm_act_bwd(reference, &activation), GEMLET_OK);
    ck_assert_int_eq(gm_dense_bwd_w(reference, &weights), GEMLET_OK);
    ck_assert_int_eq(gm_dense_bwd_x(reference, &input), GEMLET_OK);
    check_gradient(dense_objective, &forward, forward.w.buffer, weights.dw.buffer);
    check_gradient(dense_objective, &forward, forward.bias.buffer, weights.dbias.buffer);
    check_gradient(dense_objective, &forward, forward.x.buffer, input.dx.buffer);
}
END_TEST

static double batch_norm_objective(const void *args)
{
    const gm_bn_act_fwd_train_args *forward = args;
    ck_assert_int_eq(gm_bn_act_fwd_train(reference, forward), GEMLET_OK);
    return weighted_sum(forward->y.buffer, random_values(9));
}

/* Identity, sigmoid and tanh; relu has no differences at its kink. */
START_TEST(gradients_of_batch_norm)
{
    static const gemlet_activation activations[] = {
        GEMLET_ACTIVATION_IDENTITY, GEMLET_ACTIVATION_SIGMOID, GEMLET_ACTIVATION_TANH};
    const gm_bn_act_fwd_train_args forward = {
        .z = add_matrix(random_values(1), B, N),
        .gamma = add_vector(random_values(2), N),
        .beta = add_vector(random_values(3), N),
        .eps = 0.1f,
        .momentum = 0.1f,
        .activation = activations[_i],
        .mean = add_vector(NULL, N),
        .var = add_vector(NULL, N),
        .running_mean = add_vector(NULL, N),
        .running_var = add_vector(NULL, N),
        .y = add_matrix(NULL, B, N),
    };
    const gm_bn_act_bwd_args backward = {
        .z = forward.z,
        .y = forward.y,
        .dy = add_matrix(random_values(9), B, N),
        .mean = forward.mean,
        .var = forward.var,
        .gamma = forward.gamma,
        .eps = forward.eps,
        .activation = forward.activation,
        .dgamma = add_vector(NULL, N),
        .dbeta = add_vector(NULL, N),
        .dz = add_matrix(NULL, B, N),
    };
    ck_assert_int_eq(gm_bn_act_fwd_train(reference, &forward), GEMLET_OK);
    ck_assert_int_eq(gm_bn_act_bwd(reference, &backward), GEMLET_OK);
    check_gradient(batch_norm_objective, &forward, forward.z.buffer, backward.dz.buffer);
    check_gradient(batch_norm_objective, &forward, forward.gamma.buffer, backward.dgamma.buffer);
    check_gradient(batch_norm_objective, &forward, forward.beta.buffer, backward.dbeta.buffer);
}
END_TEST

static double loss_objective(const void *args)
{
    const gm_softmax_xent_args *loss = args;
    double value;
    ck_assert_int_eq(gm_softmax_xent(reference, loss), GEMLET_OK);
    read_buffer(loss->loss.buffer, &value);
    return value;
}

static double squared_objective(const void *args)
{
    const gm_regression_loss_args *loss = args;
    double value;
    ck_assert_int_eq(gm_regression_loss(reference, loss), GEMLET_OK);
    read_buffer(loss->loss.buffer, &value);
    return value;
}

START_TEST(regression_loss_and_its_gradient)
{
    gm_regression_loss_args args = {
        .outputs = add_matrix((const float[]){1, -2, 3, 0.5f}, 4, 1),
        .targets = add_bits((const float[]){0, -2, 5, -0.5f}, 4),
        .doutputs = add_matrix(NULL, 4, 1),
        .loss = add_vector(NULL, 1),
    };
    ck_assert_int_eq(gm_regression_loss(reference, &args), GEMLET_OK);
    expect_values(args.loss.buffer, (const double[]){(1 + 0 + 4 + 1) / 4.0});
    expect_values(args.doutputs.buffer, (const double[]){0.5, 0, -1, 0.5});
    const gm_matrix gradient = args.doutputs;
    args.doutputs = add_matrix(NULL, 4, 1);
    check_gradient(squared_objective, &args, args.outputs.buffer, gradient.buffer);
}
END_TEST

/* Errors 1, -0.25, -2, 0.5, with Huber's delta 0.5 on the edge of the last. */
START_TEST(robust_losses_and_their_gradients)
{
    static const struct {
        float kind;
        double loss;
        double gradient[4];
    } expected[] = {
        {GEMLET_REGRESSION_LOSS_ABSOLUTE, 3.75, {1, -1, -1, 1}},
        {GEMLET_REGRESSION_LOSS_HUBER,
         0.5 * (1 - 0.25) + 0.03125 + 0.5 * (2 - 0.25) + 0.125,
         {0.5, -0.25, -0.5, 0.5}},
    };
    const float record[GM_RECORD_SIZE] = {
        [GM_RECORD_REGRESSION_LOSS] = expected[_i].kind,
        [GM_RECORD_HUBER_DELTA] = 0.5f,
    };
    gm_regression_loss_args args = {
        .outputs = add_matrix((const float[]){1, -2.25f, 3, 0.5f}, 4, 1),
        .targets = add_bits((const float[]){0, -2, 5, 0}, 4),
        .record = add_vector(record, GM_RECORD_SIZE),
        .doutputs = add_matrix(NULL, 4, 1),
        .loss = add_vector(NULL, 1),
    };
    double gradient[4];
    for (int i = 0; i < 4; ++i)
        gradient[i] = expected[_i].gradient[i] / 4;
    ck_assert_int_eq(gm_regression_loss(reference, &args), GEMLET_OK);
    expect_values(args.loss.buffer, (const double[]){expected[_i].loss / 4});
    expect_values(args.doutputs.buffer, gradient);
}
END_TEST

/* Without and with label smoothing. */
START_TEST(gradient_of_the_loss)
{
    float record[GM_RECORD_SIZE] = {[GM_RECORD_LABEL_SMOOTHING] = 0.25f * (float)_i};
    gm_softmax_xent_args args = {
        .record = add_vector(record, GM_RECORD_SIZE),
        .logits = add_matrix(random_values(1), B, N),
        .labels = add_integers((const uint32_t[]){0, 2, 1, 0, 2}, B),
        .weights = add_vector((const float[]){1, 0.5f, 3, 0, 2}, B),
        .dlogits = add_matrix(NULL, B, N),
        .loss = add_vector(NULL, 1),
        .correct = add_integers((const uint32_t[]){0}, 1),
    };
    ck_assert_int_eq(gm_softmax_xent(reference, &args), GEMLET_OK);
    const gm_matrix gradient = args.dlogits;
    args.dlogits = add_matrix(NULL, B, N);
    check_gradient(loss_objective, &args, args.logits.buffer, gradient.buffer);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("reference_gradients");
    TCase *tests = tcase_create("reference_gradients");
    tcase_add_checked_fixture(tests, set_up_reference, tear_down_reference);
    tcase_add_test(tests, gradients_of_a_dense_layer);
    tcase_add_loop_test(tests, gradients_of_batch_norm, 0, 3);
    tcase_add_test(tests, regression_loss_and_its_gradient);
    tcase_add_loop_test(tests, robust_losses_and_their_gradients, 0, 2);
    tcase_add_loop_test(tests, gradient_of_the_loss, 0, 2);
    suite_add_tcase(suite, tests);
    return suite;
}

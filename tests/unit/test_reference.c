/* SPDX-License-Identifier: MIT
 * Tests of the double-precision reference, the truth of the operation tests: answers known by hand.
 * test_reference_gradients.c has the gradients. */
#include <check.h>
#include <math.h>
#include <stdint.h>

#include "reference_buffers.h"
#include "support/run_suite.h"

START_TEST(dense_layers_multiply)
{
    const gm_matrix x = add_matrix((const float[]){1, 2, 3, 4}, 2, 2);
    const gm_matrix w = add_matrix((const float[]){1, -1, 2, 0}, 2, 2);
    const gm_vector bias = add_vector((const float[]){-6, 0.5f}, 2);
    const gm_matrix y = add_matrix(NULL, 2, 2);
    const gm_dense_fwd_args forward = {
        .x = x, .w = w, .bias = bias, .activation = GEMLET_ACTIVATION_RELU, .y = y};
    ck_assert_int_eq(gm_dense_fwd(reference, &forward), GEMLET_OK);
    expect_values(y.buffer, (const double[]){0, 0, 5, 0});
    const gm_matrix dw = add_matrix(NULL, 2, 2);
    const gm_vector dbias = add_vector(NULL, 2);
    const gm_dense_bwd_w_args weights = {.x = x, .dz = w, .dw = dw, .dbias = dbias};
    ck_assert_int_eq(gm_dense_bwd_w(reference, &weights), GEMLET_OK);
    expect_values(dw.buffer, (const double[]){7, -1, 10, -2});
    expect_values(dbias.buffer, (const double[]){3, -1});
    const gm_matrix dx = add_matrix(NULL, 2, 2);
    const gm_dense_bwd_x_args input = {.dz = x, .w = w, .dx = dx};
    ck_assert_int_eq(gm_dense_bwd_x(reference, &input), GEMLET_OK);
    expect_values(dx.buffer, (const double[]){-1, 2, -1, 6});
}
END_TEST

START_TEST(activations_have_their_values)
{
    static const struct {
        gemlet_activation activation;
        double expected[4]; /* of -1, 0, 1, 800 */
    } known[] = {
        {GEMLET_ACTIVATION_IDENTITY, {-1, 0, 1, 800}},
        {GEMLET_ACTIVATION_RELU, {0, 0, 1, 800}},
        {GEMLET_ACTIVATION_SIGMOID, {0.26894142136999512, 0.5, 0.73105857863000488, 1}},
        {GEMLET_ACTIVATION_TANH, {-0.76159415595576489, 0, 0.76159415595576489, 1}},
    };
    const gm_matrix x = add_matrix((const float[]){-1, 0, 1, 800}, 4, 1);
    const gm_matrix w = add_matrix((const float[]){1}, 1, 1);
    const gm_matrix y = add_matrix(NULL, 4, 1);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; ++i) {
        const gm_dense_fwd_args args = {.x = x, .w = w, .activation = known[i].activation, .y = y};
        ck_assert_int_eq(gm_dense_fwd(reference, &args), GEMLET_OK);
        expect_values(y.buffer, known[i].expected);
    }
}
END_TEST

START_TEST(activations_have_their_values_and_slopes)
{
    static const struct {
        gemlet_activation activation;
        double values[4]; /* of -1, 0, 2, 800, as the following */
        double slopes[4]; /* times dy = 2 */
    } known[] = {
        {GEMLET_ACTIVATION_IDENTITY, {-1, 0, 2, 800}, {2, 2, 2, 2}},
        {GEMLET_ACTIVATION_RELU, {0, 0, 2, 800}, {0, 0, 2, 2}},
        {GEMLET_ACTIVATION_SIGMOID,
         {0.2689414213699951, 0.5, 0.88079707797788243, 1},
         {0.39322386648296371, 0.5, 0.20998717080701303, 0}},
        {GEMLET_ACTIVATION_TANH,
         {-0.76159415595576489, 0, 0.96402758007581688, 1},
         {0.83994868322805211, 2, 0.14130164970632886, 0}},
        {GEMLET_ACTIVATION_LEAKY_RELU,
         {-0.0099999997764825821, 0, 2, 800},
         {0.019999999552965164, 0.019999999552965164, 2, 2}},
        {GEMLET_ACTIVATION_ELU, {-0.63212055882855767, 0, 2, 800}, {0.73575888234288467, 2, 2, 2}},
        {GEMLET_ACTIVATION_SELU,
         {-1.1113307412864784, 0, 2.1014020442962646, 840.56081771850586},
         {1.2935372101131042, 3.5161986926860607, 2.1014020442962646, 2.1014020442962646}},
        {GEMLET_ACTIVATION_GELU,
         {-0.15865525393145707, 0, 1.9544997361036416, 800},
         {-0.16663094117537258, 1, 2.1704636021563939, 2}},
        {GEMLET_ACTIVATION_SILU,
         {-0.2689414213699951, 0, 1.7615941559557646, 800},
         {0.14465897625702651, 1, 2.1815684975697911, 2}},
        {GEMLET_ACTIVATION_MISH,
         {-0.30340146137410895, 0, 1.9439589595339946, 800},
         {0.11843351175479, 1.2, 2.1386358685589792, 2}},
    };
    const gm_matrix a = add_matrix((const float[]){-1, 0, 2, 800}, 2, 2);
    const gm_matrix dy = add_matrix((const float[]){2, 2, 2, 2}, 2, 2);
    const gm_matrix out = add_matrix(NULL, 2, 2);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; ++i) {
        const gm_act_fwd_args forward = {.a = a, .activation = known[i].activation, .y = out};
        ck_assert_int_eq(gm_act_fwd(reference, &forward), GEMLET_OK);
        expect_values(out.buffer, known[i].values);
        const gm_act_bwd_args backward = {
            .kept = a, .kept_is_input = 1, .dy = dy, .activation = known[i].activation, .dz = out};
        ck_assert_int_eq(gm_act_bwd(reference, &backward), GEMLET_OK);
        expect_values(out.buffer, known[i].slopes);
    }
}
END_TEST

START_TEST(activations_have_their_slopes)
{
    static const struct {
        gemlet_activation activation;
        double expected[4]; /* of dy = 2 at y = -0.5, 0, 0.25, 1 */
    } known[] = {
        {GEMLET_ACTIVATION_IDENTITY, {2, 2, 2, 2}},
        {GEMLET_ACTIVATION_RELU, {0, 0, 2, 2}},
        {GEMLET_ACTIVATION_SIGMOID, {-1.5, 0, 0.375, 0}},
        {GEMLET_ACTIVATION_TANH, {1.5, 2, 1.875, 0}},
    };
    const gm_matrix y = add_matrix((const float[]){-0.5f, 0, 0.25f, 1}, 2, 2);
    const gm_matrix dy = add_matrix((const float[]){2, 2, 2, 2}, 2, 2);
    const gm_matrix dz = add_matrix(NULL, 2, 2);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; ++i) {
        const gm_act_bwd_args args = {
            .kept = y, .dy = dy, .activation = known[i].activation, .dz = dz};
        ck_assert_int_eq(gm_act_bwd(reference, &args), GEMLET_OK);
        expect_values(dz.buffer, known[i].expected);
    }
}
END_TEST

/* Columns (1, 5) and (2, 2): means 3 and 2, variances 4 and 0, unbiased 8 and 0. */
START_TEST(batch_norm_measures_its_batch)
{
    const float eps = 0.25f;
    const gm_matrix z = add_matrix((const float[]){1, 2, 5, 2}, 2, 2);
    const gm_matrix y = add_matrix(NULL, 2, 2);
    const gm_vector gamma = add_vector((const float[]){2, 3}, 2);
    const gm_vector beta = add_vector((const float[]){0.5f, -1}, 2);
    const gm_vector mean = add_vector(NULL, 2);
    const gm_vector var = add_vector(NULL, 2);
    const gm_vector running_mean = add_vector((const float[]){4, 4}, 2);
    const gm_vector running_var = add_vector((const float[]){4, 4}, 2);
    const gm_bn_act_fwd_train_args train = {.z = z,
                                            .gamma = gamma,
                                            .beta = beta,
                                            .eps = eps,
                                            .momentum = 0.25f,
                                            .activation = GEMLET_ACTIVATION_IDENTITY,
                                            .mean = mean,
                                            .var = var,
                                            .running_mean = running_mean,
                                            .running_var = running_var,
                                            .y = y};
    ck_assert_int_eq(gm_bn_act_fwd_train(reference, &train), GEMLET_OK);
    const double h = 2 / sqrt(4.25);
    expect_values(mean.buffer, (const double[]){3, 2});
    expect_values(var.buffer, (const double[]){4, 0});
    expect_values(running_mean.buffer, (const double[]){3.75, 3.5});
    expect_values(running_var.buffer, (const double[]){5, 3});
    expect_values(y.buffer, (const double[]){0.5 - 2 * h, -1, 0.5 + 2 * h, -1});
    const gm_bn_act_fwd_test_args test = {.z = z,
                                          .gamma = gamma,
                                          .beta = beta,
                                          .running_mean = mean,
                                          .running_var = running_var,
                                          .eps = eps,
                                          .activation = GEMLET_ACTIVATION_RELU,
                                          .y = y};
    ck_assert_int_eq(gm_bn_act_fwd_test(reference, &test), GEMLET_OK);
    expect_values(y.buffer, (const double[]){0, 0, 0.5 + 4 / sqrt(5.25), 0});
}
END_TEST

START_TEST(softmax_and_its_loss_are_right)
{
    const gm_matrix logits = add_matrix((const float[]){1000, 1000, -1000, -1000}, 2, 2);
    const gm_matrix p = add_matrix(NULL, 2, 2);
    const gm_softmax_args softmax = {.logits = logits, .probabilities = p};
    ck_assert_int_eq(gm_softmax(reference, &softmax), GEMLET_OK);
    expect_values(p.buffer, (const double[]){0.5, 0.5, 0.5, 0.5});
    /* Equal logits: the lowest class counts as largest. */
    const gm_vector loss = add_vector(NULL, 1);
    const gm_vector correct = add_integers((const uint32_t[]){9}, 1);
    const gm_softmax_xent_args args = {.logits = logits,
                                       .labels = add_integers((const uint32_t[]){0, 0}, 2),
                                       .dlogits = p,
                                       .loss = loss,
                                       .correct = correct};
    ck_assert_int_eq(gm_softmax_xent(reference, &args), GEMLET_OK);
    expect_values(loss.buffer, (const double[]){log(2)});
    expect_values(p.buffer, (const double[]){-0.25, 0.25, -0.25, 0.25});
    uint32_t n_correct;
    ck_assert_int_eq(gm_backend_download(reference, correct.buffer, 0, 1, &n_correct), GEMLET_OK);
    ck_assert_uint_eq(n_correct, 2);
}
END_TEST

/* Probabilities 3/4 and 1/4; with E = 1/2 the targets are 3/4 and 1/4 too, or the other way round.
 */
START_TEST(label_smoothing_moves_the_targets)
{
    const float three = (float)log(3);
    const float record[GM_RECORD_SIZE] = {[GM_RECORD_LABEL_SMOOTHING] = 0.5f};
    const gm_matrix dlogits = add_matrix(NULL, 2, 2);
    const gm_vector loss = add_vector(NULL, 1);
    const gm_softmax_xent_args args = {.logits =
                                           add_matrix((const float[]){three, 0, three, 0}, 2, 2),
                                       .labels = add_integers((const uint32_t[]){0, 1}, 2),
                                       .record = add_vector(record, GM_RECORD_SIZE),
                                       .dlogits = dlogits,
                                       .loss = loss,
                                       .correct = add_integers((const uint32_t[]){9}, 1)};
    ck_assert_int_eq(gm_softmax_xent(reference, &args), GEMLET_OK);
    /* of the rows -(3/4 ln 3/4 + 1/4 ln 1/4) and -(1/4 ln 3/4 + 3/4 ln 1/4): the mean of their
     * logarithms; of log(3) as a float */
    double losses[1], gradients[4];
    read_buffer(loss.buffer, losses);
    read_buffer(dlogits.buffer, gradients);
    ck_assert_double_eq_tol(losses[0], -0.5 * (log(0.75) + log(0.25)), 1e-7);
    const double expected[] = {0, 0, 0.25, -0.25};
    for (size_t i = 0; i < 4; ++i)
        ck_assert_double_eq_tol(gradients[i], expected[i], 1e-7);
}
END_TEST

START_TEST(sgd_steps_and_decays)
{
    const gm_vector parameters = add_vector((const float[]){1, 1, -2}, 3);
    const float record[GM_RECORD_SIZE] = {
        [GM_RECORD_LEARNING_RATE] = 0.5f, [GM_RECORD_WEIGHT_DECAY] = 0.25f};
    const gm_sgd_step_args args = {.parameters = parameters,
                                   .gradients = add_vector((const float[]){2, 2, 4}, 3),
                                   .record = add_vector(record, GM_RECORD_SIZE),
                                   .n_decayed = 1};
    ck_assert_int_eq(gm_sgd_step(reference, &args), GEMLET_OK);
    expect_values(parameters.buffer, (const double[]){-0.125, 0, -4});
}
END_TEST

/* d = 2.25, 2, 4; v = 0.5 v + d = 4.25, 2, 3. */
START_TEST(sgd_keeps_momentum)
{
    for (int nesterov = 0; nesterov <= 1; ++nesterov) {
        const gm_vector parameters = add_vector((const float[]){1, 1, -2}, 3);
        const gm_vector momentum = add_vector((const float[]){4, 0, -2}, 3);
        const float record[GM_RECORD_SIZE] = {[GM_RECORD_LEARNING_RATE] = 0.5f,
                                              [GM_RECORD_WEIGHT_DECAY] = 0.25f,
                                              [GM_RECORD_MOMENTUM] = 0.5f,
                                              [GM_RECORD_NESTEROV] = (float)nesterov};
        const gm_sgd_momentum_step_args args = {
            .parameters = parameters,
            .momentum = momentum,
            .gradients = add_vector((const float[]){2, 2, 4}, 3),
            .record = add_vector(record, GM_RECORD_SIZE),
            .n_decayed = 1,
        };
        ck_assert_int_eq(gm_sgd_momentum_step(reference, &args), GEMLET_OK);
        expect_values(momentum.buffer, (const double[]){4.25, 2, 3});
        expect_values(parameters.buffer, nesterov ? (const double[]){-1.1875, -0.5, -4.75}
                                                  : (const double[]){-1.125, 0, -3.5});
    }
}
END_TEST

/* Step 1 with beta1 = 0.5, beta2 = 0.75: c1 = 2, c2 = 4. d = 2.5, 2, 4 with coupled decay, else
 * the gradient; m = 0.5 m + 0.5 d, v = 0.75 v + 0.25 d^2. */
START_TEST(adam_divides_by_the_root_of_the_second_moment)
{
    for (int decoupled = 0; decoupled <= 1; ++decoupled) {
        const double p[] = {1, 1, -2};
        const double m[] = {1, 0, -2};
        const double v[] = {1, 0, 3};
        const double d[] = {decoupled ? 2 : 2.5, 2, 4};
        double new_p[3];
        double new_m[3];
        double new_v[3];
        for (int i = 0; i < 3; ++i) {
            new_m[i] = 0.5 * m[i] + 0.5 * d[i];
            new_v[i] = 0.75 * v[i] + 0.25 * d[i] * d[i];
            const double m_hat = new_m[i] / (1 - 0.5);
            const double v_hat = new_v[i] / (1 - 0.75);
            const double decayed = decoupled && i == 0 ? p[i] * (1 - 0.5 * 0.5) : p[i];
            new_p[i] = decayed - 0.5 * m_hat / (sqrt(v_hat) + 0.125);
        }
        const gm_vector parameters = add_vector((const float[]){1, 1, -2}, 3);
        const gm_vector first = add_vector((const float[]){1, 0, -2}, 3);
        const gm_vector second = add_vector((const float[]){1, 0, 3}, 3);
        const float record[GM_RECORD_SIZE] = {
            [GM_RECORD_LEARNING_RATE] = 0.5f,    [GM_RECORD_WEIGHT_DECAY] = 0.5f,
            [GM_RECORD_NEW_FIRST] = 0.5f,        [GM_RECORD_NEW_SECOND] = 0.25f,
            [GM_RECORD_FIRST_CORRECTION] = 2.0f, [GM_RECORD_SECOND_CORRECTION] = 4.0f,
            [GM_RECORD_EPSILON] = 0.125f,        [GM_RECORD_DECOUPLED] = (float)decoupled,
        };
        const gm_adam_step_args args = {
            .parameters = parameters,
            .first_moment = first,
            .second_moment = second,
            .gradients = add_vector((const float[]){2, 2, 4}, 3),
            .record = add_vector(record, GM_RECORD_SIZE),
            .n_decayed = 1,
        };
        ck_assert_int_eq(gm_adam_step(reference, &args), GEMLET_OK);
        expect_values(first.buffer, new_m);
        expect_values(second.buffer, new_v);
        expect_values(parameters.buffer, new_p);
    }
}
END_TEST

/* Of 20 columns and 500 rows: mean, deviation and the share beyond two deviations of a normal
 * distribution (4.55 %; of this sum of eight 4.2), each within four of its own deviations. */
START_TEST(noise_is_nearly_normal)
{
    const float zeros[20] = {0};
    float record[GM_RECORD_SIZE] = {[GM_RECORD_INPUT_NOISE] = (float)(0.5 / 53510)};
    double sum = 0;
    double squares = 0;
    int n_far = 0;
    for (int step = 0; step < 500; ++step) {
        record[GM_RECORD_KEY] = (float)step;
        double values[20];
        const gm_noise_args args = {.x = add_matrix(zeros, 4, 5),
                                    .record = add_vector(record, GM_RECORD_SIZE),
                                    .y = add_matrix(NULL, 4, 5)};
        ck_assert_int_eq(gm_noise(reference, &args), GEMLET_OK);
        read_buffer(args.y.buffer, values);
        for (int i = 0; i < 20; ++i) {
            sum += values[i];
            squares += values[i] * values[i];
            n_far += fabs(values[i]) > 1 ? 1 : 0;
        }
        tear_down_reference();
        set_up_reference();
    }
    ck_assert_double_le(fabs(sum / 10000), 4 * 0.5 / 100);
    ck_assert_double_eq_tol(sqrt(squares / 10000), 0.5, 4 * 0.5 / sqrt(20000));
    ck_assert_int_ge(n_far, 340);
    ck_assert_int_le(n_far, 500);
}
END_TEST

/* Of three rows the first and the last are mixed, the middle one with itself. */
START_TEST(rows_are_mixed)
{
    const float x[6] = {1, 2, 3, 4, 5, 8};
    const float record[GM_RECORD_SIZE] = {[GM_RECORD_MIXED_PART] = 0.25F};
    const double expected[6] = {2, 3.5, 3, 4, 4, 6.5};
    const gm_mix_rows_args args = {.x = add_matrix(x, 3, 2),
                                   .record = add_vector(record, GM_RECORD_SIZE),
                                   .y = add_matrix(NULL, 3, 2)};
    ck_assert_int_eq(gm_mix_rows(reference, &args), GEMLET_OK);
    expect_values(args.y.buffer, expected);
}
END_TEST

START_TEST(inputs_step_along_the_sign)
{
    const float x[4] = {1, 2, 3, 4};
    const float dx[4] = {1e-30F, -5, 0, -0.0F};
    const float record[GM_RECORD_SIZE] = {[GM_RECORD_ADVERSARIAL] = 0.25F};
    const double expected[4] = {1.25, 1.75, 3, 4};
    const gm_sign_step_args args = {.x = add_matrix(x, 2, 2),
                                    .dx = add_matrix(dx, 2, 2),
                                    .record = add_vector(record, GM_RECORD_SIZE),
                                    .y = add_matrix(NULL, 2, 2)};
    ck_assert_int_eq(gm_sign_step(reference, &args), GEMLET_OK);
    expect_values(args.y.buffer, expected);
}
END_TEST

/* Steps of the length 0.5; rows of zeros and of next to nothing have no direction. */
START_TEST(rows_step_along_their_direction)
{
    const float x[8] = {1, 2, 1, 2, 1, 2, 1, 2};
    const float g[8] = {3, -4, 0, -0.0F, 3e-25F, 4e-25F, 0, 0x1p-101F};
    const float record[GM_RECORD_SIZE] = {[GM_RECORD_VIRTUAL_STEP] = 0.5F};
    const double expected[8] = {1.3, 1.6, 1, 2, 1.3, 2.4, 1, 2};
    const gm_row_step_args args = {.x = add_matrix(x, 4, 2),
                                   .g = add_matrix(g, 4, 2),
                                   .record = add_vector(record, GM_RECORD_SIZE),
                                   .item = GM_RECORD_VIRTUAL_STEP,
                                   .y = add_matrix(NULL, 4, 2)};
    double values[8];
    ck_assert_int_eq(gm_row_step(reference, &args), GEMLET_OK);
    read_buffer(args.y.buffer, values);
    for (int i = 0; i < 8; ++i)
        ck_assert_double_eq_tol(values[i], expected[i], 1e-7);
}
END_TEST

/* Probabilities 0.5 and 0.5, and 0.75 and 0.25. */
START_TEST(the_gradient_of_a_divergence_is_right)
{
    const float logits[4] = {7, 7, 1, 1 - 1.0986123F};
    const float targets[4] = {1, 0, 0.5F, 0.5F};
    const float record[GM_RECORD_SIZE] = {[GM_RECORD_VIRTUAL_WEIGHT] = 2};
    const double expected[4] = {-0.5, 0.5, 0.25, -0.25};
    const gm_softmax_kl_args args = {.logits = add_matrix(logits, 2, 2),
                                     .targets = add_matrix(targets, 2, 2),
                                     .record = add_vector(record, GM_RECORD_SIZE),
                                     .dlogits = add_matrix(NULL, 2, 2)};
    double values[4];
    ck_assert_int_eq(gm_softmax_kl(reference, &args), GEMLET_OK);
    read_buffer(args.dlogits.buffer, values);
    for (int i = 0; i < 4; ++i)
        ck_assert_double_eq_tol(values[i], expected[i], 1e-7);
}
END_TEST

/* 9 + 16 and 144 + 0, of blocks of 16: the norm is 13. */
START_TEST(norms_are_clipped)
{
    float values[18] = {3, -4};
    double expected[18];
    values[16] = 12;
    const gm_vector gradients = add_vector(values, 18);
    const gm_vector sums = add_vector(NULL, 2);
    const gm_norm_squares_args squares = {.values = gradients, .sums = sums};
    ck_assert_int_eq(gm_norm_squares(reference, &squares), GEMLET_OK);
    expect_values(sums.buffer, (const double[]){25, 144});
    for (int limit = 26; limit > 0; limit -= 25) { /* twice the norm, then 1 */
        const float record[GM_RECORD_SIZE] = {[GM_RECORD_CLIP_NORM] = (float)limit};
        const gm_norm_clip_args clip = {
            .gradients = gradients, .sums = sums, .record = add_vector(record, GM_RECORD_SIZE)};
        ck_assert_int_eq(gm_norm_clip(reference, &clip), GEMLET_OK);
        for (int i = 0; i < 18; ++i)
            expected[i] = (double)values[i] / (limit == 1 ? 13 : 1);
        expect_values(gradients.buffer, expected);
    }
}
END_TEST

/* Columns of the norms 5 and 1. */
START_TEST(weights_of_a_unit_have_a_largest_norm)
{
    const gm_matrix weights = add_matrix((const float[]){3, 0, -4, 1}, 2, 2);
    const float record[GM_RECORD_SIZE] = {[GM_RECORD_MAX_NORM] = 2.5f};
    const gm_norm_max_args args = {.weights = weights,
                                   .record = add_vector(record, GM_RECORD_SIZE)};
    ck_assert_int_eq(gm_norm_max(reference, &args), GEMLET_OK);
    expect_values(weights.buffer, (const double[]){1.5, 0, -2, 1});
}
END_TEST

START_TEST(averages_come_closer)
{
    const gm_vector averages = add_vector((const float[]){1, 1, -2}, 3);
    const float record[GM_RECORD_SIZE] = {[GM_RECORD_AVERAGE_WEIGHT] = 0.25f};
    const gm_average_step_args args = {.averages = averages,
                                       .values = add_vector((const float[]){1, 5, 2}, 3),
                                       .record = add_vector(record, GM_RECORD_SIZE)};
    ck_assert_int_eq(gm_average_step(reference, &args), GEMLET_OK);
    expect_values(averages.buffer, (const double[]){1, 2, -1});
}
END_TEST

START_TEST(gather_follows_the_order)
{
    const gm_matrix x = add_matrix(NULL, 3, 2);
    const gm_vector batch_labels = add_integers((const uint32_t[]){9, 9, 9}, 3);
    const gm_gather_batch_args args = {
        .features = add_matrix((const float[]){1, 2, 3, 4}, 2, 2),
        .labels = add_integers((const uint32_t[]){7, 8}, 2),
        .order = add_integers((const uint32_t[]){1, 0, 1}, 3),
        .scale = 0.5f,
        .x = x,
        .batch_labels = batch_labels,
    };
    ck_assert_int_eq(gm_gather_batch(reference, &args), GEMLET_OK);
    expect_values(x.buffer, (const double[]){1.5, 2, 0.5, 1, 1.5, 2});
    uint32_t labels[3];
    ck_assert_int_eq(gm_backend_download(reference, batch_labels.buffer, 0, 3, labels), GEMLET_OK);
    ck_assert_uint_eq(labels[0], 8);
    ck_assert_uint_eq(labels[1], 7);
    ck_assert_uint_eq(labels[2], 8);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("reference");
    TCase *tests = tcase_create("reference");
    tcase_add_checked_fixture(tests, set_up_reference, tear_down_reference);
    tcase_add_test(tests, dense_layers_multiply);
    tcase_add_test(tests, activations_have_their_values);
    tcase_add_test(tests, activations_have_their_slopes);
    tcase_add_test(tests, activations_have_their_values_and_slopes);
    tcase_add_test(tests, batch_norm_measures_its_batch);
    tcase_add_test(tests, softmax_and_its_loss_are_right);
    tcase_add_test(tests, label_smoothing_moves_the_targets);
    tcase_add_test(tests, sgd_steps_and_decays);
    tcase_add_test(tests, sgd_keeps_momentum);
    tcase_add_test(tests, noise_is_nearly_normal);
    tcase_add_test(tests, rows_are_mixed);
    tcase_add_test(tests, inputs_step_along_the_sign);
    tcase_add_test(tests, rows_step_along_their_direction);
    tcase_add_test(tests, the_gradient_of_a_divergence_is_right);
    tcase_add_test(tests, norms_are_clipped);
    tcase_add_test(tests, weights_of_a_unit_have_a_largest_norm);
    tcase_add_test(tests, averages_come_closer);
    tcase_add_test(tests, adam_divides_by_the_root_of_the_second_moment);
    tcase_add_test(tests, gather_follows_the_order);
    suite_add_tcase(suite, tests);
    return suite;
}

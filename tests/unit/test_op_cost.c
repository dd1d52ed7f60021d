/* SPDX-License-Identifier: MIT
 * The count of FLOPs and bytes of every operation, against sums done by hand. */
#include "backend/ops.h"
#include "support/run_suite.h"

static gm_buffer reals = {GM_REAL, 1u << 20};
static gm_buffer bytes = {GM_U8, 1u << 20};

static gm_matrix matrix(gemlet_dim rows, gemlet_dim cols)
{
    return (gm_matrix){&reals, 0, cols + 3, rows, cols};
}

static gm_vector vector(size_t length)
{
    return (gm_vector){&reals, 0, length};
}

static void check_cost(gm_op_cost cost, uint64_t n_flops, uint64_t n_bytes)
{
    ck_assert_uint_eq(cost.n_flops, n_flops);
    ck_assert_uint_eq(cost.n_bytes, n_bytes);
}

START_TEST(products_count_both_factors_and_the_result)
{
    const gm_vector none = {0};
    /* 2 x 3 x 5: 60 FLOPs; 6 + 15 + 10 floats */
    check_cost(gm_op_cost_product(2, 3, 5), 60, 4 * 31);
    check_cost(gm_op_cost_of(&gm_op_dense_fwd, &(gm_dense_fwd_args){.x = matrix(2, 3),
                                                                    .w = matrix(3, 5),
                                                                    .bias = vector(5),
                                                                    .y = matrix(2, 5)}),
               60, 4 * (31 + 5));
    check_cost(gm_op_cost_of(&gm_op_dense_fwd, &(gm_dense_fwd_args){.x = matrix(2, 3),
                                                                    .w = matrix(3, 5),
                                                                    .bias = none,
                                                                    .y = matrix(2, 5)}),
               60, 4 * 31);
    check_cost(gm_op_cost_of(&gm_op_dense_bwd_w, &(gm_dense_bwd_w_args){.x = matrix(2, 3),
                                                                        .dz = matrix(2, 5),
                                                                        .dw = matrix(3, 5),
                                                                        .dbias = vector(5)}),
               60, 4 * (31 + 5));
    check_cost(gm_op_cost_of(&gm_op_dense_bwd_x, &(gm_dense_bwd_x_args){.dz = matrix(2, 5),
                                                                        .w = matrix(3, 5),
                                                                        .dx = matrix(2, 3)}),
               60, 4 * 31);
    /* beyond 32 bits */
    check_cost(gm_op_cost_product(1u << 16, 1u << 16, 1u << 16), (uint64_t)1 << 49,
               3 * ((uint64_t)1 << 34));
}
END_TEST

START_TEST(the_rest_counts_traffic_only)
{
    const gm_matrix m = matrix(4, 6);
    const gm_vector v = vector(6);
    check_cost(gm_op_cost_of(&gm_op_act_bwd, &(gm_act_bwd_args){.kept = m, .dy = m, .dz = m}), 0,
               4 * 72);
    check_cost(gm_op_cost_of(&gm_op_bn_act_fwd_train,
                             &(gm_bn_act_fwd_train_args){m, v, v, 0.0f, 0.0f,
                                                         GEMLET_ACTIVATION_RELU, v, v, v, v, m}),
               0, 4 * (48 + 48));
    check_cost(
        gm_op_cost_of(&gm_op_bn_act_fwd_test,
                      &(gm_bn_act_fwd_test_args){m, v, v, v, v, 0.0f, GEMLET_ACTIVATION_RELU, m}),
        0, 4 * (48 + 24));
    check_cost(
        gm_op_cost_of(&gm_op_bn_act_bwd, &(gm_bn_act_bwd_args){m, m, m, v, v, v, 0.0f,
                                                               GEMLET_ACTIVATION_RELU, v, v, m}),
        0, 4 * (96 + 30));
    check_cost(gm_op_cost_of(&gm_op_softmax, &(gm_softmax_args){m, m}), 0, 4 * 48);
    check_cost(gm_op_cost_of(&gm_op_softmax_xent, &(gm_softmax_xent_args){.logits = m,
                                                                          .labels = vector(4),
                                                                          .dlogits = m,
                                                                          .loss = vector(1),
                                                                          .correct = vector(1)}),
               0, 4 * (48 + 4 + 2));
    check_cost(gm_op_cost_of(&gm_op_sgd_step, &(gm_sgd_step_args){vector(100), vector(100),
                                                                  vector(GM_RECORD_SIZE), 50}),
               0, 4 * (300 + GM_RECORD_SIZE));
}
END_TEST

START_TEST(gathering_bytes_reads_bytes)
{
    gm_gather_batch_args args = {.features = {&bytes, 0, 6, 50, 6},
                                 .labels = vector(50),
                                 .order = vector(4),
                                 .x = matrix(4, 6),
                                 .batch_labels = vector(4)};
    /* values in, values out, order, labels in and out */
    check_cost(gm_op_cost_of(&gm_op_gather_batch, &args), 0, 24 + 4 * (24 + 4 + 8));
    args.features.buffer = &reals;
    check_cost(gm_op_cost_of(&gm_op_gather_batch, &args), 0, 4 * (24 + 24 + 4 + 8));
    args.labels = (gm_vector){0};
    args.batch_labels = (gm_vector){0};
    check_cost(gm_op_cost_of(&gm_op_gather_batch, &args), 0, 4 * (24 + 24 + 4));
}
END_TEST

START_TEST(a_step_has_no_dx_of_the_first_layer)
{
    const gemlet_spec headline = {
        .n_inputs = 784, .n_layers = 3, .layers = {{.width = 150}, {.width = 150}, {.width = 10}}};
    const uint64_t n_flops =
        2 * (2 * 64 * 784 * 150) + 3 * (2 * 64 * 150 * 150) + 3 * (2 * 64 * 150 * 10);
    const uint64_t n_parameters = 784 * 150 + 150 + 150 * 150 + 150 + 150 * 10 + 10;
    check_cost(gm_op_cost_step(&headline, 64, 1), n_flops, 8 * n_parameters + 64 * 784);
    const gemlet_spec one_layer = {.n_inputs = 7, .n_layers = 1, .layers = {{.width = 3}}};
    check_cost(gm_op_cost_step(&one_layer, 5, 4), 2 * 2 * 5 * 7 * 3, 8 * (7 * 3 + 3) + 4 * 5 * 7);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("op_cost");
    TCase *count = tcase_create("count");
    tcase_add_test(count, products_count_both_factors_and_the_result);
    tcase_add_test(count, the_rest_counts_traffic_only);
    tcase_add_test(count, gathering_bytes_reads_bytes);
    tcase_add_test(count, a_step_has_no_dx_of_the_first_layer);
    suite_add_tcase(suite, count);
    return suite;
}

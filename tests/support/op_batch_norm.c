/* SPDX-License-Identifier: MIT
 * Descriptors of bn_act_fwd_train, bn_act_fwd_test and bn_act_bwd. Shape: B x N.
 */
#include <math.h>

#include "support/op_case.h"

enum {
    DATA_RANDOM,
    DATA_PAIRS,       /* m (1 + f) and m (1 - f) in powers of two: the statistics are exact */
    DATA_ADVERSARIAL, /* columns in turn: constant, mean 1e4 with std 1, normal */
    DATA_NAN          /* one NaN, which takes its column with it */
};

#define FLAG_ALIAS 1u

static const float eps = 1e-5f;
static const float momentum = 0.1f;

static int is_power_of_two(gemlet_dim n)
{
    return (n & (n - 1)) == 0;
}

/* Sums of pairs are exact in any order; their division by B is, if B is a power of two. */
static void fill_pairs(op_case *c, op_tensor *z)
{
    for (size_t n = 0; n < z->cols; ++n) {
        const double m = ldexp(n % 2 == 0 ? 1 : -1, (int)gm_rng_below(&c->rng, 4));
        const double f = ldexp(1, -1 - (int)gm_rng_below(&c->rng, 4));
        for (size_t i = 0; i < z->rows; ++i)
            z->initial[i * z->cols + n] = i % 2 == 0 ? m * (1 + f) : m * (1 - f);
    }
}

static void fill_z(op_case *c, op_tensor *z)
{
    if (c->variant->data == DATA_PAIRS) {
        fill_pairs(c, z);
        return;
    }
    op_fill_normal(c, z, 0.5, 2);
    for (size_t i = 0; c->variant->data == DATA_ADVERSARIAL && i < op_size(z); ++i) {
        const size_t n = i % z->cols;
        if (n % 3 == 0)
            z->initial[i] = z->initial[n];
        if (n % 3 == 1)
            z->initial[i] = op_round(1e4 + z->initial[i] / 2);
    }
    if (c->variant->data == DATA_NAN)
        z->initial[op_size(z) / 2] = (double)NAN;
}

/* Adds gamma around 1 and beta on both sides of 0. */
static void add_affine(op_case *c, gemlet_dim n_columns)
{
    op_fill_uniform(c, op_add(c, 1, n_columns), 0.5, 1.5);
    op_fill_alternating(c, op_add(c, 1, n_columns), 0.25);
}

/* ---- bn_act_fwd_train ----------------------------------------------------------------------- */

enum {
    TRAIN_Z,
    TRAIN_GAMMA,
    TRAIN_BETA,
    TRAIN_MEAN,
    TRAIN_VAR,
    TRAIN_RUNNING_MEAN,
    TRAIN_RUNNING_VAR,
    TRAIN_Y
};

static const op_variant train_variants[] = {
    {"random-identity", DATA_RANDOM, GEMLET_ACTIVATION_IDENTITY, 0},
    {"random-relu", DATA_RANDOM, GEMLET_ACTIVATION_RELU, 0},
    {"random-sigmoid", DATA_RANDOM, GEMLET_ACTIVATION_SIGMOID, 0},
    {"random-tanh", DATA_RANDOM, GEMLET_ACTIVATION_TANH, 0},
    {"pairs-relu", DATA_PAIRS, GEMLET_ACTIVATION_RELU, 0},
    {"adversarial-identity", DATA_ADVERSARIAL, GEMLET_ACTIVATION_IDENTITY, 0},
    {"nan-relu", DATA_NAN, GEMLET_ACTIVATION_RELU, 0},
};

static int train_prepare(op_case *c)
{
    const gemlet_dim batch = c->dims[0];
    const gemlet_dim n_columns = c->dims[1];
    if (c->variant->data == DATA_PAIRS && (batch < 2 || !is_power_of_two(batch)))
        return 0;
    fill_z(c, op_add(c, batch, n_columns));
    add_affine(c, n_columns);
    op_add(c, 1, n_columns);
    op_tensor *var = op_add(c, 1, n_columns);
    var->may_be_plain = batch == 1; /* all zero then */
    op_fill_normal(c, op_add(c, 1, n_columns), 0, 1);
    op_fill_uniform(c, op_add(c, 1, n_columns), 0.5, 2);
    op_tensor *y = op_add(c, batch, n_columns);
    /* With one row, or of a constant column, y is act(beta): the same in all rows. */
    y->may_be_plain = batch == 1 || n_columns == 1;
    for (unsigned i = TRAIN_MEAN; i < c->n_tensors; ++i)
        c->tensors[i].nan_allowed = c->variant->data == DATA_NAN;
    return 1;
}

static void train_set_numbers(const op_case *c, gm_any_args *args)
{
    (void)c;
    args->bn_act_fwd_train.eps = eps;
    args->bn_act_fwd_train.momentum = momentum;
}

static void train_narrow_bounds(op_case *c)
{
    if (c->variant->data == DATA_PAIRS) { /* no statistic is rounded */
        op_expect_exact(&c->tensors[TRAIN_MEAN]);
        op_expect_exact(&c->tensors[TRAIN_VAR]);
    }
}

const op_descriptor op_bn_act_fwd_train = {
    .op = &gm_op_bn_act_fwd_train,
    .n_dims = 2,
    .max_product = 66000,
    .variants = train_variants,
    .n_variants = sizeof train_variants / sizeof train_variants[0],
    .prepare = train_prepare,
    .set_numbers = train_set_numbers,
    .narrow_bounds = train_narrow_bounds,
};

/* ---- bn_act_fwd_test ------------------------------------------------------------------------ */

enum {
    TEST_Z
};

static const op_variant test_variants[] = {
    {"random-identity", DATA_RANDOM, GEMLET_ACTIVATION_IDENTITY, 0},
    {"random-relu", DATA_RANDOM, GEMLET_ACTIVATION_RELU, 0},
    {"random-sigmoid", DATA_RANDOM, GEMLET_ACTIVATION_SIGMOID, 0},
    {"random-tanh", DATA_RANDOM, GEMLET_ACTIVATION_TANH, 0},
    {"random-relu-in-place", DATA_RANDOM, GEMLET_ACTIVATION_RELU, FLAG_ALIAS},
    {"adversarial-identity", DATA_ADVERSARIAL, GEMLET_ACTIVATION_IDENTITY, 0},
    {"nan-relu", DATA_NAN, GEMLET_ACTIVATION_RELU, 0},
};

static int test_prepare(op_case *c)
{
    const gemlet_dim n_columns = c->dims[1];
    fill_z(c, op_add(c, c->dims[0], n_columns));
    add_affine(c, n_columns);
    op_tensor *mean = op_add(c, 1, n_columns);
    op_fill_normal(c, mean, 0.5, 0.1);
    for (size_t n = 1; c->variant->data == DATA_ADVERSARIAL && n < n_columns; n += 3)
        mean->initial[n] = op_round(1e4 + mean->initial[n]);
    op_fill_uniform(c, op_add(c, 1, n_columns), 0.5, 5);
    op_tensor *y = op_add(c, c->dims[0], n_columns);
    y->nan_allowed = c->variant->data == DATA_NAN;
    /* The sign of gamma h + beta leans to one side in a column, and one constant column is plain.
     */
    y->may_be_plain = n_columns == 1;
    if ((c->variant->flags & FLAG_ALIAS) != 0)
        y->alias = TEST_Z;
    return 1;
}

static void test_set_numbers(const op_case *c, gm_any_args *args)
{
    (void)c;
    args->bn_act_fwd_test.eps = eps;
}

const op_descriptor op_bn_act_fwd_test = {
    .op = &gm_op_bn_act_fwd_test,
    .n_dims = 2,
    .max_product = 66000,
    .variants = test_variants,
    .n_variants = sizeof test_variants / sizeof test_variants[0],
    .prepare = test_prepare,
    .set_numbers = test_set_numbers,
};

/* ---- bn_act_bwd ----------------------------------------------------------------------------- */

enum {
    BWD_Z,
    BWD_Y,
    BWD_DY,
    BWD_MEAN,
    BWD_VAR,
    BWD_GAMMA,
    BWD_DGAMMA,
    BWD_DBETA,
    BWD_DZ
};

static const op_variant bwd_variants[] = {
    {"random-identity", DATA_RANDOM, GEMLET_ACTIVATION_IDENTITY, 0},
    {"random-relu", DATA_RANDOM, GEMLET_ACTIVATION_RELU, 0},
    {"random-sigmoid", DATA_RANDOM, GEMLET_ACTIVATION_SIGMOID, 0},
    {"random-tanh", DATA_RANDOM, GEMLET_ACTIVATION_TANH, 0},
    {"random-relu-in-place", DATA_RANDOM, GEMLET_ACTIVATION_RELU, FLAG_ALIAS},
    {"adversarial-tanh", DATA_ADVERSARIAL, GEMLET_ACTIVATION_TANH, 0},
};

/* Fills mean and var with the statistics of z, and y with what training would give. */
static void fill_forward(op_case *c)
{
    const op_tensor *z = &c->tensors[BWD_Z];
    op_tensor *y = &c->tensors[BWD_Y];
    const double n_rows = (double)z->rows;
    for (size_t n = 0; n < z->cols; ++n) {
        double mean = 0;
        double var = 0;
        for (size_t i = n; i < op_size(z); i += z->cols)
            mean += z->initial[i] / n_rows;
        for (size_t i = n; i < op_size(z); i += z->cols)
            var += (z->initial[i] - mean) * (z->initial[i] - mean) / n_rows;
        c->tensors[BWD_MEAN].initial[n] = op_round(mean);
        c->tensors[BWD_VAR].initial[n] = op_round(var);
        const double beta = 0.5 * gm_rng_normal(&c->rng);
        const double gamma = c->tensors[BWD_GAMMA].initial[n];
        for (size_t i = n; i < op_size(z); i += z->cols) {
            const double h = (z->initial[i] - mean) / sqrt(var + (double)eps);
            y->initial[i] = op_round(op_activate(c->variant->activation, gamma * h + beta));
        }
    }
}

static int bwd_prepare(op_case *c)
{
    const gemlet_dim batch = c->dims[0];
    const gemlet_dim n_columns = c->dims[1];
    fill_z(c, op_add(c, batch, n_columns));
    op_add(c, batch, n_columns);
    op_fill_normal(c, op_add(c, batch, n_columns), 0.3, 1);
    op_add(c, 1, n_columns);
    op_add(c, 1, n_columns);
    op_fill_uniform(c, op_add(c, 1, n_columns), 0.5, 1.5);
    op_tensor *dgamma = op_add(c, 1, n_columns);
    op_add(c, 1, n_columns);
    op_tensor *dz = op_add(c, batch, n_columns);
    /* With one row h is 0, and so are dgamma and dz. */
    dgamma->may_be_plain = batch == 1;
    dz->may_be_plain = batch == 1;
    fill_forward(c);
    if ((c->variant->flags & FLAG_ALIAS) != 0)
        dz->alias = BWD_DY;
    return 1;
}

static void bwd_set_numbers(const op_case *c, gm_any_args *args)
{
    (void)c;
    args->bn_act_bwd.eps = eps;
}

const op_descriptor op_bn_act_bwd = {
    .op = &gm_op_bn_act_bwd,
    .n_dims = 2,
    .max_product = 66000,
    .variants = bwd_variants,
    .n_variants = sizeof bwd_variants / sizeof bwd_variants[0],
    .prepare = bwd_prepare,
    .set_numbers = bwd_set_numbers,
};

/* SPDX-License-Identifier: MIT
 * Descriptors of bn_act_fwd_train, bn_act_fwd_test and bn_act_bwd. Shape: B x N.
 */
#include <math.h>

#include "support/op_case.h"
#include "verify/bounds_batch_norm.h"

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
    op_fill_uniform(c, op_add(c, OP_INPUT, "gamma", GM_REAL, 1, n_columns), 0.5, 1.5);
    op_fill_alternating(c, op_add(c, OP_INPUT, "beta", GM_REAL, 1, n_columns), 0.25);
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
    fill_z(c, op_add(c, OP_INPUT, "z", GM_REAL, batch, n_columns));
    add_affine(c, n_columns);
    op_add(c, OP_OUTPUT, "mean", GM_REAL, 1, n_columns);
    op_tensor *var = op_add(c, OP_OUTPUT, "var", GM_REAL, 1, n_columns);
    var->may_be_plain = batch == 1; /* all zero then */
    op_fill_normal(c, op_add(c, OP_UPDATED, "running_mean", GM_REAL, 1, n_columns), 0, 1);
    op_fill_uniform(c, op_add(c, OP_UPDATED, "running_var", GM_REAL, 1, n_columns), 0.5, 2);
    op_tensor *y = op_add(c, OP_OUTPUT, "y", GM_REAL, batch, n_columns);
    /* With one row, or of a constant column, y is act(beta): the same in all rows. */
    y->may_be_plain = batch == 1 || n_columns == 1;
    for (unsigned i = TRAIN_MEAN; i < c->n_tensors; ++i)
        c->tensors[i].nan_allowed = c->variant->data == DATA_NAN;
    return 1;
}

static gemlet_status train_call(const op_case *c, op_side side, gm_backend *backend)
{
    const gm_bn_act_fwd_train_args args = {
        .z = op_matrix(c, side, TRAIN_Z),
        .gamma = op_vector(c, side, TRAIN_GAMMA),
        .beta = op_vector(c, side, TRAIN_BETA),
        .eps = eps,
        .momentum = momentum,
        .activation = c->variant->activation,
        .mean = op_vector(c, side, TRAIN_MEAN),
        .var = op_vector(c, side, TRAIN_VAR),
        .running_mean = op_vector(c, side, TRAIN_RUNNING_MEAN),
        .running_var = op_vector(c, side, TRAIN_RUNNING_VAR),
        .y = op_matrix(c, side, TRAIN_Y),
    };
    return gm_bn_act_fwd_train(backend, &args);
}

static void train_set_bounds(op_case *c)
{
    const op_tensor *t = c->tensors;
    gm_bounds_bn_act_fwd_train(&(gm_bn_fwd_train_bounds){
        .batch = c->dims[0],
        .columns = c->dims[1],
        .eps = (double)eps,
        .momentum = (double)momentum,
        .activation = c->variant->activation,
        .z = t[TRAIN_Z].initial,
        .gamma = t[TRAIN_GAMMA].initial,
        .beta = t[TRAIN_BETA].initial,
        .running_mean = t[TRAIN_RUNNING_MEAN].initial,
        .running_var = t[TRAIN_RUNNING_VAR].initial,
        .mean_ref = t[TRAIN_MEAN].ref,
        .var_ref = t[TRAIN_VAR].ref,
        .y_ref = t[TRAIN_Y].ref,
        .mean_bound = t[TRAIN_MEAN].bound,
        .var_bound = t[TRAIN_VAR].bound,
        .running_mean_bound = t[TRAIN_RUNNING_MEAN].bound,
        .running_var_bound = t[TRAIN_RUNNING_VAR].bound,
        .y_bound = t[TRAIN_Y].bound,
    });
    if (c->variant->data == DATA_PAIRS) { /* no statistic is rounded */
        op_expect_exact(&c->tensors[TRAIN_MEAN]);
        op_expect_exact(&c->tensors[TRAIN_VAR]);
    }
}

const op_descriptor op_bn_act_fwd_train = {
    .name = "bn_act_fwd_train",
    .n_dims = 2,
    .max_product = 66000,
    .variants = train_variants,
    .n_variants = sizeof train_variants / sizeof train_variants[0],
    .prepare = train_prepare,
    .call = train_call,
    .set_bounds = train_set_bounds,
};

/* ---- bn_act_fwd_test ------------------------------------------------------------------------ */

enum {
    TEST_Z,
    TEST_GAMMA,
    TEST_BETA,
    TEST_RUNNING_MEAN,
    TEST_RUNNING_VAR,
    TEST_Y
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
    fill_z(c, op_add(c, OP_INPUT, "z", GM_REAL, c->dims[0], n_columns));
    add_affine(c, n_columns);
    op_tensor *mean = op_add(c, OP_INPUT, "running_mean", GM_REAL, 1, n_columns);
    op_fill_normal(c, mean, 0.5, 0.1);
    for (size_t n = 1; c->variant->data == DATA_ADVERSARIAL && n < n_columns; n += 3)
        mean->initial[n] = op_round(1e4 + mean->initial[n]);
    op_fill_uniform(c, op_add(c, OP_INPUT, "running_var", GM_REAL, 1, n_columns), 0.5, 5);
    op_tensor *y = op_add(c, OP_OUTPUT, "y", GM_REAL, c->dims[0], n_columns);
    y->nan_allowed = c->variant->data == DATA_NAN;
    /* The sign of gamma h + beta leans to one side in a column, and one constant column is plain.
     */
    y->may_be_plain = n_columns == 1;
    if ((c->variant->flags & FLAG_ALIAS) != 0)
        y->alias = TEST_Z;
    return 1;
}

static gemlet_status test_call(const op_case *c, op_side side, gm_backend *backend)
{
    const gm_bn_act_fwd_test_args args = {
        .z = op_matrix(c, side, TEST_Z),
        .gamma = op_vector(c, side, TEST_GAMMA),
        .beta = op_vector(c, side, TEST_BETA),
        .running_mean = op_vector(c, side, TEST_RUNNING_MEAN),
        .running_var = op_vector(c, side, TEST_RUNNING_VAR),
        .eps = eps,
        .activation = c->variant->activation,
        .y = op_matrix(c, side, TEST_Y),
    };
    return gm_bn_act_fwd_test(backend, &args);
}

static void test_set_bounds(op_case *c)
{
    const op_tensor *t = c->tensors;
    gm_bounds_bn_act_fwd_test(&(gm_bn_fwd_test_bounds){
        .batch = c->dims[0],
        .columns = c->dims[1],
        .eps = (double)eps,
        .activation = c->variant->activation,
        .z = t[TEST_Z].initial,
        .gamma = t[TEST_GAMMA].initial,
        .beta = t[TEST_BETA].initial,
        .running_mean = t[TEST_RUNNING_MEAN].initial,
        .running_var = t[TEST_RUNNING_VAR].initial,
        .y_ref = t[TEST_Y].ref,
        .y_bound = t[TEST_Y].bound,
    });
}

const op_descriptor op_bn_act_fwd_test = {
    .name = "bn_act_fwd_test",
    .n_dims = 2,
    .max_product = 66000,
    .variants = test_variants,
    .n_variants = sizeof test_variants / sizeof test_variants[0],
    .prepare = test_prepare,
    .call = test_call,
    .set_bounds = test_set_bounds,
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
    fill_z(c, op_add(c, OP_INPUT, "z", GM_REAL, batch, n_columns));
    op_add(c, OP_INPUT, "y", GM_REAL, batch, n_columns);
    op_fill_normal(c, op_add(c, OP_INPUT, "dy", GM_REAL, batch, n_columns), 0.3, 1);
    op_add(c, OP_INPUT, "mean", GM_REAL, 1, n_columns);
    op_add(c, OP_INPUT, "var", GM_REAL, 1, n_columns);
    op_fill_uniform(c, op_add(c, OP_INPUT, "gamma", GM_REAL, 1, n_columns), 0.5, 1.5);
    op_tensor *dgamma = op_add(c, OP_OUTPUT, "dgamma", GM_REAL, 1, n_columns);
    op_add(c, OP_OUTPUT, "dbeta", GM_REAL, 1, n_columns);
    op_tensor *dz = op_add(c, OP_OUTPUT, "dz", GM_REAL, batch, n_columns);
    /* With one row h is 0, and so are dgamma and dz. */
    dgamma->may_be_plain = batch == 1;
    dz->may_be_plain = batch == 1;
    fill_forward(c);
    if ((c->variant->flags & FLAG_ALIAS) != 0)
        dz->alias = BWD_DY;
    return 1;
}

static gemlet_status bwd_call(const op_case *c, op_side side, gm_backend *backend)
{
    const gm_bn_act_bwd_args args = {
        .z = op_matrix(c, side, BWD_Z),
        .y = op_matrix(c, side, BWD_Y),
        .dy = op_matrix(c, side, BWD_DY),
        .mean = op_vector(c, side, BWD_MEAN),
        .var = op_vector(c, side, BWD_VAR),
        .gamma = op_vector(c, side, BWD_GAMMA),
        .eps = eps,
        .activation = c->variant->activation,
        .dgamma = op_vector(c, side, BWD_DGAMMA),
        .dbeta = op_vector(c, side, BWD_DBETA),
        .dz = op_matrix(c, side, BWD_DZ),
    };
    return gm_bn_act_bwd(backend, &args);
}

static void bwd_set_bounds(op_case *c)
{
    const op_tensor *t = c->tensors;
    gm_bounds_bn_act_bwd(&(gm_bn_bwd_bounds){
        .batch = c->dims[0],
        .columns = c->dims[1],
        .eps = (double)eps,
        .activation = c->variant->activation,
        .z = t[BWD_Z].initial,
        .y = t[BWD_Y].initial,
        .dy = t[BWD_DY].initial,
        .mean = t[BWD_MEAN].initial,
        .var = t[BWD_VAR].initial,
        .gamma = t[BWD_GAMMA].initial,
        .dgamma_ref = t[BWD_DGAMMA].ref,
        .dbeta_ref = t[BWD_DBETA].ref,
        .dgamma_bound = t[BWD_DGAMMA].bound,
        .dbeta_bound = t[BWD_DBETA].bound,
        .dz_bound = t[BWD_DZ].bound,
    });
}

const op_descriptor op_bn_act_bwd = {
    .name = "bn_act_bwd",
    .n_dims = 2,
    .max_product = 66000,
    .variants = bwd_variants,
    .n_variants = sizeof bwd_variants / sizeof bwd_variants[0],
    .prepare = bwd_prepare,
    .call = bwd_call,
    .set_bounds = bwd_set_bounds,
};

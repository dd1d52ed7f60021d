/* SPDX-License-Identifier: MIT
 * Descriptors of bn_act_fwd_train, bn_act_fwd_test and bn_act_bwd. Shape: B x N.
 *
 * Bounds: the mean of B values is off by at most gamma(B + 6) of their mean magnitude; the variance
 * by gamma(B + 8) of itself and, because it is taken around a mean that is off, by the square of
 * that. What follows from them is propagated term by term. */
#include <math.h>

#include "support/compare.h"
#include "support/op_case.h"

enum {
    DATA_RANDOM,
    DATA_PAIRS,       /* m (1 + f) and m (1 - f) in powers of two: the statistics are exact */
    DATA_ADVERSARIAL, /* columns in turn: constant, mean 1e4 with std 1, normal */
    DATA_NAN          /* one NaN, which takes its column with it */
};

#define FLAG_ALIAS 1u

/* 1 / sqrt(v + eps): an addition, a square root (3 ulp) and a division (2.5 ulp); an ulp is at most
 * 2 u: 12 u. */
#define INVERSE_STD_ROUNDINGS 12

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

/* |error| of 1 / sqrt(var + eps) where var is off by at most var_bound. */
static double inverse_std_bound(double var, double var_bound)
{
    const double exact = 1 / sqrt(var + (double)eps);
    const double high = 1 / sqrt(fmax(var - var_bound, 0) + (double)eps);
    const double low = 1 / sqrt(var + var_bound + (double)eps);
    return fmax(high - exact, exact - low) + compare_gamma(INVERSE_STD_ROUNDINGS) * high;
}

/* What is known of one column. */
typedef struct column {
    double mean;
    double mean_bound;
    double inverse_std;
    double inverse_std_bound;
    double gamma;
    double beta;
} column;

/* |error| of h = (z - mean) / sqrt(var + eps) */
static double normalised_bound(const column *k, double z)
{
    const double deviation = fabs(z - k->mean);
    const double deviation_bound = k->mean_bound + compare_gamma(1) * (deviation + k->mean_bound);
    const double h_bound = deviation_bound * (k->inverse_std + k->inverse_std_bound) +
                           deviation * k->inverse_std_bound;
    return h_bound + compare_gamma(1) * (deviation * k->inverse_std + h_bound);
}

/* |error| of gamma h + beta */
static double affine_bound(const column *k, double z)
{
    const double magnitude = fabs(k->gamma * (z - k->mean)) * k->inverse_std + fabs(k->beta);
    return fabs(k->gamma) * normalised_bound(k, z) + 4 * compare_ulp(magnitude);
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

/* Bounds of mean and var of all columns. */
static void set_statistics_bounds(op_case *c)
{
    const op_tensor *z = &c->tensors[TRAIN_Z];
    op_tensor *mean = &c->tensors[TRAIN_MEAN];
    op_tensor *var = &c->tensors[TRAIN_VAR];
    if (c->variant->data == DATA_PAIRS) {
        op_expect_exact(mean);
        op_expect_exact(var);
        return;
    }
    const double n_rows = (double)z->rows;
    for (size_t n = 0; n < z->cols; ++n) {
        double magnitude = 0;
        for (size_t i = 0; i < z->rows; ++i)
            magnitude += fabs(z->initial[i * z->cols + n]) / n_rows;
        mean->bound[n] = compare_gamma(n_rows + 6) * magnitude;
        var->bound[n] = compare_gamma(n_rows + 8) * var->ref[n] + mean->bound[n] * mean->bound[n];
    }
}

/* (1 - momentum) running + momentum value: 4 ulp of the magnitude and what value is off by. */
static void set_running_bound(op_tensor *running, size_t n, double value, double value_bound)
{
    const double share = (double)momentum;
    const double magnitude = (1 - share) * fabs(running->initial[n]) + share * fabs(value);
    running->bound[n] = share * value_bound + 4 * compare_ulp(magnitude);
}

static void train_set_bounds(op_case *c)
{
    set_statistics_bounds(c);
    const op_tensor *z = &c->tensors[TRAIN_Z];
    const op_tensor *mean = &c->tensors[TRAIN_MEAN];
    const op_tensor *var = &c->tensors[TRAIN_VAR];
    op_tensor *y = &c->tensors[TRAIN_Y];
    const double unbiased = z->rows > 1 ? (double)z->rows / ((double)z->rows - 1) : 1;
    for (size_t n = 0; n < z->cols; ++n) {
        set_running_bound(&c->tensors[TRAIN_RUNNING_MEAN], n, mean->ref[n], mean->bound[n]);
        set_running_bound(&c->tensors[TRAIN_RUNNING_VAR], n, unbiased * var->ref[n],
                          unbiased * var->bound[n]);
        const column k = {
            .mean = mean->ref[n],
            .mean_bound = mean->bound[n],
            .inverse_std = 1 / sqrt(var->ref[n] + (double)eps),
            .inverse_std_bound = inverse_std_bound(var->ref[n], var->bound[n]),
            .gamma = c->tensors[TRAIN_GAMMA].initial[n],
            .beta = c->tensors[TRAIN_BETA].initial[n],
        };
        for (size_t i = n; i < op_size(z); i += z->cols)
            y->bound[i] = op_activation_bound(c->variant->activation, y->ref[i],
                                              affine_bound(&k, z->initial[i]));
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

/* As in training, with statistics that are given and so exact. */
static void test_set_bounds(op_case *c)
{
    const op_tensor *z = &c->tensors[TEST_Z];
    op_tensor *y = &c->tensors[TEST_Y];
    for (size_t n = 0; n < z->cols; ++n) {
        const double var = c->tensors[TEST_RUNNING_VAR].initial[n];
        const column k = {
            .mean = c->tensors[TEST_RUNNING_MEAN].initial[n],
            .inverse_std = 1 / sqrt(var + (double)eps),
            .inverse_std_bound = inverse_std_bound(var, 0),
            .gamma = c->tensors[TEST_GAMMA].initial[n],
            .beta = c->tensors[TEST_BETA].initial[n],
        };
        for (size_t i = n; i < op_size(z); i += z->cols)
            y->bound[i] = op_activation_bound(c->variant->activation, y->ref[i],
                                              affine_bound(&k, z->initial[i]));
    }
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

/* dy act'(.) as in the contract; exact but for the rounding of the inputs it is made from. */
static double activation_gradient(gemlet_activation activation, double y, double dy)
{
    switch (activation) {
    case GEMLET_ACTIVATION_RELU:
        return y > 0 ? dy : 0;
    case GEMLET_ACTIVATION_SIGMOID:
        return dy * y * (1 - y);
    case GEMLET_ACTIVATION_TANH:
        return dy * (1 - y) * (1 + y);
    case GEMLET_ACTIVATION_IDENTITY:
        break;
    }
    return dy;
}

/* Sums of magnitudes and of errors of one column first, then what follows for its elements. dz has
 * 22 roundings on its longest path: 1 / sqrt 12, times gamma 1, h dgamma 1, / B 5 (2.5 ulp), two
 * differences 2, the product 1. */
static void bwd_set_column_bounds(op_case *c, size_t n)
{
    const op_tensor *z = &c->tensors[BWD_Z];
    op_tensor *dz = &c->tensors[BWD_DZ];
    const double var = c->tensors[BWD_VAR].initial[n];
    const column k = {
        .mean = c->tensors[BWD_MEAN].initial[n],
        .inverse_std = 1 / sqrt(var + (double)eps),
        .inverse_std_bound = inverse_std_bound(var, 0),
        .gamma = c->tensors[BWD_GAMMA].initial[n],
    };
    const double n_rows = (double)z->rows;
    const double sum_factor = compare_gamma(n_rows + 2);
    const double dbeta = fabs(c->tensors[BWD_DBETA].ref[n]);
    const double dgamma = fabs(c->tensors[BWD_DGAMMA].ref[n]);
    double dbeta_bound = 0;
    double dgamma_bound = 0;
    for (int pass = 0; pass < 2; ++pass) {
        for (size_t i = n; i < op_size(z); i += z->cols) {
            const double da =
                fabs(activation_gradient(c->variant->activation, c->tensors[BWD_Y].initial[i],
                                         c->tensors[BWD_DY].initial[i]));
            const double da_bound = op_activation_gradient_bound(c->variant->activation, da);
            const double h = fabs(z->initial[i] - k.mean) * k.inverse_std;
            const double h_bound = normalised_bound(&k, z->initial[i]);
            if (pass == 0) {
                dbeta_bound += sum_factor * da + da_bound;
                dgamma_bound += sum_factor * da * h + da_bound * (h + h_bound) + da * h_bound;
                continue;
            }
            const double terms = da + (dbeta + h * dgamma) / n_rows;
            const double errors =
                da_bound +
                (dbeta_bound + h_bound * (dgamma + dgamma_bound) + h * dgamma_bound) / n_rows;
            dz->bound[i] =
                fabs(k.gamma) * k.inverse_std * (errors + compare_gamma(22) * (terms + errors));
        }
    }
    c->tensors[BWD_DBETA].bound[n] = dbeta_bound;
    c->tensors[BWD_DGAMMA].bound[n] = dgamma_bound;
}

static void bwd_set_bounds(op_case *c)
{
    for (size_t n = 0; n < c->dims[1]; ++n)
        bwd_set_column_bounds(c, n);
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

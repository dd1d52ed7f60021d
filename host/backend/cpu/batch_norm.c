/* SPDX-License-Identifier: MIT
 * bn_act_fwd_train, bn_act_fwd_test and bn_act_bwd on the CPU.
 *
 * Columns are handled in blocks: the sums of a block are kept in double while its rows are read in
 * the order they lie in memory. */
#include <math.h>

#include "backend/cpu/cpu_real.h"

/* Columns first .. first + n_columns - 1, with what is known of each. */
typedef struct column_block {
    size_t first;
    size_t n_columns;
    double mean[GM_CPU_COLUMN_BLOCK];
    double var[GM_CPU_COLUMN_BLOCK];
} column_block;

static size_t count_columns(size_t end, size_t first)
{
    return end - first < GM_CPU_COLUMN_BLOCK ? end - first : GM_CPU_COLUMN_BLOCK;
}

/* For columns `loop` of a matrix of `rows` rows, `passes` times. */
static void for_each_column(gm_backend *backend, gm_matrix z, size_t passes, gm_team_loop loop,
                            const void *args)
{
    GM_CPU(for_each)(backend, z.cols, GM_CPU_LINE, passes * z.rows, loop, args);
}

/* Fills mean and var from the rows of z, in two passes. */
GM_CPU_VECTORS
static void measure_columns(column_block *block, gm_matrix z)
{
    for (size_t n = 0; n < block->n_columns; ++n) {
        block->mean[n] = 0;
        block->var[n] = 0;
    }
    for (size_t i = 0; i < z.rows; ++i) {
        const real *row = gm_cpu_row(z, i) + block->first;
        for (size_t n = 0; n < block->n_columns; ++n)
            block->mean[n] += (double)row[n];
    }
    for (size_t n = 0; n < block->n_columns; ++n)
        block->mean[n] /= (double)z.rows;
    for (size_t i = 0; i < z.rows; ++i) {
        const real *row = gm_cpu_row(z, i) + block->first;
        for (size_t n = 0; n < block->n_columns; ++n) {
            const double deviation = (double)row[n] - block->mean[n];
            block->var[n] += deviation * deviation;
        }
    }
    for (size_t n = 0; n < block->n_columns; ++n)
        block->var[n] /= (double)z.rows;
}

/* Takes mean and var from what is stored. */
static void load_columns(column_block *block, gm_vector mean, gm_vector var)
{
    for (size_t n = 0; n < block->n_columns; ++n) {
        block->mean[n] = (double)gm_cpu_vector(mean)[block->first + n];
        block->var[n] = (double)gm_cpu_vector(var)[block->first + n];
    }
}

/* y = act(gamma (z - mean) / sqrt(var + eps) + beta) for the columns of the block. */
GM_CPU_VECTORS
static void normalise_columns(const column_block *block, gm_matrix z, gm_vector gamma,
                              gm_vector beta, double eps, gemlet_activation activation, gm_matrix y)
{
    const real *gammas = gm_cpu_vector(gamma) + block->first;
    const real *betas = gm_cpu_vector(beta) + block->first;
    double scale[GM_CPU_COLUMN_BLOCK];
    for (size_t n = 0; n < block->n_columns; ++n)
        scale[n] = (double)gammas[n] / sqrt(block->var[n] + eps);
    for (size_t i = 0; i < z.rows; ++i) {
        const real *z_row = gm_cpu_row(z, i) + block->first;
        real *y_row = gm_cpu_row(y, i) + block->first;
        real a[GM_CPU_COLUMN_BLOCK];
        for (size_t n = 0; n < block->n_columns; ++n)
            a[n] = (real)(scale[n] * ((double)z_row[n] - block->mean[n]) + (double)betas[n]);
        GM_CPU(activate_row)(activation, a, y_row, block->n_columns);
    }
}

/* running <- (1 - momentum) running + momentum value */
static real blend(real running, double value, double momentum)
{
    return (real)((1.0 - momentum) * (double)running + momentum * value);
}

static void train_columns(const void *context, size_t first, size_t end)
{
    const gm_bn_act_fwd_train_args *args = context;
    const gm_matrix z = args->z;
    const double momentum = (double)args->momentum;
    const double unbiased = (double)z.rows / (double)(z.rows > 1 ? z.rows - 1 : 1);
    for (; first < end; first += GM_CPU_COLUMN_BLOCK) {
        column_block block = {.first = first, .n_columns = count_columns(end, first)};
        measure_columns(&block, z);
        real *running_mean = gm_cpu_vector(args->running_mean) + first;
        real *running_var = gm_cpu_vector(args->running_var) + first;
        for (size_t n = 0; n < block.n_columns; ++n) {
            gm_cpu_vector(args->mean)[first + n] = (real)block.mean[n];
            gm_cpu_vector(args->var)[first + n] = (real)block.var[n];
            running_mean[n] = blend(running_mean[n], block.mean[n], momentum);
            running_var[n] = blend(running_var[n], block.var[n] * unbiased, momentum);
        }
        normalise_columns(&block, z, args->gamma, args->beta, (double)args->eps, args->activation,
                          args->y);
    }
}

gemlet_status GM_CPU(bn_act_fwd_train)(gm_backend *backend, const gm_bn_act_fwd_train_args *args)
{
    for_each_column(backend, args->z, 3, train_columns, args);
    return GEMLET_OK;
}

static void test_columns(const void *context, size_t first, size_t end)
{
    const gm_bn_act_fwd_test_args *args = context;
    for (; first < end; first += GM_CPU_COLUMN_BLOCK) {
        column_block block = {.first = first, .n_columns = count_columns(end, first)};
        load_columns(&block, args->running_mean, args->running_var);
        normalise_columns(&block, args->z, args->gamma, args->beta, (double)args->eps,
                          args->activation, args->y);
    }
}

gemlet_status GM_CPU(bn_act_fwd_test)(gm_backend *backend, const gm_bn_act_fwd_test_args *args)
{
    for_each_column(backend, args->z, 1, test_columns, args);
    return GEMLET_OK;
}

/* Sums over the rows of one block of columns, and the factors of the gradient. */
typedef struct gradient_block {
    double inverse_std[GM_CPU_COLUMN_BLOCK]; /* 1 / sqrt(var + eps) */
    double dgamma[GM_CPU_COLUMN_BLOCK];
    double dbeta[GM_CPU_COLUMN_BLOCK];
} gradient_block;

/* Leaves da = dy * act' in dz, which may be dy. */
GM_CPU_VECTORS
static void sum_gradients(gradient_block *sums, const column_block *block,
                          const gm_bn_act_bwd_args *args)
{
    for (size_t n = 0; n < block->n_columns; ++n)
        sums->inverse_std[n] = 1.0 / sqrt(block->var[n] + (double)args->eps);
    for (size_t i = 0; i < args->z.rows; ++i) {
        const real *z = gm_cpu_row(args->z, i) + block->first;
        real *da = gm_cpu_row(args->dz, i) + block->first;
        GM_CPU(activation_gradient_row)
        (args->activation, gm_cpu_row(args->y, i) + block->first,
         gm_cpu_row(args->dy, i) + block->first, da, block->n_columns);
        for (size_t n = 0; n < block->n_columns; ++n) {
            sums->dbeta[n] += (double)da[n];
            sums->dgamma[n] +=
                (double)da[n] * ((double)z[n] - block->mean[n]) * sums->inverse_std[n];
        }
    }
}

GM_CPU_VECTORS
static void write_input_gradient(const gradient_block *sums, const column_block *block,
                                 const gm_bn_act_bwd_args *args)
{
    const real *gamma = gm_cpu_vector(args->gamma) + block->first;
    const double n_rows = (double)args->z.rows;
    for (size_t i = 0; i < args->z.rows; ++i) {
        const real *z = gm_cpu_row(args->z, i) + block->first;
        real *dz = gm_cpu_row(args->dz, i) + block->first; /* still da */
        for (size_t n = 0; n < block->n_columns; ++n) {
            const double h = ((double)z[n] - block->mean[n]) * sums->inverse_std[n];
            dz[n] =
                (real)((double)gamma[n] * sums->inverse_std[n] *
                       ((double)dz[n] - sums->dbeta[n] / n_rows - h * sums->dgamma[n] / n_rows));
        }
    }
}

static void backward_columns(const void *context, size_t first, size_t end)
{
    const gm_bn_act_bwd_args *args = context;
    for (; first < end; first += GM_CPU_COLUMN_BLOCK) {
        column_block block = {.first = first, .n_columns = count_columns(end, first)};
        load_columns(&block, args->mean, args->var);
        gradient_block sums = {.dgamma = {0}};
        sum_gradients(&sums, &block, args);
        for (size_t n = 0; n < block.n_columns; ++n) {
            gm_cpu_vector(args->dgamma)[first + n] = (real)sums.dgamma[n];
            gm_cpu_vector(args->dbeta)[first + n] = (real)sums.dbeta[n];
        }
        write_input_gradient(&sums, &block, args);
    }
}

gemlet_status GM_CPU(bn_act_bwd)(gm_backend *backend, const gm_bn_act_bwd_args *args)
{
    for_each_column(backend, args->z, 4, backward_columns, args);
    return GEMLET_OK;
}

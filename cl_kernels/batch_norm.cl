/* SPDX-License-Identifier: MIT
 * bn_act_fwd_train, bn_act_fwd_test, bn_act_bwd: batch-norm with the activation.
 *   z, y, dy, dz (B,N); gamma, beta, mean, var, running_mean, running_var, dgamma, dbeta (N)
 *
 * fwd_train and bwd: a work-group owns blocks of WG_COLS * VEC whole columns, so a launch does the
 * statistics and the element-wise part at once; the items of a column share its rows. The order of
 * the sums depends on B and WG_ROWS only. The variance is the mean of the squared deviations from
 * the mean, in a second pass over the column, which is still in the cache.
 * fwd_test: work-group g of dimension 1 owns rows_per_group rows.
 * Items right of the matrix have no rows and write nothing: the barriers inside the reductions need
 * them. */

/* One block of columns of bn_act_fwd_train: the pointers begin at the item's column, of which
 * n_rows rows and n_lanes lanes count (none right of the matrix); n = B. */
static inline void batch_norm_block_fwd_train(
    __global const float *const z, const ulong z_ld, __global const float *const gamma,
    __global const float *const beta, __global float *const mean, __global float *const var,
    __global float *const running_mean, __global float *const running_var, __global float *const y,
    const ulong y_ld, const float eps, const float momentum, const int activation,
    const uint n_rows, const uint n_lanes, const float n, __local float *const scratch)
{
    const uint first_row = get_local_id(1);
    const float unbiased = n / fmax(n - 1.0f, 1.0f);

    realv sum = 0.0f;
    for (uint row = first_row; row < n_rows; row += WG_ROWS)
        sum += LOAD_V(z + row * z_ld);
    const realv m = reduce_rows_sum(sum, scratch) / n;

    realv squares = 0.0f;
    for (uint row = first_row; row < n_rows; row += WG_ROWS) {
        const realv deviation = LOAD_V(z + row * z_ld) - m;
        squares = fma(deviation, deviation, squares);
    }
    const realv v = reduce_rows_sum(squares, scratch) / n;

    if (n_lanes == 0)
        return; /* after the last barrier */
    if (first_row == 0) {
        store_lanes(m, mean, n_lanes);
        store_lanes(v, var, n_lanes);
        store_lanes((1.0f - momentum) * LOAD_V(running_mean) + momentum * m, running_mean, n_lanes);
        store_lanes((1.0f - momentum) * LOAD_V(running_var) + momentum * (v * unbiased),
                    running_var, n_lanes);
    }

    const realv inv_std = rsqrt(v + eps);
    const realv scale = LOAD_V(gamma);
    const realv shift = LOAD_V(beta);
    for (uint row = first_row; row < n_rows; row += WG_ROWS) {
        const realv h = (LOAD_V(z + row * z_ld) - m) * inv_std;
        store_lanes(activate(fma(scale, h, shift), activation), y + row * y_ld, n_lanes);
    }
}

/* One block of columns of bn_act_bwd, in the same way. dz may be dy: an item reads and writes only
 * rows of its own. */
static inline void batch_norm_block_bwd(
    __global const float *const z, const ulong z_ld, __global const float *const y,
    const ulong y_ld, __global const float *const dy, const ulong dy_ld, const realv m,
    const realv inv_std, const realv gamma, __global float *const dgamma,
    __global float *const dbeta, __global float *const dz, const ulong dz_ld, const int activation,
    const uint n_rows, const uint n_lanes, const float n, __local float *const scratch)
{
    const uint first_row = get_local_id(1);
    const realv scale = gamma * inv_std;

    realv sum = 0.0f;
    realv sum_h = 0.0f;
    for (uint row = first_row; row < n_rows; row += WG_ROWS) {
        const realv da = activate_bwd(LOAD_V(y + row * y_ld), LOAD_V(dy + row * dy_ld), activation);
        const realv h = (LOAD_V(z + row * z_ld) - m) * inv_std;
        sum += da;
        sum_h = fma(da, h, sum_h);
    }
    sum = reduce_rows_sum(sum, scratch);
    sum_h = reduce_rows_sum(sum_h, scratch);
    if (first_row == 0) {
        store_lanes(sum, dbeta, n_lanes);
        store_lanes(sum_h, dgamma, n_lanes);
    }

    const realv mean_da = sum / n;
    const realv mean_da_h = sum_h / n;
    for (uint row = first_row; row < n_rows; row += WG_ROWS) {
        const realv da = activate_bwd(LOAD_V(y + row * y_ld), LOAD_V(dy + row * dy_ld), activation);
        const realv h = (LOAD_V(z + row * z_ld) - m) * inv_std;
        store_lanes(scale * (da - mean_da - h * mean_da_h), dz + row * dz_ld, n_lanes);
    }
}

#ifndef FUSED_STEP /* it has kernels of its own */

__kernel __attribute__((reqd_work_group_size(WG_COLS, WG_ROWS, 1)))
void batch_norm_fwd_train(__global const float *z, const ulong z_offset, const ulong z_ld,
                          __global const float *gamma, const ulong gamma_offset,
                          __global const float *beta, const ulong beta_offset,
                          __global float *mean, const ulong mean_offset, __global float *var,
                          const ulong var_offset, __global float *running_mean,
                          const ulong running_mean_offset, __global float *running_var,
                          const ulong running_var_offset, __global float *y, const ulong y_offset,
                          const ulong y_ld, const float eps, const float momentum,
                          const int activation, const uint rows, const uint cols)
{
    ROWS_SCRATCH(scratch);
    const uint n_blocks = CEIL_DIV(cols, WG_COLS * VEC);

    FOR_OWN_BLOCKS(block, n_blocks) {
        const uint col = (block * WG_COLS + get_local_id(0)) * VEC;
        const uint n_lanes = lanes_inside(col, cols);
        const uint n_rows = n_lanes > 0 ? rows : 0;
        const uint read_col = min(col, cols - 1); /* of the parameters */
        batch_norm_block_fwd_train(
            z + z_offset + col, z_ld, gamma + gamma_offset + read_col,
            beta + beta_offset + read_col, mean + mean_offset + col, var + var_offset + col,
            running_mean + running_mean_offset + col, running_var + running_var_offset + col,
            y + y_offset + col, y_ld, eps, momentum, activation, n_rows, n_lanes, (float)rows,
            scratch);
    }
}

__kernel __attribute__((reqd_work_group_size(WG_COLS, WG_ROWS, 1)))
void batch_norm_fwd_test(__global const float *z, const ulong z_offset, const ulong z_ld,
                         __global const float *gamma, const ulong gamma_offset,
                         __global const float *beta, const ulong beta_offset,
                         __global const float *running_mean, const ulong running_mean_offset,
                         __global const float *running_var, const ulong running_var_offset,
                         __global float *y, const ulong y_offset, const ulong y_ld,
                         const float eps, const int activation, const uint rows, const uint cols,
                         const uint rows_per_group)
{
    const uint first_row = get_group_id(1) * rows_per_group;
    const uint end_row = min(first_row + rows_per_group, rows);
    const uint stride = get_num_groups(0) * WG_COLS * VEC;
    for (uint col = get_global_id(0) * VEC; col < cols; col += stride) {
        const realv m = LOAD_V(running_mean + running_mean_offset + col);
        const realv inv_std = rsqrt(LOAD_V(running_var + running_var_offset + col) + eps);
        const realv scale = LOAD_V(gamma + gamma_offset + col);
        const realv shift = LOAD_V(beta + beta_offset + col);
        for (uint row = first_row + get_local_id(1); row < end_row; row += WG_ROWS) {
            const realv h = (LOAD_V(z + z_offset + row * z_ld + col) - m) * inv_std;
            store_lanes(activate(fma(scale, h, shift), activation),
                        y + y_offset + row * y_ld + col, lanes_inside(col, cols));
        }
    }
}

__kernel __attribute__((reqd_work_group_size(WG_COLS, WG_ROWS, 1)))
void batch_norm_bwd(__global const float *z, const ulong z_offset, const ulong z_ld,
                    __global const float *y, const ulong y_offset, const ulong y_ld,
                    __global const float *dy, const ulong dy_offset, const ulong dy_ld,
                    __global const float *mean, const ulong mean_offset,
                    __global const float *var, const ulong var_offset,
                    __global const float *gamma, const ulong gamma_offset,
                    __global float *dgamma, const ulong dgamma_offset, __global float *dbeta,
                    const ulong dbeta_offset, __global float *dz, const ulong dz_offset,
                    const ulong dz_ld, const float eps, const int activation, const uint rows,
                    const uint cols)
{
    ROWS_SCRATCH(scratch);
    const uint n_blocks = CEIL_DIV(cols, WG_COLS * VEC);

    FOR_OWN_BLOCKS(block, n_blocks) {
        const uint col = (block * WG_COLS + get_local_id(0)) * VEC;
        const uint n_lanes = lanes_inside(col, cols);
        const uint n_rows = n_lanes > 0 ? rows : 0;
        const uint read_col = min(col, cols - 1); /* of the parameters */
        batch_norm_block_bwd(
            z + z_offset + col, z_ld, y + y_offset + col, y_ld, dy + dy_offset + col, dy_ld,
            LOAD_V(mean + mean_offset + read_col),
            rsqrt(LOAD_V(var + var_offset + read_col) + eps),
            LOAD_V(gamma + gamma_offset + read_col), dgamma + dgamma_offset + col,
            dbeta + dbeta_offset + col, dz + dz_offset + col, dz_ld, activation, n_rows, n_lanes,
            (float)rows, scratch);
    }
}

#endif

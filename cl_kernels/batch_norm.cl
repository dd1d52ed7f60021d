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
    const uint first_row = get_local_id(1);
    const uint n_blocks = CEIL_DIV(cols, WG_COLS * VEC);
    const float n = (float)rows;
    const float unbiased = n / (float)max(rows - 1, 1u);

    for (uint block = get_group_id(0); block < n_blocks; block += get_num_groups(0)) {
        const uint col = (block * WG_COLS + get_local_id(0)) * VEC;
        const uint n_lanes = lanes_inside(col, cols);
        const uint n_rows = n_lanes > 0 ? rows : 0;
        const uint read_col = min(col, cols - 1); /* of the parameters */
        __global const float *const from = z + z_offset + col;

        realv sum = 0.0f;
        for (uint row = first_row; row < n_rows; row += WG_ROWS)
            sum += LOAD_V(from + row * z_ld);
        const realv m = reduce_rows_sum(sum, scratch) / n;

        realv squares = 0.0f;
        for (uint row = first_row; row < n_rows; row += WG_ROWS) {
            const realv deviation = LOAD_V(from + row * z_ld) - m;
            squares = fma(deviation, deviation, squares);
        }
        const realv v = reduce_rows_sum(squares, scratch) / n;

        if (first_row == 0) {
            __global float *const r_mean = running_mean + running_mean_offset + col;
            __global float *const r_var = running_var + running_var_offset + col;
            store_lanes(m, mean + mean_offset + col, n_lanes);
            store_lanes(v, var + var_offset + col, n_lanes);
            if (n_lanes > 0) {
                store_lanes((1.0f - momentum) * LOAD_V(r_mean) + momentum * m, r_mean, n_lanes);
                store_lanes((1.0f - momentum) * LOAD_V(r_var) + momentum * (v * unbiased), r_var,
                            n_lanes);
            }
        }

        const realv inv_std = rsqrt(v + eps);
        const realv scale = LOAD_V(gamma + gamma_offset + read_col);
        const realv shift = LOAD_V(beta + beta_offset + read_col);
        for (uint row = first_row; row < n_rows; row += WG_ROWS) {
            const realv h = (LOAD_V(from + row * z_ld) - m) * inv_std;
            store_lanes(activate(fma(scale, h, shift), activation),
                        y + y_offset + row * y_ld + col, n_lanes);
        }
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
    const uint first_row = get_local_id(1);
    const uint n_blocks = CEIL_DIV(cols, WG_COLS * VEC);
    const float n = (float)rows;

    for (uint block = get_group_id(0); block < n_blocks; block += get_num_groups(0)) {
        const uint col = (block * WG_COLS + get_local_id(0)) * VEC;
        const uint n_lanes = lanes_inside(col, cols);
        const uint n_rows = n_lanes > 0 ? rows : 0;
        const uint read_col = min(col, cols - 1); /* of the parameters */
        __global const float *const z_from = z + z_offset + col;
        __global const float *const y_from = y + y_offset + col;
        __global const float *const dy_from = dy + dy_offset + col;
        const realv m = LOAD_V(mean + mean_offset + read_col);
        const realv inv_std = rsqrt(LOAD_V(var + var_offset + read_col) + eps);
        const realv scale = LOAD_V(gamma + gamma_offset + read_col) * inv_std;

        realv sum = 0.0f;
        realv sum_h = 0.0f;
        for (uint row = first_row; row < n_rows; row += WG_ROWS) {
            const realv da = activate_bwd(LOAD_V(y_from + row * y_ld),
                                          LOAD_V(dy_from + row * dy_ld), activation);
            const realv h = (LOAD_V(z_from + row * z_ld) - m) * inv_std;
            sum += da;
            sum_h = fma(da, h, sum_h);
        }
        sum = reduce_rows_sum(sum, scratch);
        sum_h = reduce_rows_sum(sum_h, scratch);
        if (first_row == 0) {
            store_lanes(sum, dbeta + dbeta_offset + col, n_lanes);
            store_lanes(sum_h, dgamma + dgamma_offset + col, n_lanes);
        }

        /* dz may be dy: an item reads and writes only rows of its own. */
        const realv mean_da = sum / n;
        const realv mean_da_h = sum_h / n;
        for (uint row = first_row; row < n_rows; row += WG_ROWS) {
            const realv da = activate_bwd(LOAD_V(y_from + row * y_ld),
                                          LOAD_V(dy_from + row * dy_ld), activation);
            const realv h = (LOAD_V(z_from + row * z_ld) - m) * inv_std;
            store_lanes(scale * (da - mean_da - h * mean_da_h), dz + dz_offset + row * dz_ld + col,
                        n_lanes);
        }
    }
}

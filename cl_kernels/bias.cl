/* SPDX-License-Identifier: MIT
 * The parts of a dense layer beside its products, for GEMMs without an epilogue of their own.
 *
 * bias_act_fwd, of dense_fwd: y = act(y + bias)          y (B,N) in and out; bias (N) in
 *   Work-group g of dimension 1 owns rows_per_group rows; the groups of dimension 0 share a row's
 *   columns.
 * bias_bwd, of dense_bwd_w: dbias[n] = sum_i dz[i][n]    dz (B,N) in; dbias (N) out
 *   A work-group owns whole columns, so the order of the sum depends on B and WG_ROWS only. */

__kernel __attribute__((reqd_work_group_size(WG_COLS, WG_ROWS, 1)))
void bias_act_fwd(__global float *y, const ulong y_offset, const ulong y_ld,
                  __global const float *bias, const ulong bias_offset, const int has_bias,
                  const int activation, const uint rows, const uint cols,
                  const uint rows_per_group)
{
    const uint first_row = get_group_id(1) * rows_per_group;
    const uint end_row = min(first_row + rows_per_group, rows);
    const uint stride = get_num_groups(0) * WG_COLS * VEC;
    for (uint row = first_row + get_local_id(1); row < end_row; row += WG_ROWS) {
        for (uint col = get_global_id(0) * VEC; col < cols; col += stride) {
            __global float *const p = y + y_offset + row * y_ld + col;
            const realv z = has_bias ? LOAD_V(p) + LOAD_V(bias + bias_offset + col) : LOAD_V(p);
            store_lanes(activate(z, activation), p, lanes_inside(col, cols));
        }
    }
}

__kernel __attribute__((reqd_work_group_size(WG_COLS, WG_ROWS, 1)))
void bias_bwd(__global const float *dz, const ulong dz_offset, const ulong dz_ld,
              __global float *dbias, const ulong dbias_offset, const uint rows, const uint cols)
{
    ROWS_SCRATCH(scratch);
    const uint first_row = get_local_id(1);
    const uint n_blocks = CEIL_DIV(cols, WG_COLS * VEC);
    FOR_OWN_BLOCKS(block, n_blocks) {
        const uint col = (block * WG_COLS + get_local_id(0)) * VEC;
        /* Items right of the matrix have no rows and write nothing: the barriers inside the
         * reduction need them. */
        const uint n_lanes = lanes_inside(col, cols);
        const uint n_rows = n_lanes > 0 ? rows : 0;
        realv sum = 0.0f;
        for (uint row = first_row; row < n_rows; row += WG_ROWS)
            sum += LOAD_V(dz + dz_offset + row * dz_ld + col);
        sum = reduce_rows_sum(sum, scratch);
        if (first_row == 0)
            store_lanes(sum, dbias + dbias_offset + col, n_lanes);
    }
}

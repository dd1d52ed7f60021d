/* SPDX-License-Identifier: MIT
 * act_bwd: gradient through an activation, from its output.
 *   y (B,N) in; dy (B,N) in; dz (B,N) out, may alias dy
 * Work-group g of dimension 1 owns rows_per_group rows; the groups of dimension 0 share a row's
 * columns. Deterministic: every element has one writer, which reads it before. */

__kernel __attribute__((reqd_work_group_size(WG_COLS, WG_ROWS, 1)))
void activation_bwd(__global const float *y, const ulong y_offset, const ulong y_ld,
                    __global const float *dy, const ulong dy_offset, const ulong dy_ld,
                    __global float *dz, const ulong dz_offset, const ulong dz_ld,
                    const int activation, const uint rows, const uint cols,
                    const uint rows_per_group)
{
    const uint first_row = get_group_id(1) * rows_per_group;
    const uint end_row = min(first_row + rows_per_group, rows);
    const uint stride = get_num_groups(0) * WG_COLS * VEC;
    for (uint row = first_row + get_local_id(1); row < end_row; row += WG_ROWS) {
        for (uint col = get_global_id(0) * VEC; col < cols; col += stride) {
            const realv y_v = LOAD_V(y + y_offset + row * y_ld + col);
            const realv dy_v = LOAD_V(dy + dy_offset + row * dy_ld + col);
            store_lanes(activate_bwd(y_v, dy_v, activation), dz + dz_offset + row * dz_ld + col,
                        lanes_inside(col, cols));
        }
    }
}

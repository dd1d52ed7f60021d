/* SPDX-License-Identifier: MIT
 * sign_step: y = x + e sign(dx)
 *   x (B,N) in; dx (B,N) in; record (GM_RECORD_SIZE) in; y (B,N) out, may alias x
 * Work-groups own rows and columns as in gather_batch. Deterministic: every element has one writer,
 * which reads it before. */

/* Place of gm_record_item. */
#define RECORD_ADVERSARIAL 23

__kernel __attribute__((reqd_work_group_size(WG_COLS, WG_ROWS, 1)))
void sign_step(__global const float *x, const ulong x_offset, const ulong x_ld,
               __global const float *dx, const ulong dx_offset, const ulong dx_ld,
               __global const float *record, const ulong record_offset, __global float *y,
               const ulong y_offset, const ulong y_ld, const uint rows, const uint cols,
               const uint rows_per_group)
{
    const gather_rows own = gather_own_rows(rows, rows_per_group);
    const float e = record[record_offset + RECORD_ADVERSARIAL];
    const uint stride = get_num_groups(0) * WG_COLS * VEC;
    for (uint row = own.first; row < own.end; row += WG_ROWS) {
        for (uint col = get_global_id(0) * VEC; col < cols; col += stride) {
            const realv step = e * sign(LOAD_V(dx + dx_offset + row * dx_ld + col));
            store_lanes(LOAD_V(x + x_offset + row * x_ld + col) + step,
                        y + y_offset + row * y_ld + col, lanes_inside(col, cols));
        }
    }
}

/* SPDX-License-Identifier: MIT
 * mix_rows, which the operation and the fused step share: y[i] = x[i] + r (x[k] - x[i]),
 * k = rows - 1 - i
 *   x (B,N) in; record (GM_RECORD_SIZE) in; y (B,N) out, may alias x
 * Work-groups own pairs of rows, i and k, and columns as in gather_batch. Deterministic: every
 * element has one writer, which reads both of its pair before. */

/* Place of gm_record_item. */
#define RECORD_MIXED_PART 32

/* A vector of a row with the part `part` of the same columns of the other one. */
ALWAYS_INLINE realv mix_rows_vector(const realv own, const realv other, const float part)
{
    return own + part * (other - own);
}

#ifndef FUSED_STEP /* it has kernels of its own */

__kernel __attribute__((reqd_work_group_size(WG_COLS, WG_ROWS, 1)))
void mix_rows(__global const float *x, const ulong x_offset, const ulong x_ld,
              __global const float *record, const ulong record_offset, __global float *y,
              const ulong y_offset, const ulong y_ld, const uint rows, const uint cols,
              const uint pairs_per_group)
{
    const gather_rows own = gather_own_rows((rows + 1) / 2, pairs_per_group);
    const float part = record[record_offset + RECORD_MIXED_PART];
    const uint stride = get_num_groups(0) * WG_COLS * VEC;
    for (uint row = own.first; row < own.end; row += WG_ROWS) {
        const uint other = rows - 1 - row;
        for (uint col = get_global_id(0) * VEC; col < cols; col += stride) {
            const uint n = lanes_inside(col, cols);
            const realv a = LOAD_V(x + x_offset + row * x_ld + col);
            const realv b = LOAD_V(x + x_offset + other * x_ld + col);
            store_lanes(mix_rows_vector(b, a, part), y + y_offset + other * y_ld + col, n);
            store_lanes(mix_rows_vector(a, b, part), y + y_offset + row * y_ld + col, n);
        }
    }
}

#endif

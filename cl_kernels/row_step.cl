/* SPDX-License-Identifier: MIT
 * row_step: y[i] = x[i] + e g[i] / |g[i]|
 *   x (B,N) in; g (B,N) in; record (GM_RECORD_SIZE) in; y (B,N) out; item: place of e in the record
 * A work-group takes the rows group, group + groups, ...; its WG_FLAT items share a row's columns.
 * Deterministic: one writer each, sums in a fixed order. */

/* A row with no larger value has no direction. */
#define ROW_STEP_LEAST 0x1p-100f

/* The vector of a row at `col`, 0 right of it. */
ALWAYS_INLINE realv row_step_load(__global const float *const row, const uint col, const uint cols)
{
    const realv v = LOAD_V(row + col);
#if VEC > 1
    return LANES < (int)lanes_inside(col, cols) ? v : (realv)(0.0f);
#else
    return v;
#endif
}

__kernel __attribute__((reqd_work_group_size(WG_FLAT, 1, 1)))
void row_step(__global const float *x, const ulong x_offset, const ulong x_ld,
              __global const float *g, const ulong g_offset, const ulong g_ld,
              __global const float *record, const ulong record_offset, __global float *y,
              const ulong y_offset, const ulong y_ld, const ulong item, const uint rows,
              const uint cols)
{
    FLAT_SCRATCH(scratch);
    const float e = record[record_offset + item];
    const uint first = get_local_id(0) * VEC;
    for (uint row = get_group_id(0); row < rows; row += get_num_groups(0)) {
        __global const float *const from = x + x_offset + row * x_ld;
        __global const float *const direction = g + g_offset + row * g_ld;
        __global float *const to = y + y_offset + row * y_ld;
        realv sizes = 0.0f;
        for (uint col = first; col < cols; col += WG_FLAT * VEC)
            sizes = fmax(sizes, fabs(row_step_load(direction, col, cols)));
        const float largest = reduce_flat_max(max_lanes(sizes), scratch);
        /* By the largest: squares of small gradients are no floats any more. */
        const float unit = fmax(largest, ROW_STEP_LEAST);
        realv squares = 0.0f;
        for (uint col = first; col < cols; col += WG_FLAT * VEC) {
            const realv part = row_step_load(direction, col, cols) / unit;
            squares = fma(part, part, squares);
        }
        const float sum = reduce_flat_sum(sum_lanes(squares), scratch);
        /* The largest passes NaN over, the sum does not. */
        const bool has_direction = largest >= ROW_STEP_LEAST || isnan(sum);
        const float factor = has_direction ? e / sqrt(sum) : 0.0f;
        for (uint col = first; col < cols; col += WG_FLAT * VEC) {
            const realv step = factor * (LOAD_V(direction + col) / unit);
            store_lanes(LOAD_V(from + col) + step, to + col, lanes_inside(col, cols));
        }
    }
}

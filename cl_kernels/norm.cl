/* SPDX-License-Identifier: MIT
 * norm_squares: s[j] = sum of v[i]^2 over block j of block_length values
 *   v (n) in; s (m) out; a work-group owns sums_per_group sums
 * norm_clip: g <- g min(1, c / sqrt(sum s))
 *   g (n) in and out; s (m) in; record (GM_RECORD_SIZE) in; work-groups as in update.cl
 * norm_max: w[k][n] <- w[k][n] min(1, c / sqrt(sum_k w[k][n]^2))
 *   w (K,N) in and out; record (GM_RECORD_SIZE) in; a work-group owns whole columns
 * Deterministic: one writer each, sums in a fixed order. The fused step shares the factor. */

/* Places of gm_record_item. */
#define RECORD_MAX_NORM  16
#define RECORD_CLIP_NORM 17

/* min(1, limit / sqrt(squares)). NaN stays: it is not above the limit. */
ALWAYS_INLINE realv norm_factor(const realv squares, const float limit)
{
    return squares > limit * limit ? limit / sqrt(squares) : (realv)(1.0f);
}

#ifndef FUSED_STEP /* it has kernels of its own */

__kernel __attribute__((reqd_work_group_size(WG_FLAT, 1, 1)))
void norm_squares(__global const float *v, const ulong v_offset, __global float *s,
                 const ulong s_offset, const ulong n, const uint n_sums, const ulong block_length,
                 const uint sums_per_group)
{
    FLAT_SCRATCH(scratch);
    const uint first_sum = get_group_id(0) * sums_per_group;
    const uint end_sum = min(first_sum + sums_per_group, n_sums);
    for (uint j = first_sum; j < end_sum; ++j) {
        const ulong end = min((j + 1) * block_length, n);
        realv sums = 0.0f;
        for (ulong i = j * block_length + get_local_id(0) * VEC; i < end; i += WG_FLAT * VEC) {
            const realv value = LOAD_V(v + v_offset + i);
            const realv inside = LANES < (int)min(end - i, (ulong)VEC) ? value : (realv)(0.0f);
            sums = fma(inside, inside, sums);
        }
        const float sum = reduce_flat_sum(sum_lanes(sums), scratch);
        if (get_local_id(0) == 0)
            s[s_offset + j] = sum;
    }
}

__kernel __attribute__((reqd_work_group_size(WG_FLAT, 1, 1)))
void norm_clip(__global float *g, const ulong g_offset, __global const float *s,
               const ulong s_offset, __global const float *record, const ulong record_offset,
               const ulong n, const uint n_sums, const ulong vectors_per_group)
{
    FLAT_SCRATCH(scratch);
    float squares = 0.0f;
    for (uint j = get_local_id(0); j < n_sums; j += WG_FLAT)
        squares += s[s_offset + j];
    squares = reduce_flat_sum(squares, scratch);
    const realv scale = norm_factor((realv)(squares), record[record_offset + RECORD_CLIP_NORM]);
    const ulong first = get_group_id(0) * vectors_per_group;
    const ulong end = min(first + vectors_per_group, (ulong)CEIL_DIV(n, UPDATE_VEC));
    for (ulong vector = first + get_local_id(0); vector < end; vector += WG_FLAT) {
        __global float *const at = g + g_offset + vector * UPDATE_VEC;
        const uint n_lanes = (uint)min(n - vector * UPDATE_VEC, (ulong)UPDATE_VEC);
        const bool is_whole = n_lanes == UPDATE_VEC && (g_offset & (UPDATE_VEC - 1)) == 0;
        update_write(update_read(at, n_lanes, is_whole) * scale, at, n_lanes, is_whole);
    }
}

__kernel __attribute__((reqd_work_group_size(WG_COLS, WG_ROWS, 1)))
void norm_max(__global float *w, const ulong w_offset, const ulong w_ld,
              __global const float *record, const ulong record_offset, const uint rows,
              const uint cols)
{
    ROWS_SCRATCH(scratch);
    const float limit = record[record_offset + RECORD_MAX_NORM];
    const uint first_row = get_local_id(1);
    const uint n_blocks = CEIL_DIV(cols, WG_COLS * VEC);
    FOR_OWN_BLOCKS(block, n_blocks) {
        const uint col = (block * WG_COLS + get_local_id(0)) * VEC;
        /* As in bias_bwd: items right of the matrix have no rows. */
        const uint n_lanes = lanes_inside(col, cols);
        const uint n_rows = n_lanes > 0 ? rows : 0;
        realv squares = 0.0f;
        for (uint row = first_row; row < n_rows; row += WG_ROWS) {
            const realv value = LOAD_V(w + w_offset + row * w_ld + col);
            squares = fma(value, value, squares);
        }
        squares = reduce_rows_sum(squares, scratch);
        const realv scale = norm_factor(squares, limit);
        for (uint row = first_row; row < n_rows; row += WG_ROWS) {
            __global float *const at = w + w_offset + row * w_ld + col;
            store_lanes(LOAD_V(at) * scale, at, n_lanes);
        }
    }
}

#endif

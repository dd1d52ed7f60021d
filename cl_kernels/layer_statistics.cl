/* SPDX-License-Identifier: MIT
 * layer_statistics.
 *   x (B,N) in; edges (bins + 1) in; moments (5), counts (5 + bins) out;
 *   columns (COLUMN_EDGES + bins + 1, N): working memory, what is known of each column
 * layer_statistics_columns: a work-group owns blocks of WG_COLS * VEC whole columns, as in
 * batch_norm.cl, and reads them several times while they are in the cache. layer_statistics_sum,
 * one group, puts the columns together: the squared deviations from their own means with those of
 * the means (Chan, Golub & LeVeque 1983). Sums in a fixed order. Counts of a column are floats,
 * exact up to 2^24 rows.
 *
 * So that squares neither overflow nor vanish, a column is multiplied by a power of two that
 * depends on its largest magnitude. */

#define COLUMN_SUM       0
#define COLUMN_LOW       1
#define COLUMN_HIGH      2
#define COLUMN_SCALE     3
#define COLUMN_DEVIATION 4 /* sum of the squared scaled deviations from the column's mean */
#define COLUMN_SQUARES   5 /* sum of the squared scaled elements */
#define COLUMN_NAN       6
#define COLUMN_SATURATED 7
#define COLUMN_EDGES     8 /* elements >= edge 0, ..., >= edge bins - 1, > edge bins */

/* Largest magnitudes between these need no scale; 2^76 brings 2^-126, the smallest normal one, to
 * 2^-50. */
#define SMALL_MAGNITUDE 0x1p-50f
#define LARGE_MAGNITUDE 0x1p50f
#define SCALE_UP        0x1p76f
#define SCALE_DOWN      0x1p-76f

static inline realv layer_statistics_scale(const realv magnitude)
{
    const realv enlarged = magnitude < SMALL_MAGNITUDE ? (realv)(SCALE_UP) : (realv)(1.0f);
    return magnitude > LARGE_MAGNITUDE ? (realv)(SCALE_DOWN) : enlarged;
}

/* 1 in each lane that is saturated. */
static inline realv layer_statistics_saturated(const realv x, const int activation)
{
    if (activation == ACTIVATION_RELU)
        return COUNT_V(x == 0.0f);
    if (activation == ACTIVATION_SIGMOID)
        return COUNT_V(x < 0.03f || x > 0.97f);
    if (activation == ACTIVATION_TANH)
        return COUNT_V(fabs(x) > 0.97f);
    return 0.0f;
}

/* Elements of a column that are >= edge, or > edge if it is the last. */
static inline realv layer_statistics_count(__global const float *const x, const ulong x_ld,
                                           const uint n_rows, const float edge, const int is_last,
                                           __local float *const scratch)
{
    realv count = 0.0f;
    if (is_last) {
        for (uint row = get_local_id(1); row < n_rows; row += WG_ROWS)
            count += COUNT_V(LOAD_V(x + row * x_ld) > edge);
    } else {
        for (uint row = get_local_id(1); row < n_rows; row += WG_ROWS)
            count += COUNT_V(LOAD_V(x + row * x_ld) >= edge);
    }
    return reduce_rows_sum(count, scratch);
}

/* Smallest and largest element of a column, NaN passed over, by every item for itself: a maximum
 * over the items through local memory, like reduce_rows_sum(), takes values of other work-groups on
 * POCL 3.1 with several threads (not on rusticl, and Oclgrind sees no race in it). */
static inline void layer_statistics_range(__global const float *const x, const ulong x_ld,
                                          const uint n_rows, realv *const low, realv *const high)
{
    *low = INFINITY;
    *high = -INFINITY;
    for (uint row = 0; row < n_rows; ++row) {
        const realv v = LOAD_V(x + row * x_ld);
        *low = fmin(*low, v);
        *high = fmax(*high, v);
    }
}

/* One block of columns: the pointers begin at the item's column, of which n_rows rows and n_lanes
 * lanes count (none right of the matrix); n = B. */
static inline void layer_statistics_block(__global const float *const x, const ulong x_ld,
                                          __global const float *const edges, const uint n_bins,
                                          __global float *const columns, const ulong cols,
                                          const int activation, const uint n_rows,
                                          const uint n_lanes, const float n,
                                          __local float *const scratch)
{
    const uint first_row = get_local_id(1);
    const uint n_stored = first_row == 0 ? n_lanes : 0;
    realv sum = 0.0f;
    realv low;
    realv high;
    realv nans = 0.0f;
    realv saturated = 0.0f;
    for (uint row = first_row; row < n_rows; row += WG_ROWS) {
        const realv v = LOAD_V(x + row * x_ld);
        sum += v;
        nans += COUNT_V(isnan(v));
        saturated += layer_statistics_saturated(v, activation);
    }
    layer_statistics_range(x, x_ld, n_rows, &low, &high);
    sum = reduce_rows_sum(sum, scratch);
    nans = reduce_rows_sum(nans, scratch);
    saturated = reduce_rows_sum(saturated, scratch);

    const realv mean = sum / n;
    const realv scale = layer_statistics_scale(fmax(fabs(low), fabs(high)));
    realv deviations = 0.0f;
    realv squares = 0.0f;
    for (uint row = first_row; row < n_rows; row += WG_ROWS) {
        const realv v = LOAD_V(x + row * x_ld);
        const realv deviation = (v - mean) * scale;
        const realv scaled = v * scale;
        deviations = fma(deviation, deviation, deviations);
        squares = fma(scaled, scaled, squares);
    }
    deviations = reduce_rows_sum(deviations, scratch);
    squares = reduce_rows_sum(squares, scratch);

    store_lanes(sum, columns + COLUMN_SUM * cols, n_stored);
    store_lanes(low, columns + COLUMN_LOW * cols, n_stored);
    store_lanes(high, columns + COLUMN_HIGH * cols, n_stored);
    store_lanes(scale, columns + COLUMN_SCALE * cols, n_stored);
    store_lanes(deviations, columns + COLUMN_DEVIATION * cols, n_stored);
    store_lanes(squares, columns + COLUMN_SQUARES * cols, n_stored);
    store_lanes(nans, columns + COLUMN_NAN * cols, n_stored);
    store_lanes(saturated, columns + COLUMN_SATURATED * cols, n_stored);
    for (uint i = 0; n_bins > 0 && i <= n_bins; ++i)
        store_lanes(layer_statistics_count(x, x_ld, n_rows, edges[i], i == n_bins, scratch),
                    columns + (COLUMN_EDGES + i) * cols, n_stored);
}

__kernel __attribute__((reqd_work_group_size(WG_COLS, WG_ROWS, 1))) void layer_statistics_columns(
    __global const float *x, const ulong x_offset, const ulong x_ld, __global const float *edges,
    const ulong edges_offset, __global float *columns, const int activation, const uint n_bins,
    const uint rows, const uint cols)
{
    ROWS_SCRATCH(scratch);
    const uint n_blocks = CEIL_DIV(cols, WG_COLS * VEC);

    for (uint block = get_group_id(0); block < n_blocks; block += get_num_groups(0)) {
        const uint col = (block * WG_COLS + get_local_id(0)) * VEC;
        const uint n_lanes = lanes_inside(col, cols);
        const uint n_rows = n_lanes > 0 ? rows : 0;
        layer_statistics_block(x + x_offset + col, x_ld, edges + edges_offset, n_bins,
                               columns + col, cols, activation, n_rows, n_lanes, (float)rows,
                               scratch);
    }
}

/* The moments, by all items of one group. */
static inline void layer_statistics_moments(__global const float *const columns,
                                            __global float *const moments, const uint rows,
                                            const uint cols, const int has_nan,
                                            __local float *const scratch)
{
    __global const float *const sums = columns + COLUMN_SUM * (ulong)cols;
    __global const float *const lows = columns + COLUMN_LOW * (ulong)cols;
    __global const float *const highs = columns + COLUMN_HIGH * (ulong)cols;
    __global const float *const scales = columns + COLUMN_SCALE * (ulong)cols;
    __global const float *const column_deviations = columns + COLUMN_DEVIATION * (ulong)cols;
    __global const float *const column_squares = columns + COLUMN_SQUARES * (ulong)cols;
    float sum = 0.0f;
    float low = INFINITY;
    float high = -INFINITY;
    float scale = SCALE_UP; /* that of the largest magnitude is the smallest */
    for (uint col = get_local_id(0); col < cols; col += WG_FLAT) {
        sum += sums[col];
        low = fmin(low, lows[col]);
        high = fmax(high, highs[col]);
        scale = fmin(scale, scales[col]);
    }
    sum = reduce_flat_sum(sum, scratch);
    low = -reduce_flat_max(-low, scratch);
    high = reduce_flat_max(high, scratch);
    scale = -reduce_flat_max(-scale, scratch);

    const float n_rows = (float)rows;
    const float n = n_rows * (float)cols;
    const float mean = sum / n;
    float deviations = 0.0f;
    float squares = 0.0f;
    for (uint col = get_local_id(0); col < cols; col += WG_FLAT) {
        const float ratio = scale / scales[col];
        const float deviation = (sums[col] / n_rows - mean) * scale;
        deviations += column_deviations[col] * ratio * ratio + n_rows * (deviation * deviation);
        squares += column_squares[col] * ratio * ratio;
    }
    deviations = reduce_flat_sum(deviations, scratch);
    squares = reduce_flat_sum(squares, scratch);
    if (get_local_id(0) > 0)
        return; /* after the last barrier */
    moments[0] = mean;
    moments[1] = sqrt(deviations / n) / scale;
    moments[2] = has_nan ? NAN : low;
    moments[3] = has_nan ? NAN : high;
    moments[4] = sqrt(squares) / scale;
}

__kernel __attribute__((reqd_work_group_size(WG_FLAT, 1, 1))) void layer_statistics_sum(
    __global const float *columns, __global float *moments, const ulong moments_offset,
    __global uint *counts, const ulong counts_offset, const uint n_bins, const uint rows,
    const uint cols)
{
    FLAT_SCRATCH(scratch);
    COUNT_SCRATCH(scratch_counts);
    __global const float *const nan_counts = columns + COLUMN_NAN * (ulong)cols;
    __global const float *const saturated_counts = columns + COLUMN_SATURATED * (ulong)cols;
    __global const float *const at_edge = columns + COLUMN_EDGES * (ulong)cols;
    uint nans = 0;
    uint saturated = 0;
    uint dead = 0;
    uint not_below = 0; /* elements >= the first edge */
    uint above = 0;
    for (uint col = get_local_id(0); col < cols; col += WG_FLAT) {
        const uint n_saturated = convert_uint(saturated_counts[col]);
        nans += convert_uint(nan_counts[col]);
        saturated += n_saturated;
        dead += n_saturated == rows;
        if (n_bins > 0) {
            not_below += convert_uint(at_edge[col]);
            above += convert_uint(at_edge[n_bins * (ulong)cols + col]);
        }
    }
    nans = reduce_flat_count(nans, scratch_counts);
    saturated = reduce_flat_count(saturated, scratch_counts);
    dead = reduce_flat_count(dead, scratch_counts);
    not_below = reduce_flat_count(not_below, scratch_counts);
    above = reduce_flat_count(above, scratch_counts);
    layer_statistics_moments(columns, moments + moments_offset, rows, cols, nans > 0, scratch);

    __global uint *const out = counts + counts_offset;
    if (get_local_id(0) == 0) {
        out[0] = nans;
        out[1] = saturated;
        out[2] = dead;
        out[3] = n_bins > 0 ? rows * cols - nans - not_below : 0;
        out[4] = above;
    }
    for (uint i = get_local_id(0); i < n_bins; i += WG_FLAT) {
        __global const float *const lower = at_edge + i * (ulong)cols;
        __global const float *const upper = at_edge + (i + 1) * (ulong)cols;
        uint count = 0;
        for (uint col = 0; col < cols; ++col)
            count += convert_uint(lower[col] - upper[col]);
        out[5 + i] = count;
    }
}

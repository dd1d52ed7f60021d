/* SPDX-License-Identifier: MIT
 * gather_batch: the rows order[0..B) of the data set as inputs of the network, and their labels.
 *   features (N,F) in; labels (N) in; order (B) in; x (B,F) out; batch_labels (B) out
 * Work-group g of dimension 1 owns rows_per_group rows; the groups of dimension 0 share a row's
 * columns. Deterministic: every element has one writer. */

/* The rows of a batch that an item takes. */
typedef struct gather_rows {
    uint first;
    uint end;
} gather_rows;

ALWAYS_INLINE gather_rows gather_own_rows(const uint rows, const uint rows_per_group)
{
    const uint first = get_group_id(1) * rows_per_group;
    const gather_rows own = {first + get_local_id(1), min(first + rows_per_group, rows)};
    return own;
}

static inline void gather_labels(__global const uint *const labels,
                                 __global const uint *const order,
                                 __global uint *const batch_labels, const gather_rows own)
{
    if (get_group_id(0) != 0 || get_local_id(0) != 0)
        return;
    for (uint row = own.first; row < own.end; row += WG_ROWS)
        batch_labels[row] = labels[order[row]];
}

/* The inputs of the row at `from`. */
ALWAYS_INLINE void gather_inputs(const int kind, __global const void *const from,
                                 const bool is_bytes, __global float *const to, const uint cols,
                                 const input_numbers *const numbers)
{
    const uint stride = get_num_groups(0) * WG_COLS * VEC;
    for (uint col = get_global_id(0) * VEC; col < cols; col += stride)
        store_lanes(input_transform(kind, from, is_bytes, col, cols, numbers), to + col,
                    lanes_inside(col, cols));
}

__kernel __attribute__((reqd_work_group_size(WG_COLS, WG_ROWS, 1)))
void gather_batch_u8(__global const uchar *features, const ulong features_offset,
                     const ulong features_ld, __global const uint *labels,
                     const ulong labels_offset, __global const uint *order,
                     const ulong order_offset, __global float *x, const ulong x_offset,
                     const ulong x_ld, __global uint *batch_labels,
                     const ulong batch_labels_offset, const int has_labels,
                     const float scale, const uint rows, const uint cols,
                     const uint rows_per_group)
{
    const gather_rows own = gather_own_rows(rows, rows_per_group);
    const input_numbers numbers = {scale, 0, 0};
    order += order_offset;
    if (has_labels)
        gather_labels(labels + labels_offset, order, batch_labels + batch_labels_offset, own);
    for (uint row = own.first; row < own.end; row += WG_ROWS)
        gather_inputs(INPUT_SCALED, features + features_offset + order[row] * features_ld, true,
                      x + x_offset + row * x_ld, cols, &numbers);
}

__kernel __attribute__((reqd_work_group_size(WG_COLS, WG_ROWS, 1)))
void gather_batch_real(__global const float *features, const ulong features_offset,
                       const ulong features_ld, __global const uint *labels,
                       const ulong labels_offset, __global const uint *order,
                       const ulong order_offset, __global float *x, const ulong x_offset,
                       const ulong x_ld, __global uint *batch_labels,
                       const ulong batch_labels_offset, const int has_labels,
                       const float scale, const uint rows, const uint cols,
                       const uint rows_per_group)
{
    const gather_rows own = gather_own_rows(rows, rows_per_group);
    const input_numbers numbers = {scale, 0, 0};
    order += order_offset;
    if (has_labels)
        gather_labels(labels + labels_offset, order, batch_labels + batch_labels_offset, own);
    for (uint row = own.first; row < own.end; row += WG_ROWS)
        gather_inputs(INPUT_SCALED, features + features_offset + order[row] * features_ld, false,
                      x + x_offset + row * x_ld, cols, &numbers);
}

/* SPDX-License-Identifier: MIT
 * gather_batch: the rows order[0..B) of the data set, converted and scaled, and their labels.
 *   features (N,F) in; labels (N) in; order (B) in; x (B,F) out; batch_labels (B) out
 * Work-group g of dimension 1 owns rows_per_group rows; the groups of dimension 0 share a row's
 * columns. One rounding per element (the conversion of a byte is exact). Deterministic: every
 * element has one writer. */

#if VEC == 16
#define LOAD_U8_V(p) vload16(0, p)
#else
#define LOAD_U8_V(p) (*(p))
#endif

static inline void gather_labels(__global const uint *const labels,
                                 __global const uint *const order,
                                 __global uint *const batch_labels, const uint first_row,
                                 const uint end_row)
{
    if (get_group_id(0) != 0 || get_local_id(0) != 0)
        return;
    for (uint row = first_row + get_local_id(1); row < end_row; row += WG_ROWS)
        batch_labels[row] = labels[order[row]];
}

__kernel __attribute__((reqd_work_group_size(WG_COLS, WG_ROWS, 1)))
void gather_batch_u8(__global const uchar *features, const ulong features_offset,
                     const ulong features_ld, __global const uint *labels,
                     const ulong labels_offset, __global const uint *order,
                     const ulong order_offset, __global float *x, const ulong x_offset,
                     const ulong x_ld, __global uint *batch_labels,
                     const ulong batch_labels_offset, const int has_labels, const float scale,
                     const uint rows, const uint cols, const uint rows_per_group)
{
    const uint first_row = get_group_id(1) * rows_per_group;
    const uint end_row = min(first_row + rows_per_group, rows);
    const uint stride = get_num_groups(0) * WG_COLS * VEC;
    order += order_offset;
    if (has_labels)
        gather_labels(labels + labels_offset, order, batch_labels + batch_labels_offset, first_row,
                      end_row);
    for (uint row = first_row + get_local_id(1); row < end_row; row += WG_ROWS) {
        __global const uchar *const from = features + features_offset + order[row] * features_ld;
        __global float *const to = x + x_offset + row * x_ld;
        for (uint col = get_global_id(0) * VEC; col < cols; col += stride)
            store_lanes(CONVERT_V(LOAD_U8_V(from + col)) * scale, to + col,
                        lanes_inside(col, cols));
    }
}

__kernel __attribute__((reqd_work_group_size(WG_COLS, WG_ROWS, 1)))
void gather_batch_real(__global const float *features, const ulong features_offset,
                       const ulong features_ld, __global const uint *labels,
                       const ulong labels_offset, __global const uint *order,
                       const ulong order_offset, __global float *x, const ulong x_offset,
                       const ulong x_ld, __global uint *batch_labels,
                       const ulong batch_labels_offset, const int has_labels, const float scale,
                       const uint rows, const uint cols, const uint rows_per_group)
{
    const uint first_row = get_group_id(1) * rows_per_group;
    const uint end_row = min(first_row + rows_per_group, rows);
    const uint stride = get_num_groups(0) * WG_COLS * VEC;
    order += order_offset;
    if (has_labels)
        gather_labels(labels + labels_offset, order, batch_labels + batch_labels_offset, first_row,
                      end_row);
    for (uint row = first_row + get_local_id(1); row < end_row; row += WG_ROWS) {
        __global const float *const from = features + features_offset + order[row] * features_ld;
        __global float *const to = x + x_offset + row * x_ld;
        for (uint col = get_global_id(0) * VEC; col < cols; col += stride)
            store_lanes(LOAD_V(from + col) * scale, to + col, lanes_inside(col, cols));
    }
}

/* SPDX-License-Identifier: MIT
 * encode_batch: the rows order[0..B) of a table as inputs of the network, and their labels.
 *   columns (N,C) in; codes (4,F) in; labels (N) in; order (B) in; x (B,F) out;
 *   batch_labels (B) out
 * Work-groups own rows and columns as in gather_batch. Deterministic: every element has one writer.
 */

__kernel __attribute__((reqd_work_group_size(WG_COLS, WG_ROWS, 1)))
void encode_batch(__global const float *columns, const ulong columns_offset,
                  const ulong columns_ld, __global const float *codes, const ulong codes_offset,
                  const ulong codes_ld, __global const uint *labels, const ulong labels_offset,
                  __global const uint *order, const ulong order_offset, __global float *x,
                  const ulong x_offset, const ulong x_ld, __global uint *batch_labels,
                  const ulong batch_labels_offset, const int has_labels, const uint rows,
                  const uint cols, const uint rows_per_group)
{
    const gather_rows own = gather_own_rows(rows, rows_per_group);
    const input_numbers numbers = {0.0f, codes + codes_offset, codes_ld};
    order += order_offset;
    if (has_labels)
        gather_labels(labels + labels_offset, order, batch_labels + batch_labels_offset, own);
    for (uint row = own.first; row < own.end; row += WG_ROWS)
        gather_inputs(INPUT_ENCODED, columns + columns_offset + order[row] * columns_ld, false,
                      x + x_offset + row * x_ld, cols, &numbers);
}

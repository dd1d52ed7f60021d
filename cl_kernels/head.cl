/* SPDX-License-Identifier: MIT
 * What all heads share: from the losses of the rows to that of the batch. A head itself is a
 * function of one row in a file of its own, which its operation and the fused step call. */

/* gm_head. */
#define HEAD_SOFTMAX_XENT    0
#define HEAD_REGRESSION_LOSS 1

/* What heads take from the record of a step, at the places of gm_record_item. */
typedef struct head_numbers {
    float label_smoothing;
    float regression_loss; /* a whole number */
    float huber_delta;
    float mixed_part;
} head_numbers;

ALWAYS_INLINE head_numbers head_numbers_load(__global const float *const record)
{
    const head_numbers numbers = {record[20], record[21], record[22], record[32]};
    return numbers;
}

/* ---- operations ---------------------------------------------------------------------------- */

#ifndef FUSED_STEP /* it adds up by itself */

/* Those of a record that may be left out. */
ALWAYS_INLINE head_numbers head_numbers_of(__global const float *const record, const bool is_there)
{
    const head_numbers none = {0.0f, 0.0f, 0.0f, 0.0f};
    return is_there ? head_numbers_load(record) : none;
}

/* *loss, *correct from the sums of the items of one work-group. */
static inline void head_write_loss(const float item_sum, const uint item_count,
                                   __global float *const loss, __global uint *const correct,
                                   const uint rows, __local float *const scratch,
                                   __local uint *const counts)
{
    const float sum = reduce_flat_sum(item_sum, scratch);
    const uint count = reduce_flat_count(item_count, counts);
    if (get_local_id(0) == 0) {
        *loss = sum / (float)rows;
        *correct = count;
    }
}

/* loss = sum row_loss / rows; correct = sum row_correct. By all items of one work-group. */
static inline void head_sum_rows(__global const float *const row_loss,
                                 __global const uint *const row_correct,
                                 __global float *const loss, __global uint *const correct,
                                 const uint rows, __local float *const scratch,
                                 __local uint *const counts)
{
    float sum = 0.0f;
    uint count = 0;
    for (uint row = get_local_id(0); row < rows; row += WG_FLAT) {
        sum += row_loss[row];
        count += row_correct[row];
    }
    head_write_loss(sum, count, loss, correct, rows, scratch, counts);
}

#endif

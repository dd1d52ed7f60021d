/* SPDX-License-Identifier: MIT
 * softmax, softmax_xent, softmax_kl.
 *   logits (B,C) in; probabilities or dlogits (B,C) out, may alias logits; labels (B) in;
 *   targets (B,C) in; weights (B) in; record (GM_RECORD_SIZE) in; loss (1) out; correct (1) out; row_loss (B), row_correct (B): working memory
 * A work-group takes the rows group, group + groups, ...; its WG_FLAT items share a row's columns.
 * Where one group does it all it adds up the rows' losses too; otherwise softmax_xent_sum follows,
 * as one group. softmax_xent_narrow, for few classes and rows on GPUs, is one group too, with rows
 * for each item alone: one launch, without working memory. Sums in a fixed order: lanes and items
 * as trees, each item's own part in order. */

/* Logits of the vector at `col`, or -infinity right of the row, where exp gives the 0 that leaves
 * sums as they are. */
static inline realv softmax_load(__global const float *const row, const uint col, const uint cols)
{
    const realv x = LOAD_V(row + col);
#if VEC > 1
    return LANES < (int)min(cols - col, (uint)VEC) ? x : (realv)(-INFINITY);
#else
    return x;
#endif
}

/* Before loops over the columns of a row. On GPUs they stay loops where the number of columns is
 * constant: LLVM for AMD would keep masks of all turns in scalar registers, of which there are not
 * enough. */
#if VEC == 1
#define SOFTMAX_LOOP _Pragma("unroll 1")
#else
#define SOFTMAX_LOOP
#endif

/* Who works on a row: one item, or all items of the group. A constant of each kernel. */
typedef enum softmax_worker {
    SOFTMAX_ITEM,
    SOFTMAX_GROUP
} softmax_worker;

/* The columns of a row that an item takes. */
ALWAYS_INLINE uint softmax_first(const softmax_worker worker)
{
    return worker == SOFTMAX_GROUP ? get_local_id(0) * VEC : 0;
}

ALWAYS_INLINE uint softmax_stride(const softmax_worker worker)
{
    return worker == SOFTMAX_GROUP ? WG_FLAT * VEC : VEC;
}

ALWAYS_INLINE float softmax_row_max(__global const float *const row, const uint cols,
                                    const softmax_worker worker, __local float *const scratch)
{
    realv largest = -INFINITY;
    SOFTMAX_LOOP for (uint col = softmax_first(worker); col < cols; col += softmax_stride(worker))
        largest = fmax(largest, softmax_load(row, col, cols));
    const float item_largest = max_lanes(largest);
    return worker == SOFTMAX_GROUP ? reduce_flat_max(item_largest, scratch) : item_largest;
}

ALWAYS_INLINE float softmax_row_sum(__global const float *const row, const uint cols,
                                    const float largest, const softmax_worker worker,
                                    __local float *const scratch)
{
    realv sum = 0.0f;
    SOFTMAX_LOOP for (uint col = softmax_first(worker); col < cols; col += softmax_stride(worker)) {
        const realv e = exp(LOAD_V(row + col) - largest);
#if VEC > 1
        sum += LANES < (int)min(cols - col, (uint)VEC) ? e : (realv)(0.0f);
#else
        sum += e;
#endif
    }
    const float item_sum = sum_lanes(sum);
    return worker == SOFTMAX_GROUP ? reduce_flat_sum(item_sum, scratch) : item_sum;
}

/* Number of this item's classes that keep the label from being the answer: larger logits, equal
 * ones of a lower class, NaN. The row is correct if no item has any. */
ALWAYS_INLINE float softmax_rivals(__global const float *const row, const uint cols,
                                   const uint label, const float label_logit,
                                   const softmax_worker worker)
{
    realv rivals = 0.0f;
    SOFTMAX_LOOP for (uint col = softmax_first(worker); col < cols; col += softmax_stride(worker)) {
        const realv x = softmax_load(row, col, cols);
        const realv larger = COUNT_V(x > label_logit || isnan(x));
        const realv equal = COUNT_V(x == label_logit && LANES + (int)col < (int)label);
        rivals += larger + equal;
    }
    return sum_lanes(rivals);
}

/* How far this item's logits lie below the largest, added up. */
ALWAYS_INLINE float softmax_row_distance(__global const float *const row, const uint cols,
                                         const float largest, const softmax_worker worker)
{
    realv sum = 0.0f;
    SOFTMAX_LOOP for (uint col = softmax_first(worker); col < cols; col += softmax_stride(worker)) {
        const realv distance = largest - LOAD_V(row + col);
#if VEC > 1
        sum += LANES < (int)min(cols - col, (uint)VEC) ? distance : (realv)(0.0f);
#else
        sum += distance;
#endif
    }
    return sum_lanes(sum);
}

/* One row of softmax_xent: writes its gradients, *row_loss and *row_correct. other_label: that of
 * the row which is mixed in. */
ALWAYS_INLINE void softmax_xent_row(__global const float *const x, __global float *const dx,
                                    const uint label, const uint other_label, const float weight,
                                    const uint cols, const float n, const head_numbers *const numbers, float *const row_loss,
                                    uint *const row_correct, const softmax_worker worker,
                                    __local float *const scratch)
{
    const float smoothing = numbers->label_smoothing;
    const float mixed = numbers->mixed_part;
    const float share = smoothing / (float)cols;
    const float label_logit = x[label];
    const float item_rivals = softmax_rivals(x, cols, label, label_logit, worker);
    const float rivals =
        worker == SOFTMAX_GROUP ? reduce_flat_sum(item_rivals, scratch) : item_rivals;
    const float largest = softmax_row_max(x, cols, worker, scratch);
    const float sum = softmax_row_sum(x, cols, largest, worker, scratch);
    float below = largest - label_logit;
    if (mixed != 0.0f) /* as below */
        below = (1.0f - mixed) * below + mixed * (largest - x[other_label]);
    if (smoothing != 0.0f) { /* else an infinite logit would spoil the loss */
        const float item_distance = softmax_row_distance(x, cols, largest, worker);
        const float distance =
            worker == SOFTMAX_GROUP ? reduce_flat_sum(item_distance, scratch) : item_distance;
        below = (1.0f - smoothing) * below + share * distance;
    }
#if WG_FLAT > 1
    if (worker == SOFTMAX_GROUP)
        barrier(CLK_GLOBAL_MEM_FENCE); /* all have read x[label], which may be a dlogit */
#endif
    const float own_target = (1.0f - smoothing) * (1.0f - mixed);
    const float other_target = (1.0f - smoothing) * mixed;
    SOFTMAX_LOOP for (uint col = softmax_first(worker); col < cols; col += softmax_stride(worker)) {
        const realv p = exp(LOAD_V(x + col) - largest) / sum;
        const realv own = LANES + (int)col == (int)label ? (realv)(own_target) : (realv)(0.0f);
        const realv other =
            LANES + (int)col == (int)other_label ? (realv)(other_target) : (realv)(0.0f);
        const realv target = own + other + share;
        store_lanes(weight * ((p - target) / n), dx + col, lanes_inside(col, cols));
    }
    *row_loss = weight * (below + log(sum));
    *row_correct = rivals == 0.0f;
}

#ifndef FUSED_STEP /* it has kernels of its own */

/* Place of gm_record_item. */
#define RECORD_VIRTUAL_WEIGHT 36

__kernel __attribute__((reqd_work_group_size(WG_FLAT, 1, 1)))
void softmax_fwd(__global const float *logits, const ulong logits_offset, const ulong logits_ld,
                 __global float *probabilities, const ulong probabilities_offset,
                 const ulong probabilities_ld, const uint rows, const uint cols)
{
    FLAT_SCRATCH(scratch);
    for (uint row = get_group_id(0); row < rows; row += get_num_groups(0)) {
        __global const float *const x = logits + logits_offset + row * logits_ld;
        __global float *const p = probabilities + probabilities_offset + row * probabilities_ld;
        const float largest = softmax_row_max(x, cols, SOFTMAX_GROUP, scratch);
        const float sum = softmax_row_sum(x, cols, largest, SOFTMAX_GROUP, scratch);
        for (uint col = softmax_first(SOFTMAX_GROUP); col < cols;
             col += softmax_stride(SOFTMAX_GROUP))
            store_lanes(exp(LOAD_V(x + col) - largest) / sum, p + col, lanes_inside(col, cols));
    }
}

__kernel __attribute__((reqd_work_group_size(WG_FLAT, 1, 1)))
void softmax_kl(__global const float *logits, const ulong logits_offset, const ulong logits_ld,
                __global const float *targets, const ulong targets_offset, const ulong targets_ld,
                __global const float *record, const ulong record_offset, __global float *dlogits,
                const ulong dlogits_offset, const ulong dlogits_ld, const uint rows,
                const uint cols)
{
    FLAT_SCRATCH(scratch);
    const float weight = record[record_offset + RECORD_VIRTUAL_WEIGHT];
    for (uint row = get_group_id(0); row < rows; row += get_num_groups(0)) {
        __global const float *const x = logits + logits_offset + row * logits_ld;
        __global const float *const target = targets + targets_offset + row * targets_ld;
        __global float *const dx = dlogits + dlogits_offset + row * dlogits_ld;
        const float largest = softmax_row_max(x, cols, SOFTMAX_GROUP, scratch);
        const float sum = softmax_row_sum(x, cols, largest, SOFTMAX_GROUP, scratch);
        for (uint col = softmax_first(SOFTMAX_GROUP); col < cols;
             col += softmax_stride(SOFTMAX_GROUP)) {
            const realv p = exp(LOAD_V(x + col) - largest) / sum;
            store_lanes(weight * ((p - LOAD_V(target + col)) / (float)rows), dx + col,
                        lanes_inside(col, cols));
        }
    }
}

__kernel __attribute__((reqd_work_group_size(WG_FLAT, 1, 1)))
void softmax_xent(__global const float *logits, const ulong logits_offset, const ulong logits_ld,
                  __global const uint *labels, const ulong labels_offset,
                  __global const float *weights, const ulong weights_offset, const int has_weights,
                  __global const float *record, const ulong record_offset, const int has_record,
                  __global float *dlogits, const ulong dlogits_offset, const ulong dlogits_ld, __global float *loss,
                  const ulong loss_offset, __global uint *correct, const ulong correct_offset,
                  __global float *row_loss, __global uint *row_correct, const uint rows,
                  const uint cols)
{
    FLAT_SCRATCH(scratch);
    COUNT_SCRATCH(counts);
    const head_numbers numbers = head_numbers_of(record + record_offset, has_record);
    for (uint row = get_group_id(0); row < rows; row += get_num_groups(0)) {
        __global const float *const x = logits + logits_offset + row * logits_ld;
        __global float *const dx = dlogits + dlogits_offset + row * dlogits_ld;
        const uint label = labels[labels_offset + row];
        float loss_of_row;
        uint correct_of_row;
        const float weight = has_weights ? weights[weights_offset + row] : 1.0f;
        softmax_xent_row(x, dx, label, labels[labels_offset + rows - 1 - row], weight, cols,
                         (float)rows, &numbers, &loss_of_row, &correct_of_row, SOFTMAX_GROUP,
                         scratch);
        if (get_local_id(0) == 0) {
            row_loss[row] = loss_of_row;
            row_correct[row] = correct_of_row;
        }
    }
    if (get_num_groups(0) == 1) {
        barrier(CLK_GLOBAL_MEM_FENCE); /* item 0 wrote what all read */
        head_sum_rows(row_loss, row_correct, loss + loss_offset, correct + correct_offset, rows,
                         scratch, counts);
    }
}

__kernel __attribute__((reqd_work_group_size(WG_FLAT, 1, 1)))
void softmax_xent_sum(__global const float *row_loss, __global const uint *row_correct,
                      __global float *loss, const ulong loss_offset, __global uint *correct,
                      const ulong correct_offset, const uint rows)
{
    FLAT_SCRATCH(scratch);
    COUNT_SCRATCH(counts);
    head_sum_rows(row_loss, row_correct, loss + loss_offset, correct + correct_offset, rows,
                     scratch, counts);
}

#if WG_FLAT > 1 && !defined(WITHOUT_OPTIONAL)

__kernel __attribute__((reqd_work_group_size(WG_FLAT, 1, 1)))
void softmax_xent_narrow(__global const float *logits, const ulong logits_offset,
                         const ulong logits_ld, __global const uint *labels,
                         const ulong labels_offset, __global const float *weights,
                         const ulong weights_offset, const int has_weights,
                         __global const float *record, const ulong record_offset, const int has_record, __global float *dlogits,
                         const ulong dlogits_offset, const ulong dlogits_ld, __global float *loss,
                         const ulong loss_offset, __global uint *correct,
                         const ulong correct_offset, const uint rows, const uint cols)
{
    FLAT_SCRATCH(scratch);
    COUNT_SCRATCH(counts);
    const head_numbers numbers = head_numbers_of(record + record_offset, has_record);
    float sum = 0.0f;
    uint count = 0;
    for (uint row = get_local_id(0); row < rows; row += WG_FLAT) {
        float loss_of_row;
        uint correct_of_row;
        const float weight = has_weights ? weights[weights_offset + row] : 1.0f;
        softmax_xent_row(logits + logits_offset + row * logits_ld,
                         dlogits + dlogits_offset + row * dlogits_ld, labels[labels_offset + row],
                         labels[labels_offset + rows - 1 - row], weight, cols, (float)rows,
                         &numbers, &loss_of_row, &correct_of_row, SOFTMAX_ITEM, scratch);
        sum += loss_of_row;
        count += correct_of_row;
    }
    head_write_loss(sum, count, loss + loss_offset, correct + correct_offset, rows, scratch,
                       counts);
}

#endif

#endif

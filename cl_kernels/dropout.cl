/* SPDX-License-Identifier: MIT
 * dropout of the inputs: y = m x, m 0 or scale by random bits, which the operation, those of
 * activations (activation.cl) and the fused step share.
 *   x (B,N) in; record (32) in; y (B,N) out, may alias x
 *
 * One drawing of a lane, 128 bits, is for the DROPOUT_ROWS rows of a block in one column. Work-group
 * g of dimension 1 owns blocks_per_group blocks; the groups of dimension 0 share a block's columns.
 * Deterministic: every element has one writer, which reads it before. */

#define DROPOUT_ROWS 8u /* 16 bits each */

/* What one layer takes from the record of a step. */
typedef struct dropout_numbers {
    uint threshold; /* smaller numbers of 16 bits are dropped: rate 2^16 */
    float scale;
    uint key[2];
} dropout_numbers;

/* Places of gm_record_item: rate and scale of the inputs and of hidden layers. */
#define RECORD_INPUT_DROPOUT  24
#define RECORD_HIDDEN_DROPOUT 26

/* layer: 0 for the inputs. */
ALWAYS_INLINE dropout_numbers dropout_numbers_load(__global const float *const record,
                                                   const uint layer)
{
    const uint rate = layer == 0 ? RECORD_INPUT_DROPOUT : RECORD_HIDDEN_DROPOUT;
    dropout_numbers numbers;
    numbers.threshold = (uint)(record[rate] * 65536.0f);
    numbers.scale = record[rate + 1];
    numbers.key[0] = record_key(record, 0);
    numbers.key[1] = record_key(record, 1);
    return numbers;
}

/* The random numbers of block `block` of rows in the columns from `col` on. */
ALWAYS_INLINE philox_words dropout_draw(const uint col, const uint block, const uint layer,
                                        const dropout_numbers *const numbers)
{
    return philox(col + LANE_COLUMNS, block, layer, 0, numbers->key[0], numbers->key[1]);
}

/* m of row `row` of the block. */
ALWAYS_INLINE realv dropout_mask(const philox_words *const words, const uint row,
                                 const dropout_numbers *const numbers)
{
    const uintv word = words->of[row / 2];
    const uintv number = row % 2 == 0 ? word & 0xFFFFu : word >> 16;
    return number < numbers->threshold ? (realv)(0.0f) : (realv)(numbers->scale);
}

/* The same of row 0, 1, ... in turn, for loops that are not unrolled: the words stay in registers. */
ALWAYS_INLINE realv dropout_next_mask(philox_words *const words, const uint row,
                                      const dropout_numbers *const numbers)
{
    const realv mask = dropout_mask(words, row % 2, numbers);
    if (row % 2 != 0) {
        words->of[0] = words->of[1];
        words->of[1] = words->of[2];
        words->of[2] = words->of[3];
    }
    return mask;
}

#ifndef FUSED_STEP /* it has kernels of its own */

__kernel __attribute__((reqd_work_group_size(WG_COLS, WG_ROWS, 1)))
void dropout(__global const float *x, const ulong x_offset, const ulong x_ld,
             __global const float *record, const ulong record_offset, __global float *y,
             const ulong y_offset, const ulong y_ld, const uint rows, const uint cols,
             const uint blocks_per_group)
{
    const dropout_numbers numbers = dropout_numbers_load(record + record_offset, 0);
    const uint first_block = get_group_id(1) * blocks_per_group;
    const uint end_block = min(first_block + blocks_per_group, CEIL_DIV(rows, DROPOUT_ROWS));
    const uint stride = get_num_groups(0) * WG_COLS * VEC;
    for (uint block = first_block + get_local_id(1); block < end_block; block += WG_ROWS) {
        for (uint col = get_global_id(0) * VEC; col < cols; col += stride) {
            const philox_words words = dropout_draw(col, block, 0, &numbers);
#pragma unroll
            for (uint i = 0; i < DROPOUT_ROWS; ++i) {
                const uint row = block * DROPOUT_ROWS + i;
                if (row < rows)
                    store_lanes(dropout_mask(&words, i, &numbers) *
                                    LOAD_V(x + x_offset + row * x_ld + col),
                                y + y_offset + row * y_ld + col, lanes_inside(col, cols));
            }
        }
    }
}

#endif

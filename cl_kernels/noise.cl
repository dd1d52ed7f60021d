/* SPDX-License-Identifier: MIT
 * noise, which the operation and the fused step share: y = x + r (S - 262140), S the sum of eight
 * random numbers of 16 bits; without x: y = S - 262140 of other ones
 *   x (B,N) in; record (GM_RECORD_SIZE) in; y (B,N) out, may alias x
 * Work-groups own rows and columns as in gather_batch. Deterministic: every element has one writer,
 * which reads it before; integers are summed, so all devices draw the same. */

/* Places of gm_record_item. */
#define RECORD_INPUT_NOISE  18
#define RECORD_HIDDEN_NOISE 33

#define NOISE_COUNTER 4u /* tells its random numbers from those of others */
#define NOISE_MEAN    262140

/* What noise takes from the record of a step. */
typedef struct noise_numbers {
    float unit;
    uint layer; /* from 1; 0: the inputs */
    uint key[2];
} noise_numbers;

ALWAYS_INLINE noise_numbers noise_numbers_load(__global const float *const record, const uint layer)
{
    const noise_numbers numbers = {record[layer == 0 ? RECORD_INPUT_NOISE : RECORD_HIDDEN_NOISE],
                                   layer,
                                   {record_key(record, 0), record_key(record, 1)}};
    return numbers;
}

/* S - 262140 of row `row` in the columns from `col` on. */
ALWAYS_INLINE realv noise_draw(const uint col, const uint row,
                               const noise_numbers *const numbers)
{
    const philox_words words =
        philox(col + LANE_COLUMNS, row, numbers->layer, NOISE_COUNTER, numbers->key[0],
               numbers->key[1]);
    uintv sum = 0;
#pragma unroll
    for (uint i = 0; i < 4; ++i)
        sum += (words.of[i] & 0xFFFFu) + (words.of[i] >> 16);
    return CONVERT_V(sum) - (float)NOISE_MEAN;
}

/* noise of the vector x of row `row` in the columns from `col` on. */
ALWAYS_INLINE realv noise_add(const realv x, const uint col, const uint row,
                              const noise_numbers *const numbers)
{
    const realv deviation = noise_draw(col, row, numbers);
    return x + numbers->unit * deviation;
}

#ifndef FUSED_STEP /* it has kernels of its own */

__kernel __attribute__((reqd_work_group_size(WG_COLS, WG_ROWS, 1)))
void noise(__global const float *x, const ulong x_offset, const ulong x_ld, const int has_x,
           __global const float *record, const ulong record_offset, __global float *y,
           const ulong y_offset, const ulong y_ld, const uint layer, const uint rows, const uint cols,
           const uint rows_per_group)
{
    const gather_rows own = gather_own_rows(rows, rows_per_group);
    const noise_numbers numbers = noise_numbers_load(record + record_offset, layer);
    const uint stride = get_num_groups(0) * WG_COLS * VEC;
    for (uint row = own.first; row < own.end; row += WG_ROWS) {
        for (uint col = get_global_id(0) * VEC; col < cols; col += stride) {
            const realv drawn =
                has_x ? noise_add(LOAD_V(x + x_offset + row * x_ld + col), col, row, &numbers)
                      : noise_draw(col, row, &numbers);
            store_lanes(drawn, y + y_offset + row * y_ld + col, lanes_inside(col, cols));
        }
    }
}

#endif

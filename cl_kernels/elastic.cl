/* SPDX-License-Identifier: MIT
 * elastic_noise, which the operation and the fused step share: random numbers, smoothed along the
 * columns of images.
 *   taps (L) in; record (32) in; noise_0, noise_1 (B,F) out
 *
 * An item owns VEC columns of one image of noise_0 or noise_1. One drawing of a lane, 128 bits, is
 * for ELASTIC_ROWS rows of a column, whose part is added to all rows near them. Deterministic:
 * every element has one writer. */

#define ELASTIC_ROWS 8 /* 16 bits each */

/* Pixels at both ends of the taps that are 0, so that a vector of columns, or a block of rows, needs
 * no check at the ends. */
#define TAPS_MARGIN 15

/* The random numbers of row `row` of the block. */
ALWAYS_INLINE realv elastic_number(const philox_words *const words, const uint row)
{
    const uintv word = words->of[row / 2];
    const uintv number = row % 2 == 0 ? word & 0xFFFFu : word >> 16;
    return CONVERT_V(number) * (1.0f / 32768.0f) - 1.0f;
}

/* Adds what the block of rows from `first` on gives to the columns at `col` of noise (H,W).
 * middle: of the taps. Rows behind the image are no noise. */
ALWAYS_INLINE void elastic_add_block(__global float *const noise, __global const float *const taps,
                                     const int middle, const uint col, const int first,
                                     const int height, const int width,
                                     const philox_words *const words)
{
    const int begin = max(0, first + ELASTIC_ROWS - 1 - middle);
    const int end = min(height, first + middle + 1);
    realv number[ELASTIC_ROWS];
#pragma unroll
    for (int i = 0; i < ELASTIC_ROWS; ++i)
        number[i] = first + i < height ? elastic_number(words, i) : (realv)(0.0f);
    for (int row = begin; row < end; ++row) {
        __global float *const to = noise + (ulong)row * width + col;
        /* Behind the image lies another one, which another item may be writing. */
        const uint n_left = (uint)(height - row) * width - col;
        realv sum = n_left >= VEC ? LOAD_V(to) : load_lanes(to, lanes_inside(col, width));
#pragma unroll
        for (int i = 0; i < ELASTIC_ROWS; ++i)
            sum = fma((realv)(taps[middle + row - first - i]), number[i], sum);
        store_lanes(sum, to, lanes_inside(col, width));
    }
}

/* The columns at `col` of noise_f (H,W) of image `image`. */
ALWAYS_INLINE void elastic_columns(__global float *const noise, __global const float *const taps,
                                   const int middle, const uint col, const uint height,
                                   const uint width, const uint image, const uint f,
                                   const uint *const key)
{
    for (uint r = 0; r < height; ++r)
        store_lanes(0.0f, noise + (ulong)r * width + col, lanes_inside(col, width));
    for (uint first = 0; first < height; first += ELASTIC_ROWS) {
        const philox_words words =
            philox(col + LANE_COLUMNS, first / ELASTIC_ROWS, image, 2 + f, key[0], key[1]);
        elastic_add_block(noise, taps, middle, col, first, height, width, &words);
    }
}

#ifndef FUSED_STEP /* it has kernels of its own */

__kernel __attribute__((reqd_work_group_size(WG_COLS, WG_ROWS, 1)))
void elastic_noise(__global const float *taps, const ulong taps_offset, const uint n_taps,
                   __global const float *record, const ulong record_offset,
                   __global float *noise_0, const ulong noise_0_offset, const ulong noise_0_ld,
                   __global float *noise_1, const ulong noise_1_offset, const ulong noise_1_ld,
                   const uint rows, const uint height, const uint width,
                   const uint images_per_group)
{
    const uint key[2] = {record_key(record + record_offset, 0),
                         record_key(record + record_offset, 1)};
    const uint first_image = get_group_id(1) * images_per_group;
    const uint end_image = min(first_image + images_per_group, 2 * rows);
    const uint stride = get_num_groups(0) * WG_COLS * VEC;
    taps += taps_offset;
    for (uint image = first_image + get_local_id(1); image < end_image; image += WG_ROWS) {
        const uint row = image / 2;
        __global float *const noise = image % 2 == 0
                                          ? noise_0 + noise_0_offset + row * noise_0_ld
                                          : noise_1 + noise_1_offset + row * noise_1_ld;
        for (uint col = get_global_id(0) * VEC; col < width; col += stride)
            elastic_columns(noise, taps, n_taps / 2, col, height, width, row, image % 2, key);
    }
}

#endif

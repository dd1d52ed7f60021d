/* SPDX-License-Identifier: MIT
 * augment, which the operation and the fused step share: images seen through random maps of the
 * plane.
 *   x (B,F) in; noise_0, noise_1 (B,F) in; taps (L) in; record (32) in; y (B,F) out
 *
 * Work-group g of dimension 1 owns rows_per_group rows, images that is; the groups of dimension 0
 * share an image's pixels, VEC of a line at a time. Deterministic: every element has one writer. */

#if VEC == 16
typedef int16 intv;
#define CONVERT_INT_V(v) convert_int16(v)
#else
typedef int intv;
#define CONVERT_INT_V(v) ((int)(v))
#endif

/* Places of gm_record_item. */
#define RECORD_ROTATION 11
#define RECORD_SCALING  12
#define RECORD_SHEAR    13
#define RECORD_SHIFT    14
#define RECORD_ELASTIC  15

/* Where a pixel of an image takes its value: x0 + xx u + xy v, y0 + yx u + yy v. */
typedef struct augment_map {
    float xx;
    float xy;
    float x0;
    float yx;
    float yy;
    float y0;
} augment_map;

/* z of backend.h: of word `word` of drawing `number` for an image. */
ALWAYS_INLINE float augment_number(const philox_words *const words, const uint word)
{
#if VEC == 16
    const uint bits = words->of[word].s0;
#else
    const uint bits = words->of[word];
#endif
    return (float)(bits >> 8) * (1.0f / 8388608.0f) - 1.0f;
}

ALWAYS_INLINE augment_map augment_draw(__global const float *const record, const uint row,
                                       const uint height, const uint width)
{
    const uint key[2] = {record_key(record, 0), record_key(record, 1)};
    const philox_words first = philox((uintv)(0u), 0, row, 1, key[0], key[1]);
    const philox_words second = philox((uintv)(1u), 0, row, 1, key[0], key[1]);
    const float angle = record[RECORD_ROTATION] * augment_number(&first, 0);
    const float scale_x = 1.0f + record[RECORD_SCALING] * augment_number(&first, 1);
    const float scale_y = 1.0f + record[RECORD_SCALING] * augment_number(&first, 2);
    const float shear = record[RECORD_SHEAR] * augment_number(&first, 3);
    const float cosine = cos(angle);
    const float sine = sin(angle);
    augment_map map;
    map.xx = cosine * scale_x;
    map.xy = (cosine * shear - sine) * scale_y;
    map.yx = sine * scale_x;
    map.yy = (sine * shear + cosine) * scale_y;
    map.x0 = 0.5f * (width - 1) + record[RECORD_SHIFT] * augment_number(&second, 0);
    map.y0 = 0.5f * (height - 1) + record[RECORD_SHIFT] * augment_number(&second, 1);
    return map;
}

/* The whole number below; floor() takes longer. */
ALWAYS_INLINE intv augment_floor(const realv v)
{
    const intv cut = CONVERT_INT_V(v);
    return v < CONVERT_V(cut) ? cut - 1 : cut;
}

/* The values of x at `place`, and those behind them. */
ALWAYS_INLINE void augment_load_pairs(realv *const first, realv *const second,
                                      __global const float *const x, const intv place)
{
#if VEC == 16
    uint places[VEC];
    ulong pairs[VEC]; /* one load each */
    vstore16(convert_uint16(place), 0, places);
#pragma unroll
    for (uint i = 0; i < VEC; ++i)
        pairs[i] = as_ulong(vload2(0, x + places[i]));
    const float16 low = as_float16(vload8(0, pairs));
    const float16 high = as_float16(vload8(1, pairs));
    const uint16 even = (uint16)(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
    *first = shuffle2(low, high, even);
    *second = shuffle2(low, high, even + 1);
#else
    *first = x[place];
    *second = x[place + 1];
#endif
}

/* The values of a line of x at columns `col` and `col` + 1, 0 outside of W columns; `first` and
 * `second` are those at `loaded`, which is `col` or inside beside it. */
ALWAYS_INLINE realv augment_mix(const realv first, const realv second, const intv loaded,
                                const intv col, const int width, const realv right_part)
{
    const realv zero = 0.0f;
    const realv left = col < 0 || col >= width ? zero : col > loaded ? second : first;
    const realv right = col + 1 < 0 || col + 1 >= width ? zero : col < loaded ? first : second;
    return fma(right_part, right - left, left);
}

/* The value between the pixels of x (H,W) around a place, 0 outside. */
ALWAYS_INLINE realv augment_interpolate(__global const float *const x, realv col, realv row,
                                        const int height, const int width)
{
    col = clamp(col, (realv)(-1.0f), (realv)((float)width));
    row = clamp(row, (realv)(-1.0f), (realv)((float)height));
    const intv c = augment_floor(col);
    const intv r = augment_floor(row);
    /* Of two lines and two columns that are inside, where there are so many. Oclgrind takes scalar
     * limits for those of the first lane. */
    const intv loaded_col = clamp(c, (intv)(0), (intv)(max(width - 2, 0)));
    const intv loaded_row = clamp(r, (intv)(0), (intv)(max(height - 2, 0)));
    const intv place = loaded_row * width + loaded_col;
    const int next_line = height > 1 ? width : 0;
    realv upper_first;
    realv upper_second;
    realv lower_first;
    realv lower_second;
    augment_load_pairs(&upper_first, &upper_second, x, place);
    augment_load_pairs(&lower_first, &lower_second, x + next_line, place);
    const realv zero = 0.0f;
    const realv right_part = col - CONVERT_V(c);
    const realv first = augment_mix(upper_first, upper_second, loaded_col, c, width, right_part);
    const realv second = augment_mix(lower_first, lower_second, loaded_col, c, width, right_part);
    const realv upper = r < 0 || r >= height ? zero : r > loaded_row ? second : first;
    const realv lower = r + 1 < 0 || r + 1 >= height ? zero : r < loaded_row ? first : second;
    return fma(row - CONVERT_V(r), lower - upper, upper);
}

/* Adds what a line of noise (W), smoothed, displaces the VEC pixels at `col`. */
ALWAYS_INLINE void augment_displace(realv *const x, realv *const y,
                                    __global const float *const noise_0,
                                    __global const float *const noise_1,
                                    __global const float *const taps, const int middle,
                                    const int col, const int width, const float elastic)
{
    const int begin = max(0, col + TAPS_MARGIN - middle);
    const int end = min(width, col + middle + 1);
    /* Every other term has a sum of its own: one would wait for the other. */
    realv sum_0[2] = {0.0f, 0.0f};
    realv sum_1[2] = {0.0f, 0.0f};
    int k = begin;
    for (; k + 1 < end; k += 2) {
#pragma unroll
        for (int i = 0; i < 2; ++i) {
            const realv tap = LOAD_V(taps + middle + col - k - i);
            sum_0[i] = fma(tap, (realv)(noise_0[k + i]), sum_0[i]);
            sum_1[i] = fma(tap, (realv)(noise_1[k + i]), sum_1[i]);
        }
    }
    if (k < end) {
        const realv tap = LOAD_V(taps + middle + col - k);
        sum_0[0] = fma(tap, (realv)(noise_0[k]), sum_0[0]);
        sum_1[0] = fma(tap, (realv)(noise_1[k]), sum_1[0]);
    }
    *x = fma((realv)(elastic), sum_0[0] + sum_0[1], *x);
    *y = fma((realv)(elastic), sum_1[0] + sum_1[1], *y);
}

/* What displaces the pixels of an image; no taps: nothing. */
typedef struct augment_field {
    __global const float *noise_0; /* (H,P) */
    __global const float *noise_1;
    __global const float *taps;
    uint n_taps;
    uint noise_width; /* P */
    float elastic;
} augment_field;

/* The VEC pixels at `col` of line `line`, from the image x (H,W). */
ALWAYS_INLINE realv augment_pixels(__global const float *const x, const augment_map *const map,
                                   const augment_field *const field, const uint line,
                                   const uint col, const uint height, const uint width)
{
    const realv u = CONVERT_V(LANES) + ((float)col - 0.5f * (width - 1));
    const float v = (float)line - 0.5f * (height - 1);
    realv from_col = fma((realv)(map->xx), u, (realv)(fma(map->xy, v, map->x0)));
    realv from_row = fma((realv)(map->yx), u, (realv)(fma(map->yy, v, map->y0)));
    if (field->n_taps > 0)
        augment_displace(&from_col, &from_row, field->noise_0 + line * field->noise_width,
                         field->noise_1 + line * field->noise_width, field->taps,
                         field->n_taps / 2, col, width, field->elastic);
    return augment_interpolate(x, from_col, from_row, height, width);
}

#ifndef FUSED_STEP /* it has kernels of its own */

__kernel __attribute__((reqd_work_group_size(WG_COLS, WG_ROWS, 1)))
void augment(__global const float *x, const ulong x_offset, const ulong x_ld,
             __global const float *noise_0, const ulong noise_0_offset, const ulong noise_0_ld,
             __global const float *noise_1, const ulong noise_1_offset, const ulong noise_1_ld,
             __global const float *taps, const ulong taps_offset, const uint n_taps,
             __global const float *record, const ulong record_offset, __global float *y,
             const ulong y_offset, const ulong y_ld, const uint rows, const uint height,
             const uint width, const uint noise_width, const uint rows_per_group)
{
    const uint n_vectors = CEIL_DIV(width, VEC); /* of a line */
    const uint stride = get_num_groups(0) * WG_COLS;
    const uint first_row = get_group_id(1) * rows_per_group;
    const uint end_row = min(first_row + rows_per_group, rows);
    record += record_offset;
    for (uint row = first_row + get_local_id(1); row < end_row; row += WG_ROWS) {
        const augment_map map = augment_draw(record, row, height, width);
        __global const float *const from = x + x_offset + row * x_ld;
        const augment_field field = {noise_0 + noise_0_offset + row * noise_0_ld,
                                     noise_1 + noise_1_offset + row * noise_1_ld,
                                     taps + taps_offset,
                                     n_taps,
                                     noise_width,
                                     record[RECORD_ELASTIC]};
        for (uint i = get_global_id(0); i < height * n_vectors; i += stride) {
            const uint line = i / n_vectors;
            const uint col = (i - line * n_vectors) * VEC; /* Oclgrind cannot do / beside % */
            const uint at = line * width + col;
            /* Where an item takes a vector at a time it takes all of an image, in order: what it
             * writes behind a line's end it writes again. */
            store_lanes(augment_pixels(from, &map, &field, line, col, height, width),
                        y + y_offset + row * y_ld + at, lanes_inside(at, height * width));
        }
    }
}

#endif

/* SPDX-License-Identifier: MIT
 * augment: images seen through random maps of the plane.
 *   x (B,F) in; noise_0, noise_1 (B,F) in; taps (L) in; record (32) in; y (B,F) out
 *
 * Work-group g of dimension 1 owns rows_per_group rows, images that is; the groups of dimension 0
 * share an image's pixels, VEC of a line at a time. Deterministic: every element has one writer. */

#if VEC == 16
typedef int16 intv;
#define CONVERT_INT_V(v) convert_int16(v)
#define STORE_INT_V(v, p) vstore16(v, 0, p)
#else
typedef int intv;
#define CONVERT_INT_V(v) ((int)(v))
#define STORE_INT_V(v, p) (*(p) = (v))
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

/* The values of x (H,W) at these places of a line, which may lie outside: 0 there. */
ALWAYS_INLINE realv augment_pick(__global const float *const x, const intv row, const intv col,
                                 const int height, const int width)
{
    const intv inside = row >= 0 && row < height && col >= 0 && col < width;
    const intv place = inside ? row * width + col : (intv)(0);
#if VEC == 16
    int places[VEC];
    float values[VEC];
    vstore16(place, 0, places);
#pragma unroll
    for (uint i = 0; i < VEC; ++i)
        values[i] = x[places[i]];
    const realv value = vload16(0, values);
#else
    const realv value = x[place];
#endif
    return inside ? value : (realv)(0.0f);
}

/* The value between the pixels around a place. */
ALWAYS_INLINE realv augment_interpolate(__global const float *const x, realv col, realv row,
                                        const int height, const int width)
{
    col = clamp(col, -1.0f, (float)width);
    row = clamp(row, -1.0f, (float)height);
    const realv left = floor(col);
    const realv top = floor(row);
    const realv right_part = col - left;
    const realv lower_part = row - top;
    const intv c = CONVERT_INT_V(left);
    const intv r = CONVERT_INT_V(top);
    const realv upper_left = augment_pick(x, r, c, height, width);
    const realv upper_right = augment_pick(x, r, c + 1, height, width);
    const realv lower_left = augment_pick(x, r + 1, c, height, width);
    const realv lower_right = augment_pick(x, r + 1, c + 1, height, width);
    const realv upper = fma(right_part, upper_right - upper_left, upper_left);
    const realv lower = fma(right_part, lower_right - lower_left, lower_left);
    return fma(lower_part, lower - upper, upper);
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
    realv sum_0 = 0.0f;
    realv sum_1 = 0.0f;
    for (int k = begin; k < end; ++k) {
        const realv tap = LOAD_V(taps + middle + col - k);
        sum_0 = fma(tap, (realv)(noise_0[k]), sum_0);
        sum_1 = fma(tap, (realv)(noise_1[k]), sum_1);
    }
    *x = fma((realv)(elastic), sum_0, *x);
    *y = fma((realv)(elastic), sum_1, *y);
}

__kernel __attribute__((reqd_work_group_size(WG_COLS, WG_ROWS, 1)))
void augment(__global const float *x, const ulong x_offset, const ulong x_ld,
             __global const float *noise_0, const ulong noise_0_offset, const ulong noise_0_ld,
             __global const float *noise_1, const ulong noise_1_offset, const ulong noise_1_ld,
             __global const float *taps, const ulong taps_offset, const uint n_taps,
             __global const float *record, const ulong record_offset, __global float *y,
             const ulong y_offset, const ulong y_ld, const uint rows, const uint height,
             const uint width, const uint rows_per_group)
{
    const uint n_vectors = CEIL_DIV(width, VEC); /* of a line */
    const uint stride = get_num_groups(0) * WG_COLS;
    const uint first_row = get_group_id(1) * rows_per_group;
    const uint end_row = min(first_row + rows_per_group, rows);
    record += record_offset;
    for (uint row = first_row + get_local_id(1); row < end_row; row += WG_ROWS) {
        const augment_map map = augment_draw(record, row, height, width);
        __global const float *const from = x + x_offset + row * x_ld;
        for (uint i = get_global_id(0); i < height * n_vectors; i += stride) {
            const uint line = i / n_vectors;
            const uint col = i % n_vectors * VEC;
            const uint at = line * width;
            const realv u = CONVERT_V(LANES) + ((float)col - 0.5f * (width - 1));
            const float v = (float)line - 0.5f * (height - 1);
            realv from_col = fma((realv)(map.xx), u, (realv)(fma(map.xy, v, map.x0)));
            realv from_row = fma((realv)(map.yx), u, (realv)(fma(map.yy, v, map.y0)));
            if (n_taps > 0)
                augment_displace(&from_col, &from_row, noise_0 + noise_0_offset + row * noise_0_ld + at,
                                 noise_1 + noise_1_offset + row * noise_1_ld + at,
                                 taps + taps_offset, n_taps / 2, col, width, record[RECORD_ELASTIC]);
            store_lanes(augment_interpolate(from, from_col, from_row, height, width),
                        y + y_offset + row * y_ld + at + col, lanes_inside(col, width));
        }
    }
}

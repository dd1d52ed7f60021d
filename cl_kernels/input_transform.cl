/* SPDX-License-Identifier: MIT
 * Input transforms, which gather_batch and the fused step share: how the values of a row of the
 * data set become inputs of the network.
 *
 * scaled: scale * value, one rounding: the conversion of a byte is exact. */

/* gm_input_kind. */
#define INPUT_SCALED 0

typedef struct input_numbers {
    float scale;
} input_numbers;

#if VEC == 16
#define LOAD_U8_V(p) vload16(0, p)
#else
#define LOAD_U8_V(p) (*(p))
#endif

/* The values at `col` of a row. is_bytes: constant where this is inlined. */
ALWAYS_INLINE realv input_load(__global const void *const row, const bool is_bytes, const uint col)
{
    if (is_bytes)
        return CONVERT_V(LOAD_U8_V((__global const uchar *)row + col));
    return LOAD_V((__global const float *)row + col);
}

/* The inputs at `col`, by any kind of transform. */
ALWAYS_INLINE realv input_transform(const int kind, __global const void *const row,
                                    const bool is_bytes, const uint col,
                                    const input_numbers *const numbers)
{
    return input_load(row, is_bytes, col) * numbers->scale;
}

/* SPDX-License-Identifier: MIT
 * Input transforms, which gather_batch, encode_batch and the fused step share: how the values of a
 * row of the data set become inputs of the network.
 *
 * scaled: scale * value, one rounding: the conversion of a byte is exact.
 * encoded: an input follows from one column of a table, as its code says. */

/* gm_input_kind. */
#define INPUT_SCALED  0
#define INPUT_ENCODED 1

/* gm_input_code_kind but for GM_CODE_VALUE, as floats: so codes hold them. */
#define CODE_CLIPPED 1.0f
#define CODE_RAMP    2.0f
#define CODE_STEP    3.0f
#define CODE_GAP     4.0f
#define CODE_LEVEL   5.0f

typedef struct input_numbers {
    float scale;                 /* of scaled ones */
    __global const float *codes; /* of encoded ones: rows of columns, kinds, a and b */
    ulong codes_ld;
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

/* The values that the inputs at `col` follow from; any behind the last of `cols` inputs. */
ALWAYS_INLINE realv input_pick(__global const float *const row, const uint col, const uint cols,
                               __global const float *const code_columns)
{
#if VEC == 16
    uint columns[VEC];
    float values[VEC];
    /* Codes of a row are padded in memory, but with anything. */
    const uint16 column = convert_uint16_sat(LOAD_V(code_columns + col));
    vstore16(LANES < (int)(cols - col) ? column : (uint16)(0), 0, columns);
#pragma unroll
    for (uint i = 0; i < VEC; ++i)
        values[i] = row[columns[i]];
    return vload16(0, values);
#else
    return row[(uint)code_columns[col]];
#endif
}

ALWAYS_INLINE realv input_encode(__global const float *const row, const uint col, const uint cols,
                                 const input_numbers *const numbers)
{
    __global const float *const codes = numbers->codes;
    const ulong ld = numbers->codes_ld;
    const realv value = input_pick(row, col, cols, codes);
    const realv kind = LOAD_V(codes + ld + col);
    const realv a = LOAD_V(codes + 2 * ld + col);
    const realv b = LOAD_V(codes + 3 * ld + col);
    const realv zero = 0.0f;
    const realv one = 1.0f;
    const realv half_ = 0.5f;
    const realv z = value != value ? zero : value;
    /* One division for both kinds: it takes as long as all the rest. */
    const realv third = z * (1.0f / 3.0f);
    const realv root = sqrt(one + third * third);
    const realv quotient = (kind == CODE_CLIPPED ? 3.0f * z : z - a) /
                           (kind == CODE_CLIPPED ? root : b - a);
    const realv ramp = (quotient < zero ? zero : quotient > one ? one : quotient) - half_;
    realv x = kind == CODE_CLIPPED ? quotient : z;
    x = kind == CODE_RAMP ? ramp : x;
    x = kind == CODE_STEP ? (z < a ? -half_ : half_) : x;
    x = kind == CODE_GAP ? (value != value ? one : zero) : x;
    return kind == CODE_LEVEL ? (value == a ? one : zero) : x;
}

/* The inputs at `col` of `cols`, by any kind of transform. */
ALWAYS_INLINE realv input_transform(const int kind, __global const void *const row,
                                    const bool is_bytes, const uint col, const uint cols,
                                    const input_numbers *const numbers)
{
    if (kind == INPUT_ENCODED)
        return input_encode((__global const float *)row, col, cols, numbers);
    return input_load(row, is_bytes, col) * numbers->scale;
}

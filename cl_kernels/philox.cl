/* SPDX-License-Identifier: MIT
 * The counter-based random number generator Philox 4x32-10, the same as in host/core/rng.c.
 *
 * Source: J. Salmon, M. Moraes, R. Dror, D. Shaw, "Parallel random numbers: as easy as 1, 2, 3",
 * SC'11. Integers only, so every device draws the same bits. */

#if VEC == 16
typedef uint16 uintv;
#define LANE_COLUMNS (convert_uint16(LANES))
#else
typedef uint uintv;
#define LANE_COLUMNS 0u
#endif

/* Place of gm_record_item. */
#define RECORD_KEY 28

/* Half i of the key of the step's random numbers, as its record holds it. */
ALWAYS_INLINE uint record_key(__global const float *const record, const uint i)
{
    return (uint)record[RECORD_KEY + 2 * i] | (uint)record[RECORD_KEY + 2 * i + 1] << 16;
}

/* Four words for each lane. */
typedef struct philox_words {
    uintv of[4];
} philox_words;

/* The halves of a * factor. Lanes stay where they are, two in a word of 64 bits: compilers make each
 * product one instruction for eight lanes, and to widen and narrow vectors takes longer than they
 * do. */
ALWAYS_INLINE void philox_multiply(uintv *const high, uintv *const low, const uintv a,
                                   const ulong factor)
{
#if VEC == 16
    const ulong8 pairs = as_ulong8(a);
    const ulong8 even = (pairs & 0xFFFFFFFFUL) * factor;
    const ulong8 odd = (pairs >> 32) * factor;
    *high = as_uint16(even >> 32 | (odd & 0xFFFFFFFF00000000UL));
    *low = as_uint16((even & 0xFFFFFFFFUL) | odd << 32);
#else
    const ulong product = a * factor;
    *high = (uint)(product >> 32);
    *low = (uint)product;
#endif
}

/* Of the counters (c0, c1, c2, c3), c0 by lane, under the key (key0, key1). Multipliers and Weyl
 * constants: table 2 and section 3.3 of the source. */
ALWAYS_INLINE philox_words philox(const uintv c0, const uint c1, const uint c2, const uint c3,
                                  uint key0, uint key1)
{
    philox_words c;
    c.of[0] = c0;
    c.of[1] = c1;
    c.of[2] = c2;
    c.of[3] = c3;
#pragma unroll
    for (uint round = 0; round < 10; ++round) {
        uintv high[2];
        uintv low[2];
        philox_multiply(&high[0], &low[0], c.of[0], 0xD2511F53UL);
        philox_multiply(&high[1], &low[1], c.of[2], 0xCD9E8D57UL);
        c.of[0] = high[1] ^ c.of[1] ^ key0;
        c.of[1] = low[1];
        c.of[2] = high[0] ^ c.of[3] ^ key1;
        c.of[3] = low[0];
        key0 += 0x9E3779B9u;
        key1 += 0xBB67AE85u;
    }
    return c;
}

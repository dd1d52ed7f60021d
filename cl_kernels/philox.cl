/* SPDX-License-Identifier: MIT
 * The counter-based random number generator Philox 4x32-10, the same as in host/core/rng.c.
 *
 * Source: J. Salmon, M. Moraes, R. Dror, D. Shaw, "Parallel random numbers: as easy as 1, 2, 3",
 * SC'11. Integers only, so every device draws the same bits. */

#if VEC == 16
typedef uint16 uintv;
typedef ulong16 ulongv;
#define WIDE_V(v)    convert_ulong16(v)
#define NARROW_V(v)  convert_uint16(v)
#define LANE_COLUMNS (convert_uint16(LANES))
#else
typedef uint uintv;
typedef ulong ulongv;
#define WIDE_V(v)    ((ulong)(v))
#define NARROW_V(v)  ((uint)(v))
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
        /* Whole products, which compilers make one instruction for eight lanes; the two halves one
         * by one take longer. */
        const ulongv product0 = WIDE_V(c.of[0]) * 0xD2511F53UL;
        const ulongv product1 = WIDE_V(c.of[2]) * 0xCD9E8D57UL;
        c.of[0] = NARROW_V(product1 >> 32) ^ c.of[1] ^ key0;
        c.of[1] = NARROW_V(product1);
        c.of[2] = NARROW_V(product0 >> 32) ^ c.of[3] ^ key1;
        c.of[3] = NARROW_V(product0);
        key0 += 0x9E3779B9u;
        key1 += 0xBB67AE85u;
    }
    return c;
}

/* SPDX-License-Identifier: MIT
 * sgd_step: p <- p - learning_rate (g + decay p), decay = weight_decay for the first n_decayed.
 *   p (n) in and out; g (n) in; record (8) in, of which learning_rate and weight_decay are
 * A work-group owns vectors_per_group consecutive vectors: of SGD_VEC values.
 * Deterministic: one writer each. */

/* p - learning_rate (g + decay p) */
#define SGD_UPDATE(type, p, g, decay, learning_rate)                                               \
    fma((type)(-(learning_rate)), fma(decay, p, g), p)

static inline realv sgd_update(const realv p, const realv g, const realv decay,
                               const float learning_rate)
{
    return SGD_UPDATE(realv, p, g, decay, learning_rate);
}

#ifndef FUSED_STEP /* it has kernels of its own */

/* sgd_update_vector: the vector of values from i on, as far as there are n. */
#if VEC == 1

#define SGD_VEC 4 /* accesses of 16 bytes */

ALWAYS_INLINE void sgd_update_vector(__global float *const p, __global const float *const g,
                                     const ulong i, const ulong n, const ulong n_decayed,
                                     const float learning_rate, const float weight_decay,
                                     const bool is_aligned)
{
    if (is_aligned && i + SGD_VEC <= n && (i >= n_decayed || i + SGD_VEC <= n_decayed)) {
        const float4 decay = i < n_decayed ? weight_decay : 0.0f;
        __global float4 *const at = (__global float4 *)(p + i);
        *at = SGD_UPDATE(float4, *at, *(__global const float4 *)(g + i), decay, learning_rate);
        return;
    }
    for (ulong j = i; j < min(i + SGD_VEC, n); ++j)
        p[j] = sgd_update(p[j], g[j], j < n_decayed ? weight_decay : 0.0f, learning_rate);
}

#else

#define SGD_VEC VEC

ALWAYS_INLINE void sgd_update_vector(__global float *const p, __global const float *const g,
                                     const ulong i, const ulong n, const ulong n_decayed,
                                     const float learning_rate, const float weight_decay,
                                     const bool is_aligned)
{
    realv decay = i < n_decayed ? weight_decay : 0.0f;
    if (i < n_decayed && n_decayed - i < VEC) /* the vector across the border */
        decay = LANES < (int)(n_decayed - i) ? (realv)(weight_decay) : (realv)(0.0f);
    store_lanes(sgd_update(LOAD_V(p + i), LOAD_V(g + i), decay, learning_rate), p + i,
                (uint)min(n - i, (ulong)VEC));
}

#endif

__kernel __attribute__((reqd_work_group_size(WG_FLAT, 1, 1)))
void sgd_step(__global float *p, const ulong p_offset, __global const float *g,
              const ulong g_offset, __global const float *record, const ulong record_offset,
              const ulong n, const ulong n_decayed, const ulong vectors_per_group)
{
    const float learning_rate = record[record_offset + RECORD_LEARNING_RATE];
    const float weight_decay = record[record_offset + RECORD_WEIGHT_DECAY];
    const bool is_aligned = ((p_offset | g_offset) & (SGD_VEC - 1)) == 0;
    const ulong first = get_group_id(0) * vectors_per_group;
    const ulong end = min(first + vectors_per_group, (ulong)CEIL_DIV(n, SGD_VEC));
    for (ulong vector = first + get_local_id(0); vector < end; vector += WG_FLAT)
        sgd_update_vector(p + p_offset, g + g_offset, vector * SGD_VEC, n, n_decayed,
                          learning_rate, weight_decay, is_aligned);
}

#endif

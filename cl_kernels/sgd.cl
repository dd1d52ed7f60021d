/* SPDX-License-Identifier: MIT
 * sgd_step: p <- p - learning_rate (g + decay p), decay = weight_decay for the first n_decayed.
 *   p (n) in and out; g (n) in
 * A work-group owns vectors_per_group consecutive vectors. Deterministic: one writer each. */

/* p - learning_rate (g + decay p) */
static inline realv sgd_update(const realv p, const realv g, const realv decay,
                               const float learning_rate)
{
    return fma((realv)(-learning_rate), fma(decay, p, g), p);
}

#ifndef FUSED_STEP /* it has kernels of its own */

__kernel __attribute__((reqd_work_group_size(WG_FLAT, 1, 1)))
void sgd_step(__global float *p, const ulong p_offset, __global const float *g,
              const ulong g_offset, const ulong n, const ulong n_decayed,
              const float learning_rate, const float weight_decay, const ulong vectors_per_group)
{
    p += p_offset;
    g += g_offset;
    const ulong first = get_group_id(0) * vectors_per_group;
    const ulong end = min(first + vectors_per_group, (ulong)CEIL_DIV(n, VEC));
    for (ulong vector = first + get_local_id(0); vector < end; vector += WG_FLAT) {
        const ulong i = vector * VEC;
        realv decay = i < n_decayed ? weight_decay : 0.0f;
#if VEC > 1
        if (i < n_decayed && n_decayed - i < VEC) /* the vector across the border */
            decay = LANES < (int)(n_decayed - i) ? (realv)(weight_decay) : (realv)(0.0f);
#endif
        store_lanes(sgd_update(LOAD_V(p + i), LOAD_V(g + i), decay, learning_rate), p + i,
                    (uint)min(n - i, (ulong)VEC));
    }
}

#endif

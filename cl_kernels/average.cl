/* SPDX-License-Identifier: MIT
 * Moving average of the values of a model, which the operation and the fused step share.
 *
 * average_step: e <- e + weight (v - e)
 *   e (n) in and out; v (n) in; record (GM_RECORD_SIZE) in
 *
 * A work-group owns vectors_per_group consecutive vectors: of UPDATE_VEC values, as in update.cl.
 * Deterministic: one writer each. */

/* The weight at its place in the record of a step, GM_RECORD_AVERAGE_WEIGHT. */
ALWAYS_INLINE float average_weight_load(__global const float *const record)
{
    return record[19];
}

ALWAYS_INLINE updatev average(const updatev e, const updatev v, const float weight)
{
    return fma((updatev)(weight), v - e, e);
}

#ifndef FUSED_STEP /* it has kernels of its own */

__kernel __attribute__((reqd_work_group_size(WG_FLAT, 1, 1)))
void average_step(__global float *e, const ulong e_offset, __global const float *v,
                  const ulong v_offset, __global const float *record, const ulong record_offset,
                  const ulong n, const ulong vectors_per_group)
{
    const float weight = average_weight_load(record + record_offset);
    const bool is_aligned = ((e_offset | v_offset) & (UPDATE_VEC - 1)) == 0;
    const ulong first = get_group_id(0) * vectors_per_group;
    const ulong end = min(first + vectors_per_group, (ulong)CEIL_DIV(n, UPDATE_VEC));
    for (ulong vector = first + get_local_id(0); vector < end; vector += WG_FLAT) {
        const ulong i = vector * UPDATE_VEC;
        const uint n_lanes = (uint)min(n - i, (ulong)UPDATE_VEC);
        const bool is_whole = is_aligned && n_lanes == UPDATE_VEC;
        update_write(average(update_read(e + e_offset + i, n_lanes, is_whole),
                             update_read(v + v_offset + i, n_lanes, is_whole), weight),
                     e + e_offset + i, n_lanes, is_whole);
    }
}

#endif

/* SPDX-License-Identifier: MIT
 * sgd_step: p <- p - learning_rate (g + decay p), decay = weight_decay for the first n_decayed.
 *   p (n) in and out; g (n) in; record (GM_RECORD_SIZE) in
 * sgd_momentum_step: d = g + decay p; v <- momentum v + d;
 *   p <- p - learning_rate (nesterov ? d + momentum v : v)
 *   p, v (n) in and out; g (n) in; record (GM_RECORD_SIZE) in
 * Work-groups as in update.cl. */

__kernel __attribute__((reqd_work_group_size(WG_FLAT, 1, 1)))
void sgd_step(__global float *p, const ulong p_offset, __global const float *g,
              const ulong g_offset, __global const float *record, const ulong record_offset,
              const ulong n, const ulong n_decayed, const ulong vectors_per_group)
{
    const update_numbers numbers = update_numbers_load(record + record_offset);
    const bool is_aligned = ((p_offset | g_offset) & (UPDATE_VEC - 1)) == 0;
    __global float *const states[UPDATE_MAX_STATES] = {0};
    update_part(UPDATE_SGD, p + p_offset, states, 0, g + g_offset, n, n_decayed, vectors_per_group,
                is_aligned, &numbers);
}

__kernel __attribute__((reqd_work_group_size(WG_FLAT, 1, 1)))
void sgd_momentum_step(__global float *p, const ulong p_offset, __global float *v,
                       const ulong v_offset, __global const float *g, const ulong g_offset,
                       __global const float *record, const ulong record_offset, const ulong n,
                       const ulong n_decayed, const ulong vectors_per_group)
{
    const update_numbers numbers = update_numbers_load(record + record_offset);
    const bool is_aligned = ((p_offset | v_offset | g_offset) & (UPDATE_VEC - 1)) == 0;
    __global float *const states[UPDATE_MAX_STATES] = {v + v_offset};
    update_part(UPDATE_SGD_MOMENTUM, p + p_offset, states, 1, g + g_offset, n, n_decayed,
                vectors_per_group, is_aligned, &numbers);
}

/* SPDX-License-Identifier: MIT
 * adam_step: d = g + (decoupled ? 0 : decay p); m <- m + (1 - beta1) (d - m);
 *   v <- v + (1 - beta2) (d^2 - v);
 *   p <- p - learning_rate (c1 m / (sqrt(c2 v) + epsilon) + (decoupled ? decay p : 0))
 *   p, m, v (n) in and out; g (n) in; record (GM_RECORD_SIZE) in
 * Work-groups as in update.cl. */

__kernel __attribute__((reqd_work_group_size(WG_FLAT, 1, 1)))
void adam_step(__global float *p, const ulong p_offset, __global float *m, const ulong m_offset,
               __global float *v, const ulong v_offset, __global const float *g,
               const ulong g_offset, __global const float *record, const ulong record_offset,
               const ulong n, const ulong n_decayed, const ulong vectors_per_group)
{
    const update_numbers numbers = update_numbers_load(record + record_offset);
    const bool is_aligned =
        ((p_offset | m_offset | v_offset | g_offset) & (UPDATE_VEC - 1)) == 0;
    __global float *const states[UPDATE_MAX_STATES] = {m + m_offset, v + v_offset};
    update_part(UPDATE_ADAM, p + p_offset, states, 2, g + g_offset, n, n_decayed,
                vectors_per_group, is_aligned, &numbers);
}

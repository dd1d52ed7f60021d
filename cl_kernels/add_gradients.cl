/* SPDX-License-Identifier: MIT
 * add_gradients: g <- g + h
 *   g (n) in and out; h (n) in
 * Work-groups as in update.cl. Deterministic: one writer each. */

__kernel __attribute__((reqd_work_group_size(WG_FLAT, 1, 1)))
void add_gradients(__global float *g, const ulong g_offset, __global const float *h,
                   const ulong h_offset, const ulong n, const ulong vectors_per_group)
{
    const bool is_aligned = ((g_offset | h_offset) & (UPDATE_VEC - 1)) == 0;
    const ulong first = get_group_id(0) * vectors_per_group;
    const ulong end = min(first + vectors_per_group, (ulong)CEIL_DIV(n, UPDATE_VEC));
    for (ulong vector = first + get_local_id(0); vector < end; vector += WG_FLAT) {
        const ulong i = vector * UPDATE_VEC;
        const uint n_lanes = (uint)min(n - i, (ulong)UPDATE_VEC);
        const bool is_whole = is_aligned && n_lanes == UPDATE_VEC;
        __global float *const at = g + g_offset + i;
        update_write(update_read(at, n_lanes, is_whole) +
                         update_read(h + h_offset + i, n_lanes, is_whole),
                     at, n_lanes, is_whole);
    }
}

/* SPDX-License-Identifier: MIT
 * Sums and maxima over the items of a work-group, as trees in a fixed order.
 *
 * Every item of the group must call them, with the same scratch memory. They end with a barrier,
 * so that the scratch memory may be used again at once. In groups of one item they cost nothing and
 * no local memory is declared. Whether an item works alone is a constant of the source, never read
 * from the scratch memory's address: on some GPUs local memory begins at address 0. */

#if WG_ROWS > 1
#define ROWS_SCRATCH(name) __local float name[WG_COLS * WG_ROWS]
#else
#define ROWS_SCRATCH(name) __local float *const name = 0
#endif

/* The blocks of columns of a work-group of WG_COLS x WG_ROWS. Groups of several items have one each:
 * the host starts as many. No loop there: around two reductions it crashes the compiler of rusticl
 * on llvmpipe (Mesa 25.0); and no condition, after which POCL 3.1 writes what it should not. */
#if WG_ROWS > 1
#define FOR_OWN_BLOCKS(block, n_blocks) const uint block = get_group_id(0);
#else
#define FOR_OWN_BLOCKS(block, n_blocks)                                                            \
    for (uint block = get_group_id(0); block < n_blocks; block += get_num_groups(0))
#endif

#if WG_FLAT > 1
#define FLAT_SCRATCH(name)  __local float name[WG_FLAT]
#define COUNT_SCRATCH(name) __local uint name[WG_FLAT]
#else
#define FLAT_SCRATCH(name)  __local float *const name = 0
#define COUNT_SCRATCH(name) __local uint *const name = 0
#endif

/* Sum of v over the items with the same column in a group of WG_COLS x WG_ROWS. */
static inline realv reduce_rows_sum(const realv v, __local float *const scratch)
{
#if WG_ROWS > 1
    const uint col = get_local_id(0);
    const uint row = get_local_id(1);
    scratch[row * WG_COLS + col] = v;
    barrier(CLK_LOCAL_MEM_FENCE); /* all values written */
    for (uint half_rows = WG_ROWS / 2; half_rows > 0; half_rows /= 2) {
        if (row < half_rows)
            scratch[row * WG_COLS + col] += scratch[(row + half_rows) * WG_COLS + col];
        barrier(CLK_LOCAL_MEM_FENCE); /* this level of the tree done */
    }
    const float sum = scratch[col];
    barrier(CLK_LOCAL_MEM_FENCE); /* all have read before the next use */
    return sum;
#else
    return v;
#endif
}

/* Defines the function `name`: combine(a, b) of all v of a group of WG_FLAT. */
#if WG_FLAT > 1
#define DEFINE_REDUCE_FLAT(name, type, combine)                                                    \
    static inline type name(const type v, __local type *const scratch)                             \
    {                                                                                              \
        const uint item = get_local_id(0);                                                         \
        scratch[item] = v;                                                                         \
        barrier(CLK_LOCAL_MEM_FENCE); /* all values written */                                     \
        for (uint half_items = WG_FLAT / 2; half_items > 0; half_items /= 2) {                     \
            if (item < half_items)                                                                 \
                scratch[item] = combine(scratch[item], scratch[item + half_items]);                \
            barrier(CLK_LOCAL_MEM_FENCE); /* this level of the tree done */                        \
        }                                                                                          \
        const type all = scratch[0];                                                               \
        barrier(CLK_LOCAL_MEM_FENCE); /* all have read before the next use */                      \
        return all;                                                                                \
    }
#else
#define DEFINE_REDUCE_FLAT(name, type, combine)                                                    \
    static inline type name(const type v, __local type *const scratch)                             \
    {                                                                                              \
        return v;                                                                                  \
    }
#endif

#define ADD(a, b) ((a) + (b))
DEFINE_REDUCE_FLAT(reduce_flat_sum, float, ADD)
DEFINE_REDUCE_FLAT(reduce_flat_count, uint, ADD)
DEFINE_REDUCE_FLAT(reduce_flat_max, float, fmax) /* NaN is passed over */

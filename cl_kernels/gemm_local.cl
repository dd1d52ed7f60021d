/* SPDX-License-Identifier: MIT
 * Matrix product for GPUs: C = act(A B + bias), tiles in local memory.
 *   A (M,K) in, B (K,N) in, each with a stride for both dimensions; C (M,N) out; bias (N) in
 * One kernel does x W (dense_fwd), x^T dz (dense_bwd_w) and dz W^T (dense_bwd_x).
 *
 * A work-group of LOCAL_ITEMS x LOCAL_ITEMS items makes a tile of C of LOCAL_ITEMS * LOCAL_PER_ITEM
 * rows and columns: for every LOCAL_K of k it brings both parts into local memory, coalesced along
 * whichever dimension lies side by side in memory, with 0 outside of the matrices. Item (x, y) has
 * the columns x, x + LOCAL_ITEMS, ... and the rows y, y + LOCAL_ITEMS, ... of the tile. Every sum
 * runs over k in order: deterministic. Only in programs with VEC 1. */

#if VEC == 1

#define LOCAL_ITEMS    16 /* 256 items, what every GPU allows */
#define LOCAL_PER_ITEM 2  /* 32 x 32 tiles: batches of 64 still give enough groups */
#define LOCAL_K        16
#define LOCAL_TILE     (LOCAL_ITEMS * LOCAL_PER_ITEM)
#define LOCAL_PITCH    (LOCAL_TILE + 1) /* off the power of two: no bank conflicts on writing */

/* tile[kk][i] = from[i][kk] for i < LOCAL_TILE, kk < LOCAL_K; 0 beyond n_rows, n_k. By the whole
 * group. */
static inline void gemm_local_fetch(__local float *const tile, __global const float *const from,
                                    const ulong row_stride, const ulong k_stride,
                                    const uint first_row, const uint n_rows, const uint first_k,
                                    const uint n_k)
{
    const uint item = get_local_id(1) * LOCAL_ITEMS + get_local_id(0);
    for (uint i = item; i < LOCAL_TILE * LOCAL_K; i += LOCAL_ITEMS * LOCAL_ITEMS) {
        const bool along_k = k_stride == 1;
        const uint tile_row = along_k ? i / LOCAL_K : i % LOCAL_TILE;
        const uint tile_k = along_k ? i % LOCAL_K : i / LOCAL_TILE;
        const uint row = first_row + tile_row;
        const uint step = first_k + tile_k;
        const bool inside = row < n_rows && step < n_k;
        tile[tile_k * LOCAL_PITCH + tile_row] =
            inside ? from[row * row_stride + step * k_stride] : 0.0f;
    }
}

__kernel __attribute__((reqd_work_group_size(LOCAL_ITEMS, LOCAL_ITEMS, 1)))
void gemm_local(__global const float *a, const ulong a_offset, const ulong a_row_stride,
                const ulong a_k_stride, __global const float *b, const ulong b_offset,
                const ulong b_k_stride, const ulong b_col_stride, __global float *c,
                const ulong c_offset, const ulong c_ld, __global const float *bias,
                const ulong bias_offset, const int has_bias, const int activation, const uint m,
                const uint n, const uint k)
{
    __local float a_tile[LOCAL_K * LOCAL_PITCH];
    __local float b_tile[LOCAL_K * LOCAL_PITCH];
    const uint first_row = get_group_id(1) * LOCAL_TILE;
    const uint first_col = get_group_id(0) * LOCAL_TILE;
    const uint x = get_local_id(0);
    const uint y = get_local_id(1);

    float sums[LOCAL_PER_ITEM][LOCAL_PER_ITEM];
    for (uint i = 0; i < LOCAL_PER_ITEM; ++i)
        for (uint j = 0; j < LOCAL_PER_ITEM; ++j)
            sums[i][j] = 0.0f;

    for (uint first_k = 0; first_k < k; first_k += LOCAL_K) {
        gemm_local_fetch(a_tile, a + a_offset, a_row_stride, a_k_stride, first_row, m, first_k, k);
        gemm_local_fetch(b_tile, b + b_offset, b_col_stride, b_k_stride, first_col, n, first_k, k);
        barrier(CLK_LOCAL_MEM_FENCE); /* both tiles are in place */
        for (uint kk = 0; kk < LOCAL_K; ++kk) {
            float b_values[LOCAL_PER_ITEM];
            for (uint j = 0; j < LOCAL_PER_ITEM; ++j)
                b_values[j] = b_tile[kk * LOCAL_PITCH + j * LOCAL_ITEMS + x];
            for (uint i = 0; i < LOCAL_PER_ITEM; ++i) {
                const float a_value = a_tile[kk * LOCAL_PITCH + i * LOCAL_ITEMS + y];
                for (uint j = 0; j < LOCAL_PER_ITEM; ++j)
                    sums[i][j] = fma(a_value, b_values[j], sums[i][j]);
            }
        }
        barrier(CLK_LOCAL_MEM_FENCE); /* all have read before the next tiles come */
    }

    for (uint i = 0; i < LOCAL_PER_ITEM; ++i) {
        const uint row = first_row + i * LOCAL_ITEMS + y;
        for (uint j = 0; j < LOCAL_PER_ITEM; ++j) {
            const uint col = first_col + j * LOCAL_ITEMS + x;
            if (row < m && col < n) {
                const float shift = has_bias ? bias[bias_offset + col] : 0.0f;
                c[c_offset + row * c_ld + col] = activate(sums[i][j] + shift, activation);
            }
        }
    }
}

#endif

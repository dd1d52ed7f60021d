/* SPDX-License-Identifier: MIT
 * Register tiles of the fused training step: the products on column panels, each by one work-item.
 *
 * A panel is up to five vectors wide, (rows, panel) with ld = panel width; a tile is as wide as the
 * panel or a part of it that divides it. The shape of a tile is constant where these functions are
 * inlined, so that its sums stay in registers; the loops run to the largest tile of the plan
 * (FUSED_MAX_ROWS, FUSED_MAX_VECTORS), as in gemm_tile.cl. Every sum runs in order: deterministic.
 */

#if VEC == 16

/* Where the norm of the gradient is limited, it is kept until all of it is known: FUSED_GRADIENTS
 * floats behind the parameters. *squares: what its squares are added to. */
FUSED_INLINE void fused_keep_gradient(__global float *const parameter, const float16 gradient,
                                      float16 *const squares)
{
    vstore16(gradient, 0, parameter + FUSED_GRADIENTS);
    *squares = fma(gradient, gradient, *squares);
}

/* What becomes of a gradient of weights that is complete, and of one of the others: a step, unless
 * it is kept. */
FUSED_INLINE void fused_take_weights(__global float *const w, const float16 gradient,
                                     const fused_numbers *const numbers, float16 *const squares)
{
    if (FUSED_CLIP_NORM)
        fused_keep_gradient(w, gradient, squares);
    else
        fused_update_weights(w, gradient, numbers);
}

FUSED_INLINE void fused_take_others(__global float *const parameter, const float16 gradient,
                                    const fused_numbers *const numbers, float16 *const squares)
{
    if (FUSED_CLIP_NORM)
        fused_keep_gradient(parameter, gradient, squares);
    else
        fused_update_others(parameter, gradient, numbers);
}

FUSED_INLINE void fused_tile_clear(float16 sums[FUSED_MAX_ROWS][FUSED_MAX_VECTORS])
{
#pragma unroll
    for (uint i = 0; i < FUSED_MAX_ROWS; ++i) {
#pragma unroll
        for (uint j = 0; j < FUSED_MAX_VECTORS; ++j)
            sums[i][j] = 0.0f;
    }
}

/* sums[i] += a[i a_stride] b for every row i of the tile; b (n_vectors * 16). */
FUSED_INLINE void fused_tile_add(const uint n_rows, const uint n_vectors,
                                 float16 sums[FUSED_MAX_ROWS][FUSED_MAX_VECTORS],
                                 __global const float *const a, const ulong a_stride,
                                 __global const float *const b)
{
    float16 b_row[FUSED_MAX_VECTORS];
#pragma unroll
    for (uint j = 0; j < FUSED_MAX_VECTORS; ++j)
        b_row[j] = j < n_vectors ? vload16(j, b) : (float16)(0.0f);
#pragma unroll
    for (uint i = 0; i < FUSED_MAX_ROWS; ++i) {
        const float16 factor = i < n_rows ? a[i * a_stride] : 0.0f;
#pragma unroll
        for (uint j = 0; j < FUSED_MAX_VECTORS; ++j)
            if (i < n_rows && j < n_vectors)
                sums[i][j] = fma(factor, b_row[j], sums[i][j]);
    }
}

/* Position of the lowest bit that is set. */
FUSED_INLINE uint fused_tile_lowest(const ulong bits)
{
    return (uint)popcount(~bits & (bits - 1));
}

/* C = A B, or C + A B: c (rows, panel); a (rows, a_ld); b (k, panel). rows is rounded up to whole
 * tiles: the rows below are there and 0. With `masks` (skips: constant) only those k count whose
 * bit is set for the tile: at the others all its rows of a are 0. */
FUSED_INLINE void fused_tile_product(const uint tile_rows, const uint tile_vectors,
                                     const uint panel, const int skips, __global float *const c,
                                     __global const float *const a, const ulong a_ld,
                                     __global const float *const b, const uint k, const uint rows,
                                     __global const ulong *const masks, const uint masks_ld,
                                     const int accumulate)
{
    for (uint row = 0; row < rows; row += tile_rows) {
        for (uint col = 0; col < panel; col += tile_vectors * 16) {
            float16 sums[FUSED_MAX_ROWS][FUSED_MAX_VECTORS];
            fused_tile_clear(sums);
            if (skips) {
                __global const ulong *const mask = masks + row / tile_rows * masks_ld;
                for (uint first = 0; first < k; first += 64) {
                    for (ulong bits = mask[first / 64]; bits != 0; bits &= bits - 1) {
                        const uint step = first + fused_tile_lowest(bits);
                        fused_tile_add(tile_rows, tile_vectors, sums, a + row * a_ld + step, a_ld,
                                       b + step * panel + col);
                    }
                }
            } else {
                for (uint step = 0; step < k; ++step)
                    fused_tile_add(tile_rows, tile_vectors, sums, a + row * a_ld + step, a_ld,
                                   b + step * panel + col);
            }
            __global float *const to = c + row * panel + col;
#pragma unroll
            for (uint i = 0; i < FUSED_MAX_ROWS; ++i) {
#pragma unroll
                for (uint j = 0; j < FUSED_MAX_VECTORS; ++j)
                    if (i < tile_rows && j < tile_vectors)
                        vstore16(accumulate ? vload16(j, to + i * panel) + sums[i][j] : sums[i][j],
                                 j, to + i * panel);
            }
        }
    }
}

/* Takes the gradient of a tile of the weights w (tile_k, panel). */
FUSED_INLINE void fused_tile_take(const uint tile_k, const uint tile_vectors, const uint panel,
                                  float16 sums[FUSED_MAX_ROWS][FUSED_MAX_VECTORS],
                                  __global float *const w, const fused_numbers *const numbers,
                                  float16 *const squares)
{
#pragma unroll
    for (uint i = 0; i < FUSED_MAX_ROWS; ++i) {
#pragma unroll
        for (uint j = 0; j < FUSED_MAX_VECTORS; ++j)
            if (i < tile_k && j < tile_vectors)
                fused_take_weights(w + i * panel + j * 16, sums[i][j], numbers, squares);
    }
}

/* Values of `a` in a line of the cache, which lie side by side: tiles that share it follow each
 * other. */
#define FUSED_UPDATE_BLOCK 16

/* Takes the gradient of w (k, panel), which is a^T dz; a (rows, a_ld); dz (rows, panel). k is
 * rounded up to whole tiles: what lies behind is 0 in a and in w. With `masks`, 64 rows each, only those
 * rows count whose bit is set for the tile. Squares of a block are added by themselves, which halves
 * the roundings in a row. */
FUSED_INLINE void fused_tile_update(const uint tile_k, const uint tile_vectors, const uint panel,
                                    const int skips, __global float *const w,
                                    __global const float *const a, const ulong a_ld,
                                    __global const float *const dz, const uint k, const uint rows,
                                    __global const ulong *const masks, const uint masks_ld,
                                    const fused_numbers *const numbers, float16 *const squares)
{
    for (uint block = 0; block < k; block += FUSED_UPDATE_BLOCK) {
        const uint block_end = min(block + FUSED_UPDATE_BLOCK, k);
        float16 block_squares = 0.0f;
        for (uint col = 0; col < panel; col += tile_vectors * 16) {
            for (uint step = block; step < block_end; step += tile_k) {
                float16 sums[FUSED_MAX_ROWS][FUSED_MAX_VECTORS];
                fused_tile_clear(sums);
                if (skips) {
                    for (uint first = 0; first < rows; first += 64) {
                        for (ulong bits = masks[first / 64 * masks_ld + step / tile_k]; bits != 0;
                             bits &= bits - 1) {
                            const uint row = first + fused_tile_lowest(bits);
                            fused_tile_add(tile_k, tile_vectors, sums, a + row * a_ld + step, 1,
                                           dz + row * panel + col);
                        }
                    }
                } else {
                    for (uint row = 0; row < rows; ++row)
                        fused_tile_add(tile_k, tile_vectors, sums, a + row * a_ld + step, 1,
                                       dz + row * panel + col);
                }
                fused_tile_take(tile_k, tile_vectors, panel, sums, w + step * panel + col, numbers,
                                &block_squares);
            }
        }
        *squares += block_squares;
    }
}

/* The 8 x 8 block at `from` transposed to `to`. Interleaving the upper with the lower half of the
 * rows turns the three bits of the row and the three of the column by one place; three times swap
 * them. Blocks of 16 take compilers a third of a second for each place of use. */
FUSED_INLINE void fused_tile_transpose_block(__global float *const to, const uint to_ld,
                                             __global const float *const from, const uint from_ld)
{
    const uint8 low = (uint8)(0, 8, 1, 9, 2, 10, 3, 11);
    float8 rows[8];
#pragma unroll
    for (uint i = 0; i < 8; ++i)
        rows[i] = vload8(0, from + i * from_ld);
#pragma unroll
    for (uint level = 0; level < 3; ++level) {
        float8 turned[8];
#pragma unroll
        for (uint i = 0; i < 4; ++i) {
            turned[2 * i] = shuffle2(rows[i], rows[i + 4], low);
            turned[2 * i + 1] = shuffle2(rows[i], rows[i + 4], low + 4);
        }
#pragma unroll
        for (uint i = 0; i < 8; ++i)
            rows[i] = turned[i];
    }
#pragma unroll
    for (uint i = 0; i < 8; ++i)
        vstore8(rows[i], 0, to + i * to_ld);
}

/* to (n_cols, n_rows) = transpose of from (n_rows, n_cols), without gaps; multiples of 8. */
FUSED_INLINE void fused_tile_transpose(__global float *const to, __global const float *const from,
                                       const uint n_rows, const uint n_cols)
{
    for (uint row = 0; row < n_rows; row += 8) {
        for (uint col = 0; col < n_cols; col += 8)
            fused_tile_transpose_block(to + col * n_rows + row, n_rows, from + row * n_cols + col,
                                       n_cols);
    }
}

#endif

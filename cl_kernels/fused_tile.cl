/* SPDX-License-Identifier: MIT
 * Register tiles of the fused training step: the products on column panels, each by one work-item.
 *
 * A panel is up to five vectors wide, (rows, panel) with ld = panel width. The shape of a tile is
 * constant where these functions are inlined, so that its sums stay in registers; the loops run to
 * the largest tile, as in gemm_tile.cl. Every sum runs in order: deterministic. */

#define FUSED_MAX_ROWS    8
#define FUSED_MAX_VECTORS 5

/* C = A B, or C + A B: c (rows, panel); a (rows, a_ld); b (k, panel). rows is rounded up to whole
 * tiles: the rows below are there and 0. With a list (listed: constant) only the n_listed values
 * of k in it count, those at which all rows of the tile are 0 are left out. */
static inline void fused_tile_row(const uint tile_rows, const uint n_vectors, const int listed,
                                  __global float *const c, __global const float *const a,
                                  const ulong a_ld, __global const float *const b, const uint k,
                                  __global const ushort *const list, const int accumulate)
{
    const uint ld = n_vectors * 16;
    float16 sums[FUSED_MAX_ROWS][FUSED_MAX_VECTORS];
#pragma unroll
    for (uint i = 0; i < FUSED_MAX_ROWS; ++i) {
#pragma unroll
        for (uint j = 0; j < FUSED_MAX_VECTORS; ++j)
            sums[i][j] = accumulate && i < tile_rows && j < n_vectors ? vload16(j, c + i * ld)
                                                                      : (float16)(0.0f);
    }
    for (uint position = 0; position < k; ++position) {
        const uint step = listed ? list[position] : position;
        float16 b_row[FUSED_MAX_VECTORS];
#pragma unroll
        for (uint j = 0; j < FUSED_MAX_VECTORS; ++j)
            b_row[j] = j < n_vectors ? vload16(j, b + step * ld) : (float16)(0.0f);
#pragma unroll
        for (uint i = 0; i < FUSED_MAX_ROWS; ++i) {
            const float16 factor = i < tile_rows ? a[i * a_ld + step] : 0.0f;
#pragma unroll
            for (uint j = 0; j < FUSED_MAX_VECTORS; ++j)
                if (i < tile_rows && j < n_vectors)
                    sums[i][j] = fma(factor, b_row[j], sums[i][j]);
        }
    }
#pragma unroll
    for (uint i = 0; i < FUSED_MAX_ROWS; ++i) {
#pragma unroll
        for (uint j = 0; j < FUSED_MAX_VECTORS; ++j)
            if (i < tile_rows && j < n_vectors)
                vstore16(sums[i][j], j, c + i * ld);
    }
}

static inline void fused_tile_product(const uint tile_rows, const uint n_vectors,
                                      __global float *const c, __global const float *const a,
                                      const ulong a_ld, __global const float *const b,
                                      const uint k, const uint rows, const int accumulate)
{
    for (uint row = 0; row < rows; row += tile_rows)
        fused_tile_row(tile_rows, n_vectors, 0, c + row * n_vectors * 16, a + row * a_ld, a_ld, b,
                       k, 0, accumulate);
}

/* Adds the rows of a tile of the weights' gradient: sums[i] += sum_r a[r][i] dz[r]. a (rows, a_ld);
 * dz (rows, panel). With a list only the rows in it count. */
static inline void fused_tile_gradient(const uint tile_k, const uint n_vectors, const int listed,
                                       float16 sums[FUSED_MAX_ROWS][FUSED_MAX_VECTORS],
                                       __global const float *const a, const ulong a_ld,
                                       __global const float *const dz, const uint rows,
                                       __global const ushort *const list)
{
    const uint ld = n_vectors * 16;
    for (uint position = 0; position < rows; ++position) {
        const uint row = listed ? list[position] : position;
        float16 dz_row[FUSED_MAX_VECTORS];
#pragma unroll
        for (uint j = 0; j < FUSED_MAX_VECTORS; ++j)
            dz_row[j] = j < n_vectors ? vload16(j, dz + row * ld) : (float16)(0.0f);
#pragma unroll
        for (uint i = 0; i < FUSED_MAX_ROWS; ++i) {
            const float16 factor = i < tile_k ? a[row * a_ld + i] : 0.0f;
#pragma unroll
            for (uint j = 0; j < FUSED_MAX_VECTORS; ++j)
                if (i < tile_k && j < n_vectors)
                    sums[i][j] = fma(factor, dz_row[j], sums[i][j]);
        }
    }
}

static inline void fused_tile_clear(float16 sums[FUSED_MAX_ROWS][FUSED_MAX_VECTORS])
{
#pragma unroll
    for (uint i = 0; i < FUSED_MAX_ROWS; ++i) {
#pragma unroll
        for (uint j = 0; j < FUSED_MAX_VECTORS; ++j)
            sums[i][j] = 0.0f;
    }
}

/* sgd_step of a tile of the weights w (tile_k, panel). */
static inline void fused_tile_step(const uint tile_k, const uint n_vectors,
                                   float16 sums[FUSED_MAX_ROWS][FUSED_MAX_VECTORS],
                                   __global float *const w, const float learning_rate)
{
    const uint ld = n_vectors * 16;
#pragma unroll
    for (uint i = 0; i < FUSED_MAX_ROWS; ++i) {
#pragma unroll
        for (uint j = 0; j < FUSED_MAX_VECTORS; ++j)
            if (i < tile_k && j < n_vectors)
                vstore16(sgd_update(vload16(j, w + i * ld), sums[i][j], FUSED_WEIGHT_DECAY,
                                    learning_rate),
                         j, w + i * ld);
    }
}

/* w (k, panel) -= learning_rate (a^T dz + decay w); a (rows, a_ld); dz (rows, panel). k is rounded
 * up to whole tiles: what lies behind is 0 in a and in w. */
static inline void fused_tile_update(const uint tile_k, const uint n_vectors,
                                     __global float *const w, __global const float *const a,
                                     const ulong a_ld, __global const float *const dz,
                                     const uint k, const uint rows, const float learning_rate)
{
    for (uint step = 0; step < k; step += tile_k) {
        float16 sums[FUSED_MAX_ROWS][FUSED_MAX_VECTORS];
        fused_tile_clear(sums);
        fused_tile_gradient(tile_k, n_vectors, 0, sums, a + step, a_ld, dz, rows, 0);
        fused_tile_step(tile_k, n_vectors, sums, w + step * n_vectors * 16, learning_rate);
    }
}

/* The 16 x 16 block at `from` transposed to `to`. Interleaving the upper with the lower half of the
 * rows turns the four bits of the row and the four of the column by one place; four times swap
 * them. */
static inline void fused_tile_transpose_block(__global float *const to, const uint to_ld,
                                              __global const float *const from, const uint from_ld)
{
    const uint16 low = (uint16)(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    float16 rows[16];
#pragma unroll
    for (uint i = 0; i < 16; ++i)
        rows[i] = vload16(0, from + i * from_ld);
#pragma unroll
    for (uint level = 0; level < 4; ++level) {
        float16 turned[16];
#pragma unroll
        for (uint i = 0; i < 8; ++i) {
            turned[2 * i] = shuffle2(rows[i], rows[i + 8], low);
            turned[2 * i + 1] = shuffle2(rows[i], rows[i + 8], low + 8);
        }
#pragma unroll
        for (uint i = 0; i < 16; ++i)
            rows[i] = turned[i];
    }
#pragma unroll
    for (uint i = 0; i < 16; ++i)
        vstore16(rows[i], 0, to + i * to_ld);
}

/* to (n_cols, n_rows) = transpose of from (n_rows, n_cols), without gaps; multiples of 16. */
static inline void fused_tile_transpose(__global float *const to, __global const float *const from,
                                        const uint n_rows, const uint n_cols)
{
    for (uint row = 0; row < n_rows; row += 16) {
        for (uint col = 0; col < n_cols; col += 16)
            fused_tile_transpose_block(to + col * n_rows + row, n_rows,
                                       from + row * n_cols + col, n_cols);
    }
}

/* SPDX-License-Identifier: MIT
 * Matrix products for CPU-type devices: C = act(A B + bias), one work-item per tile of C, float16
 * vectors, no local memory, no barrier.
 *   C (M,N) out; bias (N) in
 *
 * gemm_tile_<n>, for B as it lies in memory: B (K,N) in; A (M,K) in with a stride for each
 *   dimension, so the same kernel does x W (dense_fwd) and x^T dz (dense_bwd_w). A tile is
 *   n vectors wide; the sums of a tile stay in registers. 4 rows x 5 vectors is the best shape with
 *   32 vector registers: 20 sums, 9 loads for 20 fused multiply-adds.
 * gemm_tile_nt, for the transpose: B (N,K) in; A (M,K) in; dense_bwd_x. Dot products along k.
 *
 * A work-group owns rows_per_group rows (dimension 0) of one strip of columns (dimension 1). Rows
 * below the matrix are calculated from its last row and dropped. Every sum runs over k in order
 * (nt: 16 interleaved partial sums, then a tree): deterministic. Only in programs with VEC 16. */

#if VEC == 16

#ifndef GEMM_NARROW_ROWS
#define GEMM_NARROW_ROWS 8 /* rows of the tiles up to 3 vectors wide: 8, or 6 with 16 registers */
#endif

/* What the kernels for B as it lies in memory take. */
#define GEMM_TILE_PARAMETERS                                                                       \
    __global const float *a, const ulong a_offset, const ulong a_row_stride,                       \
        const ulong a_k_stride, __global const float *b, const ulong b_offset, const ulong b_ld,   \
        __global float *c, const ulong c_offset, const ulong c_ld, __global const float *bias,     \
        const ulong bias_offset, const int has_bias, const int activation, const uint m,           \
        const uint n, const uint k, const uint rows_per_group

#define GEMM_MAX_ROWS    8
#define GEMM_MAX_VECTORS 5

/* One strip of n_rows x n_vectors tiles, from first_row to end_row. n_rows and n_vectors are
 * constants where this is inlined, so that the sums of a tile stay in registers. The loops run to
 * the largest tile: only loops of known length unroll in this function by itself, and a compiler
 * that cannot follow the pragma says so on the user's terminal (POCL 3.1). */
static inline void gemm_tile_strip(const uint n_rows, const uint n_vectors, GEMM_TILE_PARAMETERS)
{
    const uint first_row = get_group_id(0) * rows_per_group;
    const uint end_row = min(first_row + rows_per_group, m);
    const uint first_col = get_group_id(1) * n_vectors * 16;
    a += a_offset;
    b += b_offset + first_col;
    c += c_offset + first_col;
    bias += bias_offset + first_col;

    for (uint row = first_row; row < end_row; row += n_rows) {
        __global const float *a_rows[GEMM_MAX_ROWS];
        float16 sums[GEMM_MAX_ROWS][GEMM_MAX_VECTORS];
#pragma unroll
        for (uint i = 0; i < GEMM_MAX_ROWS; ++i) {
            a_rows[i] = a + min(row + i, m - 1) * a_row_stride;
#pragma unroll
            for (uint j = 0; j < GEMM_MAX_VECTORS; ++j)
                sums[i][j] = 0.0f;
        }
        for (uint step = 0; step < k; ++step) {
            float16 b_row[GEMM_MAX_VECTORS];
#pragma unroll
            for (uint j = 0; j < GEMM_MAX_VECTORS; ++j)
                b_row[j] = j < n_vectors ? vload16(j, b + step * b_ld) : (float16)(0.0f);
#pragma unroll
            for (uint i = 0; i < GEMM_MAX_ROWS; ++i) {
                const float16 factor = i < n_rows ? a_rows[i][step * a_k_stride] : 0.0f;
#pragma unroll
                for (uint j = 0; j < GEMM_MAX_VECTORS; ++j)
                    if (i < n_rows && j < n_vectors)
                        sums[i][j] = fma(factor, b_row[j], sums[i][j]);
            }
        }
#pragma unroll
        for (uint j = 0; j < GEMM_MAX_VECTORS; ++j) {
            const uint col = first_col + j * 16;
            const uint n_lanes = lanes_inside(col, n);
            const float16 shift = has_bias && j < n_vectors ? vload16(j, bias) : (float16)(0.0f);
#pragma unroll
            for (uint i = 0; i < GEMM_MAX_ROWS; ++i) {
                if (i < n_rows && j < n_vectors && row + i < end_row)
                    store_lanes(activate(sums[i][j] + shift, activation),
                                c + (row + i) * c_ld + j * 16, n_lanes);
            }
        }
    }
}

#define GEMM_TILE_ARGUMENTS                                                                        \
    a, a_offset, a_row_stride, a_k_stride, b, b_offset, b_ld, c, c_offset, c_ld, bias,             \
        bias_offset, has_bias, activation, m, n, k, rows_per_group

__kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void gemm_tile_1(GEMM_TILE_PARAMETERS)
{
    gemm_tile_strip(GEMM_NARROW_ROWS, 1, GEMM_TILE_ARGUMENTS);
}

__kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void gemm_tile_2(GEMM_TILE_PARAMETERS)
{
    gemm_tile_strip(GEMM_NARROW_ROWS, 2, GEMM_TILE_ARGUMENTS);
}

__kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void gemm_tile_3(GEMM_TILE_PARAMETERS)
{
    gemm_tile_strip(GEMM_NARROW_ROWS, 3, GEMM_TILE_ARGUMENTS);
}

__kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void gemm_tile_4(GEMM_TILE_PARAMETERS)
{
    gemm_tile_strip(4, 4, GEMM_TILE_ARGUMENTS);
}

__kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void gemm_tile_5(GEMM_TILE_PARAMETERS)
{
    gemm_tile_strip(4, 5, GEMM_TILE_ARGUMENTS);
}

/* Sums of neighbouring lanes: of a in the lower half, of b in the upper half. Four levels turn 16
 * vectors into the vector of their 16 sums. */
static inline float16 gemm_tile_fold(const float16 a, const float16 b)
{
    const uint16 even = (uint16)(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
    return shuffle2(a, b, even) + shuffle2(a, b, even + 1);
}

/* Dot products of 4 rows of A with 4 rows of B; the rest of k, below 16, is masked in both, as what
 * lies behind a row may be NaN. */
static inline float16 gemm_tile_dot(__global const float *const a_rows[4],
                                    __global const float *const b_rows[4], const uint k)
{
    float16 sums[16];
#pragma unroll
    for (uint i = 0; i < 16; ++i)
        sums[i] = 0.0f;
    uint step = 0;
    for (; step + 16 <= k; step += 16) {
#pragma unroll
        for (uint i = 0; i < 4; ++i) {
            const float16 a_v = vload16(0, a_rows[i] + step);
#pragma unroll
            for (uint j = 0; j < 4; ++j)
                sums[i * 4 + j] = fma(a_v, vload16(0, b_rows[j] + step), sums[i * 4 + j]);
        }
    }
    if (step < k) {
        const int16 inside = LANES < (int)(k - step);
#pragma unroll
        for (uint i = 0; i < 4; ++i) {
            const float16 a_v = inside ? vload16(0, a_rows[i] + step) : (float16)(0.0f);
#pragma unroll
            for (uint j = 0; j < 4; ++j) {
                const float16 b_v = inside ? vload16(0, b_rows[j] + step) : (float16)(0.0f);
                sums[i * 4 + j] = fma(a_v, b_v, sums[i * 4 + j]);
            }
        }
    }
    float16 quads[4];
#pragma unroll
    for (uint i = 0; i < 4; ++i)
        quads[i] = gemm_tile_fold(gemm_tile_fold(sums[4 * i], sums[4 * i + 1]),
                                  gemm_tile_fold(sums[4 * i + 2], sums[4 * i + 3]));
    return gemm_tile_fold(gemm_tile_fold(quads[0], quads[1]), gemm_tile_fold(quads[2], quads[3]));
}

/* The groups of dimension 1 share the columns of C, four at a time in turn. */
__kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void gemm_tile_nt(__global const float *a, const ulong a_offset, const ulong a_ld,
                  __global const float *b, const ulong b_offset, const ulong b_ld,
                  __global float *c, const ulong c_offset, const ulong c_ld, const uint m,
                  const uint n, const uint k, const uint rows_per_group)
{
    const uint first_row = get_group_id(0) * rows_per_group;
    const uint end_row = min(first_row + rows_per_group, m);
    const uint n_strips = get_num_groups(1);
    a += a_offset;
    b += b_offset;
    c += c_offset;

    for (uint row = first_row; row < end_row; row += 4) {
        __global const float *a_rows[4];
#pragma unroll
        for (uint i = 0; i < 4; ++i)
            a_rows[i] = a + min(row + i, m - 1) * a_ld;
        for (uint col = get_group_id(1) * 4; col < n; col += n_strips * 4) {
            __global const float *b_rows[4];
#pragma unroll
            for (uint j = 0; j < 4; ++j)
                b_rows[j] = b + min(col + j, n - 1) * b_ld;
            float dots[16];
            vstore16(gemm_tile_dot(a_rows, b_rows, k), 0, dots);
            for (uint i = 0; i < min(end_row - row, 4u); ++i) {
                __global float *const to = c + (row + i) * c_ld + col;
                if (n - col >= 4) {
                    vstore4(vload4(i, dots), 0, to);
                    continue;
                }
                for (uint j = 0; j < n - col; ++j)
                    to[j] = dots[i * 4 + j];
            }
        }
    }
}

#endif

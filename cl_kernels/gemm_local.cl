/* SPDX-License-Identifier: MIT
 * Matrix products for GPUs: C = act(A B + bias), tiles in local memory.
 *   A (M,K) in, B (K,N) in, each with a stride for both dimensions, one of which is 1; C (M,N) out;
 *   bias (N) in; sums (N) out: the sums of B's rows, dbias of dense_bwd_w
 * One function does x W (dense_fwd), x^T dz (dense_bwd_w) and dz W^T (dense_bwd_x).
 *
 * gemm_local_128, _64, _32: a work-group makes a tile of C of as many rows and columns. For every
 * block of k it brings both parts into local memory, four values that lie side by side at a time.
 * There are two places for a block: while one is multiplied the next one is on its way from global
 * memory into registers, and one barrier a block is enough. An item keeps 8 x 8 sums, 4 x 4 of the
 * smallest tile, whose groups have four slices of items that share the block's k; their sums are
 * added up in local memory, in the order of the slices.
 *
 * Split-K: where there are too few tiles for the device, several groups make one tile, each from a
 * range of k of its own (a split). C is then a matrix for each of them, one behind the other, and
 * gemm_local_sum adds these up in their order. The host chooses tile and splits
 * (gemm_local_tile.c).
 *
 * Every sum has a fixed order: deterministic. Only in programs with VEC 1. */

#if VEC == 1

#define LOCAL_MAX_ITEM  8 /* rows and columns of an item's sums */
#define LOCAL_MAX_QUADS 2 /* that an item brings of each matrix for a block */

/* Loops over an item's quads run to the largest shape: only loops of known length unroll before
 * compilers decide what to keep in registers. For the sums Intel's compiler decides earlier still:
 * they are named without a loop. */
#define LOCAL_UNROLLED(i, most, n)                                                                 \
    _Pragma("unroll") for (uint i = 0; i < (most); ++i) if (i < (n))

/* How a work-group is spread over a tile; constants where the functions are inlined. */
typedef struct gemm_local_shape {
    uint n_items;
    uint n_slices; /* of the block's k */
    uint rows;     /* of an item's sums, and columns: 4 or 8 */
    uint cols;
    uint tile; /* rows and columns: n_slices * (tile / rows) * (tile / cols) = n_items */
    uint depth; /* k of a block */
    uint n_quads;  /* tile * depth / 4 / n_items */
    uint pitch;    /* of a k in local memory: writing along k meets few banks twice */
} gemm_local_shape;

/* k of a block of the larger tiles: 16 where local memory is above 32 KiB, but on Intel's GPUs, where
 * an item that brings two quads of each matrix runs out of registers. */
#if !defined(LOCAL_DEPTH) || defined(cl_intel_subgroups)
#undef LOCAL_DEPTH
#define LOCAL_DEPTH 8
#endif

#define LOCAL_SHAPE_128 {256, 1, 8, 8, 128, LOCAL_DEPTH, LOCAL_DEPTH / 8, 132}
#define LOCAL_SHAPE_64  {128, 1, 4, 8, 64, LOCAL_DEPTH, LOCAL_DEPTH / 8, 68}
#define LOCAL_SHAPE_32  {256, 4, 4, 4, 32, 32, 1, 36}

/* Of a kernel: two places for a block of both matrices. The slices of the smallest tile exchange
 * 4 * 32 * 32 sums in them. */
#define LOCAL_SIZE_128 (4 * LOCAL_DEPTH * 132)
#define LOCAL_SIZE_64  (4 * LOCAL_DEPTH * 68)
#define LOCAL_SIZE_32  (4 * 32 * 36)

/* All steps of a block at once, but where LLVM for AMD loads the values of all of them first, which
 * takes twice the registers. */
#ifdef __AMDGCN__
#define LOCAL_UNROLL_STEPS _Pragma("unroll 1")
#else
#define LOCAL_UNROLL_STEPS _Pragma("unroll 16")
#endif

typedef struct gemm_local_product {
    __global float *c;
    ulong c_ld;
    bool c_is_aligned; /* to four values, every row of it */
    __global const float *bias;
    bool has_bias;
    int activation;
    __global float *sums;
    bool has_sums;
    uint m;
    uint n; /* of a split's C, whose rows are whole quads: with the values beyond the last column */
} gemm_local_product;

/* ---- from global to local memory ------------------------------------------------------------- */

/* What an item brings of one matrix: quads of four values side by side, along k or along the rows
 * (of A, columns of B). */
typedef struct gemm_local_part {
    __global const float *at[LOCAL_MAX_QUADS]; /* the quads of the next block */
    ulong next_block;                          /* from a quad to the same one a block later */
    bool is_along_k;
    bool is_aligned;
    uint k; /* of the first quad in a block, and how much further the next one is */
    uint next_k;
    uint place; /* of the first quad in local memory, and how much further the next one is */
    uint next_place;
} gemm_local_part;

/* Rows beyond the last one are read from the last one: nothing of them is stored. */
ALWAYS_INLINE gemm_local_part gemm_local_begin(const gemm_local_shape shape,
                                               __global const float *const values,
                                               const ulong offset, const ulong row_stride,
                                               const ulong k_stride, const uint first_row,
                                               const uint n_rows, const uint first_k)
{
    const uint item = get_local_id(0);
    gemm_local_part part;
    part.is_along_k = k_stride == 1;
    const uint per_line = (part.is_along_k ? shape.depth : shape.tile) / 4; /* quads */
    const uint line = item / per_line;
    const uint within = (item - line * per_line) * 4;
    const uint next_line = shape.n_items / per_line;
    const uint row = part.is_along_k ? line : within;
    const uint last_row = part.is_along_k ? n_rows - 1 : (n_rows - 1) / 4 * 4;
    const uint next_row = part.is_along_k ? next_line : 0;
    part.is_aligned = ((offset | (part.is_along_k ? row_stride : k_stride)) & 3) == 0;
    part.k = part.is_along_k ? within : line;
    part.next_k = part.is_along_k ? 0 : next_line;
    part.place = part.k * shape.pitch + row;
    part.next_place = part.next_k * shape.pitch + next_row;
    part.next_block = shape.depth * k_stride;
    LOCAL_UNROLLED(quad, LOCAL_MAX_QUADS, shape.n_quads)
        part.at[quad] = values + offset +
                        min(first_row + row + quad * next_row, last_row) * row_stride +
                        ((ulong)first_k + part.k + quad * part.next_k) * k_stride;
    return part;
}

/* quads (n_quads) out: those of the next block, of which n_k values of k are there; 0 beyond. */
ALWAYS_INLINE void gemm_local_fetch(const gemm_local_shape shape, gemm_local_part *const part,
                                    float4 *const quads, const uint n_k)
{
    const bool is_whole = part->is_aligned && n_k == shape.depth; /* the same for all items */
    LOCAL_UNROLLED(quad, LOCAL_MAX_QUADS, shape.n_quads) {
        __global const float *const at = part->at[quad];
        const uint k = part->k + quad * part->next_k;
        if (is_whole) {
            quads[quad] = *(__global const float4 *)at;
        } else {
            const bool is_there = k < n_k;
            const uint n_there = part->is_along_k ? n_k - k : 4;
            quads[quad] = (float4)(is_there ? at[0] : 0.0f, is_there && n_there > 1 ? at[1] : 0.0f,
                                   is_there && n_there > 2 ? at[2] : 0.0f,
                                   is_there && n_there > 3 ? at[3] : 0.0f);
        }
        part->at[quad] += part->next_block;
    }
}

/* values[k * pitch + row] of a block from the items' quads. */
ALWAYS_INLINE void gemm_local_place(const gemm_local_shape shape, const gemm_local_part *const part,
                                    const float4 *const quads, __local float *const values)
{
    LOCAL_UNROLLED(quad, LOCAL_MAX_QUADS, shape.n_quads) {
        __local float *const place = values + part->place + quad * part->next_place;
        if (part->is_along_k) {
            place[0] = quads[quad].x;
            place[shape.pitch] = quads[quad].y;
            place[2 * shape.pitch] = quads[quad].z;
            place[3 * shape.pitch] = quads[quad].w;
        } else {
            *(__local float4 *)place = quads[quad];
        }
    }
}

/* ---- to C ------------------------------------------------------------------------------------ */

ALWAYS_INLINE void gemm_local_write(__global float *const to, const float4 values,
                                    const uint n_values, const bool is_aligned)
{
    if (n_values >= 4 && is_aligned) {
        *(__global float4 *)to = values;
        return;
    }
    to[0] = values.x;
    if (n_values > 1)
        to[1] = values.y;
    if (n_values > 2)
        to[2] = values.z;
    if (n_values > 3)
        to[3] = values.w;
}

/* Four sums beside each other, but for activations that take many instructions: an item has up to
 * 16 quads, and a copy of the instructions for each. */
ALWAYS_INLINE void gemm_local_store(const gemm_local_product *const p, const uint row,
                                    const uint col, float4 sum)
{
    if (row >= p->m || col >= p->n)
        return;
    if (p->has_bias)
        sum += vload4(0, p->bias + col);
    if (p->activation == ACTIVATION_RELU)
        sum = sum < 0.0f ? (float4)(0.0f) : sum; /* keeps NaN */
    gemm_local_write(p->c + row * p->c_ld + col, sum, p->n - col, p->c_is_aligned);
}

/* The other activations, of what the same item has stored. */
ALWAYS_INLINE void gemm_local_activate(const gemm_local_product *const p, const uint row,
                                       const uint col)
{
    for (uint i = col; row < p->m && i < min(col + 4, p->n); ++i)
        p->c[row * p->c_ld + i] = activate(p->c[row * p->c_ld + i], p->activation);
}

ALWAYS_INLINE bool gemm_local_is_late(const int activation)
{
    return activation == ACTIVATION_SIGMOID || activation == ACTIVATION_TANH;
}

/* ---- a tile ---------------------------------------------------------------------------------- */

/* An item's sums: four rows and columns side by side, and the same a part of the tile further. */
typedef struct gemm_local_sums {
    float4 of[LOCAL_MAX_ITEM][LOCAL_MAX_ITEM / 4];
} gemm_local_sums;

/* row += a * b_quads */
ALWAYS_INLINE void gemm_local_multiply_row(float4 *const row, const float a,
                                           const float4 *const b_quads, const uint n_cols)
{
    row[0] = fma((float4)a, b_quads[0], row[0]);
    if (n_cols > 4)
        row[1] = fma((float4)a, b_quads[1], row[1]);
}

/* Of four rows. */
ALWAYS_INLINE void gemm_local_multiply_quad(float4 (*const rows)[LOCAL_MAX_ITEM / 4],
                                            const float4 a_quad, const float4 *const b_quads,
                                            const uint n_cols)
{
    gemm_local_multiply_row(rows[0], a_quad.x, b_quads, n_cols);
    gemm_local_multiply_row(rows[1], a_quad.y, b_quads, n_cols);
    gemm_local_multiply_row(rows[2], a_quad.z, b_quads, n_cols);
    gemm_local_multiply_row(rows[3], a_quad.w, b_quads, n_cols);
}

/* Adds the products of one k. */
ALWAYS_INLINE void gemm_local_multiply(const gemm_local_shape shape, gemm_local_sums *const sums,
                                       __local const float *const a, __local const float *const b)
{
    float4 b_quads[LOCAL_MAX_ITEM / 4];
    LOCAL_UNROLLED(j, LOCAL_MAX_ITEM / 4, shape.cols / 4)
        b_quads[j] = *(__local const float4 *)(b + j * shape.tile / shape.cols * 4);
    gemm_local_multiply_quad(&sums->of[0], *(__local const float4 *)a, b_quads, shape.cols);
    if (shape.rows > 4)
        gemm_local_multiply_quad(
            &sums->of[4], *(__local const float4 *)(a + shape.tile / shape.rows * 4), b_quads,
            shape.cols);
}

/* Row and column of sum (i, j) of an item, from its first one. */
#define LOCAL_ROW(i) ((i) / 4 * 4 * (shape.tile / shape.rows) + (i) % 4)
#define LOCAL_COL(j) ((j) * 4 * (shape.tile / shape.cols))

ALWAYS_INLINE void gemm_local_store_row(const gemm_local_shape shape,
                                        const gemm_local_product *const p,
                                        const float4 *const sums, const uint row, const uint col)
{
    gemm_local_store(p, row, col, sums[0]);
    if (shape.cols > 4)
        gemm_local_store(p, row, col + LOCAL_COL(1), sums[1]);
}

/* Four rows below each other. */
ALWAYS_INLINE void gemm_local_store_rows(const gemm_local_shape shape,
                                         const gemm_local_product *const p,
                                         const float4 (*const sums)[LOCAL_MAX_ITEM / 4],
                                         const uint row, const uint col)
{
    gemm_local_store_row(shape, p, sums[0], row, col);
    gemm_local_store_row(shape, p, sums[1], row + 1, col);
    gemm_local_store_row(shape, p, sums[2], row + 2, col);
    gemm_local_store_row(shape, p, sums[3], row + 3, col);
}

/* Stores an item's sums; (row, col) is that of the first one. */
ALWAYS_INLINE void gemm_local_store_sums(const gemm_local_shape shape,
                                         const gemm_local_product *const p,
                                         const gemm_local_sums *const sums, const uint row,
                                         const uint col)
{
    gemm_local_store_rows(shape, p, &sums->of[0], row, col);
    if (shape.rows > 4)
        gemm_local_store_rows(shape, p, &sums->of[4], row + LOCAL_ROW(4), col);
    if (!gemm_local_is_late(p->activation))
        return;
#pragma unroll 1
    for (uint i = 0; i < shape.rows; ++i)
#pragma unroll 1
        for (uint j = 0; j < shape.cols / 4; ++j)
            gemm_local_activate(p, row + LOCAL_ROW(i), col + LOCAL_COL(j));
}

/* Adds the slices' sums up; (row, col) is the tile's first one, (y, x) the first one of an item in
 * the tile. Every item adds up four. */
ALWAYS_INLINE void gemm_local_join(const gemm_local_shape shape, const gemm_local_product *const p,
                                   const gemm_local_sums *const sums, __local float *const values,
                                   const uint slice, const uint row, const uint col, const uint y,
                                   const uint x)
{
    barrier(CLK_LOCAL_MEM_FENCE); /* all have read the last block */
    __local float *const own_sums = values + (slice * shape.tile + y) * shape.tile + x;
    *(__local float4 *)own_sums = sums->of[0][0];
    *(__local float4 *)(own_sums + shape.tile) = sums->of[1][0];
    *(__local float4 *)(own_sums + 2 * shape.tile) = sums->of[2][0];
    *(__local float4 *)(own_sums + 3 * shape.tile) = sums->of[3][0];
    barrier(CLK_LOCAL_MEM_FENCE); /* the sums of all slices are there */
    const uint own = get_local_id(0) * 4;
    float4 sum = 0.0f;
    for (uint s = 0; s < shape.n_slices; ++s)
        sum += *(__local const float4 *)(values + s * shape.tile * shape.tile + own);
    gemm_local_store(p, row + own / shape.tile, col + own % shape.tile, sum);
    if (gemm_local_is_late(p->activation))
        gemm_local_activate(p, row + own / shape.tile, col + own % shape.tile);
}

/* Rows and columns of C from first_row and first_col, the sum of n_k values of k; the parts stand at
 * the first of these. `values`: LOCAL_SIZE of the shape. */
ALWAYS_INLINE void gemm_local_tile(const gemm_local_shape shape, const gemm_local_product *const p,
                                   gemm_local_part a, gemm_local_part b, const uint first_row,
                                   const uint first_col, const uint n_k,
                                   __local float *const values)
{
    const uint item = get_local_id(0);
    const uint items_across = shape.tile / shape.cols;
    const uint items_of_slice = items_across * (shape.tile / shape.rows);
    const uint slice = item / items_of_slice;
    /* 32 items lie in 4 rows and 8 columns, so that NVIDIA's units read what several of them read
     * once; neighbours in pairs below each other, which is what these units look for. */
    const uint block_32 = item % items_of_slice / 32;
    const uint x = 4 * (item / 2 % 8 + block_32 % (items_across / 8) * 8);
    const uint y = 4 * (item % 32 / 16 * 2 + item % 2 + block_32 / (items_across / 8) * 4);
    const uint n_steps = shape.depth / shape.n_slices;
    const uint matrix_size = shape.depth * shape.pitch;
    const bool adds_up_b = p->has_sums && first_row == 0 && item < shape.tile;

    gemm_local_sums sums = {{{(float4)(0.0f)}}};
    float sum_of_b = 0.0f;
    float4 a_quads[LOCAL_MAX_QUADS];
    float4 b_quads[LOCAL_MAX_QUADS];
    gemm_local_fetch(shape, &a, a_quads, n_k);
    gemm_local_fetch(shape, &b, b_quads, n_k);

    const uint n_blocks = CEIL_DIV(n_k, shape.depth);
    for (uint block = 0; block < n_blocks; ++block) {
        __local float *const a_values = values + block % 2 * 2 * matrix_size;
        __local float *const b_values = a_values + matrix_size;
        gemm_local_place(shape, &a, a_quads, a_values);
        gemm_local_place(shape, &b, b_quads, b_values);
        barrier(CLK_LOCAL_MEM_FENCE); /* the block is in place, and the last but one was read */
        if (block + 1 < n_blocks) {
            const uint n_left = min(n_k - (block + 1) * shape.depth, shape.depth);
            gemm_local_fetch(shape, &a, a_quads, n_left);
            gemm_local_fetch(shape, &b, b_quads, n_left);
        }
        LOCAL_UNROLL_STEPS
        for (uint step = 0; step < n_steps; ++step) {
            const uint k_at = (slice * n_steps + step) * shape.pitch;
            gemm_local_multiply(shape, &sums, a_values + k_at + y, b_values + k_at + x);
        }
        if (adds_up_b) {
#pragma unroll 4
            for (uint k = 0; k < shape.depth; ++k)
                sum_of_b += b_values[k * shape.pitch + item];
        }
    }
    if (shape.n_slices == 1)
        gemm_local_store_sums(shape, p, &sums, first_row + y, first_col + x);
    else
        gemm_local_join(shape, p, &sums, values, slice, first_row, first_col, y, x);
    if (adds_up_b && first_col + item < p->n)
        p->sums[first_col + item] = sum_of_b;
}

#define LOCAL_PARAMETERS                                                                           \
    __global const float *a, const ulong a_offset, const ulong a_row_stride,                       \
        const ulong a_k_stride, __global const float *b, const ulong b_offset,                     \
        const ulong b_k_stride, const ulong b_col_stride, __global float *c,                       \
        const ulong c_offset, const ulong c_ld, __global const float *bias,                        \
        const ulong bias_offset, const int has_bias, const int activation, __global float *sums,   \
        const ulong sums_offset, const int has_sums, const uint m, const uint n, const uint k,     \
        const uint split_k, const ulong split_stride

/* Dimension 0 of the groups is tiles beside each other, dimension 1 tiles below each other, and
 * that for every split: split_k values of k, split_stride from its C and sums to the next one's. */
#define LOCAL_TILE(shape_, values)                                                                 \
    const gemm_local_shape shape = shape_;                                                         \
    const uint n_tile_rows = CEIL_DIV(m, shape.tile);                                              \
    const uint split = get_group_id(1) / n_tile_rows;                                              \
    const uint first_row = (get_group_id(1) - split * n_tile_rows) * shape.tile;                   \
    const uint first_col = get_group_id(0) * shape.tile;                                           \
    const uint first_k = split * split_k;                                                          \
    const gemm_local_product product = {c + c_offset + split * split_stride,                       \
                                        c_ld,                                                      \
                                        ((c_offset | c_ld) & 3) == 0,                              \
                                        bias + bias_offset,                                        \
                                        has_bias != 0,                                             \
                                        activation,                                                \
                                        sums + sums_offset + split * split_stride,                 \
                                        has_sums != 0,                                             \
                                        m,                                                         \
                                        split_stride != 0 ? CEIL_DIV(n, 4) * 4 : n};               \
    gemm_local_tile(shape, &product,                                                               \
                    gemm_local_begin(shape, a, a_offset, a_row_stride, a_k_stride, first_row, m,   \
                                     first_k),                                                     \
                    gemm_local_begin(shape, b, b_offset, b_col_stride, b_k_stride, first_col, n,   \
                                     first_k),                                                     \
                    first_row, first_col, min(split_k, k - first_k), values)

#ifndef WITHOUT_OPTIONAL

__kernel __attribute__((reqd_work_group_size(256, 1, 1)))
void gemm_local_128(LOCAL_PARAMETERS)
{
    __local float values[LOCAL_SIZE_128] __attribute__((aligned(16)));
    LOCAL_TILE(LOCAL_SHAPE_128, values);
}

__kernel __attribute__((reqd_work_group_size(128, 1, 1)))
void gemm_local_64(LOCAL_PARAMETERS)
{
    __local float values[LOCAL_SIZE_64] __attribute__((aligned(16)));
    LOCAL_TILE(LOCAL_SHAPE_64, values);
}

#endif

__kernel __attribute__((reqd_work_group_size(256, 1, 1)))
void gemm_local_32(LOCAL_PARAMETERS)
{
    __local float values[LOCAL_SIZE_32] __attribute__((aligned(16)));
    LOCAL_TILE(LOCAL_SHAPE_32, values);
}

/* ---- split-K --------------------------------------------------------------------------------- */

/* C = act(sum of the splits' C + bias), and the same for the sums of B's rows without the rest.
 *   splits (n_splits, split_stride) in: of each, a matrix (M + has_sums, N) with ld splits_ld, a
 *   multiple of 4, whose last row are the sums
 * An item adds up four values beside each other. */
__kernel __attribute__((reqd_work_group_size(WG_FLAT, 1, 1)))
void gemm_local_sum(__global const float *splits, const ulong splits_ld, const ulong split_stride,
                    const uint n_splits, __global float *c, const ulong c_offset, const ulong c_ld,
                    __global const float *bias, const ulong bias_offset, const int has_bias,
                    const int activation, __global float *sums, const ulong sums_offset,
                    const int has_sums, const uint m, const uint n)
{
    const uint quads_per_row = CEIL_DIV(n, 4);
    const uint quad = get_global_id(0);
    const uint row = quad / quads_per_row;
    const uint col = (quad - row * quads_per_row) * 4;
    if (row >= m + (has_sums != 0))
        return;
    __global const float *at = splits + row * splits_ld + col;
    float4 sum = 0.0f;
#pragma unroll 4
    for (uint split = 0; split < n_splits; ++split, at += split_stride)
        sum += *(__global const float4 *)at;
    if (row == m) {
        gemm_local_write(sums + sums_offset + col, sum, n - col, (sums_offset & 3) == 0);
        return;
    }
    const gemm_local_product product = {c + c_offset,
                                        c_ld,
                                        ((c_offset | c_ld) & 3) == 0,
                                        bias + bias_offset,
                                        has_bias != 0,
                                        activation,
                                        0,
                                        false,
                                        m,
                                        n};
    gemm_local_store(&product, row, col, sum);
    if (gemm_local_is_late(activation))
        gemm_local_activate(&product, row, col);
}

#endif

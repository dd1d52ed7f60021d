/* SPDX-License-Identifier: MIT
 * Matrix products for GPUs: C = act(A B + bias), tiles in local memory.
 *   A (M,K) in, B (K,N) in, each with a stride for both dimensions; C (M,N) out; bias (N) in
 * One function does x W (dense_fwd), x^T dz (dense_bwd_w) and dz W^T (dense_bwd_x). On demand A
 * gets one more row, of ones: its row of C is the sum of B's rows, dbias of dense_bwd_w, and goes
 * to `sums` (N) out.
 *
 * gemm_local_64, _32, _16: a work-group of 256 items makes a tile of C of as many rows and columns.
 * For every block of k it brings both parts into local memory, 1024 values each: coalesced along
 * whichever dimension lies side by side in memory, with 0 outside of the matrices. An item keeps
 * 4 x 4 sums of the largest tile, 2 x 2 of the others. With the smallest tile four slices of 64
 * items share the block's k, so that a deep product with few tiles (a batch of 64) waits for memory
 * a quarter as often; their sums are added up in local memory, in the order of the slices. The host
 * chooses (gemm_local_tile.c).
 *
 * Every sum has a fixed order: deterministic. Only in programs with VEC 1. */

#if VEC == 1

#define LOCAL_ITEMS    256  /* what every GPU allows, as 16 x 16 */
#define LOCAL_VALUES   1024 /* of each matrix in local memory; so many sums the slices exchange */
#define LOCAL_MAX_ITEM 4    /* rows and columns of an item's sums */

/* Local memory of one matrix: a row for each k, padded by one off the power of two, so that writing
 * along k meets no bank twice. The smallest tile has most rows. */
#define LOCAL_SIZE (LOCAL_VALUES + LOCAL_VALUES / 16)

/* How a work-group is spread over a tile; constants where the functions are inlined. */
typedef struct gemm_local_shape {
    uint n_slices; /* of k */
    uint side;     /* items of a slice in each direction: n_slices * side * side = LOCAL_ITEMS */
    uint per_item; /* rows and columns of an item's sums */
    uint tile;     /* side * per_item */
    uint depth;    /* k of a block: LOCAL_VALUES / tile */
} gemm_local_shape;

#define LOCAL_SHAPE_64 {1, 16, 4, 64, 16}
#define LOCAL_SHAPE_32 {1, 16, 2, 32, 32}
#define LOCAL_SHAPE_16 {4, 8, 2, 16, 64}

typedef struct gemm_local_product {
    __global const float *a;
    ulong a_row_stride;
    ulong a_k_stride;
    __global const float *b;
    ulong b_k_stride;
    ulong b_col_stride;
    __global float *c;
    ulong c_ld;
    __global const float *bias; /* 0: none */
    int activation;
    __global float *sums; /* 0: none */
    uint m;
    uint n;
    uint k;
} gemm_local_product;

/* values[kk][i] = from[i][kk] for i < tile, kk < depth; 0 beyond n_rows, n_k, but 1 in the row
 * ones_row. By the whole group: the items lie along k or along the rows, and the next values of an
 * item are a whole number of rows or of k further. */
ALWAYS_INLINE void gemm_local_fetch(const gemm_local_shape shape, __local float *const values,
                                    __global const float *const from, const ulong row_stride,
                                    const ulong k_stride, const uint first_row, const uint n_rows,
                                    const uint first_k, const uint n_k, const uint ones_row)
{
    const uint item = get_local_id(1) * get_local_size(0) + get_local_id(0);
    const bool along_k = k_stride == 1;
    const uint own_row = along_k ? item / shape.depth : item % shape.tile;
    const uint own_k = along_k ? item % shape.depth : item / shape.tile;
    const uint next_row = along_k ? LOCAL_ITEMS / shape.depth : 0;
    const uint next_k = along_k ? 0 : LOCAL_ITEMS / shape.tile;
    __global const float *const at =
        from + (first_row + own_row) * row_stride + (first_k + own_k) * k_stride;
    const ulong next = next_row * row_stride + next_k * k_stride;
#pragma unroll
    for (uint turn = 0; turn < LOCAL_VALUES / LOCAL_ITEMS; ++turn) {
        const uint tile_row = own_row + turn * next_row;
        const uint tile_k = own_k + turn * next_k;
        const bool inside = first_row + tile_row < n_rows && first_k + tile_k < n_k;
        const float outside = first_row + tile_row == ones_row ? 1.0f : 0.0f;
        values[tile_k * (shape.tile + 1) + tile_row] = inside ? at[turn * next] : outside;
    }
}

ALWAYS_INLINE void gemm_local_store(const gemm_local_product *const p, const uint row,
                                    const uint col, const float sum)
{
    if (col >= p->n)
        return;
    if (row < p->m) {
        const float shift = p->bias != 0 ? p->bias[col] : 0.0f;
        p->c[row * p->c_ld + col] = activate(sum + shift, p->activation);
    } else if (row == p->m && p->sums != 0) {
        p->sums[col] = sum;
    }
}

/* The tile in row and column `tile_row`, `tile_col` of the tiles of C. The loops over an item's
 * sums run to the largest shape: only loops of known length unroll in this function by itself. */
ALWAYS_INLINE void gemm_local_tile(const gemm_local_shape shape, const gemm_local_product *const p,
                                   const uint tile_row, const uint tile_col,
                                   __local float *const a_values, __local float *const b_values)
{
    const uint first_row = tile_row * shape.tile;
    const uint first_col = tile_col * shape.tile;
    const uint item = get_local_id(1) * get_local_size(0) + get_local_id(0);
    const uint x = item % shape.side;
    const uint y = item / shape.side % shape.side;
    const uint slice = item / (shape.side * shape.side);
    const uint slice_depth = shape.depth / shape.n_slices;
    const uint ones_row = p->sums != 0 ? p->m : UINT_MAX;
    const uint pitch = shape.tile + 1;

    float sums[LOCAL_MAX_ITEM][LOCAL_MAX_ITEM];
#pragma unroll
    for (uint i = 0; i < LOCAL_MAX_ITEM; ++i)
#pragma unroll
        for (uint j = 0; j < LOCAL_MAX_ITEM; ++j)
            sums[i][j] = 0.0f;

    for (uint first_k = 0; first_k < p->k; first_k += shape.depth) {
        gemm_local_fetch(shape, a_values, p->a, p->a_row_stride, p->a_k_stride, first_row, p->m,
                         first_k, p->k, ones_row);
        gemm_local_fetch(shape, b_values, p->b, p->b_col_stride, p->b_k_stride, first_col, p->n,
                         first_k, p->k, UINT_MAX);
        barrier(CLK_LOCAL_MEM_FENCE); /* both parts are in place */
#pragma unroll 4 /* all at once would take twice the registers */
        for (uint step = 0; step < slice_depth; ++step) {
            const uint kk = slice * slice_depth + step;
            float b_row[LOCAL_MAX_ITEM];
#pragma unroll
            for (uint j = 0; j < LOCAL_MAX_ITEM; ++j)
                b_row[j] = j < shape.per_item ? b_values[kk * pitch + j * shape.side + x] : 0.0f;
#pragma unroll
            for (uint i = 0; i < LOCAL_MAX_ITEM; ++i) {
                const float factor =
                    i < shape.per_item ? a_values[kk * pitch + i * shape.side + y] : 0.0f;
#pragma unroll
                for (uint j = 0; j < LOCAL_MAX_ITEM; ++j)
                    if (i < shape.per_item && j < shape.per_item)
                        sums[i][j] = fma(factor, b_row[j], sums[i][j]);
            }
        }
        barrier(CLK_LOCAL_MEM_FENCE); /* all have read before the next parts come */
    }

#pragma unroll
    for (uint i = 0; i < LOCAL_MAX_ITEM; ++i) {
#pragma unroll
        for (uint j = 0; j < LOCAL_MAX_ITEM; ++j) {
            if (i >= shape.per_item || j >= shape.per_item)
                continue;
            const uint row = i * shape.side + y;
            const uint col = j * shape.side + x;
            if (shape.n_slices == 1)
                gemm_local_store(p, first_row + row, first_col + col, sums[i][j]);
            else
                a_values[slice * LOCAL_ITEMS + row * shape.tile + col] = sums[i][j];
        }
    }
    if (shape.n_slices == 1)
        return;
    barrier(CLK_LOCAL_MEM_FENCE); /* the sums of all slices are there */
    float sum = 0.0f;             /* every item adds up one element */
    for (uint s = 0; s < shape.n_slices; ++s)
        sum += a_values[s * LOCAL_ITEMS + item];
    gemm_local_store(p, first_row + item / shape.tile, first_col + item % shape.tile, sum);
}

#define LOCAL_PARAMETERS                                                                           \
    __global const float *a, const ulong a_offset, const ulong a_row_stride,                       \
        const ulong a_k_stride, __global const float *b, const ulong b_offset,                     \
        const ulong b_k_stride, const ulong b_col_stride, __global float *c,                       \
        const ulong c_offset, const ulong c_ld, __global const float *bias,                        \
        const ulong bias_offset, const int has_bias, const int activation, __global float *sums,   \
        const ulong sums_offset, const int has_sums, const uint m, const uint n, const uint k

#define LOCAL_PRODUCT                                                                              \
    {a + a_offset, a_row_stride, a_k_stride, b + b_offset, b_k_stride, b_col_stride, c + c_offset, \
     c_ld, has_bias ? bias + bias_offset : 0, activation, has_sums ? sums + sums_offset : 0, m, n, \
     k}

#ifndef WITHOUT_OPTIONAL

__kernel __attribute__((reqd_work_group_size(16, 16, 1)))
void gemm_local_64(LOCAL_PARAMETERS)
{
    __local float a_values[LOCAL_SIZE];
    __local float b_values[LOCAL_SIZE];
    const gemm_local_shape shape = LOCAL_SHAPE_64;
    const gemm_local_product product = LOCAL_PRODUCT;
    gemm_local_tile(shape, &product, get_group_id(1), get_group_id(0), a_values, b_values);
}

__kernel __attribute__((reqd_work_group_size(16, 16, 1)))
void gemm_local_32(LOCAL_PARAMETERS)
{
    __local float a_values[LOCAL_SIZE];
    __local float b_values[LOCAL_SIZE];
    const gemm_local_shape shape = LOCAL_SHAPE_32;
    const gemm_local_product product = LOCAL_PRODUCT;
    gemm_local_tile(shape, &product, get_group_id(1), get_group_id(0), a_values, b_values);
}

#endif

__kernel __attribute__((reqd_work_group_size(16, 16, 1)))
void gemm_local_16(LOCAL_PARAMETERS)
{
    __local float a_values[LOCAL_SIZE];
    __local float b_values[LOCAL_SIZE];
    const gemm_local_shape shape = LOCAL_SHAPE_16;
    const gemm_local_product product = LOCAL_PRODUCT;
    gemm_local_tile(shape, &product, get_group_id(1), get_group_id(0), a_values, b_values);
}

#endif

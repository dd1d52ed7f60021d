/* SPDX-License-Identifier: MIT
 * Products of the fused training step on GPUs, each tile by one work-group of FUSED_ITEMS items.
 *
 * Matrices lie row by row. A work-group brings parts of both factors into local memory, as they lie,
 * and an item makes 4 x 4 sums, which it keeps in registers from part to part. A tile has fewer
 * sums than that, so the items work in slices, each with a range of the part's k of its own; in the
 * end the slices' sums are added up in local memory, in their order. The shape of a tile is constant
 * where these functions are inlined. Every sum runs in order: deterministic.
 *
 * Local memory (FUSED_POOL floats): first FUSED_BLOCK_ROWS rows of a factor, or the sums of the
 * slices; behind that, at FUSED_POOL_W, the weights; then, at FUSED_POOL_OWN, what stays. Rows there
 * are four floats longer than the tile, so that reading below each other meets few banks twice. */

#if VEC == 1

#define FUSED_ITEMS (WG_COLS * WG_ROWS)
#define FUSED_GAP   4u /* between rows in local memory */

/* All of the group have written, or read, what is next. */
#define FUSED_GPU_BARRIER() barrier(CLK_LOCAL_MEM_FENCE)
/* The same for what lies in the arena. */
#define FUSED_GPU_ARENA_BARRIER() barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE)

/* A factor in local memory. */
#define FUSED_LOCAL_LOAD(p)     (*(__local const float4 *)(p))
#define FUSED_LOCAL_STORE(v, p) (*(__local float4 *)(p) = (v))

FUSED_INLINE uint fused_gpu_item(void)
{
    return get_local_id(1) * WG_COLS + get_local_id(0);
}

/* Which sums of a tile an item makes. */
typedef struct fused_gpu_place {
    uint slice;
    uint row;
    uint col;
} fused_gpu_place;

FUSED_INLINE fused_gpu_place fused_gpu_place_of(const uint rows, const uint cols)
{
    const uint of_slice = rows / 4 * (cols / 4);
    const uint within = fused_gpu_item() % of_slice;
    const fused_gpu_place place = {fused_gpu_item() / of_slice, within / (cols / 4) * 4,
                                   within % (cols / 4) * 4};
    return place;
}

FUSED_INLINE uint fused_gpu_slices(const uint rows, const uint cols)
{
    return FUSED_ITEMS / (rows / 4 * (cols / 4));
}

typedef struct fused_gpu_sums {
    float4 of[4];
} fused_gpu_sums;

FUSED_INLINE void fused_gpu_clear(fused_gpu_sums *const sums)
{
#pragma unroll
    for (uint i = 0; i < 4; ++i)
        sums->of[i] = 0.0f;
}

/* ---- into local memory ----------------------------------------------------------------------- */

/* to (rows, cols) = from (rows_inside, cols_inside), with zeros around it. */
FUSED_INLINE void fused_gpu_stage(__local float *const to, __global const float *const from,
                                  const ulong ld, const uint rows, const uint cols,
                                  const uint rows_inside, const uint cols_inside)
{
    for (uint quad = fused_gpu_item(); quad < rows * (cols / 4); quad += FUSED_ITEMS) {
        const uint row = quad / (cols / 4);
        const uint col = quad % (cols / 4) * 4;
        FUSED_LOCAL_STORE(row < rows_inside && col < cols_inside ? FUSED_LOAD(from + row * ld + col)
                                                                 : (float4)(0.0f),
                          to + row * (cols + FUSED_GAP) + col);
    }
}

/* to (cols, rows) = transpose of from (rows, cols_inside), with zeros behind it. */
FUSED_INLINE void fused_gpu_stage_turned(__local float *const to, __global const float *const from,
                                         const ulong ld, const uint rows, const uint cols,
                                         const uint cols_inside)
{
    for (uint quad = fused_gpu_item(); quad < rows * (cols / 4); quad += FUSED_ITEMS) {
        const uint row = quad / (cols / 4);
        const uint col = quad % (cols / 4) * 4;
        const float4 v = col < cols_inside ? FUSED_LOAD(from + row * ld + col) : (float4)(0.0f);
        to[col * (rows + FUSED_GAP) + row] = v.x;
        to[(col + 1) * (rows + FUSED_GAP) + row] = v.y;
        to[(col + 2) * (rows + FUSED_GAP) + row] = v.z;
        to[(col + 3) * (rows + FUSED_GAP) + row] = v.w;
    }
}

/* ---- products -------------------------------------------------------------------------------- */

/* sums += a b of a tile (rows, cols); a (rows, k), b (k, cols). */
FUSED_INLINE void fused_gpu_multiply(fused_gpu_sums *const sums, __local const float *const a,
                                     __local const float *const b, const uint rows,
                                     const uint cols, const uint k)
{
    const fused_gpu_place place = fused_gpu_place_of(rows, cols);
    const uint n_steps = k / fused_gpu_slices(rows, cols);
    __local const float *const own_a = a + place.row * (k + FUSED_GAP) + place.slice * n_steps;
    __local const float *const own_b = b + place.slice * n_steps * (cols + FUSED_GAP) + place.col;
    for (uint step = 0; step < n_steps; step += 4) {
        const float4 b0 = FUSED_LOCAL_LOAD(own_b + step * (cols + FUSED_GAP));
        const float4 b1 = FUSED_LOCAL_LOAD(own_b + (step + 1) * (cols + FUSED_GAP));
        const float4 b2 = FUSED_LOCAL_LOAD(own_b + (step + 2) * (cols + FUSED_GAP));
        const float4 b3 = FUSED_LOCAL_LOAD(own_b + (step + 3) * (cols + FUSED_GAP));
#pragma unroll
        for (uint i = 0; i < 4; ++i) {
            const float4 a_quad = FUSED_LOCAL_LOAD(own_a + i * (k + FUSED_GAP) + step);
            sums->of[i] = fma((float4)a_quad.x, b0, sums->of[i]);
            sums->of[i] = fma((float4)a_quad.y, b1, sums->of[i]);
            sums->of[i] = fma((float4)a_quad.z, b2, sums->of[i]);
            sums->of[i] = fma((float4)a_quad.w, b3, sums->of[i]);
        }
    }
}

/* sums += a^T b of a tile (rows, cols); a (k, rows), b (k, cols). */
FUSED_INLINE void fused_gpu_multiply_turned(fused_gpu_sums *const sums,
                                            __local const float *const a,
                                            __local const float *const b, const uint rows,
                                            const uint cols, const uint k)
{
    const fused_gpu_place place = fused_gpu_place_of(rows, cols);
    const uint n_steps = k / fused_gpu_slices(rows, cols);
    __local const float *const own_a = a + place.slice * n_steps * (rows + FUSED_GAP) + place.row;
    __local const float *const own_b = b + place.slice * n_steps * (cols + FUSED_GAP) + place.col;
    for (uint step = 0; step < n_steps; ++step) {
        const float4 a_quad = FUSED_LOCAL_LOAD(own_a + step * (rows + FUSED_GAP));
        const float4 b_quad = FUSED_LOCAL_LOAD(own_b + step * (cols + FUSED_GAP));
        sums->of[0] = fma((float4)a_quad.x, b_quad, sums->of[0]);
        sums->of[1] = fma((float4)a_quad.y, b_quad, sums->of[1]);
        sums->of[2] = fma((float4)a_quad.z, b_quad, sums->of[2]);
        sums->of[3] = fma((float4)a_quad.w, b_quad, sums->of[3]);
    }
}

/* ---- out of registers ------------------------------------------------------------------------ */

/* The sums of all slices of a tile (rows, cols) into `values`, where all have read what lay there:
 * begins and ends with a barrier. */
FUSED_INLINE void fused_gpu_spread(__local float *const values, const fused_gpu_sums *const sums,
                                   const uint rows, const uint cols)
{
    const fused_gpu_place place = fused_gpu_place_of(rows, cols);
    FUSED_GPU_BARRIER(); /* all have read the last part */
#pragma unroll
    for (uint i = 0; i < 4; ++i)
        FUSED_LOCAL_STORE(sums->of[i],
                          values + (place.slice * rows + place.row + i) * cols + place.col);
    FUSED_GPU_BARRIER(); /* the sums of all slices are there */
}

/* The quad `quad` of what was spread. */
FUSED_INLINE float4 fused_gpu_join(__local const float *const values, const uint quad,
                                   const uint rows, const uint cols)
{
    float4 sum = FUSED_LOCAL_LOAD(values + quad * 4);
    for (uint slice = 1; slice < fused_gpu_slices(rows, cols); ++slice)
        sum += FUSED_LOCAL_LOAD(values + slice * rows * cols + quad * 4);
    return sum;
}

/* to (rows, cols) = the tile that was spread, or to + tile. */
FUSED_INLINE void fused_gpu_store(__global float *const to, const ulong ld,
                                  __local const float *const values, const uint rows,
                                  const uint cols, const bool accumulate)
{
    for (uint quad = fused_gpu_item(); quad < rows * cols / 4; quad += FUSED_ITEMS) {
        __global float *const at = to + quad * 4 / cols * ld + quad * 4 % cols;
        const float4 sum = fused_gpu_join(values, quad, rows, cols);
        FUSED_STORE(accumulate ? FUSED_LOAD(at) + sum : sum, at);
    }
}

#endif

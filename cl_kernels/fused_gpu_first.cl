/* SPDX-License-Identifier: MIT
 * The first layer in the fused training step on GPUs, at the end of a step and the beginning of the
 * next one: its weights take their step, and meet the next batch on its way from the data set. See
 * fused_gpu_stage.cl.
 *
 * Where compute units are many, weights and z are made by ranges of inputs, each with work-groups of
 * its own; the next launch adds up what the ranges make of z. */

#if VEC == 1

/* What the first layer takes of the data set. */
typedef struct fused_gpu_data {
    __global const fused_feature *features;
    __global const uint *labels;
    __global const uint *order;
} fused_gpu_data;

/* The input of a row of the next batch, 0 outside of it. */
FUSED_INLINE float fused_gpu_input(const fused_gpu_data *const data, const uint row, const uint col,
                                   const fused_numbers *const numbers, const bool is_on)
{
    return is_on && row < FUSED_BATCH && col < FUSED_FEATURES
               ? fused_inputs(data->features, data->order, row, col, numbers)
               : 0.0f;
}

/* Columns from k on of the rows of a block of the next batch, and their dropout, into local memory.
 * The owner of the first tile keeps them in x. An item takes the rows of
 * one drawing at a time. */
FUSED_INLINE void fused_gpu_gather(__local float *const to, __global float *const x,
                                   const fused_gpu_data *const data, const uint first_row,
                                   const uint k, const bool keeps,
                                   const fused_numbers *const numbers, const bool is_on)
{
#if FUSED_INPUT_DROPOUT
    const dropout_numbers own = dropout_numbers_load(numbers->record, 0);
#endif
    for (uint i = fused_gpu_item(); i < FUSED_BLOCK_ROWS / DROPOUT_ROWS * FUSED_DEPTH;
         i += FUSED_ITEMS) {
        const uint in_block = i / FUSED_DEPTH * DROPOUT_ROWS;
        const uint col = k + i % FUSED_DEPTH;
        float8 values; /* DROPOUT_ROWS: an array would lie in memory on some devices */
        values.s0 = fused_gpu_input(data, first_row + in_block, col, numbers, is_on);
        values.s1 = fused_gpu_input(data, first_row + in_block + 1, col, numbers, is_on);
        values.s2 = fused_gpu_input(data, first_row + in_block + 2, col, numbers, is_on);
        values.s3 = fused_gpu_input(data, first_row + in_block + 3, col, numbers, is_on);
        values.s4 = fused_gpu_input(data, first_row + in_block + 4, col, numbers, is_on);
        values.s5 = fused_gpu_input(data, first_row + in_block + 5, col, numbers, is_on);
        values.s6 = fused_gpu_input(data, first_row + in_block + 6, col, numbers, is_on);
        values.s7 = fused_gpu_input(data, first_row + in_block + 7, col, numbers, is_on);
#if FUSED_INPUT_DROPOUT
        const philox_words words =
            dropout_draw(col, (first_row + in_block) / DROPOUT_ROWS, 0, &own);
        values *= (float8)(dropout_mask(&words, 0, &own), dropout_mask(&words, 1, &own),
                           dropout_mask(&words, 2, &own), dropout_mask(&words, 3, &own),
                           dropout_mask(&words, 4, &own), dropout_mask(&words, 5, &own),
                           dropout_mask(&words, 6, &own), dropout_mask(&words, 7, &own));
#endif
        __local float *const at = to + in_block * (FUSED_DEPTH + FUSED_GAP) + i % FUSED_DEPTH;
        at[0] = values.s0;
        at[FUSED_DEPTH + FUSED_GAP] = values.s1;
        at[2 * (FUSED_DEPTH + FUSED_GAP)] = values.s2;
        at[3 * (FUSED_DEPTH + FUSED_GAP)] = values.s3;
        at[4 * (FUSED_DEPTH + FUSED_GAP)] = values.s4;
        at[5 * (FUSED_DEPTH + FUSED_GAP)] = values.s5;
        at[6 * (FUSED_DEPTH + FUSED_GAP)] = values.s6;
        at[7 * (FUSED_DEPTH + FUSED_GAP)] = values.s7;
    }
    if (!keeps || !is_on)
        return;
    FUSED_GPU_BARRIER(); /* the part is there */
    for (uint quad = fused_gpu_item(); quad < FUSED_BLOCK_ROWS * FUSED_DEPTH / 4;
         quad += FUSED_ITEMS) {
        const uint row = quad / (FUSED_DEPTH / 4);
        const uint col = quad % (FUSED_DEPTH / 4) * 4;
        if (first_row + row < FUSED_BATCH && k + col < FUSED_X_LD)
            FUSED_STORE(FUSED_LOCAL_LOAD(to + row * (FUSED_DEPTH + FUSED_GAP) + col),
                        x + (first_row + row) * (ulong)FUSED_X_LD + k + col);
    }
}

/* Columns p of the first layer's weights, rows from k on, take their step: the gradients were
 * spread. The new values go into local memory. */
FUSED_INLINE void fused_gpu_update_first(__global float *const w, __local float *const to,
                                         const fused_layer *const layer, const uint k,
                                         const fused_numbers *const numbers, const bool is_on,
                                         __local const float *const pool)
{
    for (uint quad = fused_gpu_item(); quad < FUSED_DEPTH * layer->tile / 4; quad += FUSED_ITEMS) {
        const uint row = quad * 4 / layer->tile;
        const uint col = quad * 4 % layer->tile;
        __global float *const at = w + (k + row) * (ulong)layer->panel + col;
        const bool is_inside = k + row < layer->k;
        float4 value = 0.0f;
        if (is_inside)
            value = is_on ? fused_update_weights(
                                at, fused_gpu_join(pool, quad, FUSED_DEPTH, layer->tile), numbers)
                          : FUSED_LOAD(at);
        FUSED_LOCAL_STORE(value, to + row * (layer->tile + FUSED_GAP) + col);
    }
}

/* The gradient of rows k on of the first layer's weights, columns p, from the batch x; it is left
 * spread. */
FUSED_INLINE void fused_gpu_first_gradient(__global const float *const x,
                                           __global const float *const dz,
                                           const fused_layer *const layer, const uint k,
                                           const bool is_first, __local float *const pool)
{
    fused_gpu_sums sums;
    fused_gpu_clear(&sums);
#pragma unroll 1
    for (uint block = 0; block < FUSED_BLOCKS; ++block) {
        const ulong row = block * FUSED_BLOCK_ROWS;
        FUSED_GPU_BARRIER(); /* all have read the last part */
        fused_gpu_stage(pool, x + row * FUSED_X_LD + k, FUSED_X_LD, FUSED_BLOCK_ROWS, FUSED_DEPTH,
                        FUSED_BLOCK_ROWS, layer->k - k);
        if (FUSED_BLOCKS > 1 || is_first)
            fused_gpu_stage(pool + FUSED_POOL_OWN, dz + row * layer->panel, layer->panel,
                            FUSED_BLOCK_ROWS, layer->tile, FUSED_BLOCK_ROWS, layer->tile);
        FUSED_GPU_BARRIER(); /* both are there */
        fused_gpu_multiply_turned(&sums, pool, pool + FUSED_POOL_OWN, FUSED_DEPTH, layer->tile,
                                  FUSED_BLOCK_ROWS);
    }
    fused_gpu_spread(pool, &sums, FUSED_DEPTH, layer->tile);
}

/* What columns k on of the next batch add to z, with the weights that lie in local memory. x: where
 * the batch is kept. */
FUSED_INLINE void fused_gpu_forward_part(__global float *const z, __global float *const x,
                                         const fused_gpu_data *const data,
                                         const fused_layer *const layer, const uint k,
                                         const bool is_first, const bool keeps,
                                         const fused_numbers *const numbers, const bool is_on,
                                         fused_gpu_sums *const sums,
                                         __local float *const pool)
{
#pragma unroll 1
    for (uint block = 0; block < FUSED_BLOCKS; ++block) {
        FUSED_GPU_BARRIER(); /* all have read what was spread */
        fused_gpu_gather(pool, x, data, block * FUSED_BLOCK_ROWS, k, keeps, numbers, is_on);
        FUSED_GPU_BARRIER(); /* the batch and the new weights are there */
#if FUSED_BLOCKS > 1
        fused_gpu_clear(sums);
#endif
        fused_gpu_multiply(sums, pool, pool + FUSED_POOL_W, FUSED_BLOCK_ROWS, layer->tile,
                           FUSED_DEPTH);
#if FUSED_BLOCKS > 1
        fused_gpu_spread(pool, sums, FUSED_BLOCK_ROWS, layer->tile);
        if (is_on)
            fused_gpu_store(z + block * FUSED_BLOCK_ROWS * (ulong)layer->panel, layer->panel, pool,
                            FUSED_BLOCK_ROWS, layer->tile, !is_first);
#endif
    }
}

/* Columns p of the first layer's weights, those of a range of its inputs, take their step from the
 * batch in side `side`, and make z of the next batch, part by part; where the range is all inputs, then
 * the layer's own part forward. */
FUSED_INLINE void fused_gpu_turn(__global float *const arena, const fused_layer *const layer,
                                 const fused_gpu_data *const data, const uint side, const uint p,
                                 const uint range, const fused_numbers *const numbers,
                                 const fused_numbers *const next_numbers, const bool is_current,
                                 const bool is_next, __local float *const pool)
{
    __global const float *const x = arena + FUSED_X + side * FUSED_X_SIZE;
    __global float *const next_x = arena + FUSED_X + (1 - side) * FUSED_X_SIZE;
    __global float *const w = arena + layer->weight + p * layer->tile;
    __global const float *const dz = arena + layer->dz + p * layer->tile;
    __global float *const z = arena + p * layer->tile +
                              (FUSED_RANGES > 1 ? FUSED_Z_PARTS + range * (FUSED_ROWS * (ulong)layer->panel)
                                                : layer->z);
    const fused_numbers of_weights = fused_own_rate(numbers, layer->weight_record);
    const uint begin = range * FUSED_RANGE;
    fused_gpu_sums z_sums;
    fused_gpu_clear(&z_sums);
#pragma unroll 1
    for (uint k = begin; k < min(layer->k, begin + FUSED_RANGE); k += FUSED_DEPTH) {
        fused_gpu_first_gradient(x, dz, layer, k, k == begin, pool);
        fused_gpu_update_first(w, pool + FUSED_POOL_W, layer, k, &of_weights, is_current, pool);
        fused_gpu_forward_part(z, next_x, data, layer, k, k == begin, p == 0, next_numbers, is_next,
                               &z_sums, pool);
    }
#if FUSED_BLOCKS == 1
    fused_gpu_spread(pool, &z_sums, FUSED_BLOCK_ROWS, layer->tile);
    if (is_next)
        fused_gpu_store(z, layer->panel, pool, FUSED_BLOCK_ROWS, layer->tile, false);
#endif
    if (is_next && p == 0 && range == 0) {
        __global uint *const batch_labels =
            (__global uint *)(arena + FUSED_LABELS) + (1 - side) * FUSED_ROWS;
        for (uint row = fused_gpu_item(); row < FUSED_BATCH; row += FUSED_ITEMS)
            batch_labels[row] = data->labels[data->order[row]];
    }
    if (FUSED_RANGES == 1)
        fused_gpu_activate(arena, layer, p, next_numbers, is_next, pool);
}

/* Tile p of the first layer's z from what the ranges made of it, in their order; then the layer's own
 * part forward. */
FUSED_INLINE void fused_gpu_finish_first(__global float *const arena,
                                         const fused_layer *const layer, const uint p,
                                         const fused_numbers *const numbers,
                                         __local float *const pool)
{
    const ulong behind = FUSED_ROWS * (ulong)layer->panel; /* one range another one */
    for (uint quad = fused_gpu_item(); quad < FUSED_ROWS * layer->tile / 4; quad += FUSED_ITEMS) {
        const ulong at = quad * 4 / layer->tile * (ulong)layer->panel + p * layer->tile +
                         quad * 4 % layer->tile;
        float4 sum = FUSED_LOAD(arena + FUSED_Z_PARTS + at);
#pragma unroll
        for (uint range = 1; range < FUSED_RANGES; ++range)
            sum += FUSED_LOAD(arena + FUSED_Z_PARTS + range * behind + at);
        FUSED_STORE(sum, arena + layer->z + at);
    }
    fused_gpu_activate(arena, layer, p, numbers, true, pool);
}

#endif

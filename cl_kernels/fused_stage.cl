/* SPDX-License-Identifier: MIT
 * Stages of the fused training step. The kernels that call them are written by the planner, see
 * host/backend/opencl/fused_plan.h; each calls the stages of one launch with constant layers.
 *
 * All lies in one arena of floats, at constant offsets. Weights W[p][k][panel], activations and
 * gradients [p][row][panel], p = column panel, FUSED_ROWS rows. What pads rows, columns and k is 0
 * and stays 0, so no loop needs to mind an edge and all stores are whole vectors, which compile
 * fast; only the sigmoid of 0 is not 0 and is cut at the width.
 * A stage of one panel reads what earlier launches wrote and what its own panel owns, and writes
 * only that. FUSED_... macros stand in the text of the planner. */

#if VEC == 16

/* Columns of panel p that are not padding. */
FUSED_INLINE uint fused_columns(const fused_layer *const layer, const uint p)
{
    return min(layer->panel, layer->width - p * layer->panel);
}

FUSED_INLINE ulong fused_rows_offset(const fused_layer *const layer, const uint p)
{
    return (ulong)p * FUSED_ROWS * layer->panel;
}

/* Masks of the batch, for skipping what is 0 in it. Bit k of tile mask t: whether any row of the
 * tile t of FUSED_X_TILE_ROWS rows has a value at k. Bit i of row mask (b, g): whether row 64 b + i
 * has a value at any of the FUSED_X_TILE_K k of group g. Skipping is exact as long as the weights
 * are finite. */
FUSED_INLINE __global ulong *fused_tile_masks(__global float *const arena, const uint side)
{
    return (__global ulong *)(arena + FUSED_TILE_MASKS + side * FUSED_TILE_MASKS_SIZE);
}

FUSED_INLINE __global ulong *fused_row_masks(__global float *const arena, const uint side)
{
    return (__global ulong *)(arena + FUSED_ROW_MASKS + side * FUSED_ROW_MASKS_SIZE);
}

/* ---- forward ------------------------------------------------------------------------------- */

/* Clears what a sigmoid made of the padding in the vector of columns at `col`. */
FUSED_INLINE void fused_clear_padding(__global float *const y, const fused_layer *const layer,
                                      const uint col)
{
    const int16 inside = LANES < (int)lanes_inside(col, layer->width);
    for (uint row = 0; row < FUSED_BATCH; ++row)
        vstore16(inside ? vload16(0, y + row * layer->panel) : (float16)(0.0f), 0,
                 y + row * layer->panel);
}

/* m of dropout of row `row` in the columns from `col` on, of rows in turn from row 0; 1 without. */
FUSED_INLINE float16 fused_next_mask(philox_words *const words, const fused_layer *const layer,
                                     const uint col, const uint row,
                                     const dropout_numbers *const dropout)
{
    if (!layer->dropout)
        return 1.0f;
    if (row % DROPOUT_ROWS == 0)
        *words = dropout_draw(col, row / DROPOUT_ROWS, layer->number, dropout);
    return dropout_next_mask(words, row % DROPOUT_ROWS, dropout);
}

/* noise of the vector of columns at `col`, in its place. Beyond the width it stays 0. */
FUSED_INLINE void fused_add_noise(__global float *const a, const fused_layer *const layer,
                                  const uint col, const fused_numbers *const numbers)
{
    const noise_numbers own = noise_numbers_load(numbers->record, layer->number);
    const int16 inside = LANES < (int)lanes_inside(col, layer->width);
    for (uint row = 0; row < FUSED_BATCH; ++row) {
        __global float *const at = a + row * layer->panel;
        const float16 noisy = noise_add(vload16(0, at), col, row, &own);
        vstore16(inside ? noisy : (float16)(0.0f), 0, at);
    }
}

/* act_fwd of the vector of columns at `col`. */
FUSED_INLINE void fused_activate_separate(__global const float *const a, __global float *const y,
                                          const fused_layer *const layer, const uint col,
                                          const fused_numbers *const numbers)
{
    const dropout_numbers dropout = dropout_numbers_load(numbers->record, layer->number);
    philox_words words;
    for (uint row = 0; row < FUSED_BATCH; ++row)
        vstore16(fused_next_mask(&words, layer, col, row, &dropout) *
                     activate_input(vload16(0, a + row * layer->panel), layer->activation),
                 0, y + row * layer->panel);
}

/* y of panel p from z: bn_act_fwd_train, or the end of dense_fwd; then act_fwd of what is separate.
 */
FUSED_INLINE void fused_activate(__global float *const arena, const fused_layer *const layer,
                                 const uint p, const fused_numbers *const numbers)
{
    __local float *const scratch = 0;
    const int joined = layer->is_separate ? ACTIVATION_IDENTITY : layer->activation;
    for (uint j = 0; j < layer->n_vectors; ++j) {
        const uint col = p * layer->panel + j * 16;
        const ulong offset = fused_rows_offset(layer, p) + j * 16;
        __global float *const z = arena + layer->z + offset;
        __global float *const y = arena + layer->y + offset;
        __global float *const before = layer->is_separate ? arena + layer->a + offset : y;
        if (layer->batch_norm) {
            batch_norm_block_fwd_train(z, layer->panel, arena + layer->gamma + col,
                                       arena + layer->beta + col, arena + layer->mean + col,
                                       arena + layer->var + col, arena + layer->running_mean + col,
                                       arena + layer->running_var + col, before, layer->panel,
                                       numbers->eps, numbers->running_momentum, joined, FUSED_BATCH, 16, (float)FUSED_BATCH, scratch);
            fused_average(arena + layer->running_mean + col, numbers);
            fused_average(arena + layer->running_var + col, numbers);
        } else {
            const float16 shift = vload16(0, arena + layer->beta + col);
            for (uint row = 0; row < FUSED_BATCH; ++row)
                vstore16(activate(vload16(0, z + row * layer->panel) + shift, joined), 0,
                         before + row * layer->panel);
        }
        if (layer->noise)
            fused_add_noise(before, layer, col, numbers);
        if (layer->is_separate)
            fused_activate_separate(before, y, layer, col, numbers);
        if (layer->activation == ACTIVATION_SIGMOID && col + 16 > layer->width)
            fused_clear_padding(y, layer, col);
    }
}

/* Panel p of a layer behind another one. */
FUSED_INLINE void fused_forward(__global float *const arena, const fused_layer *const before,
                                const fused_layer *const layer, const uint p,
                                const fused_numbers *const numbers)
{
    __global const float *const w = arena + layer->weight + (ulong)p * layer->k * layer->panel;
    for (uint q = 0; q < before->n_panels; ++q)
        fused_tile_product(layer->tile_rows, layer->tile_vectors, layer->panel, 0,
                           arena + layer->z + fused_rows_offset(layer, p),
                           arena + before->y + fused_rows_offset(before, q),
                           before->panel,
                           w + q * before->panel * layer->panel, fused_columns(before, q),
                           FUSED_BATCH, 0, 0, q > 0);
    fused_activate(arena, layer, p, numbers);
}

/* Panel p of the first layer, from the batch in side `side` of the double buffer. */
FUSED_INLINE void fused_forward_input(__global float *const arena, const fused_layer *const layer,
                                      const uint side, const uint p,
                                      const fused_numbers *const numbers)
{
    __global const float *const x = arena + FUSED_X + side * FUSED_X_SIZE;
    __global const float *const w = arena + layer->weight + (ulong)p * layer->k * layer->panel;
    __global const ulong *const masks = fused_tile_masks(arena, side);
    __global float *const z = arena + layer->z + fused_rows_offset(layer, p);
    for (uint k = 0; k < FUSED_FEATURES; k += FUSED_K_BLOCK) {
        const uint n_k = min((uint)FUSED_K_BLOCK, FUSED_FEATURES - k);
        fused_tile_product(FUSED_X_TILE_ROWS, FUSED_X_ROWS_VECTORS, layer->panel, FUSED_SKIPS, z,
                           x + k, FUSED_X_LD, w + k * layer->panel, n_k, FUSED_BATCH,
                           masks + k / 64, FUSED_TILE_MASKS_LD, k > 0);
    }
    fused_activate(arena, layer, p, numbers);
}

/* ---- loss ---------------------------------------------------------------------------------- */

/* The head of the output layer, which is one panel; its dy gets the gradient. */
FUSED_INLINE void fused_loss(__global float *const arena, const fused_layer *const layer,
                             const uint side, const head_numbers *const numbers,
                             __global float *const loss, __global uint *const correct)
{
    __global const uint *const labels =
        (__global const uint *)(arena + FUSED_LABELS) + side * FUSED_ROWS;
    float sum = 0.0f;
    uint count = 0;
    for (uint row = 0; row < FUSED_BATCH; ++row) {
        float loss_of_row;
        uint correct_of_row;
        fused_head_row(FUSED_HEAD, arena + layer->y + row * layer->panel,
                       arena + layer->dy + row * layer->panel, labels[row],
                       labels[FUSED_MIXUP ? FUSED_BATCH - 1 - row : row], layer->width, numbers,
                       &loss_of_row, &correct_of_row);
        sum += loss_of_row;
        count += correct_of_row;
    }
    *loss = sum / (float)FUSED_BATCH;
    *correct = count;
}

/* ---- backward ------------------------------------------------------------------------------ */

/* act_bwd of the vector of columns at `col`, whose dz is da. Returns the sum of dense_bwd_w. */
FUSED_INLINE float16 fused_activation_backward(__global const float *const kept,
                                               __global const float *const dy,
                                               __global float *const dz,
                                               const fused_layer *const layer, const uint col,
                                               const fused_numbers *const numbers)
{
    const dropout_numbers dropout = dropout_numbers_load(numbers->record, layer->number);
    philox_words words;
    float16 sum = 0.0f;
    for (uint row = 0; row < FUSED_BATCH; ++row) {
        const float16 kept_v = vload16(0, kept + row * layer->panel);
        const float16 dy_v = fused_next_mask(&words, layer, col, row, &dropout) *
                             vload16(0, dy + row * layer->panel);
        const float16 da = layer->is_separate
                               ? activate_input_bwd(kept_v, dy_v, layer->activation)
                               : activate_bwd(kept_v, dy_v, layer->activation);
        sum += da;
        vstore16(da, 0, dz + row * layer->panel);
    }
    return sum;
}

/* dz of panel p from dy: bn_act_bwd, or act_bwd with the sum of dense_bwd_w, or one behind the
 * other; then gamma and beta (the bias) take their step. *squares: of their gradients. */
FUSED_INLINE void fused_own_backward(__global float *const arena, const fused_layer *const layer,
                                     const uint p, const fused_numbers *const numbers,
                                     float16 *const squares)
{
    __local float *const scratch = 0;
    const int joined = layer->is_separate ? ACTIVATION_IDENTITY : layer->activation;
    const fused_numbers of_gamma = fused_own_rate(numbers, layer->gamma_record);
    const fused_numbers of_beta = fused_own_rate(numbers, layer->beta_record);
    for (uint j = 0; j < layer->n_vectors; ++j) {
        const uint col = p * layer->panel + j * 16;
        const ulong offset = fused_rows_offset(layer, p) + j * 16;
        __global const float *const kept =
            arena + (layer->is_separate ? layer->a : layer->y) + offset;
        __global const float *const dy = arena + layer->dy + offset;
        __global float *const dz = arena + layer->dz + offset;
        if (layer->batch_norm) {
            __global float *const da = arena + layer->da + offset;
            if (layer->is_separate)
                fused_activation_backward(kept, dy, da, layer, col, numbers);
            batch_norm_block_bwd(arena + layer->z + offset, layer->panel, kept, layer->panel,
                                 layer->is_separate ? da : dy, layer->panel,
                                 vload16(0, arena + layer->mean + col),
                                 rsqrt(vload16(0, arena + layer->var + col) + numbers->eps),
                                 vload16(0, arena + layer->gamma + col),
                                 arena + layer->dgamma + col, arena + layer->dbeta + col, dz,
                                 layer->panel, joined, FUSED_BATCH, 16, (float)FUSED_BATCH,
                                 scratch);
            fused_take_others(arena + layer->gamma + col, vload16(0, arena + layer->dgamma + col),
                              &of_gamma, squares);
        } else {
            vstore16(fused_activation_backward(kept, dy, dz, layer, col, numbers), 0,
                     arena + layer->dbeta + col);
        }
        fused_take_others(arena + layer->beta + col, vload16(0, arena + layer->dbeta + col),
                          &of_beta, squares);
    }
}

/* Stores the sum of the squares of a panel's gradients. */
FUSED_INLINE void fused_store_squares(__global float *const arena, const ulong place,
                                      const float16 squares)
{
    if (FUSED_CLIP_NORM)
        arena[place] = sum_lanes(squares);
}

/* Panel p of the output layer: its own part. */
FUSED_INLINE void fused_output_backward(__global float *const arena,
                                        const fused_layer *const layer, const uint p,
                                        const fused_numbers *const numbers)
{
    float16 squares = 0.0f;
    fused_own_backward(arena, layer, p, numbers, &squares);
    fused_store_squares(arena, layer->squares + p, squares);
}

/* Those rows of the weights of a layer's next one that belong to panel p, in its panel q. */
FUSED_INLINE __global float *fused_next_weights(__global float *const arena,
                                                const fused_layer *const layer,
                                                const fused_layer *const next, const uint p,
                                                const uint q)
{
    return arena + next->weight + ((ulong)q * next->k + p * layer->panel) * next->panel;
}

/* Panel p of a layer before another one, whose dz is there: dense_bwd_x, then the layer's own part,
 * then the step of those rows of the next layer's weights that belong to the panel. */
FUSED_INLINE void fused_backward(__global float *const arena, const fused_layer *const layer,
                                 const fused_layer *const next, const uint p,
                                 const fused_numbers *const numbers)
{
    __global float *const turned = arena + FUSED_SCRATCH + (ulong)p * FUSED_SCRATCH_SIZE;
    for (uint q = 0; q < next->n_panels; ++q) {
        fused_tile_transpose(turned, fused_next_weights(arena, layer, next, p, q), layer->panel,
                             next->panel);
        fused_tile_product(layer->tile_rows, layer->tile_vectors, layer->panel, 0,
                           arena + layer->dy + fused_rows_offset(layer, p),
                           arena + next->dz + fused_rows_offset(next, q), next->panel, turned,
                           fused_columns(next, q), FUSED_BATCH, 0, 0, q > 0);
    }
    float16 squares = 0.0f;
    fused_own_backward(arena, layer, p, numbers, &squares);
    const fused_numbers of_weights = fused_own_rate(numbers, next->weight_record);
    for (uint q = 0; q < next->n_panels; ++q) {
        fused_tile_update(next->tile_k, next->tile_vectors, next->panel, 0,
                          fused_next_weights(arena, layer, next, p, q),
                          arena + layer->y + fused_rows_offset(layer, p), layer->panel,
                          arena + next->dz + fused_rows_offset(next, q), fused_columns(layer, p),
                          FUSED_BATCH, 0, 0, &of_weights, &squares);
    }
    fused_store_squares(arena, layer->squares + p, squares);
}

/* The step of panel p of the first layer's weights. */
FUSED_INLINE void fused_update_input(__global float *const arena, const fused_layer *const layer,
                                     const uint side, const uint p,
                                     const fused_numbers *const numbers)
{
    const fused_numbers own = fused_own_rate(numbers, layer->weight_record);
    float16 squares = 0.0f;
    fused_tile_update(FUSED_X_TILE_K, FUSED_X_K_VECTORS, layer->panel, FUSED_SKIPS,
                      arena + layer->weight + (ulong)p * layer->k * layer->panel,
                      arena + FUSED_X + side * FUSED_X_SIZE, FUSED_X_LD,
                      arena + layer->dz + fused_rows_offset(layer, p), FUSED_FEATURES, FUSED_BATCH,
                      fused_row_masks(arena, side), FUSED_ROW_MASKS_LD, &own, &squares);
    fused_store_squares(arena, FUSED_INPUT_SQUARES + p, squares);
}

/* ---- the next batch ------------------------------------------------------------------------ */

#if FUSED_SKIPS
/* Octets: byte k has bit i if row i of eight is set at column k of 16. As row masks of the groups
 * of FUSED_X_TILE_K columns: */
#if FUSED_X_TILE_K == 1
typedef ulong16 fused_groups;
#define FUSED_STORE_GROUPS(v, p) vstore16(v, 0, p)
FUSED_INLINE fused_groups fused_group_octets(const uchar16 octets)
{
    return convert_ulong16(octets);
}
#elif FUSED_X_TILE_K == 4
typedef ulong4 fused_groups;
#define FUSED_STORE_GROUPS(v, p) vstore4(v, 0, p)
FUSED_INLINE fused_groups fused_group_octets(const uchar16 octets)
{
    const uint4 pairs = as_uint4(octets) | as_uint4(octets) >> 16;
    return convert_ulong4((pairs | pairs >> 8) & 255);
}
#else
#error "FUSED_X_TILE_K must be 1 or 4"
#endif

/* Bit i: whether byte i of is_set is not 0 but 255. The factor brings bit 0 of byte i of eight to
 * bit 56 + i. */
FUSED_INLINE ushort fused_bits(const uchar16 is_set)
{
    const ulong2 flags = as_ulong2(is_set) & 0x0101010101010101UL;
    return (ushort)(flags.s0 * 0x0102040810204080UL >> 56 |
                    flags.s1 * 0x0102040810204080UL >> 56 << 8);
}

/* Row masks of the rows from `first` on, of which the bits begin at 0, to their place. A block of
 * fewer rows than a mask has bits is a part of one, of 16: the others belong to other groups. */
FUSED_INLINE void fused_store_groups(const fused_groups groups, __global ulong *const masks,
                                     const uint first)
{
#if FUSED_GATHER_ROWS == 64
    FUSED_STORE_GROUPS(groups, masks);
#else
    ulong words[16 / FUSED_X_TILE_K];
    FUSED_STORE_GROUPS(groups, words);
    for (uint i = 0; i < 16 / FUSED_X_TILE_K; ++i)
        ((__global ushort *)(masks + i))[first % 64 / 16] = (ushort)words[i];
#endif
}

/* The masks of the rows of block `block`, from the inputs that were gathered: whatever the transform
 * makes 0 is skipped. */
FUSED_INLINE void fused_make_masks(__global float *const arena, const uint side, const uint block)
{
    __global const float *const x = arena + FUSED_X + side * FUSED_X_SIZE;
    /* Written by 16 bits, the lowest first, as CPUs of today store what is read by 64. */
    __global ushort *const tile_masks = (__global ushort *)fused_tile_masks(arena, side);
    const uint first_row = block * FUSED_GATHER_ROWS;
    __global ulong *const row_masks =
        fused_row_masks(arena, side) + first_row / 64 * FUSED_ROW_MASKS_LD;
    const uint end_row = min(first_row + FUSED_GATHER_ROWS, (uint)FUSED_BATCH);
    for (uint col = 0; col < FUSED_FEATURES; col += 16) {
        fused_groups groups = 0;
        for (uint row = first_row; row < end_row; row += 8) {
            uchar16 octets = 0;
#pragma unroll
            for (uint i = 0; i < 8; i += FUSED_X_TILE_ROWS) {
                uchar16 any_set = 0;
#pragma unroll
                for (uint j = i; j < i + FUSED_X_TILE_ROWS; ++j) {
                    const int16 is_set_here =
                        vload16(0, x + (row + j) * (ulong)FUSED_X_LD + col) != 0.0f;
                    const uchar16 is_set = convert_uchar16(is_set_here & 255);
                    octets |= is_set & (uchar)(1 << j);
                    any_set |= is_set;
                }
                tile_masks[(row + i) / FUSED_X_TILE_ROWS * FUSED_TILE_MASKS_LD * 4 + col / 16] =
                    fused_bits(any_set);
            }
            groups |= fused_group_octets(octets) << (row - first_row);
        }
        fused_store_groups(groups, row_masks + col / FUSED_X_TILE_K, first_row);
    }
}
#endif

/* dropout of the rows first..end-1 of the vector of inputs at `col`, which begins at x; first is a
 * multiple of DROPOUT_ROWS. Rows below the batch are 0. */
FUSED_INLINE void fused_dropout_inputs(__global float *const x, const uint col, const uint first,
                                       const uint end, const dropout_numbers *const own)
{
    for (uint row = first; row < end; row += DROPOUT_ROWS) {
        const philox_words words = dropout_draw(col, row / DROPOUT_ROWS, 0, own);
#pragma unroll
        for (uint i = 0; i < DROPOUT_ROWS; ++i) {
            __global float *const at = x + (row + i) * (ulong)FUSED_X_LD;
            vstore16(dropout_mask(&words, i, own) * vload16(0, at), 0, at);
        }
    }
}

#if FUSED_AUGMENT
/* Row `row` of the batch at x, by gather_batch, elastic_noise and augment. What the first two write
 * is kept: it can be looked at. */
FUSED_INLINE void fused_augment(__global float *const x,
                                __global const fused_feature *const features,
                                __global const uint *const order, const fused_images *const images,
                                const uint row, const fused_numbers *const numbers)
{
    __global float *const plain = images->plain + row * FUSED_PLAIN_LD;
    const augment_field field = {images->noise_0 + row * FUSED_NOISE_LD,
                                 images->noise_1 + row * FUSED_NOISE_LD,
                                 images->taps,
                                 FUSED_N_TAPS,
                                 FUSED_NOISE_WIDTH,
                                 numbers->record[RECORD_ELASTIC]};
    const uint key[2] = {record_key(numbers->record, 0), record_key(numbers->record, 1)};
    for (uint col = 0; col < FUSED_FEATURES; col += 16)
        vstore16(input_transform(FUSED_INPUT, fused_row(features, order, row), FUSED_BYTES, col,
                                 FUSED_FEATURES, &numbers->input),
                 0, plain + col);
    for (uint col = 0; FUSED_N_TAPS > 0 && col < FUSED_NOISE_WIDTH; col += 16) {
        elastic_columns(images->noise_0 + row * FUSED_NOISE_LD, images->taps, FUSED_N_TAPS / 2, col,
                        FUSED_HEIGHT, FUSED_NOISE_WIDTH, row, 0, key);
        elastic_columns(images->noise_1 + row * FUSED_NOISE_LD, images->taps, FUSED_N_TAPS / 2, col,
                        FUSED_HEIGHT, FUSED_NOISE_WIDTH, row, 1, key);
    }
    const augment_map map = augment_draw(numbers->record, row, FUSED_HEIGHT, FUSED_WIDTH);
    for (uint line = 0; line < FUSED_HEIGHT; ++line) {
        /* What is written behind a line's end is written again. */
        for (uint col = 0; col < FUSED_WIDTH; col += 16)
            store_lanes(augment_pixels(plain, &map, &field, line, col, FUSED_HEIGHT, FUSED_WIDTH),
                        x + line * FUSED_WIDTH + col,
                        lanes_inside(line * FUSED_WIDTH + col, FUSED_FEATURES));
    }
}
#endif

/* The rows of block `block` of the next batch, into side `side`, their dropout and their masks. */
FUSED_INLINE void fused_gather(__global float *const arena,
                               __global const fused_feature *const features,
                               __global const uint *const labels, __global const uint *const order,
                               const fused_images *const images, const uint side, const uint block,
                               const fused_numbers *const numbers)
{
    __global uint *const batch_labels = (__global uint *)(arena + FUSED_LABELS) + side * FUSED_ROWS;
    const uint end_row = min((block + 1) * FUSED_GATHER_ROWS, (uint)FUSED_BATCH);
    for (uint row = block * FUSED_GATHER_ROWS; row < end_row; ++row) {
        __global float *const to = arena + FUSED_X + side * FUSED_X_SIZE + row * (ulong)FUSED_X_LD;
#if FUSED_AUGMENT
        fused_augment(to, features, order, images, row, numbers);
#endif
        for (uint col = 0; col < FUSED_FEATURES; col += 16) {
            const int16 inside = LANES < (int)(FUSED_FEATURES - col);
            const float16 x =
                FUSED_AUGMENT ? fused_add_input_noise(vload16(0, to + col), col, row, numbers)
                              : fused_inputs(features, order, row, col, numbers);
            vstore16(inside ? x : (float16)(0.0f), 0, to + col);
        }
        batch_labels[row] = labels[order[row]];
    }
#if FUSED_INPUT_DROPOUT
    const dropout_numbers own = dropout_numbers_load(numbers->record, 0);
    __global float *const x = arena + FUSED_X + side * FUSED_X_SIZE;
    for (uint col = 0; col < FUSED_FEATURES; col += 16)
        fused_dropout_inputs(x + col, col, block * FUSED_GATHER_ROWS, end_row, &own);
#endif
#if FUSED_SKIPS
    fused_make_masks(arena, side, block);
#endif
}

#endif

/* SPDX-License-Identifier: MIT
 * Stages of the fused training step on GPUs. The kernels that call them are written by the planner;
 * each calls the stages of one launch with constant layers.
 *
 * All matrices lie row by row, a layer's with a leading dimension of `panel`, its width with padding.
 * A layer's columns come in tiles of `tile`; a work-group that owns tile p of a layer can do all of
 * this without waiting for the owner of another one: batch-norm and activation in both directions;
 * the update of those columns of the layer's own weights; the update of those rows of the next
 * layer's weights that its columns feed. Work-groups never wait for each other: the order of the
 * launches counts. The rows of the batch come in FUSED_BLOCKS blocks of FUSED_BLOCK_ROWS.
 *
 * The output layer, where the layer before it has several owners: each of these does it all, so
 * that none has to wait for another one, and keeps what it calculates in a copy of its own
 * (fused_gpu_copy). Its weights, which all of them read, take their step in the next launch.
 *
 * is_on: whether the stage is done at all; constant but in the launch that ends a step and begins
 * the next one. Barriers do not depend on it: drivers are bad at conditions around them. */

#if VEC == 1

/* The item's column of block `block` of tile p. */
FUSED_INLINE uint fused_gpu_column(const fused_layer *const layer, const uint p, const uint block)
{
    return p * layer->tile + block * WG_COLS + get_local_id(0);
}

/* ---- a parameter ----------------------------------------------------------------------------- */

/* The same as fused_average() and fused_update_others() of a single value. */
FUSED_INLINE void fused_gpu_average_one(__global float *const value,
                                        const fused_numbers *const numbers)
{
    __global float *const averaged = value + (FUSED_N_STATES + 1) * FUSED_STATE_SIZE;
    if (FUSED_AVERAGE)
        *averaged =
            average((updatev)(*averaged), (updatev)(*value), average_weight_load(numbers->record))
                .s0;
}

FUSED_INLINE void fused_gpu_update_one(__global float *const parameter, const float gradient,
                                       const fused_numbers *const numbers)
{
    updatev states[FUSED_N_STATES + 1];
#pragma unroll
    for (uint s = 0; s < FUSED_N_STATES; ++s)
        states[s] = parameter[(s + 1) * FUSED_STATE_SIZE];
    *parameter = update(FUSED_RULE, (updatev)(*parameter), (updatev)(gradient), 0.0f, states,
                        &numbers->update)
                     .s0;
#pragma unroll
    for (uint s = 0; s < FUSED_N_STATES; ++s)
        parameter[(s + 1) * FUSED_STATE_SIZE] = states[s].s0;
    fused_gpu_average_one(parameter, numbers);
}

/* ---- the output layer ------------------------------------------------------------------------ */

/* The layer as work-group `group` has it: what is calculated lies in a copy of its own, the first
 * of which is that of the arena; parameters are everybody's. */
FUSED_INLINE fused_layer fused_gpu_copy(const fused_layer *const layer, const uint group)
{
    fused_layer copy = *layer;
    const ulong behind = group * FUSED_HEAD_SIZE;
    copy.is_copy = group > 0;
    copy.z += behind;
    copy.y += behind;
    copy.a += behind;
    copy.da += behind;
    copy.dy += behind;
    copy.dz += behind;
    copy.mean += behind;
    copy.var += behind;
    copy.dgamma += behind;
    copy.dbeta += behind;
    if (group > 0) {
        copy.running_mean = FUSED_HEAD_RUNNING + behind;
        copy.running_var = FUSED_HEAD_RUNNING + behind + layer->panel;
    }
    return copy;
}

/* ---- forward --------------------------------------------------------------------------------- */

/* act_fwd of a column of n_rows rows. An item takes the rows of a drawing. */
FUSED_INLINE void fused_gpu_activate_separate(__global const float *const a,
                                              __global float *const y,
                                              const fused_layer *const layer, const uint col,
                                              const uint n_rows,
                                              const fused_numbers *const numbers)
{
    const dropout_numbers own = dropout_numbers_load(numbers->record, layer->number);
    for (uint first = get_local_id(1) * DROPOUT_ROWS; first < n_rows;
         first += WG_ROWS * DROPOUT_ROWS) {
        philox_words words;
        if (layer->dropout)
            words = dropout_draw(col, first / DROPOUT_ROWS, layer->number, &own);
#pragma unroll 1
        for (uint i = 0; i < DROPOUT_ROWS && first + i < n_rows; ++i) {
            const ulong at = (first + i) * (ulong)layer->panel;
            const float value = activate_input(a[at], layer->activation);
            y[at] = layer->dropout ? dropout_next_mask(&words, i, &own) * value : value;
        }
    }
}

/* y of tile p from z: bn_act_fwd_train, or the end of dense_fwd; then act_fwd of what is separate.
 * Begins with a barrier. */
FUSED_INLINE void fused_gpu_activate(__global float *const arena, const fused_layer *const layer,
                                     const uint p, const fused_numbers *const numbers,
                                     const bool is_on, __local float *const pool)
{
    const int joined = layer->is_separate ? ACTIVATION_IDENTITY : layer->activation;
    FUSED_GPU_ARENA_BARRIER(); /* z is there */
#pragma unroll 1
    for (uint j = 0; j < layer->tile / WG_COLS; ++j) {
        const uint col = fused_gpu_column(layer, p, j);
        const uint n_lanes = is_on && col < layer->width ? 1 : 0;
        const uint n_rows = n_lanes > 0 ? FUSED_BATCH : 0;
        __global float *const y = arena + layer->y + col;
        __global float *const before = layer->is_separate ? arena + layer->a + col : y;
        __global const float *const z = arena + layer->z + col;
        if (layer->batch_norm) {
            batch_norm_block_fwd_train(z, layer->panel, arena + layer->gamma + col,
                                       arena + layer->beta + col, arena + layer->mean + col,
                                       arena + layer->var + col, arena + layer->running_mean + col,
                                       arena + layer->running_var + col, before, layer->panel,
                                       numbers->eps, numbers->running_momentum, joined, n_rows,
                                       n_lanes, (float)FUSED_BATCH, pool);
            if (get_local_id(1) == 0 && n_lanes > 0 && !layer->is_copy) {
                fused_gpu_average_one(arena + layer->running_mean + col, numbers);
                fused_gpu_average_one(arena + layer->running_var + col, numbers);
            }
        } else {
            const float shift = arena[layer->beta + col];
            for (uint row = get_local_id(1); row < n_rows; row += WG_ROWS)
                before[row * layer->panel] = activate(z[row * layer->panel] + shift, joined);
        }
        if (layer->noise) {
            const noise_numbers own = noise_numbers_load(numbers->record, layer->number);
            for (uint row = get_local_id(1); row < n_rows; row += WG_ROWS)
                before[row * layer->panel] =
                    noise_add(before[row * layer->panel], col, row, &own);
        }
        if (layer->is_separate) {
            FUSED_GPU_ARENA_BARRIER(); /* a is there */
            fused_gpu_activate_separate(before, y, layer, col, n_rows, numbers);
        }
    }
}

/* Tile p of a layer behind another one. */
FUSED_INLINE void fused_gpu_forward(__global float *const arena, const fused_layer *const before,
                                    const fused_layer *const layer, const uint p,
                                    const fused_numbers *const numbers, __local float *const pool)
{
    __global const float *const w = arena + layer->weight + p * layer->tile;
#pragma unroll 1
    for (uint block = 0; block < FUSED_BLOCKS; ++block) {
        const ulong row = block * FUSED_BLOCK_ROWS;
        fused_gpu_sums sums;
        fused_gpu_clear(&sums);
#pragma unroll 1
        for (uint k = 0; k < before->panel; k += FUSED_DEPTH) {
            FUSED_GPU_BARRIER(); /* all have read the last part */
            fused_gpu_stage(pool, arena + before->y + row * before->panel + k,
                            before->panel, FUSED_BLOCK_ROWS, FUSED_DEPTH, FUSED_BLOCK_ROWS,
                            before->panel - k);
            fused_gpu_stage(pool + FUSED_POOL_W, w + k * (ulong)layer->panel, layer->panel,
                            FUSED_DEPTH, layer->tile, before->panel - k, layer->tile);
            FUSED_GPU_BARRIER(); /* both are there */
            fused_gpu_multiply(&sums, pool, pool + FUSED_POOL_W, FUSED_BLOCK_ROWS, layer->tile,
                               FUSED_DEPTH);
        }
        fused_gpu_spread(pool, &sums, FUSED_BLOCK_ROWS, layer->tile);
        fused_gpu_store(arena + layer->z + row * layer->panel + p * layer->tile, layer->panel, pool,
                        FUSED_BLOCK_ROWS, layer->tile, false);
    }
    fused_gpu_activate(arena, layer, p, numbers, true, pool);
}

/* ---- loss ------------------------------------------------------------------------------------ */

/* Sum of v over the group, as a tree below each other and then in order. */
FUSED_INLINE float fused_gpu_sum(const float v, __local float *const pool)
{
    const float of_column = reduce_rows_sum(v, pool);
    if (get_local_id(1) == 0)
        pool[get_local_id(0)] = of_column;
    FUSED_GPU_BARRIER(); /* the sums of all columns are there */
    float sum = 0.0f;
    for (uint i = 0; i < WG_COLS; ++i)
        sum += pool[i];
    FUSED_GPU_BARRIER(); /* all have read before the next use */
    return sum;
}

/* The head of the output layer, whose dy gets the gradient. Each item takes whole rows. tells:
 * whether loss and count are written. */
FUSED_INLINE void fused_gpu_loss(__global float *const arena, const fused_layer *const layer,
                                 const uint side, const bool tells,
                                 const head_numbers *const numbers,
                                 __global float *const loss, __global uint *const correct,
                                 __local float *const pool)
{
    __global const uint *const labels =
        (__global const uint *)(arena + FUSED_LABELS) + side * FUSED_ROWS;
    float sum = 0.0f;
    float count = 0.0f; /* exact: a batch has less than 2^24 rows */
    FUSED_GPU_ARENA_BARRIER(); /* the outputs are there */
    for (uint row = fused_gpu_item(); row < FUSED_BATCH; row += FUSED_ITEMS) {
        float loss_of_row;
        uint correct_of_row;
        fused_head_row(FUSED_HEAD, arena + layer->y + row * layer->panel,
                       arena + layer->dy + row * layer->panel, labels[row],
                       labels[FUSED_MIXUP ? FUSED_BATCH - 1 - row : row], layer->width, numbers,
                       &loss_of_row, &correct_of_row);
        sum += loss_of_row;
        count += (float)correct_of_row;
    }
    sum = fused_gpu_sum(sum, pool);
    count = fused_gpu_sum(count, pool);
    if (tells && fused_gpu_item() == 0) {
        *loss = sum / (float)FUSED_BATCH;
        *correct = (uint)count;
    }
}

/* ---- backward -------------------------------------------------------------------------------- */

/* act_bwd of a column of n_rows rows, whose dz is da. Returns the item's part of the sum of
 * dense_bwd_w. An item takes the rows of a drawing. */
FUSED_INLINE float fused_gpu_activation_backward(__global const float *const kept,
                                                 __global const float *const dy,
                                                 __global float *const dz,
                                                 const fused_layer *const layer, const uint col,
                                                 const uint n_rows,
                                                 const fused_numbers *const numbers)
{
    const dropout_numbers own = dropout_numbers_load(numbers->record, layer->number);
    float sum = 0.0f;
    for (uint first = get_local_id(1) * DROPOUT_ROWS; first < n_rows;
         first += WG_ROWS * DROPOUT_ROWS) {
        philox_words words;
        if (layer->dropout)
            words = dropout_draw(col, first / DROPOUT_ROWS, layer->number, &own);
#pragma unroll 1
        for (uint i = 0; i < DROPOUT_ROWS && first + i < n_rows; ++i) {
            const ulong at = (first + i) * (ulong)layer->panel;
            const float dy_v =
                layer->dropout ? dropout_next_mask(&words, i, &own) * dy[at] : dy[at];
            const float da = layer->is_separate
                                 ? activate_input_bwd(kept[at], dy_v, layer->activation)
                                 : activate_bwd(kept[at], dy_v, layer->activation);
            sum += da;
            dz[at] = da;
        }
    }
    return sum;
}

/* Gamma and beta, or the bias, of tile p take their step. */
FUSED_INLINE void fused_gpu_update_own(__global float *const arena, const fused_layer *const layer,
                                       const uint p, const fused_numbers *const numbers,
                                       const bool is_on)
{
    const fused_numbers of_gamma = fused_own_rate(numbers, layer->gamma_record);
    const fused_numbers of_beta = fused_own_rate(numbers, layer->beta_record);
#pragma unroll 1
    for (uint j = 0; j < layer->tile / WG_COLS; ++j) {
        const uint col = fused_gpu_column(layer, p, j);
        const bool is_own = is_on && get_local_id(1) == 0 && col < layer->width;
        if (is_own && layer->batch_norm)
            fused_gpu_update_one(arena + layer->gamma + col, arena[layer->dgamma + col],
                                 &of_gamma);
        if (is_own)
            fused_gpu_update_one(arena + layer->beta + col, arena[layer->dbeta + col], &of_beta);
    }
}

/* dz of tile p from dy: bn_act_bwd, or act_bwd with the sum of dense_bwd_w, or one behind the other;
 * then gamma and beta (the bias) take their step, if they do so here. Begins and ends with a
 * barrier. */
FUSED_INLINE void fused_gpu_own_backward(__global float *const arena,
                                         const fused_layer *const layer, const uint p,
                                         const fused_numbers *const numbers, const bool is_on,
                                         const bool updates, __local float *const pool)
{
    const int joined = layer->is_separate ? ACTIVATION_IDENTITY : layer->activation;
    FUSED_GPU_ARENA_BARRIER(); /* dy is there */
#pragma unroll 1
    for (uint j = 0; j < layer->tile / WG_COLS; ++j) {
        const uint col = fused_gpu_column(layer, p, j);
        const uint n_lanes = is_on && col < layer->width ? 1 : 0;
        const uint n_rows = n_lanes > 0 ? FUSED_BATCH : 0;
        __global const float *const kept =
            arena + (layer->is_separate ? layer->a : layer->y) + col;
        __global const float *const dy = arena + layer->dy + col;
        __global float *const dz = arena + layer->dz + col;
        if (layer->batch_norm) {
            __global float *const da = arena + layer->da + col;
            if (layer->is_separate) {
                fused_gpu_activation_backward(kept, dy, da, layer, col, n_rows, numbers);
                FUSED_GPU_ARENA_BARRIER(); /* da is there */
            }
            batch_norm_block_bwd(arena + layer->z + col, layer->panel, kept, layer->panel,
                                 layer->is_separate ? da : dy, layer->panel,
                                 arena[layer->mean + col],
                                 rsqrt(arena[layer->var + col] + numbers->eps),
                                 arena[layer->gamma + col], arena + layer->dgamma + col,
                                 arena + layer->dbeta + col, dz, layer->panel, joined, n_rows,
                                 n_lanes, (float)FUSED_BATCH, pool);
        } else {
            const float sum = reduce_rows_sum(
                fused_gpu_activation_backward(kept, dy, dz, layer, col, n_rows, numbers), pool);
            if (get_local_id(1) == 0 && n_lanes > 0)
                arena[layer->dbeta + col] = sum;
        }
    }
    FUSED_GPU_ARENA_BARRIER(); /* dz is there, and all have read gamma */
    if (updates)
        fused_gpu_update_own(arena, layer, p, numbers, is_on);
}

/* Those rows of the weights of the next layer that tile p feeds take their step from columns q on:
 * the gradients were spread. */
FUSED_INLINE void fused_gpu_update_next(__global float *const w, const fused_layer *const layer,
                                        const fused_layer *const next, const uint q,
                                        const fused_numbers *const numbers, const bool is_on,
                                        __local const float *const pool)
{
    for (uint quad = fused_gpu_item(); quad < layer->tile * FUSED_DEPTH / 4; quad += FUSED_ITEMS) {
        const uint row = quad * 4 / FUSED_DEPTH;
        const uint col = q + quad * 4 % FUSED_DEPTH;
        if (is_on && col < next->panel)
            fused_update_weights(w + row * (ulong)next->panel + col,
                                 fused_gpu_join(pool, quad, layer->tile, FUSED_DEPTH), numbers);
    }
}

/* What a pass over the next layer's weights is for. */
#define FUSED_GPU_DY     1 /* what they give back to the tile */
#define FUSED_GPU_UPDATE 2 /* their step */

/* Columns of dz and of the tile's rows of the next layer's weights from q on: what they add to dy, and
 * the gradient of those weights, which is left spread; both or one. y, dy: of the tile. */
FUSED_INLINE void fused_gpu_backward_part(__global float *const arena,
                                          const fused_layer *const layer,
                                          const fused_layer *const next, const uint q,
                                          const int purpose, __global const float *const w,
                                          __global const float *const y, __global float *const dy,
                                          fused_gpu_sums *const dy_sums, const bool is_on,
                                          __local float *const pool)
{
    fused_gpu_sums dw_sums;
    fused_gpu_clear(&dw_sums);
    FUSED_GPU_BARRIER(); /* all have read the last part */
    if (purpose & FUSED_GPU_DY)
        fused_gpu_stage_turned(pool + FUSED_POOL_W, w + q, next->panel, layer->tile, FUSED_DEPTH,
                               next->panel - q);
#pragma unroll 1
    for (uint block = 0; block < FUSED_BLOCKS; ++block) {
        const ulong row = block * FUSED_BLOCK_ROWS;
#if FUSED_BLOCKS > 1
        fused_gpu_clear(dy_sums);
        FUSED_GPU_BARRIER(); /* all have read the last block */
#endif
        fused_gpu_stage(pool, arena + next->dz + row * next->panel + q, next->panel,
                        FUSED_BLOCK_ROWS, FUSED_DEPTH, FUSED_BLOCK_ROWS, next->panel - q);
        if ((purpose & FUSED_GPU_UPDATE) && (FUSED_BLOCKS > 1 || q == 0))
            fused_gpu_stage(pool + FUSED_POOL_OWN, y + row * layer->panel, layer->panel,
                            FUSED_BLOCK_ROWS, layer->tile, FUSED_BLOCK_ROWS, layer->tile);
        FUSED_GPU_BARRIER(); /* all are there */
        if (purpose & FUSED_GPU_DY)
            fused_gpu_multiply(dy_sums, pool, pool + FUSED_POOL_W, FUSED_BLOCK_ROWS, layer->tile,
                               FUSED_DEPTH);
        if (purpose & FUSED_GPU_UPDATE)
            fused_gpu_multiply_turned(&dw_sums, pool + FUSED_POOL_OWN, pool, layer->tile,
                                      FUSED_DEPTH, FUSED_BLOCK_ROWS);
#if FUSED_BLOCKS > 1
        if (purpose & FUSED_GPU_DY) {
            fused_gpu_spread(pool, dy_sums, FUSED_BLOCK_ROWS, layer->tile);
            if (is_on)
                fused_gpu_store(dy + row * layer->panel, layer->panel, pool, FUSED_BLOCK_ROWS,
                                layer->tile, q > 0);
        } else
            FUSED_GPU_BARRIER(); /* all have read the block */
#endif
    }
    if (purpose & FUSED_GPU_UPDATE)
        fused_gpu_spread(pool, &dw_sums, layer->tile, FUSED_DEPTH);
}

/* Tile p of a layer before another one, whose dz is there: dense_bwd_x, and the step of those rows
 * of the next layer's weights that belong to the tile, part by part of them: a part is read for both
 * before it changes. For one of both: `purpose`. */
FUSED_INLINE void fused_gpu_backward_parts(__global float *const arena,
                                           const fused_layer *const layer,
                                           const fused_layer *const next, const uint p,
                                           const int purpose, const fused_numbers *const numbers,
                                           const bool is_on, __local float *const pool)
{
    __global float *const w = arena + next->weight + (ulong)p * layer->tile * next->panel;
    __global const float *const y = arena + layer->y + p * layer->tile;
    __global float *const dy = arena + layer->dy + p * layer->tile;
    const fused_numbers of_weights = fused_own_rate(numbers, next->weight_record);
    fused_gpu_sums dy_sums;
    fused_gpu_clear(&dy_sums);
#pragma unroll 1
    for (uint q = 0; q < next->panel; q += FUSED_DEPTH) {
        fused_gpu_backward_part(arena, layer, next, q, purpose, w, y, dy, &dy_sums, is_on, pool);
        if (purpose & FUSED_GPU_UPDATE)
            fused_gpu_update_next(w, layer, next, q, &of_weights, is_on, pool);
    }
#if FUSED_BLOCKS == 1
    if (purpose & FUSED_GPU_DY) {
        fused_gpu_spread(pool, &dy_sums, FUSED_BLOCK_ROWS, layer->tile);
        if (is_on)
            fused_gpu_store(dy, layer->panel, pool, FUSED_BLOCK_ROWS, layer->tile, false);
    }
#endif
}

/* Tile p of a layer before another one: what the next one's weights give back, and their step if
 * they take it here, then the layer's own part. */
FUSED_INLINE void fused_gpu_backward(__global float *const arena, const fused_layer *const layer,
                                     const fused_layer *const next, const uint p,
                                     const fused_numbers *const numbers, const bool is_on,
                                     const bool updates_next, __local float *const pool)
{
    fused_gpu_backward_parts(arena, layer, next, p,
                             updates_next ? FUSED_GPU_DY | FUSED_GPU_UPDATE : FUSED_GPU_DY, numbers,
                             is_on, pool);
    fused_gpu_own_backward(arena, layer, p, numbers, is_on, true, pool);
}

/* The step of the output layer, whose dz is there, shared by all work-groups of the launch: of the
 * weights by tiles of the layer before it, then of its own. Every group goes through each loop the
 * same number of times and writes nothing where no tile is left: POCL is bad at loops with barriers
 * that a group leaves out. */
FUSED_INLINE void fused_gpu_update_output(__global float *const arena,
                                          const fused_layer *const layer,
                                          const fused_layer *const output,
                                          const fused_numbers *const numbers, const bool is_on,
                                          __local float *const pool)
{
    const uint n_tiles = layer->panel / layer->tile;
    const uint n_own = output->panel / output->tile;
#pragma unroll 1
    for (uint first = 0; first < n_tiles; first += get_num_groups(0)) {
        const uint p = first + get_group_id(0);
        fused_gpu_backward_parts(arena, layer, output, min(p, n_tiles - 1), FUSED_GPU_UPDATE,
                                 numbers, is_on && p < n_tiles, pool);
    }
#pragma unroll 1
    for (uint first = 0; first < n_own; first += get_num_groups(0)) {
        const uint p = first + get_group_id(0);
        fused_gpu_update_own(arena, output, min(p, n_own - 1), numbers, is_on && p < n_own);
        FUSED_GPU_BARRIER(); /* POCL does not end a loop right that has none behind one that has */
    }
}

#endif

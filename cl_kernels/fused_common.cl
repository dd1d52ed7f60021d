/* SPDX-License-Identifier: MIT
 * What the fused training steps of CPUs (fused_tile.cl, fused_stage.cl) and of GPUs
 * (fused_gpu_tile.cl, fused_gpu_stage.cl, fused_gpu_first.cl) share: numbers, updates, layers, heads
 * and the data.
 *
 * All lies in one arena of floats, at constant offsets. What pads rows and columns is 0 and stays 0.
 * FUSED_... macros stand in the text of the planner, host/backend/opencl/fused_plan.h. */

/* Into every caller, however often it is called: otherwise the sums of a tile go through memory. */
#define FUSED_INLINE static inline __attribute__((always_inline))

/* Vectors of parameters, which begin at whole ones. */
#if VEC == 1
#define FUSED_LOAD(p)     (*(__global const float4 *)(p))
#define FUSED_STORE(v, p) (*(__global float4 *)(p) = (v))
#else
#define FUSED_LOAD(p)     LOAD_V(p)
#define FUSED_STORE(v, p) STORE_V(v, p)
#endif

/* What is not a shape. Nothing of it is compiled in. */
typedef struct fused_numbers {
    input_numbers input;
    head_numbers head;     /* of the step, as the following */
    float eps;
    float running_momentum;
    update_numbers update;
    __global const float *record; /* the rest of it */
} fused_numbers;

/* A vector of the model, at its new values, goes into its average, which lies behind the states of
 * the update rule. */
FUSED_INLINE void fused_average(__global float *const values, const fused_numbers *const numbers)
{
    __global float *const averages = values + (FUSED_N_STATES + 1) * FUSED_STATE_SIZE;
    if (FUSED_AVERAGE)
        FUSED_STORE(average(FUSED_LOAD(averages), FUSED_LOAD(values),
                            average_weight_load(numbers->record)),
                    averages);
}

/* A vector of parameters takes its step but for its average, and is returned. Its states of the
 * optimizer lie FUSED_STATE_SIZE floats behind it, and behind each other. */
FUSED_INLINE updatev fused_update(__global float *const parameter, const updatev gradient,
                               const float decay, const fused_numbers *const numbers)
{
    updatev states[FUSED_N_STATES + 1]; /* no array is empty */
#pragma unroll
    for (uint s = 0; s < FUSED_N_STATES; ++s)
        states[s] = FUSED_LOAD(parameter + (s + 1) * FUSED_STATE_SIZE);
    const updatev updated =
        update(FUSED_RULE, FUSED_LOAD(parameter), gradient, decay, states, &numbers->update);
    FUSED_STORE(updated, parameter);
#pragma unroll
    for (uint s = 0; s < FUSED_N_STATES; ++s)
        FUSED_STORE(states[s], parameter + (s + 1) * FUSED_STATE_SIZE);
    return updated;
}

/* The step of a vector of weights, which is returned; where their norm is limited, their average
 * comes behind that. */
FUSED_INLINE updatev fused_update_weights(__global float *const w, const updatev gradient,
                                          const fused_numbers *const numbers)
{
    const updatev updated = fused_update(w, gradient, numbers->update.weight_decay, numbers);
    if (!FUSED_MAX_NORM)
        fused_average(w, numbers);
    return updated;
}

/* The step of a vector of gamma, beta or a bias. */
FUSED_INLINE void fused_update_others(__global float *const parameter, const updatev gradient,
                                      const fused_numbers *const numbers)
{
    fused_update(parameter, gradient, 0.0f, numbers);
    fused_average(parameter, numbers);
}

/* With the learning rate of parameters that take record `record` of the step. */
FUSED_INLINE fused_numbers fused_own_rate(const fused_numbers *const numbers, const uint record)
{
    fused_numbers own = *numbers;
    if (record > 0)
        own.update.learning_rate =
            update_numbers_load(numbers->record + record * FUSED_RECORD_SIZE).learning_rate;
    return own;
}

/* ---- layers -------------------------------------------------------------------------------- */

typedef struct fused_layer {
    uint width;
    uint k;     /* rows of a weight panel: the inputs with their padding */
    uint panel; /* columns: 16 * n_vectors */
    uint n_vectors;
    uint n_panels;
    uint tile;      /* of GPUs: columns that a work-group owns */
    uint tile_rows; /* of products */
    uint tile_k;    /* of updates */
    uint tile_vectors;
    int batch_norm;
    int activation;
    int is_separate; /* the activation: it works on a */
    int dropout;     /* in it */
    int noise;       /* on a */
    int is_copy;     /* see fused_gpu_copy() */
    uint number;     /* from 1 */
    /* Which records of the step the parameters take: so many lie before it. */
    uint weight_record;
    uint gamma_record;
    uint beta_record;
    ulong squares;   /* of its gradients, one sum for each panel, where their norm is limited */
    /* One for each tensor of host/backend/layer.h by its name, and for dz. z is y without
     * batch-norm, and the bias is beta; dz is dy where the one equals the other. What a step
     * calculates stays until the next one: it can be looked at. */
    FUSED_OFFSETS
} fused_layer;

/* ---- loss ---------------------------------------------------------------------------------- */

/* A row of any head, which is constant where this is inlined: writes its gradients, *row_loss and
 * *row_correct. other_label: that of the row which is mixed in. */
FUSED_INLINE void fused_head_row(const int head, __global const float *const y,
                                 __global float *const dy, const uint label,
                                 const uint other_label, const uint cols,
                                 const head_numbers *const numbers, float *const row_loss,
                                 uint *const row_correct)
{
    __local float *const scratch = 0;
    if (head == HEAD_REGRESSION_LOSS) {
        regression_loss_row(y, dy, label, other_label, 1.0f, (float)FUSED_BATCH, numbers, row_loss);
        *row_correct = 0;
        return;
    }
    softmax_xent_row(y, dy, label, other_label, 1.0f, cols, (float)FUSED_BATCH, numbers, row_loss,
                     row_correct, SOFTMAX_ITEM, scratch);
}

/* ---- data ---------------------------------------------------------------------------------- */

#if FUSED_BYTES
typedef uchar fused_feature;
#else
typedef float fused_feature;
#endif

FUSED_INLINE __global const fused_feature *fused_row(__global const fused_feature *const features,
                                                     __global const uint *const order,
                                                     const uint row)
{
    return features + order[row] * (ulong)FUSED_FEATURES_LD;
}

/* Where the fused step augments the batch: what gather_batch and elastic_noise make, and taps. */
typedef struct fused_images {
    __global float *plain;   /* (B,F), as it was gathered */
    __global float *noise_0; /* (B,N) */
    __global float *noise_1;
    __global const float *taps;
} fused_images;

/* noise of inputs, where there is one. */
FUSED_INLINE realv fused_add_input_noise(const realv x, const uint col, const uint row,
                                         const fused_numbers *const numbers)
{
#if FUSED_INPUT_NOISE
    const noise_numbers own = noise_numbers_load(numbers->record, 0);
    return noise_add(x, col, row, &own);
#else
    return x;
#endif
}

/* The inputs at `col` of row `row` of the batch, in whole vectors: gather_batch or encode_batch, then
 * mix_rows and noise. */
FUSED_INLINE realv fused_inputs(__global const fused_feature *const features,
                                  __global const uint *const order, const uint row, const uint col,
                                  const fused_numbers *const numbers)
{
    realv x = input_transform(FUSED_INPUT, fused_row(features, order, row), FUSED_BYTES, col,
                                FUSED_FEATURES, &numbers->input);
#if FUSED_MIXUP
    const realv other =
        input_transform(FUSED_INPUT, fused_row(features, order, FUSED_BATCH - 1 - row),
                        FUSED_BYTES, col, FUSED_FEATURES, &numbers->input);
    x = mix_rows_vector(x, other, numbers->record[RECORD_MIXED_PART]);
#endif
    return fused_add_input_noise(x, col, row, numbers);
}

/* ---- launches ------------------------------------------------------------------------------ */

/* What every launch takes. order_offset: of the next batch. side: where the batch of the current
 * step lies. current_step, next_step: whether what belongs to the one, or the other, is done. */
#define FUSED_PARAMETERS                                                                           \
    __global float *arena, __global const fused_feature *features, const ulong features_offset,    \
        __global const float *codes, const ulong codes_offset, __global float *plain,              \
        __global float *noise_0, __global float *noise_1, __global const float *taps,              \
        __global const uint *labels, const ulong labels_offset, __global const uint *order,        \
        const float input_scale, const float eps, const float running_momentum,                    \
        const ulong order_offset, __global const float *record, const ulong record_offset,         \
        const ulong next_record_offset, __global float *loss, const ulong loss_offset,             \
        __global uint *correct, const ulong correct_offset, const uint side,                       \
        const int current_step, const int next_step

/* fused_numbers of a launch, from its parameters. offset: of the record of the step. */
#define FUSED_NUMBERS(offset)                                                                      \
    {                                                                                              \
        .input = {input_scale, codes + codes_offset, FUSED_CODES_LD}, .eps = eps, .running_momentum = running_momentum,                  \
        .head = head_numbers_load(record + (offset)),                                              \
        .update = update_numbers_load(record + (offset)), .record = record + (offset)              \
    }

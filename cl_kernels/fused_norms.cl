/* SPDX-License-Identifier: MIT
 * The end of a step where norms are limited: norm_clip, the update and norm_max of one panel of a
 * layer. norm_clip needs the squares of all gradients, norm_max whole columns of weights, whose rows
 * are updated by others: so these are stages of their own. Average_step of weights comes behind. */

#if VEC == 16

/* The factor of norm_clip. */
FUSED_INLINE float16 fused_clip_factor(__global const float *const arena,
                                       const fused_numbers *const numbers)
{
    float16 squares = 0.0f;
    for (uint i = 0; i < FUSED_N_SQUARES; i += 16)
        squares += vload16(0, arena + FUSED_SQUARES + i);
    return norm_factor((float16)(sum_lanes(squares)), numbers->record[RECORD_CLIP_NORM]);
}

/* The step of all parameters of panel p, from the gradients that were kept. */
FUSED_INLINE void fused_clipped_step(__global float *const arena, const fused_layer *const layer,
                                     const uint p, const fused_numbers *const numbers)
{
    const float16 factor = fused_clip_factor(arena, numbers);
    const fused_numbers of_weights = fused_own_rate(numbers, layer->weight_record);
    const fused_numbers of_gamma = fused_own_rate(numbers, layer->gamma_record);
    const fused_numbers of_beta = fused_own_rate(numbers, layer->beta_record);
    const uint size = layer->k * layer->panel;
    __global float *const w = arena + layer->weight + (ulong)p * size;
    for (uint i = 0; i < size; i += 16)
        fused_update_weights(w + i, factor * vload16(0, w + i + FUSED_GRADIENTS), &of_weights);
    for (uint col = p * layer->panel; col < (p + 1) * layer->panel; col += 16) {
        __global float *const gamma = arena + layer->gamma + col;
        __global float *const beta = arena + layer->beta + col;
        if (layer->batch_norm)
            fused_update_others(gamma, factor * vload16(0, gamma + FUSED_GRADIENTS), &of_gamma);
        fused_update_others(beta, factor * vload16(0, beta + FUSED_GRADIENTS), &of_beta);
    }
}

/* norm_max of a vector of columns of a panel, w (k, panel). k is a multiple of 16. */
FUSED_INLINE void fused_limit_columns(__global float *const w, const fused_layer *const layer,
                                      const float limit)
{
    float16 sums[4] = {0.0f, 0.0f, 0.0f, 0.0f};
    for (uint row = 0; row < layer->k; row += 4) {
#pragma unroll
        for (uint i = 0; i < 4; ++i) {
            const float16 value = vload16(0, w + (row + i) * layer->panel);
            sums[i] = fma(value, value, sums[i]);
        }
    }
    const float16 factor = norm_factor((sums[0] + sums[1]) + (sums[2] + sums[3]), limit);
    if (!any(factor != 1.0f)) /* mostly: spares the writing */
        return;
    for (uint row = 0; row < layer->k; ++row) {
        __global float *const at = w + row * layer->panel;
        vstore16(vload16(0, at) * factor, 0, at);
    }
}

/* norm_max of panel p, and the average of its weights. */
FUSED_INLINE void fused_limit(__global float *const arena, const fused_layer *const layer,
                              const uint p, const fused_numbers *const numbers)
{
    const uint size = layer->k * layer->panel;
    __global float *const w = arena + layer->weight + (ulong)p * size;
    for (uint j = 0; j < layer->n_vectors; ++j)
        fused_limit_columns(w + j * 16, layer, numbers->record[RECORD_MAX_NORM]);
    if (FUSED_AVERAGE) {
        for (uint i = 0; i < size; i += 16)
            fused_average(w + i, numbers);
    }
}

/* What norms leave to do of the step of panel p. */
FUSED_INLINE void fused_norms(__global float *const arena, const fused_layer *const layer,
                              const uint p, const fused_numbers *const numbers)
{
    if (FUSED_CLIP_NORM)
        fused_clipped_step(arena, layer, p, numbers);
    if (FUSED_MAX_NORM)
        fused_limit(arena, layer, p, numbers);
}

#endif

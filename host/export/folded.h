/* SPDX-License-Identifier: MIT
 * A network without batch-norm that gives the same outputs: in use, batch-norm is a factor and an
 * offset of each output, gamma (z - mean) / sqrt(var + eps) + beta, which weights and bias take
 * in. */
#ifndef GM_EXPORT_FOLDED_H
#define GM_EXPORT_FOLDED_H

#include "gemlet/model.h"

typedef struct gm_folded_layer {
    gemlet_dim n_in;
    gemlet_dim n_out;
    gemlet_activation activation;
    const float *weight; /* (n_in, n_out) row-major */
    const float *bias;   /* (n_out) */
} gm_folded_layer;

typedef struct gm_folded {
    unsigned n_layers;
    gm_folded_layer layers[GEMLET_MAX_LAYERS];
    float *values; /* of layers with batch-norm; the others are those of the model */
} gm_folded;

/* The model must outlive the result. Calculated in double and rounded once; GEMLET_E_RANGE if a
 * value is beyond floats. On failure nothing is left. Release with gm_folded_free(). */
gemlet_status gm_folded_make(gm_folded *out, const gemlet_model *model);

void gm_folded_free(gm_folded *folded);

/* *out (gm_model_n_networks()) = all networks of a model. On failure *out = NULL. Release with
 * gm_folded_free_all(), which NULL is allowed for. */
gemlet_status gm_folded_make_all(gm_folded **out, const gemlet_model *model);
void gm_folded_free_all(gm_folded *folded, gemlet_dim n);

#endif

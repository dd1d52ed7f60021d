/* SPDX-License-Identifier: MIT
 * The model object: a spec and its tensors in host memory. */
#ifndef GM_MODEL_MODEL_H
#define GM_MODEL_MODEL_H

#include "gemlet/model.h"

#define GM_TENSOR_KINDS 6 /* values of gemlet_tensor */

struct gemlet_model {
    gemlet_spec spec;
    float input_scale;
    float *values;                                      /* all tensors, one after the other */
    float *tensors[GEMLET_MAX_LAYERS][GM_TENSOR_KINDS]; /* into values; NULL: no such tensor */
};

/* A model whose tensors are all zero, to be filled by init or from a file. On failure *out = NULL.
 * Release with gemlet_model_destroy(). */
gemlet_status gm_model_allocate(gemlet_model **out, const gemlet_spec *spec);

/* Fills the tensors as gemlet_init_options describes. */
gemlet_status gm_model_init(gemlet_model *model, const gemlet_init_options *options);

/* "weight", "bias", "gamma", "beta", "running_mean", "running_var". Static text. */
const char *gm_tensor_name(gemlet_tensor tensor);

#endif

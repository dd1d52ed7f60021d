/* SPDX-License-Identifier: MIT
 * Creation of models and access to their tensors. */
#include "model/model.h"

#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "model/spec.h"

const char *gm_tensor_name(gemlet_tensor tensor)
{
    static const char *const names[GM_TENSOR_KINDS] = {"weight", "bias",         "gamma",
                                                       "beta",   "running_mean", "running_var"};
    return names[tensor];
}

/* Number of values of a tensor of a layer, 0 if the layer has none of its kind. */
static size_t tensor_size(const gemlet_spec *spec, unsigned l, gemlet_tensor tensor)
{
    const gemlet_layer_spec *layer = &spec->layers[l];
    switch (tensor) {
    case GEMLET_TENSOR_WEIGHT:
        return (size_t)gm_spec_fan_in(spec, l) * layer->width;
    case GEMLET_TENSOR_BIAS:
        return layer->batch_norm ? 0 : layer->width;
    case GEMLET_TENSOR_GAMMA:
    case GEMLET_TENSOR_BETA:
    case GEMLET_TENSOR_RUNNING_MEAN:
    case GEMLET_TENSOR_RUNNING_VAR:
        return layer->batch_norm ? layer->width : 0;
    }
    return 0;
}

gemlet_status gm_model_allocate(gemlet_model **out, const gemlet_spec *spec)
{
    *out = NULL;
    GEMLET_TRY(gemlet_spec_validate(spec));
    size_t n_values = 0;
    for (unsigned l = 0; l < spec->n_layers; ++l) {
        for (int t = 0; t < GM_TENSOR_KINDS; ++t)
            n_values += tensor_size(spec, l, (gemlet_tensor)t);
    }
    gemlet_model *model;
    GEMLET_TRY(GM_ALLOC(model, 1, "model"));
    model->spec = *spec;
    model->input_scale = 1.0f;
    const gemlet_status status = GM_ALLOC(model->values, n_values, "parameters of the model");
    if (status != GEMLET_OK) {
        gemlet_model_destroy(model);
        return status;
    }
    model->n_values = n_values;
    float *next = model->values;
    for (unsigned l = 0; l < spec->n_layers; ++l) {
        for (int t = 0; t < GM_TENSOR_KINDS; ++t) {
            const size_t size = tensor_size(spec, l, (gemlet_tensor)t);
            model->tensors[l][t] = size > 0 ? next : NULL;
            next += size;
        }
    }
    *out = model;
    return GEMLET_OK;
}

gemlet_status gemlet_model_create(gemlet_model **out, const gemlet_spec *spec,
                                  const gemlet_init_options *options)
{
    GEMLET_TRY(gm_model_allocate(out, spec));
    const gemlet_status status = gm_model_init(*out, options);
    if (status != GEMLET_OK) {
        gemlet_model_destroy(*out);
        *out = NULL;
    }
    return status;
}

void gemlet_model_destroy(gemlet_model *model)
{
    if (model == NULL)
        return;
    free(model->values);
    free(model);
}

int gm_model_is_finite(const gemlet_model *model)
{
    /* On the bits, where all of the exponent's are set in NaN and infinity, and without a branch:
     * compilers make vector code of it, as they do not of isfinite(). */
    const uint32_t exponent = 0x7f800000u;
    uint32_t any_other = 0;
    for (size_t i = 0; i < model->n_values; ++i) {
        uint32_t bits;
        memcpy(&bits, &model->values[i], sizeof bits);
        any_other |= (bits & exponent) == exponent;
    }
    return any_other == 0;
}

void gm_model_copy_values(gemlet_model *to, const gemlet_model *from)
{
    assert(to->n_values == from->n_values);
    memcpy(to->values, from->values, from->n_values * sizeof *from->values);
}

const gemlet_spec *gemlet_model_spec(const gemlet_model *model)
{
    return &model->spec;
}

float gemlet_model_input_scale(const gemlet_model *model)
{
    return model->input_scale;
}

gemlet_status gemlet_model_set_input_scale(gemlet_model *model, float scale)
{
    if (!(scale > 0.0f) || !isfinite(scale))
        return gm_error(GEMLET_E_RANGE, "input scale: found %g, expected a number above 0",
                        (double)scale);
    model->input_scale = scale;
    return GEMLET_OK;
}

float *gemlet_model_tensor(gemlet_model *model, unsigned layer, gemlet_tensor tensor)
{
    return layer < model->spec.n_layers ? model->tensors[layer][tensor] : NULL;
}

size_t gemlet_model_tensor_size(const gemlet_model *model, unsigned layer, gemlet_tensor tensor)
{
    return layer < model->spec.n_layers ? tensor_size(&model->spec, layer, tensor) : 0;
}

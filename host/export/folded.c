/* SPDX-License-Identifier: MIT
 * See folded.h. */
#include "export/folded.h"

#include <math.h>
#include <stdlib.h>

#include "core/error.h"
#include "core/memory.h"
#include "model/model.h"
#include "model/network.h"
#include "model/spec.h"

static size_t count_values(const gemlet_spec *spec)
{
    size_t n = 0;
    for (unsigned l = 0; l < spec->n_layers; ++l) {
        if (spec->layers[l].batch_norm)
            n += ((size_t)gm_spec_fan_in(spec, l) + 1) * spec->layers[l].width;
    }
    return n;
}

/* Fills weight (n_in, n_out) and bias (n_out) of layer l. */
static gemlet_status fold(float *weight, float *bias, const gemlet_model *model, unsigned l)
{
    float *const *from = model->tensors[l];
    const size_t n_out = model->spec.layers[l].width;
    const size_t n_weights = gm_spec_fan_in(&model->spec, l) * n_out;
    int is_finite = 1;
    for (size_t j = 0; j < n_out; ++j) {
        const double scale =
            (double)from[GM_TENSOR_gamma][j] /
            sqrt((double)from[GM_TENSOR_running_var][j] + (double)GM_BATCH_NORM_EPS);
        bias[j] = (float)((double)from[GM_TENSOR_beta][j] -
                          scale * (double)from[GM_TENSOR_running_mean][j]);
        is_finite &= isfinite(bias[j]) != 0;
        for (size_t i = j; i < n_weights; i += n_out) {
            weight[i] = (float)(scale * (double)from[GM_TENSOR_weight][i]);
            is_finite &= isfinite(weight[i]) != 0;
        }
    }
    return is_finite ? GEMLET_OK
                     : gm_error(GEMLET_E_RANGE,
                                "layer %u: weights times the factor of batch-norm are beyond "
                                "floats, expected finite ones",
                                l + 1);
}

gemlet_status gm_folded_make(gm_folded *out, const gemlet_model *model)
{
    const gemlet_spec *spec = &model->spec;
    *out = (gm_folded){.n_layers = spec->n_layers};
    GEMLET_TRY(GM_ALLOC(out->values, count_values(spec), "weights without batch-norm"));
    float *values = out->values;
    for (unsigned l = 0; l < spec->n_layers; ++l) {
        gm_folded_layer *layer = &out->layers[l];
        *layer = (gm_folded_layer){.n_in = gm_spec_fan_in(spec, l),
                                   .n_out = spec->layers[l].width,
                                   .activation = spec->layers[l].activation,
                                   .weight = model->tensors[l][GM_TENSOR_weight],
                                   .bias = model->tensors[l][GM_TENSOR_bias]};
        if (!spec->layers[l].batch_norm)
            continue;
        float *bias = values + (size_t)layer->n_in * layer->n_out;
        const gemlet_status status = fold(values, bias, model, l);
        if (status != GEMLET_OK) {
            gm_folded_free(out);
            return status;
        }
        layer->weight = values;
        layer->bias = bias;
        values = bias + layer->n_out;
    }
    return GEMLET_OK;
}

void gm_folded_free(gm_folded *folded)
{
    free(folded->values);
    *folded = (gm_folded){0};
}

gemlet_status gm_folded_make_all(gm_folded **out, const gemlet_model *model)
{
    const gemlet_dim n = gm_model_n_networks(model);
    gm_folded *all;
    *out = NULL;
    GEMLET_TRY(GM_ALLOC(all, n, "networks of an export"));
    for (gemlet_dim i = 0; i < n; ++i) {
        const gemlet_status status = gm_folded_make(&all[i], gm_model_network(model, i));
        if (status != GEMLET_OK) {
            gm_folded_free_all(all, i);
            return status;
        }
    }
    *out = all;
    return GEMLET_OK;
}

void gm_folded_free_all(gm_folded *folded, gemlet_dim n)
{
    for (gemlet_dim i = 0; i < n && folded != NULL; ++i)
        gm_folded_free(&folded[i]);
    free(folded);
}

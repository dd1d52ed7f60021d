/* SPDX-License-Identifier: MIT
 * Initial weights. Drawn on the host in double and rounded once, so that they are the same for
 * every device.
 *
 * Sources: K. He et al., "Delving deep into rectifiers", ICCV 2015 (Kaiming); X. Glorot and
 * Y. Bengio, "Understanding the difficulty of training deep feedforward neural networks", AISTATS
 * 2010 (Xavier). */
#include <math.h>

#include "core/error.h"
#include "core/rng.h"
#include "model/model.h"
#include "model/spec.h"

/* Standard deviation of the weights of one layer. */
static double weight_std(const gemlet_spec *spec, unsigned l, const gemlet_init_options *options)
{
    const double fan_in = gm_spec_fan_in(spec, l);
    const double fan_out = spec->layers[l].width;
    if (options->scheme == GEMLET_INIT_NORMAL)
        return options->std;
    if (l + 1 == spec->n_layers)
        return options->output_gain / sqrt(fan_in);
    gemlet_init_scheme scheme = options->scheme;
    if (scheme == GEMLET_INIT_AUTO)
        scheme = spec->layers[l].activation == GEMLET_ACTIVATION_RELU ? GEMLET_INIT_KAIMING
                                                                      : GEMLET_INIT_XAVIER;
    return scheme == GEMLET_INIT_KAIMING ? sqrt(2.0 / fan_in) : sqrt(2.0 / (fan_in + fan_out));
}

static void fill_constant(float *values, size_t n, float value)
{
    for (size_t i = 0; i < n; ++i)
        values[i] = value;
}

gemlet_status gm_model_init(gemlet_model *model, const gemlet_init_options *options)
{
    if (options->struct_size != sizeof *options)
        return gm_error(GEMLET_E_ARGUMENT, "init options: struct_size is %zu, expected %zu",
                        options->struct_size, sizeof *options);
    if (!(options->std >= 0.0) || !isfinite(options->std))
        return gm_error(GEMLET_E_RANGE, "initial standard deviation: found %g, expected >= 0",
                        options->std);
    if (!(options->output_gain >= 0.0) || !isfinite(options->output_gain))
        return gm_error(GEMLET_E_RANGE, "output gain: found %g, expected >= 0",
                        options->output_gain);
    for (unsigned l = 0; l < model->spec.n_layers; ++l) {
        const double std = weight_std(&model->spec, l, options);
        gm_rng rng;
        gm_rng_init(&rng, options->seed, GM_RNG_INIT, l);
        float *weight = model->tensors[l][GEMLET_TENSOR_WEIGHT];
        const size_t n_weights = gemlet_model_tensor_size(model, l, GEMLET_TENSOR_WEIGHT);
        for (size_t i = 0; i < n_weights; ++i)
            weight[i] = (float)(std * gm_rng_normal(&rng));
        if (!model->spec.layers[l].batch_norm)
            continue; /* the bias starts at the 0 it was allocated with */
        const size_t width = model->spec.layers[l].width;
        fill_constant(model->tensors[l][GEMLET_TENSOR_GAMMA], width, 1.0f);
        fill_constant(model->tensors[l][GEMLET_TENSOR_RUNNING_VAR], width, 1.0f);
    }
    return GEMLET_OK;
}

/* SPDX-License-Identifier: MIT
 * Initial weights. Drawn on the host in double and rounded once, so that they are the same for
 * every device.
 *
 * Sources: K. He, X. Zhang, S. Ren and J. Sun, "Delving deep into rectifiers", ICCV 2015, eq. 10
 * (Kaiming); X. Glorot and Y. Bengio, "Understanding the difficulty of training deep feedforward
 * neural networks", AISTATS 2010, eq. 12 (Xavier); Y. LeCun, L. Bottou, G. Orr and K.-R. Mueller,
 * "Efficient BackProp", 1998, section 4.6 (LeCun). docs/initialisation.md shows what they do. */
#include <math.h>

#include "backend/activation.h"
#include "core/error.h"
#include "core/float_range.h"
#include "core/rng.h"
#include "core/struct_size.h"
#include "model/model.h"
#include "model/spec.h"

/* Standard deviation times sqrt(fan-in) of AUTO: 1 / sqrt of the mean square of act(z), z standard
 * normal. So a layer's outputs give the z of the next one the variance 1 again: Kaiming's argument,
 * which for relu gives his sqrt(2), and for selu LeCun's 1. 0: another scheme. */
static double auto_gain(gemlet_activation activation)
{
    switch (activation) {
    case GEMLET_ACTIVATION_LEAKY_RELU:
        return sqrt(2.0 / (1.0 + (double)GM_LEAKY_RELU_SLOPE * (double)GM_LEAKY_RELU_SLOPE));
    case GEMLET_ACTIVATION_ELU:
        return 1.2452;
    case GEMLET_ACTIVATION_SELU:
        return 1.0;
    case GEMLET_ACTIVATION_GELU:
        return 1.5335;
    case GEMLET_ACTIVATION_SILU:
        return 1.6765;
    case GEMLET_ACTIVATION_MISH:
        return 1.4868;
    case GEMLET_ACTIVATION_RELU: /* Kaiming itself */
    case GEMLET_ACTIVATION_SIGMOID:
    case GEMLET_ACTIVATION_TANH:
    case GEMLET_ACTIVATION_IDENTITY:
        break;
    }
    return 0;
}

/* Standard deviation under a scheme. What is still AUTO stands before sigmoid or tanh. */
static double scheme_std(gemlet_init_scheme scheme, double fan_in, double fan_out)
{
    switch (scheme) {
    case GEMLET_INIT_KAIMING:
        return sqrt(2.0 / fan_in);
    case GEMLET_INIT_LECUN:
        return sqrt(1.0 / fan_in);
    case GEMLET_INIT_NORMAL:
        return 1.0;
    case GEMLET_INIT_SCALED_NORMAL:
        return GEMLET_INIT_SCALED_STD;
    case GEMLET_INIT_XAVIER:
    case GEMLET_INIT_AUTO:
        break;
    }
    return sqrt(2.0 / (fan_in + fan_out));
}

double gm_model_weight_std(const gemlet_spec *spec, unsigned l, const gemlet_init_options *options)
{
    const double fan_in = gm_spec_fan_in(spec, l);
    const double fan_out = spec->layers[l].width;
    gemlet_init_scheme scheme = options->scheme;
    const int is_normal = scheme == GEMLET_INIT_NORMAL || scheme == GEMLET_INIT_SCALED_NORMAL;
    if (l + 1 == spec->n_layers && !is_normal)
        return options->output_gain / sqrt(fan_in);
    if (scheme == GEMLET_INIT_AUTO && spec->layers[l].activation == GEMLET_ACTIVATION_RELU)
        scheme = GEMLET_INIT_KAIMING;
    const double gain = auto_gain(spec->layers[l].activation);
    if (scheme == GEMLET_INIT_AUTO && gain > 0)
        return options->scale * (gain / sqrt(fan_in));
    return options->scale * scheme_std(scheme, fan_in, fan_out);
}

static void fill_constant(float *values, size_t n, float value)
{
    for (size_t i = 0; i < n; ++i)
        values[i] = value;
}

static const gemlet_init_options defaults = {
    .struct_size = sizeof defaults,
    .scheme = GEMLET_INIT_AUTO,
    .scale = 1.0,
    .output_gain = 0.1,
    .seed = 1,
};

void gemlet_init_options_init_sized(void *options, size_t struct_size)
{
    gm_struct_init(options, struct_size, &defaults, sizeof defaults);
}

gemlet_status gm_model_init(gemlet_model *model, const gemlet_init_options *given)
{
    gemlet_init_options full = defaults;
    GEMLET_TRY(gm_struct_complete(&full, sizeof full, given, "init options"));
    const gemlet_init_options *options = &full;
    if ((unsigned)options->scheme > GEMLET_INIT_SCALED_NORMAL)
        return gm_error(GEMLET_E_RANGE, "init scheme: found %d, expected 0 to %d",
                        (int)options->scheme, (int)GEMLET_INIT_SCALED_NORMAL);
    if (!(options->scale >= 0.0) || !isfinite(options->scale))
        return gm_error(GEMLET_E_RANGE, "initial scale: found %g, expected >= 0", options->scale);
    if (!(options->output_gain >= 0.0) || !isfinite(options->output_gain))
        return gm_error(GEMLET_E_RANGE, "output gain: found %g, expected >= 0",
                        options->output_gain);
    for (unsigned l = 0; l < model->spec.n_layers; ++l) {
        const double std = gm_model_weight_std(&model->spec, l, options);
        if (!gm_fits_float(std))
            return gm_error(GEMLET_E_RANGE,
                            "initial weights of layer %u: standard deviation %g, expected 0 or "
                            "more " GM_FLOAT_RANGE,
                            l + 1, std);
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

/* SPDX-License-Identifier: MIT
 * Models: the shape of a network (its spec), its parameters on the host, and their file.
 *
 * A model is plain host data, independent of any device. Training and prediction copy it to the
 * device they are given and, after training, back. */
#ifndef GEMLET_MODEL_H
#define GEMLET_MODEL_H

#include <stddef.h>
#include <stdint.h>

#include "gemlet/dataset.h"
#include "gemlet/status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define GEMLET_MAX_LAYERS 64u

/* As PyTorch defines them, with its defaults. */
typedef enum gemlet_activation {
    GEMLET_ACTIVATION_IDENTITY,   /* output layer only: the softmax follows */
    GEMLET_ACTIVATION_RELU,       /* z < 0 ? 0 : z, so that NaN stays NaN */
    GEMLET_ACTIVATION_SIGMOID,    /* 1 / (1 + exp(-z)) */
    GEMLET_ACTIVATION_TANH,       /* tanh(z) */
    GEMLET_ACTIVATION_LEAKY_RELU, /* z > 0 ? z : 0.01 z */
    GEMLET_ACTIVATION_ELU,        /* z > 0 ? z : exp(z) - 1; Clevert et al. 2016 */
    GEMLET_ACTIVATION_SELU, /* 1.0507 (z > 0 ? z : 1.6733 (exp(z) - 1)); Klambauer et al. 2017 */
    GEMLET_ACTIVATION_GELU, /* z Phi(z), Phi = (1 + erf(z / sqrt(2))) / 2, not its
                               approximation by tanh; Hendrycks & Gimpel 2016 */
    GEMLET_ACTIVATION_SILU, /* z / (1 + exp(-z)), also called swish */
    GEMLET_ACTIVATION_MISH  /* z tanh(log(1 + exp(z))); Misra 2020 */
} gemlet_activation;

/* One dense layer: z = x W, then either batch-norm (gamma, beta) or + b, then the activation. */
typedef struct gemlet_layer_spec {
    gemlet_dim width; /* number of outputs */
    int batch_norm;   /* 1: batch-norm instead of a bias */
    gemlet_activation activation;
} gemlet_layer_spec;

/* What the outputs of a network are. */
typedef enum gemlet_task {
    GEMLET_TASK_CLASSIFICATION, /* logits of classes: softmax, cross-entropy */
    GEMLET_TASK_REGRESSION      /* one number: squared error */
} gemlet_task;

typedef struct gemlet_spec {
    gemlet_dim n_inputs;
    unsigned n_layers; /* 1..GEMLET_MAX_LAYERS; the last one gives the logits */
    gemlet_layer_spec layers[GEMLET_MAX_LAYERS];
    gemlet_task task;
} gemlet_spec;

/* Reads "784-150bn-relu-150bn-relu-10": input width, then per hidden layer its width, "bn" if it
 * has batch-norm, and its activation (relu, sigmoid, tanh, leaky_relu, elu, selu, gelu, silu,
 * mish), then the number of classes, with "bn"
 * for batch-norm before the softmax; "1-linear" in its place for one number (regression).
 * GEMLET_E_FORMAT names the place of the first mistake. */
GEMLET_API gemlet_status gemlet_spec_parse(gemlet_spec *spec, const char *text);

/* Writes the spec string into text (at most size bytes with the terminating 0).
 * GEMLET_SPEC_TEXT_SIZE is always enough; GEMLET_E_RANGE if size is not. */
#define GEMLET_SPEC_TEXT_SIZE 2048u
GEMLET_API gemlet_status gemlet_spec_format(const gemlet_spec *spec, char *text, size_t size);

/* GEMLET_OK, or a status whose message says which layer is wrong: zero widths, no layers, more than
 * GEMLET_MAX_CLASSES classes, an activation on the last layer, sizes whose product overflows. */
GEMLET_API gemlet_status gemlet_spec_validate(const gemlet_spec *spec);

/* Total number of learned parameters (weights, biases, gamma, beta). */
GEMLET_API size_t gemlet_spec_n_parameters(const gemlet_spec *spec);

#define GEMLET_INIT_SCALED_STD 0.05

/* The standard deviation of a layer's weights, which are normal with mean 0. fan_in is the layer's
 * number of inputs, fan_out its number of outputs. */
typedef enum gemlet_init_scheme {
    GEMLET_INIT_AUTO,    /* Kaiming before ReLU, Xavier before sigmoid and tanh, else what keeps
                            the variance: gain / sqrt(fan_in), docs/initialisation.md */
    GEMLET_INIT_KAIMING, /* sqrt(2 / fan_in); He et al. 2015 */
    GEMLET_INIT_XAVIER,  /* sqrt(2 / (fan_in + fan_out)); Glorot & Bengio 2010 */
    GEMLET_INIT_LECUN,   /* sqrt(1 / fan_in); LeCun et al. 1998 */
    GEMLET_INIT_NORMAL,  /* 1, whatever the width */
    GEMLET_INIT_SCALED_NORMAL /* GEMLET_INIT_SCALED_STD, whatever the width */
} gemlet_init_scheme;

/* How a new model is initialised. The two normal schemes are for all layers. Under the others,
 * which are made for hidden layers, the output layer's standard deviation is
 * output_gain / sqrt(fan_in): small logits, so that the untrained loss is near ln(classes).
 * Biases and beta start at 0, gamma at 1, running mean at 0, running variance at 1. */
typedef struct gemlet_init_options {
    size_t struct_size; /* set by gemlet_init_options_init() */
    gemlet_init_scheme scheme;
    double scale;       /* factor of the scheme's standard deviation; not of output_gain */
    double output_gain; /* not used by the normal schemes */
    uint64_t seed;
} gemlet_init_options;

/* The same for a structure of which the caller knows struct_size bytes. */
GEMLET_API void gemlet_init_options_init_sized(void *options, size_t struct_size);

/* Sets all members to their defaults, and struct_size. To be called before others are set, so that
 * a program goes on working with a library that knows more of them. */
static inline void gemlet_init_options_init(gemlet_init_options *options)
{
    gemlet_init_options_init_sized(options, sizeof *options);
}

typedef struct gemlet_model gemlet_model;

/* Makes an initialised model. GEMLET_E_RANGE also for initial weights whose standard deviation as a
 * float is infinite, or 0 though it is not. On failure *out = NULL. Release with
 * gemlet_model_destroy(). */
GEMLET_API gemlet_status gemlet_model_create(gemlet_model **out, const gemlet_spec *spec,
                                             const gemlet_init_options *options);

/* Reads a model from an npz file. GEMLET_E_FORMAT names the file, the array, what was found and
 * what was expected. On failure *out = NULL. */
GEMLET_API gemlet_status gemlet_model_load(gemlet_model **out, const char *path);

/* Writes the model as npz, atomically; the same model gives the same bytes. Arrays, all
 * little-endian float32 unless said: spec (string), format_version (int32, scalar), input_scale
 * (scalar), and per layer l = 1, 2, ...: layer<l>.weight (in, out), then layer<l>.bias (out) or
 * layer<l>.gamma, .beta, .running_mean, .running_var (out); where the optimizer that trained it
 * keeps states, also these of each parameter: layer<l>.weight.momentum and so on. A file without
 * them loads as before. A model of a table has an array of bytes, schema: a text of JSON. An
 * ensemble has format_version 2, networks (int32, scalar) and the arrays of the layers of each of
 * its networks n = 1, 2, ...: network<n>.layer<l>.weight and so on. */
GEMLET_API gemlet_status gemlet_model_save(const gemlet_model *model, const char *path);

/* Belongs to the model. */
GEMLET_API const gemlet_spec *gemlet_model_spec(const gemlet_model *model);

/* Factor between a value of a data set and the network's input: x = input_scale * value. 1 in a new
 * model; what `gemlet train` sets for bytes is 1/255. */
GEMLET_API float gemlet_model_input_scale(const gemlet_model *model);

/* GEMLET_E_RANGE unless finite and > 0. */
GEMLET_API gemlet_status gemlet_model_set_input_scale(gemlet_model *model, float scale);

typedef enum gemlet_tensor {
    GEMLET_TENSOR_WEIGHT,       /* (in, out) row-major */
    GEMLET_TENSOR_BIAS,         /* (out), without batch-norm */
    GEMLET_TENSOR_GAMMA,        /* (out), with batch-norm, as the following */
    GEMLET_TENSOR_BETA,         /* (out) */
    GEMLET_TENSOR_RUNNING_MEAN, /* (out) */
    GEMLET_TENSOR_RUNNING_VAR   /* (out) */
} gemlet_tensor;

/* The values of one tensor of layer `layer` (0-based), or NULL if the layer has no such tensor, or
 * the model is an ensemble.
 * Belongs to the model; stays valid, with new values after training, until it is destroyed. */
GEMLET_API float *gemlet_model_tensor(gemlet_model *model, unsigned layer, gemlet_tensor tensor);

/* Number of values of that tensor; 0 if the layer has no such tensor. */
GEMLET_API size_t gemlet_model_tensor_size(const gemlet_model *model, unsigned layer,
                                           gemlet_tensor tensor);

/* An ensemble answers with the mean of what its networks answer: of the probabilities of classes,
 * or of the numbers of a regression. It is a model that predicts and is evaluated, saved and loaded
 * as others are, but its tensors are those of its networks and it cannot be trained.
 *
 * Makes one of copies of networks (n), without what optimizers keep. GEMLET_E_SHAPE unless all have
 * the same spec, input scale and table; GEMLET_E_RANGE for fewer than 2 of them or more than
 * GEMLET_MAX_ENSEMBLE, or one that is an ensemble itself. On failure *out = NULL. Release with
 * gemlet_model_destroy(). */
#define GEMLET_MAX_ENSEMBLE 1000u
GEMLET_API gemlet_status gemlet_model_create_ensemble(gemlet_model **out,
                                                      const gemlet_model *const *networks,
                                                      gemlet_dim n);

/* The number of networks in an ensemble; 0 of any other model. */
GEMLET_API gemlet_dim gemlet_model_networks(const gemlet_model *model);

/* Network `place` (0-based) of an ensemble, NULL beyond the last. Belongs to the model. */
GEMLET_API gemlet_model *gemlet_model_network(gemlet_model *model, gemlet_dim place);

/* NULL is allowed. */
GEMLET_API void gemlet_model_destroy(gemlet_model *model);

#ifdef __cplusplus
}
#endif
#endif

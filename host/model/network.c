/* SPDX-License-Identifier: MIT
 * Layout of a network in device memory, and the copies between it and a model. */
#include "model/network.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "model/spec.h"

/* ---- layout --------------------------------------------------------------------------------- */

/* A buffer that is being planned: views are cut from its front, each aligned. The buffer itself is
 * set into the views after it was allocated. */
static gm_vector cut_vector(size_t *used, size_t length)
{
    const gm_vector vector = {NULL, *used, length};
    *used += gm_round_up(length, GM_ALIGNMENT);
    return vector;
}

static gm_matrix cut_matrix(size_t *used, gemlet_dim rows, gemlet_dim cols)
{
    const size_t ld = gm_round_up(cols, GM_ALIGNMENT);
    const gm_matrix matrix = {NULL, *used, ld, rows, cols};
    *used += rows * ld;
    return matrix;
}

typedef struct layout {
    size_t n_parameters;
    size_t n_decayed;
    size_t n_running;
    size_t n_saved;
    size_t n_activations;
} layout;

/* Weights first, so that weight decay takes a prefix of the arena. */
static void plan_parameters(gm_network *network, const gemlet_spec *spec, layout *plan)
{
    for (unsigned l = 0; l < spec->n_layers; ++l) {
        network->layers[l].weight =
            cut_matrix(&plan->n_parameters, gm_spec_fan_in(spec, l), spec->layers[l].width);
    }
    plan->n_decayed = plan->n_parameters;
    for (unsigned l = 0; l < spec->n_layers; ++l) {
        gm_layer *layer = &network->layers[l];
        const gemlet_dim width = spec->layers[l].width;
        if (layer->spec.batch_norm) {
            layer->gamma = cut_vector(&plan->n_parameters, width);
            layer->beta = cut_vector(&plan->n_parameters, width);
            layer->running_mean = cut_vector(&plan->n_running, width);
            layer->running_var = cut_vector(&plan->n_running, width);
            layer->mean = cut_vector(&plan->n_saved, width);
            layer->var = cut_vector(&plan->n_saved, width);
        } else {
            layer->bias = cut_vector(&plan->n_parameters, width);
        }
    }
}

static void plan_activations(gm_network *network, const gemlet_spec *spec, layout *plan)
{
    for (unsigned l = 0; l < spec->n_layers; ++l) {
        gm_layer *layer = &network->layers[l];
        const gemlet_dim width = spec->layers[l].width;
        layer->y = cut_matrix(&plan->n_activations, network->capacity, width);
        if (layer->spec.batch_norm)
            layer->z = cut_matrix(&plan->n_activations, network->capacity, width);
        if (network->use == GM_NETWORK_TRAIN)
            layer->dy = cut_matrix(&plan->n_activations, network->capacity, width);
    }
}

/* The buffers exist now: put them into the views that were planned (those with an extent). */
static void set_matrix(gm_matrix *matrix, gm_buffer *buffer)
{
    matrix->buffer = matrix->rows > 0 ? buffer : NULL;
}

static void set_vector(gm_vector *vector, gm_buffer *buffer)
{
    vector->buffer = vector->length > 0 ? buffer : NULL;
}

static void bind_buffers(gm_network *network)
{
    for (unsigned l = 0; l < network->n_layers; ++l) {
        gm_layer *layer = &network->layers[l];
        if (network->use == GM_NETWORK_TRAIN) {
            layer->dweight = layer->weight;
            layer->dbias = layer->bias;
            layer->dgamma = layer->gamma;
            layer->dbeta = layer->beta;
        }
        set_matrix(&layer->weight, network->parameters);
        set_vector(&layer->bias, network->parameters);
        set_vector(&layer->gamma, network->parameters);
        set_vector(&layer->beta, network->parameters);
        set_matrix(&layer->dweight, network->gradients);
        set_vector(&layer->dbias, network->gradients);
        set_vector(&layer->dgamma, network->gradients);
        set_vector(&layer->dbeta, network->gradients);
        set_vector(&layer->running_mean, network->running);
        set_vector(&layer->running_var, network->running);
        set_vector(&layer->mean, network->saved);
        set_vector(&layer->var, network->saved);
        set_matrix(&layer->z, network->activations);
        set_matrix(&layer->y, network->activations);
        set_matrix(&layer->dy, network->activations);
    }
}

/* ---- creation ------------------------------------------------------------------------------- */

/* Refuses what cannot fit, before the driver or the system runs out of memory half-way. */
static gemlet_status check_memory(const gm_network *network, const layout *plan)
{
    const uint64_t available = network->backend->info.global_memory_bytes;
    const int trains = network->use == GM_NETWORK_TRAIN;
    const double needed =
        4.0 * ((double)plan->n_parameters * (trains ? 2.0 : 1.0) + (double)plan->n_activations);
    if (available > 0 && needed > (double)available)
        return gm_error(GEMLET_E_MEMORY,
                        "network needs %.0f MiB for a batch of %u, the device \"%s\" "
                        "has %.0f MiB",
                        needed / 0x1p20, network->capacity, network->backend->info.name,
                        (double)available / 0x1p20);
    return GEMLET_OK;
}

static gemlet_status allocate_buffers(gm_network *network, const layout *plan)
{
    gm_backend *backend = network->backend;
    GEMLET_TRY(
        gm_backend_alloc(backend, &network->parameters, GM_REAL, plan->n_parameters, "parameters"));
    if (plan->n_running > 0)
        GEMLET_TRY(gm_backend_alloc(backend, &network->running, GM_REAL, plan->n_running,
                                    "running statistics"));
    GEMLET_TRY(gm_backend_alloc(backend, &network->activations, GM_REAL, plan->n_activations,
                                "activations"));
    if (network->use == GM_NETWORK_TEST)
        return GEMLET_OK;
    GEMLET_TRY(
        gm_backend_alloc(backend, &network->gradients, GM_REAL, plan->n_parameters, "gradients"));
    if (plan->n_saved > 0)
        GEMLET_TRY(
            gm_backend_alloc(backend, &network->saved, GM_REAL, plan->n_saved, "batch statistics"));
    return GEMLET_OK;
}

/* The activations are the only part whose size the spec's validation has not bounded. */
static gemlet_status check_activation_sizes(const gemlet_spec *spec, gemlet_dim capacity)
{
    size_t row = 0;
    for (unsigned l = 0; l < spec->n_layers; ++l)
        row += 3 * gm_round_up(spec->layers[l].width, GM_ALIGNMENT);
    size_t n_bytes;
    GEMLET_TRY(gm_checked_mul(&n_bytes, row, capacity, "activations of a batch"));
    return gm_checked_mul(&n_bytes, n_bytes, sizeof(double), "activations of a batch");
}

gemlet_status gm_network_create(gm_network **out, gm_backend *backend, const gemlet_model *model,
                                gm_network_use use, gemlet_dim capacity)
{
    *out = NULL;
    const gemlet_spec *spec = &model->spec;
    GEMLET_TRY(check_activation_sizes(spec, capacity));
    gm_network *network;
    GEMLET_TRY(GM_ALLOC(network, 1, "network"));
    network->backend = backend;
    network->use = use;
    network->capacity = capacity;
    network->n_layers = spec->n_layers;
    for (unsigned l = 0; l < spec->n_layers; ++l)
        network->layers[l].spec = spec->layers[l];

    layout plan = {0};
    plan_parameters(network, spec, &plan);
    plan_activations(network, spec, &plan);
    network->n_parameters = plan.n_parameters;
    network->n_decayed = plan.n_decayed;

    gemlet_status status = check_memory(network, &plan);
    if (status == GEMLET_OK)
        status = allocate_buffers(network, &plan);
    if (status == GEMLET_OK) {
        bind_buffers(network);
        status = gm_network_upload(network, model);
    }
    if (status != GEMLET_OK) {
        gm_network_destroy(network);
        return status;
    }
    *out = network;
    return GEMLET_OK;
}

void gm_network_destroy(gm_network *network)
{
    if (network == NULL)
        return;
    gm_backend_free(network->backend, network->saved);
    gm_backend_free(network->backend, network->gradients);
    gm_backend_free(network->backend, network->activations);
    gm_backend_free(network->backend, network->running);
    gm_backend_free(network->backend, network->parameters);
    free(network);
}

/* ---- copies between model and device -------------------------------------------------------- */

typedef enum direction {
    MODEL_TO_IMAGE,
    IMAGE_TO_MODEL
} direction;

/* Copies rows of `cols` values between a packed tensor and its padded place in a buffer's image. */
static void copy_rows(float *image, size_t ld, float *tensor, size_t rows, size_t cols,
                      direction way)
{
    for (size_t r = 0; r < rows; ++r) {
        float *padded = image + r * ld;
        float *packed = tensor + r * cols;
        if (way == MODEL_TO_IMAGE)
            memcpy(padded, packed, cols * sizeof *packed);
        else
            memcpy(packed, padded, cols * sizeof *packed);
    }
}

static void copy_vector(float *image, gm_vector view, float *tensor, direction way)
{
    if (view.buffer != NULL)
        copy_rows(image + view.offset, view.length, tensor, 1, view.length, way);
}

/* images: host copies of the buffers parameters and running, as they lie on the device. */
static void copy_tensors(const gm_network *network, const gemlet_model *model, float *parameters,
                         float *running, direction way)
{
    for (unsigned l = 0; l < network->n_layers; ++l) {
        const gm_layer *layer = &network->layers[l];
        float *const *tensors = model->tensors[l];
        const gm_matrix weight = layer->weight;
        copy_rows(parameters + weight.offset, weight.ld, tensors[GEMLET_TENSOR_WEIGHT], weight.rows,
                  weight.cols, way);
        copy_vector(parameters, layer->bias, tensors[GEMLET_TENSOR_BIAS], way);
        copy_vector(parameters, layer->gamma, tensors[GEMLET_TENSOR_GAMMA], way);
        copy_vector(parameters, layer->beta, tensors[GEMLET_TENSOR_BETA], way);
        copy_vector(running, layer->running_mean, tensors[GEMLET_TENSOR_RUNNING_MEAN], way);
        copy_vector(running, layer->running_var, tensors[GEMLET_TENSOR_RUNNING_VAR], way);
    }
}

/* Host images of the two buffers that hold a model's tensors, zeroed. */
typedef struct images {
    float *parameters;
    float *running;
} images;

static gemlet_status allocate_images(images *host, const gm_network *network)
{
    *host = (images){NULL, NULL};
    GEMLET_TRY(GM_ALLOC(host->parameters, network->n_parameters, "copy of the parameters"));
    if (network->running == NULL)
        return GEMLET_OK;
    const gemlet_status status =
        GM_ALLOC(host->running, network->running->length, "copy of the running statistics");
    if (status != GEMLET_OK)
        free(host->parameters);
    return status;
}

static void free_images(images *host)
{
    free(host->parameters);
    free(host->running);
}

gemlet_status gm_network_upload(gm_network *network, const gemlet_model *model)
{
    images host;
    GEMLET_TRY(allocate_images(&host, network));
    copy_tensors(network, model, host.parameters, host.running, MODEL_TO_IMAGE);
    gemlet_status status = gm_backend_upload(network->backend, network->parameters, 0,
                                             network->n_parameters, host.parameters);
    if (status == GEMLET_OK && host.running != NULL)
        status = gm_backend_upload(network->backend, network->running, 0, network->running->length,
                                   host.running);
    free_images(&host);
    return status;
}

gemlet_status gm_network_download(const gm_network *network, gemlet_model *model)
{
    images host;
    GEMLET_TRY(allocate_images(&host, network));
    gemlet_status status = gm_backend_download(network->backend, network->parameters, 0,
                                               network->n_parameters, host.parameters);
    if (status == GEMLET_OK && host.running != NULL)
        status = gm_backend_download(network->backend, network->running, 0,
                                     network->running->length, host.running);
    /* Both have arrived: a failure half-way must not leave the model mixed. */
    if (status == GEMLET_OK)
        copy_tensors(network, model, host.parameters, host.running, IMAGE_TO_MODEL);
    free_images(&host);
    return status;
}

/* ---- views ---------------------------------------------------------------------------------- */

gm_matrix gm_first_rows(gm_matrix matrix, gemlet_dim rows)
{
    matrix.rows = rows;
    return matrix;
}

gm_matrix gm_network_logits(const gm_network *network, gemlet_dim rows)
{
    return gm_first_rows(network->layers[network->n_layers - 1].y, rows);
}

gm_matrix gm_network_dlogits(const gm_network *network, gemlet_dim rows)
{
    return gm_first_rows(network->layers[network->n_layers - 1].dy, rows);
}

gm_vector gm_network_parameters(const gm_network *network)
{
    return (gm_vector){network->parameters, 0, network->n_parameters};
}

gm_vector gm_network_gradients(const gm_network *network)
{
    return (gm_vector){network->gradients, 0, network->n_parameters};
}

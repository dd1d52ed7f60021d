/* SPDX-License-Identifier: MIT
 * Copies of a network's parameters, running statistics and states: to and from a model, and beside
 * the network on the device; see network.h and network_copy.h. */
#include "model/network_copy.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

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

/* The host's copy of a buffer that holds tensors of a model, as it lies on the device. */
typedef struct image {
    gm_buffer *buffer;
    float *const (*tensors)[GM_N_MODEL_TENSORS]; /* of the model, by layer */
    float *values;
} image;

#define MAX_IMAGES GM_NETWORK_MAX_ARENAS

static void copy_tensors(const gm_network *network, const image *host, direction way)
{
    for (unsigned l = 0; l < network->n_layers; ++l) {
        for (unsigned t = 0; t < GM_N_MODEL_TENSORS; ++t) {
            const gm_matrix view = gm_layer_view(&network->layers[l], t);
            float *tensor = host->tensors[l][t];
            if (view.buffer != NULL && tensor != NULL)
                copy_rows(host->values + view.offset, view.ld, tensor, view.rows, view.cols, way);
        }
    }
}

static void free_images(image *images, size_t n)
{
    for (size_t i = 0; i < n; ++i)
        free(images[i].values);
}

/* A model holds the average as its own values and the trained ones as a state, a network the other
 * way round. An average begins as the values that are trained. */
static float *const (*trained_tensors(const gm_network *network,
                                      const gemlet_model *model))[GM_N_MODEL_TENSORS]
{
    const int is_averaged = gm_has_state(network->states, GM_STATE_average) &&
                            gm_has_state(model->states, GM_STATE_average);
    return is_averaged ? model->state_tensors[GM_STATE_average] : model->tensors;
}

/* Images of all buffers of a model's tensors, zeroed; *n = their number. They lie in the order of
 * gm_network_copy's buffers. */
static gemlet_status allocate_images(image images[MAX_IMAGES], size_t *n, const gm_network *network,
                                     const gemlet_model *model)
{
    *n = 0;
    images[(*n)++] =
        (image){network->arenas[GM_STORAGE_PARAMETER], trained_tensors(network, model), NULL};
    for (unsigned i = 0; i < GM_N_STATES; ++i) {
        if (gm_has_state(network->states, i))
            images[(*n)++] =
                (image){network->state_arenas[i],
                        i == GM_STATE_average ? model->tensors : model->state_tensors[i], NULL};
    }
    for (size_t i = 0; i < *n; ++i) {
        const gemlet_status status =
            GM_ALLOC(images[i].values, images[i].buffer->length, "copy of the parameters");
        if (status == GEMLET_OK)
            continue;
        free_images(images, *n);
        return status;
    }
    return GEMLET_OK;
}

gemlet_status gm_network_upload(gm_network *network, const gemlet_model *model)
{
    image images[MAX_IMAGES];
    size_t n;
    gemlet_status status = GEMLET_OK;
    GEMLET_TRY(allocate_images(images, &n, network, model));
    for (size_t i = 0; status == GEMLET_OK && i < n; ++i) {
        copy_tensors(network, &images[i], MODEL_TO_IMAGE);
        status = gm_backend_upload(network->backend, images[i].buffer, 0, images[i].buffer->length,
                                   images[i].values);
    }
    free_images(images, n);
    return status;
}

/* From the buffers `from`, in place of the network's own if it is not NULL. */
static gemlet_status download(const gm_network *network, gm_buffer *const *from,
                              gemlet_model *model)
{
    image images[MAX_IMAGES];
    size_t n;
    gemlet_status status = GEMLET_OK;
    GEMLET_TRY(gm_model_set_states(model, network->states));
    GEMLET_TRY(allocate_images(images, &n, network, model));
    for (size_t i = 0; status == GEMLET_OK && i < n; ++i)
        status = gm_backend_download(network->backend, from != NULL ? from[i] : images[i].buffer, 0,
                                     images[i].buffer->length, images[i].values);
    /* All have arrived: a failure half-way must not leave the model mixed. */
    for (size_t i = 0; status == GEMLET_OK && i < n; ++i)
        copy_tensors(network, &images[i], IMAGE_TO_MODEL);
    free_images(images, n);
    return status;
}

gemlet_status gm_network_download(const gm_network *network, gemlet_model *model)
{
    return download(network, NULL, model);
}

/* ---- copies on the device ------------------------------------------------------------------- */

/* *n = number of the buffers of what a model has of the network. */
static void list_arenas(gm_buffer *arenas[GM_NETWORK_MAX_ARENAS], size_t *n,
                        const gm_network *network)
{
    *n = 0;
    arenas[(*n)++] = network->arenas[GM_STORAGE_PARAMETER];
    for (unsigned i = 0; i < GM_N_STATES; ++i) {
        if (gm_has_state(network->states, i))
            arenas[(*n)++] = network->state_arenas[i];
    }
}

gemlet_status gm_network_copy_create(gm_network_copy *copy, const gm_network *network)
{
    gm_buffer *arenas[GM_NETWORK_MAX_ARENAS];
    gm_backend *backend = network->backend;
    *copy = (gm_network_copy){.network = network};
    list_arenas(arenas, &copy->n, network);
    gemlet_status status =
        gm_backend_alloc(backend, &copy->square_sums, GM_REAL,
                         copy->n * gm_network_square_sums(network).length, "sums of squares");
    for (size_t i = 0; status == GEMLET_OK && i < copy->n; ++i)
        status = gm_backend_alloc(backend, &copy->buffers[i], GM_REAL, arenas[i]->length,
                                  "last good state");
    if (status != GEMLET_OK)
        gm_network_copy_free(copy);
    return status;
}

/* Arenas are rows of GM_ALIGNMENT values. */
static gm_matrix whole(gm_buffer *buffer)
{
    return (gm_matrix){buffer, 0, GM_ALIGNMENT, (gemlet_dim)(buffer->length / GM_ALIGNMENT),
                       GM_ALIGNMENT};
}

gemlet_status gm_network_copy_take(gm_network_copy *copy)
{
    gm_buffer *arenas[GM_NETWORK_MAX_ARENAS];
    list_arenas(arenas, &copy->n, copy->network);
    for (size_t i = 0; i < copy->n; ++i) {
        const gm_matrix from = whole(arenas[i]);
        const gm_matrix to = whole(copy->buffers[i]);
        GEMLET_TRY(gm_backend_copy(copy->network->backend, &to, &from));
    }
    return GEMLET_OK;
}

gemlet_status gm_network_copy_download(const gm_network_copy *copy, gemlet_model *model)
{
    return download(copy->network, copy->buffers, model);
}

gemlet_status gm_network_copy_try_finite(int *finite, gm_network_copy *copy)
{
    gm_buffer *arenas[GM_NETWORK_MAX_ARENAS];
    gm_backend *backend = copy->network->backend;
    const size_t n_sums = gm_network_square_sums(copy->network).length;
    float *sums;
    *finite = 1;
    list_arenas(arenas, &copy->n, copy->network);
    GEMLET_TRY(GM_ALLOC(sums, copy->n * n_sums, "sums of squares"));
    gemlet_status status = GEMLET_OK;
    for (size_t i = 0; status == GEMLET_OK && i < copy->n; ++i)
        status = gm_norm_squares(
            backend, &(gm_norm_squares_args){.values = {arenas[i], 0, arenas[i]->length},
                                             .sums = {copy->square_sums, i * n_sums, n_sums}});
    if (status == GEMLET_OK)
        status = gm_backend_download(backend, copy->square_sums, 0, copy->n * n_sums, sums);
    for (size_t i = 0; status == GEMLET_OK && i < copy->n * n_sums; ++i)
        *finite &= isfinite(sums[i]) != 0;
    free(sums);
    return status;
}

void gm_network_copy_free(gm_network_copy *copy)
{
    if (copy->network == NULL)
        return;
    for (size_t i = 0; i < copy->n; ++i)
        gm_backend_free(copy->network->backend, copy->buffers[i]);
    gm_backend_free(copy->network->backend, copy->square_sums);
    *copy = (gm_network_copy){0};
}

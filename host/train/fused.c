/* SPDX-License-Identifier: MIT
 * See fused.h. */
#include "train/fused.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

static gm_fused_network describe(const gm_network *network, const gm_device_data *data,
                                 const gemlet_train_options *options, float input_scale)
{
    gm_fused_network described = {
        .n_layers = network->n_layers,
        .batch = options->batch,
        .eps = GM_BATCH_NORM_EPS,
        .momentum = GM_BATCH_NORM_MOMENTUM,
        .weight_decay = (float)options->weight_decay,
        .features = data->features,
        .labels = data->labels,
        .order = data->order,
        .input_scale = input_scale,
        .density = data->density,
    };
    for (unsigned l = 0; l < network->n_layers; ++l) {
        const gm_layer *layer = &network->layers[l];
        described.layers[l] = (gm_fused_layer){
            .weight = layer->weight,
            .bias = layer->bias,
            .gamma = layer->gamma,
            .beta = layer->beta,
            .running_mean = layer->running_mean,
            .running_var = layer->running_var,
            .activation = layer->spec.activation,
        };
    }
    return described;
}

gemlet_status gm_train_fused_create(gm_fused **out, char *why, const gm_network *network,
                                    const gm_device_data *data, const gemlet_train_options *options,
                                    float input_scale)
{
    gm_backend *backend = network->backend;
    *out = NULL;
    if (options->fused == GEMLET_FUSED_OFF) {
        snprintf(why, GM_FUSED_REASON_SIZE, "as asked");
        return GEMLET_OK;
    }
    snprintf(why, GM_FUSED_REASON_SIZE, "the device has no fused step");
    if (backend->ops->fused_create != NULL) {
        const gm_fused_network described = describe(network, data, options, input_scale);
        const gemlet_status status = backend->ops->fused_create(backend, out, &described, why);
        /* The operations may compile all the same. */
        if (status == GEMLET_E_BUILD && options->fused == GEMLET_FUSED_AUTO)
            snprintf(why, GM_FUSED_REASON_SIZE, "the device's compiler rejects the fused step");
        else
            GEMLET_TRY(status);
    }
    if (*out == NULL && options->fused == GEMLET_FUSED_ON)
        return gm_error(GEMLET_E_DEVICE, "device %s: this network cannot be fused: %s",
                        backend->info.name, why);
    if (*out != NULL && options->on_plan != NULL) {
        char summary[64];
        snprintf(summary, sizeof summary, "fused, %u launches a step", (*out)->n_launches);
        options->on_plan(summary, (*out)->plan, options->user);
    }
    return GEMLET_OK;
}

gemlet_status gm_train_fused_fingerprint(char **out, const gm_network *network,
                                         const gm_device_data *data,
                                         const gemlet_train_options *options, float input_scale)
{
    gm_backend *backend = network->backend;
    *out = NULL;
    if (options->fused == GEMLET_FUSED_OFF || backend->ops->fused_fingerprint == NULL)
        return GEMLET_OK;
    const gm_fused_network described = describe(network, data, options, input_scale);
    return backend->ops->fused_fingerprint(backend, out, &described);
}

/* ---- what a step calculated ----------------------------------------------------------------- */

/* Copies a tensor to a view, through the host. Both element types have four bytes. */
static gemlet_status show_matrix(gm_fused *fused, gm_backend *backend, gm_fused_tensor tensor,
                                 unsigned layer, gm_matrix view)
{
    gm_fused_stray stray;
    float *values;
    if (view.buffer == NULL)
        return GEMLET_OK;
    const size_t n_values = (view.rows - 1) * view.ld + view.cols;
    GEMLET_TRY(GM_ALLOC(values, n_values, "tensor of the fused step"));
    gemlet_status status = fused->ops->inspect(fused, tensor, layer, values, &stray);
    /* Apart, from the last row on, with the zeros that a network has between its rows. */
    for (size_t row = view.rows; row-- > 1 && view.ld > view.cols;) {
        memmove(values + row * view.ld, values + row * view.cols, view.cols * sizeof *values);
        memset(values + row * view.ld - (view.ld - view.cols), 0,
               (view.ld - view.cols) * sizeof *values);
    }
    if (status == GEMLET_OK)
        status = gm_backend_upload(backend, view.buffer, view.offset, n_values, values);
    free(values);
    return status;
}

static gemlet_status show_vector(gm_fused *fused, gm_backend *backend, gm_fused_tensor tensor,
                                 unsigned layer, gm_vector view)
{
    return show_matrix(
        fused, backend, tensor, layer,
        (gm_matrix){view.buffer, view.offset, view.length, 1, (gemlet_dim)view.length});
}

gemlet_status gm_train_fused_show(gm_fused *fused, gm_network *network, gm_device_data *data)
{
    gm_backend *backend = network->backend;
    GEMLET_TRY(show_matrix(fused, backend, GM_FUSED_X, 0, data->x));
    GEMLET_TRY(show_vector(fused, backend, GM_FUSED_BATCH_LABELS, 0, data->batch_labels));
    for (unsigned l = 0; l < network->n_layers; ++l) {
        const gm_layer *layer = &network->layers[l];
        GEMLET_TRY(show_matrix(fused, backend, GM_FUSED_Z, l, layer->z));
        GEMLET_TRY(show_matrix(fused, backend, GM_FUSED_Y, l, layer->y));
        GEMLET_TRY(show_matrix(fused, backend, GM_FUSED_DZ, l, layer->dy));
        GEMLET_TRY(show_vector(fused, backend, GM_FUSED_MEAN, l, layer->mean));
        GEMLET_TRY(show_vector(fused, backend, GM_FUSED_VAR, l, layer->var));
        GEMLET_TRY(show_vector(fused, backend, GM_FUSED_DGAMMA, l, layer->dgamma));
        GEMLET_TRY(show_vector(fused, backend, GM_FUSED_DBETA, l, layer->dbeta));
        GEMLET_TRY(show_vector(fused, backend, GM_FUSED_DBETA, l, layer->dbias));
    }
    return GEMLET_OK;
}

gemlet_status gm_train_fused_show_layers(gm_fused *fused, gm_network *network)
{
    for (unsigned l = 0; l < network->n_layers; ++l) {
        const gm_layer *layer = &network->layers[l];
        GEMLET_TRY(show_matrix(fused, network->backend, GM_FUSED_Y, l, layer->y));
        GEMLET_TRY(show_matrix(fused, network->backend, GM_FUSED_DZ, l, layer->dy));
    }
    return GEMLET_OK;
}

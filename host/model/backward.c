/* SPDX-License-Identifier: MIT
 * Backward pass: from the gradient of the logits to the gradients of all parameters. */
#include <assert.h>

#include "backend/activation.h"
#include "core/memory.h"
#include "model/network.h"

/* dz = gradient of the activation's input, from dy. */
static gemlet_status activation_backward(gm_backend *backend, const gm_layer *layer, gm_matrix dz)
{
    const gm_matrix kept = gm_activation_is_separate(layer->spec.activation) ? layer->a : layer->y;
    return gm_act_bwd(backend, &(gm_act_bwd_args){
                                   .kept = gm_first_rows(kept, dz.rows),
                                   .dy = gm_first_rows(layer->dy, dz.rows),
                                   .activation = layer->spec.activation,
                                   .dz = dz,
                               });
}

/* The same through batch-norm, and the activation where it is joined to it. */
static gemlet_status batch_norm_backward(gm_backend *backend, const gm_layer *layer, gm_matrix dz)
{
    const int is_separate = gm_activation_is_separate(layer->spec.activation);
    return gm_bn_act_bwd(
        backend,
        &(gm_bn_act_bwd_args){
            .z = gm_first_rows(layer->z, dz.rows),
            .y = gm_first_rows(is_separate ? layer->a : layer->y, dz.rows),
            .dy = gm_first_rows(is_separate ? layer->da : layer->dy, dz.rows),
            .mean = layer->mean,
            .var = layer->var,
            .gamma = layer->gamma,
            .eps = GM_BATCH_NORM_EPS,
            .activation = is_separate ? GEMLET_ACTIVATION_IDENTITY : layer->spec.activation,
            .dgamma = layer->dgamma,
            .dbeta = layer->dbeta,
            .dz = dz,
        });
}

/* Turns dy, the gradient of the layer's output, in place into dz, the gradient of x W (+ b). */
static gemlet_status layer_backward(gm_backend *backend, const gm_layer *layer, gemlet_dim rows)
{
    const gm_matrix dz = gm_first_rows(layer->dy, rows);
    if (!layer->spec.batch_norm) {
        if (layer->spec.activation == GEMLET_ACTIVATION_IDENTITY)
            return GEMLET_OK; /* dz is dy */
        return activation_backward(backend, layer, dz);
    }
    if (gm_activation_is_separate(layer->spec.activation))
        GEMLET_TRY(activation_backward(backend, layer, gm_first_rows(layer->da, rows)));
    return batch_norm_backward(backend, layer, dz);
}

/* dy of a layer, from dz of the next one; through dropout, if there is some between them. */
static gemlet_status input_backward(gm_backend *backend, const gm_layer *before, unsigned number,
                                    const gm_layer *layer, gm_matrix dz, gm_vector record)
{
    const int has_dropout = before->dropped.buffer != NULL;
    const gm_matrix dy = gm_first_rows(before->dy, dz.rows);
    const gm_matrix dx = has_dropout ? gm_first_rows(before->ddropped, dz.rows) : dy;
    GEMLET_TRY(
        gm_dense_bwd_x(backend, &(gm_dense_bwd_x_args){.dz = dz, .w = layer->weight, .dx = dx}));
    if (!has_dropout)
        return GEMLET_OK;
    return gm_dropout(backend,
                      &(gm_dropout_args){.x = dx, .record = record, .layer = number, .y = dy});
}

/* What a layer hands on. */
static gm_matrix output_of(const gm_layer *layer, gemlet_dim rows)
{
    return gm_first_rows(layer->dropped.buffer != NULL ? layer->dropped : layer->y, rows);
}

gemlet_status gm_network_backward(gm_network *network, gm_matrix x, gm_vector record)
{
    assert(network->use != GM_NETWORK_TEST);
    const gemlet_dim rows = x.rows;
    for (unsigned l = network->n_layers; l-- > 0;) {
        const gm_layer *layer = &network->layers[l];
        const gm_matrix dz = gm_first_rows(layer->dy, rows);
        GEMLET_TRY(layer_backward(network->backend, layer, rows));
        GEMLET_TRY(gm_dense_bwd_w(network->backend,
                                  &(gm_dense_bwd_w_args){
                                      .x = l > 0 ? output_of(&network->layers[l - 1], rows) : x,
                                      .dz = dz,
                                      .dw = layer->dweight,
                                      .dbias = layer->dbias,
                                  }));
        if (l == 0)
            break; /* the gradient of the data is not needed */
        GEMLET_TRY(input_backward(network->backend, &network->layers[l - 1], l, layer, dz, record));
    }
    return GEMLET_OK;
}

gemlet_status gm_network_input_gradient(gm_network *network, gm_matrix x, gm_matrix *dx)
{
    const gm_layer *first = &network->layers[0];
    if (network->dx.buffer == NULL) {
        const size_t ld = gm_round_up(x.cols, GM_ALIGNMENT);
        size_t n_values;
        GEMLET_TRY(gm_checked_mul(&n_values, network->capacity, ld, "gradient of the batch"));
        GEMLET_TRY(gm_backend_alloc(network->backend, &network->dx.buffer, GM_REAL, n_values,
                                    "gradient of the batch"));
        network->dx = (gm_matrix){network->dx.buffer, 0, ld, network->capacity, x.cols};
    }
    *dx = gm_first_rows(network->dx, x.rows);
    return gm_dense_bwd_x(network->backend,
                          &(gm_dense_bwd_x_args){.dz = gm_first_rows(first->dy, x.rows),
                                                 .w = first->weight,
                                                 .dx = *dx});
}

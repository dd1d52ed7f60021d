/* SPDX-License-Identifier: MIT
 * Backward pass: from the gradient of the logits to the gradients of all parameters. */
#include <assert.h>

#include "model/network.h"

/* A layer on the way back. */
typedef struct place {
    const gm_layer *layer;
    unsigned number;  /* from 1 */
    gm_vector record; /* of the step */
} place;

/* dz = gradient of the activation's input, from dy. */
static gemlet_status activation_backward(gm_backend *backend, const place *at, gm_matrix dz)
{
    const gm_layer *layer = at->layer;
    const gm_vector none = {0};
    return gm_act_bwd(backend,
                      &(gm_act_bwd_args){
                          .kept = gm_first_rows(layer->is_separate ? layer->a : layer->y, dz.rows),
                          .kept_is_input = layer->is_separate,
                          .dy = gm_first_rows(layer->dy, dz.rows),
                          .activation = layer->spec.activation,
                          .record = layer->dropout ? at->record : none,
                          .layer = at->number,
                          .dz = dz,
                      });
}

/* The same through batch-norm, and the activation where it is joined to it. */
static gemlet_status batch_norm_backward(gm_backend *backend, const gm_layer *layer, gm_matrix dz)
{
    const int is_separate = layer->is_separate;
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
static gemlet_status layer_backward(gm_backend *backend, const place *at, gemlet_dim rows)
{
    const gm_layer *layer = at->layer;
    const gm_matrix dz = gm_first_rows(layer->dy, rows);
    if (!layer->spec.batch_norm) {
        if (layer->spec.activation == GEMLET_ACTIVATION_IDENTITY && !layer->is_separate)
            return GEMLET_OK; /* dz is dy */
        return activation_backward(backend, at, dz);
    }
    if (layer->is_separate)
        GEMLET_TRY(activation_backward(backend, at, gm_first_rows(layer->da, rows)));
    return batch_norm_backward(backend, layer, dz);
}

/* From the gradient of the logits down to dz of the first layer. */
static gemlet_status backward(gm_network *network, gm_matrix x, gm_vector record, int to_weights)
{
    assert(network->use != GM_NETWORK_TEST);
    const gemlet_dim rows = x.rows;
    for (unsigned l = network->n_layers; l-- > 0;) {
        const gm_layer *layer = &network->layers[l];
        const gm_matrix dz = gm_first_rows(layer->dy, rows);
        GEMLET_TRY(layer_backward(
            network->backend, &(place){.layer = layer, .number = l + 1, .record = record}, rows));
        if (to_weights)
            GEMLET_TRY(
                gm_dense_bwd_w(network->backend,
                               &(gm_dense_bwd_w_args){
                                   .x = l > 0 ? gm_first_rows(network->layers[l - 1].y, rows) : x,
                                   .dz = dz,
                                   .dw = layer->dweight,
                                   .dbias = layer->dbias,
                               }));
        if (l == 0)
            break; /* the gradient of the data is seldom needed */
        GEMLET_TRY(gm_dense_bwd_x(network->backend,
                                  &(gm_dense_bwd_x_args){
                                      .dz = dz,
                                      .w = layer->weight,
                                      .dx = gm_first_rows(network->layers[l - 1].dy, rows),
                                  }));
    }
    return GEMLET_OK;
}

gemlet_status gm_network_backward(gm_network *network, gm_matrix x, gm_vector record)
{
    return backward(network, x, record, 1);
}

gemlet_status gm_network_backward_input(gm_network *network, gm_matrix x, gm_vector record,
                                        gm_matrix *dx)
{
    GEMLET_TRY(backward(network, x, record, 0));
    return gm_network_input_gradient(network, x, dx);
}

gemlet_status gm_network_input_gradient(gm_network *network, gm_matrix x, gm_matrix *dx)
{
    const gm_layer *first = &network->layers[0];
    GEMLET_TRY(gm_network_make_room_for_dx(network));
    *dx = gm_first_rows(network->aside.dx, x.rows);
    return gm_dense_bwd_x(network->backend,
                          &(gm_dense_bwd_x_args){.dz = gm_first_rows(first->dy, x.rows),
                                                 .w = first->weight,
                                                 .dx = *dx});
}

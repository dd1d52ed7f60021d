/* SPDX-License-Identifier: MIT
 * Forward pass: layer by layer, dense, then batch-norm (or bias) and activation. */
#include <assert.h>

#include "model/network.h"

/* One layer without batch-norm, the same in both modes: y = act(x W + b). */
static gemlet_status dense_layer(gm_backend *backend, const gm_layer *layer, gm_matrix x)
{
    return gm_dense_fwd(backend, &(gm_dense_fwd_args){
                                     .x = x,
                                     .w = layer->weight,
                                     .bias = layer->bias,
                                     .activation = layer->spec.activation,
                                     .y = gm_first_rows(layer->y, x.rows),
                                 });
}

/* z = x W, which batch-norm follows. */
static gemlet_status dense_without_bias(gm_backend *backend, const gm_layer *layer, gm_matrix x)
{
    return gm_dense_fwd(backend, &(gm_dense_fwd_args){
                                     .x = x,
                                     .w = layer->weight,
                                     .activation = GEMLET_ACTIVATION_IDENTITY,
                                     .y = gm_first_rows(layer->z, x.rows),
                                 });
}

/* y from z with the statistics of the batch. */
static gemlet_status batch_norm_train(gm_backend *backend, const gm_layer *layer, gemlet_dim rows)
{
    return gm_bn_act_fwd_train(backend, &(gm_bn_act_fwd_train_args){
                                            .z = gm_first_rows(layer->z, rows),
                                            .gamma = layer->gamma,
                                            .beta = layer->beta,
                                            .eps = GM_BATCH_NORM_EPS,
                                            .momentum = GM_BATCH_NORM_MOMENTUM,
                                            .activation = layer->spec.activation,
                                            .mean = layer->mean,
                                            .var = layer->var,
                                            .running_mean = layer->running_mean,
                                            .running_var = layer->running_var,
                                            .y = gm_first_rows(layer->y, rows),
                                        });
}

/* y from z with the running statistics. */
static gemlet_status batch_norm_test(gm_backend *backend, const gm_layer *layer, gemlet_dim rows)
{
    return gm_bn_act_fwd_test(backend, &(gm_bn_act_fwd_test_args){
                                           .z = gm_first_rows(layer->z, rows),
                                           .gamma = layer->gamma,
                                           .beta = layer->beta,
                                           .running_mean = layer->running_mean,
                                           .running_var = layer->running_var,
                                           .eps = GM_BATCH_NORM_EPS,
                                           .activation = layer->spec.activation,
                                           .y = gm_first_rows(layer->y, rows),
                                       });
}

/* All layers in turn; the modes differ in their batch-norm only. */
static gemlet_status forward(gm_network *network, gm_matrix x,
                             gemlet_status (*batch_norm)(gm_backend *, const gm_layer *,
                                                         gemlet_dim))
{
    assert(x.rows <= network->capacity);
    for (unsigned l = 0; l < network->n_layers; ++l) {
        const gm_layer *layer = &network->layers[l];
        if (!layer->spec.batch_norm) {
            GEMLET_TRY(dense_layer(network->backend, layer, x));
        } else {
            GEMLET_TRY(dense_without_bias(network->backend, layer, x));
            GEMLET_TRY(batch_norm(network->backend, layer, x.rows));
        }
        x = gm_first_rows(layer->y, x.rows);
    }
    return GEMLET_OK;
}

gemlet_status gm_network_forward_train(gm_network *network, gm_matrix x)
{
    assert(network->use == GM_NETWORK_TRAIN);
    return forward(network, x, batch_norm_train);
}

gemlet_status gm_network_forward_test(gm_network *network, gm_matrix x)
{
    return forward(network, x, batch_norm_test);
}

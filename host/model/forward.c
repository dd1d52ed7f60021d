/* SPDX-License-Identifier: MIT
 * Forward pass: layer by layer, dense, then batch-norm (or bias) and activation. */
#include <assert.h>

#include "model/network.h"

/* What the operation before the activation writes: y, if the activation is part of it; else the
 * activation's input, which in test mode y takes the place of. */
static gm_matrix before_activation(const gm_layer *layer, gemlet_dim rows)
{
    return gm_first_rows(layer->a.buffer != NULL ? layer->a : layer->y, rows);
}

/* The activation that is part of the operation before it. */
static gemlet_activation joined_activation(const gm_layer *layer)
{
    return layer->is_separate ? GEMLET_ACTIVATION_IDENTITY : layer->spec.activation;
}

/* x W + b, or with batch-norm x W. */
static gemlet_status dense(gm_backend *backend, const gm_layer *layer, gm_matrix x)
{
    const int has_bn = layer->spec.batch_norm;
    return gm_dense_fwd(
        backend,
        &(gm_dense_fwd_args){
            .x = x,
            .w = layer->weight,
            .bias = layer->bias,
            .activation = has_bn ? GEMLET_ACTIVATION_IDENTITY : joined_activation(layer),
            .y = has_bn ? gm_first_rows(layer->z, x.rows) : before_activation(layer, x.rows),
        });
}

/* From z with the statistics of the batch, which count `momentum` in the running ones. */
static gemlet_status batch_norm_of_batch(gm_backend *backend, const gm_layer *layer,
                                         gemlet_dim rows, float momentum)
{
    return gm_bn_act_fwd_train(backend, &(gm_bn_act_fwd_train_args){
                                            .z = gm_first_rows(layer->z, rows),
                                            .gamma = layer->gamma,
                                            .beta = layer->beta,
                                            .eps = GM_BATCH_NORM_EPS,
                                            .momentum = momentum,
                                            .activation = joined_activation(layer),
                                            .mean = layer->mean,
                                            .var = layer->var,
                                            .running_mean = layer->running_mean,
                                            .running_var = layer->running_var,
                                            .y = before_activation(layer, rows),
                                        });
}

static gemlet_status batch_norm_train(gm_backend *backend, const gm_layer *layer, gemlet_dim rows)
{
    return batch_norm_of_batch(backend, layer, rows, GM_BATCH_NORM_MOMENTUM);
}

static gemlet_status batch_norm_aside(gm_backend *backend, const gm_layer *layer, gemlet_dim rows)
{
    return batch_norm_of_batch(backend, layer, rows, 0.0f);
}

/* From z with the running statistics. */
static gemlet_status batch_norm_test(gm_backend *backend, const gm_layer *layer, gemlet_dim rows)
{
    return gm_bn_act_fwd_test(backend, &(gm_bn_act_fwd_test_args){
                                           .z = gm_first_rows(layer->z, rows),
                                           .gamma = layer->gamma,
                                           .beta = layer->beta,
                                           .running_mean = layer->running_mean,
                                           .running_var = layer->running_var,
                                           .eps = GM_BATCH_NORM_EPS,
                                           .activation = joined_activation(layer),
                                           .y = before_activation(layer, rows),
                                       });
}

/* Of layer `number`, from 1: noise on its input, in its place. */
static gemlet_status add_noise(gm_backend *backend, const gm_layer *layer, unsigned number,
                               gm_vector record, gemlet_dim rows)
{
    const gm_matrix a = before_activation(layer, rows);
    return gm_noise(backend, &(gm_noise_args){.x = a, .record = record, .layer = number, .y = a});
}

/* Of layer `number`, from 1. record: for dropout; none: without. */
static gemlet_status separate_activation(gm_backend *backend, const gm_layer *layer,
                                         unsigned number, gm_vector record, gemlet_dim rows)
{
    return gm_act_fwd(backend, &(gm_act_fwd_args){
                                   .a = before_activation(layer, rows),
                                   .activation = layer->spec.activation,
                                   .record = record,
                                   .layer = number,
                                   .y = gm_first_rows(layer->y, rows),
                               });
}

/* All layers in turn; the modes differ in their batch-norm, and in noise and dropout, which
 * test mode, without a record, has none of. */
static gemlet_status forward(gm_network *network, gm_matrix x, const gm_vector *record,
                             gemlet_status (*batch_norm)(gm_backend *, const gm_layer *,
                                                         gemlet_dim))
{
    const gm_vector none = {0};
    assert(x.rows <= network->capacity);
    for (unsigned l = 0; l < network->n_layers; ++l) {
        const gm_layer *layer = &network->layers[l];
        GEMLET_TRY(dense(network->backend, layer, x));
        if (layer->spec.batch_norm)
            GEMLET_TRY(batch_norm(network->backend, layer, x.rows));
        if (record != NULL && layer->noise)
            GEMLET_TRY(add_noise(network->backend, layer, l + 1, *record, x.rows));
        if (layer->is_separate)
            GEMLET_TRY(separate_activation(network->backend, layer, l + 1,
                                           record != NULL && layer->dropout ? *record : none,
                                           x.rows));
        x = gm_first_rows(layer->y, x.rows);
    }
    return GEMLET_OK;
}

gemlet_status gm_network_forward_train(gm_network *network, gm_matrix x, gm_vector record)
{
    assert(network->use != GM_NETWORK_TEST);
    return forward(network, x, &record, batch_norm_train);
}

gemlet_status gm_network_forward_aside(gm_network *network, gm_matrix x, gm_vector record)
{
    assert(network->use != GM_NETWORK_TEST);
    return forward(network, x, &record, batch_norm_aside);
}

gemlet_status gm_network_forward_test(gm_network *network, gm_matrix x)
{
    return forward(network, x, NULL, batch_norm_test);
}

/* SPDX-License-Identifier: MIT
 * See layer_watch.h. */
#include "train/layer_watch.h"

#include <stdlib.h>

#include "core/memory.h"
#include "train/tensor_statistics.h"

gemlet_status gm_layer_watch_create(gm_layer_watch *watch, const gm_network *network)
{
    return GM_ALLOC(watch->reports, network->n_layers, "statistics");
}

/* Dropout has taken the place of the outputs, which nothing needs any more: they are made again. */
static gemlet_status remake_output(gm_backend *backend, const gm_layer *layer, gemlet_dim rows)
{
    return gm_act_fwd(backend, &(gm_act_fwd_args){
                                   .a = gm_first_rows(layer->a, rows),
                                   .activation = layer->spec.activation,
                                   .y = gm_first_rows(layer->y, rows),
                               });
}

gemlet_status gm_layer_watch_measure(gm_layer_watch *watch, const gm_network *network,
                                     gemlet_dim rows)
{
    const gm_bins no_bins = {0};
    gm_tensor_statistics output;
    gm_tensor_statistics gradient;
    for (unsigned l = 0; l < network->n_layers; ++l) {
        const gm_layer *layer = &network->layers[l];
        if (layer->dropout)
            GEMLET_TRY(remake_output(network->backend, layer, rows));
        GEMLET_TRY(gm_tensor_statistics_measure(&output, network->backend,
                                                gm_first_rows(layer->y, rows),
                                                layer->spec.activation, &no_bins));
        GEMLET_TRY(gm_tensor_statistics_measure(&gradient, network->backend,
                                                gm_first_rows(layer->dy, rows),
                                                GEMLET_ACTIVATION_IDENTITY, &no_bins));
        watch->reports[l] = (gemlet_layer_report){
            .output_mean = output.mean,
            .output_std = output.std,
            .output_min = output.low,
            .output_max = output.high,
            .saturated = output.saturated,
            .dead = output.dead,
            .gradient_std = gradient.std,
            .gradient_norm = gradient.norm,
        };
    }
    return GEMLET_OK;
}

void gm_layer_watch_destroy(gm_layer_watch *watch)
{
    free(watch->reports);
    *watch = (gm_layer_watch){0};
}

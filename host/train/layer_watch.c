/* SPDX-License-Identifier: MIT
 * See layer_watch.h. */
#include "train/layer_watch.h"

#include <stdlib.h>

#include "core/memory.h"

gemlet_status gm_layer_watch_create(gm_layer_watch *watch, const gm_network *network)
{
    const unsigned n_slots = 2 * network->n_layers;
    GEMLET_TRY(GM_ALLOC(watch->statistics, n_slots, "statistics"));
    GEMLET_TRY(GM_ALLOC(watch->reports, network->n_layers, "statistics"));
    return gm_layer_probe_create(&watch->probe, network->backend, n_slots, 0);
}

gemlet_status gm_layer_watch_measure(gm_layer_watch *watch, const gm_network *network,
                                     gemlet_dim rows)
{
    for (unsigned l = 0; l < network->n_layers; ++l) {
        const gm_layer *layer = &network->layers[l];
        GEMLET_TRY(gm_layer_probe_measure(&watch->probe, 2 * l, gm_first_rows(layer->y, rows),
                                          layer->spec.activation));
        GEMLET_TRY(gm_layer_probe_measure(&watch->probe, 2 * l + 1, gm_first_rows(layer->dy, rows),
                                          GEMLET_ACTIVATION_IDENTITY));
    }
    GEMLET_TRY(gm_layer_probe_read(&watch->probe, watch->statistics));
    for (unsigned l = 0; l < network->n_layers; ++l) {
        const gm_tensor_statistics *output = &watch->statistics[2 * l];
        const gm_tensor_statistics *gradient = output + 1;
        watch->reports[l] = (gemlet_layer_report){
            .output_mean = output->mean,
            .output_std = output->std,
            .output_min = output->low,
            .output_max = output->high,
            .saturated = output->saturated,
            .dead = output->dead,
            .gradient_std = gradient->std,
            .gradient_norm = gradient->norm,
        };
    }
    return GEMLET_OK;
}

void gm_layer_watch_destroy(gm_layer_watch *watch)
{
    gm_layer_probe_destroy(&watch->probe);
    free(watch->reports);
    free(watch->statistics);
    *watch = (gm_layer_watch){0};
}

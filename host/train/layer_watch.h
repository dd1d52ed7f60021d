/* SPDX-License-Identifier: MIT
 * Outputs and gradients of all layers during training, for gemlet_watch_callback. */
#ifndef GM_TRAIN_LAYER_WATCH_H
#define GM_TRAIN_LAYER_WATCH_H

#include "gemlet/train.h"
#include "model/network.h"

/* Zero-initialised; release with gm_layer_watch_destroy(), also after a failure. */
typedef struct gm_layer_watch {
    gemlet_layer_report *reports; /* (layers) */
} gm_layer_watch;

gemlet_status gm_layer_watch_create(gm_layer_watch *watch, const gm_network *network);

/* Fills watch->reports from what the last step of `rows` rows left in the network. Waits for the
 * device. */
gemlet_status gm_layer_watch_measure(gm_layer_watch *watch, const gm_network *network,
                                     gemlet_dim rows);

void gm_layer_watch_destroy(gm_layer_watch *watch);

#endif

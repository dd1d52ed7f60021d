/* SPDX-License-Identifier: MIT
 * A set of networks that are trained on one device and the same rows: seeds of an ensemble, points
 * of a sweep. Each has options, and with them a seed and rates, of its own, and becomes byte for
 * byte what gm_gated_train() makes of it alone. They are trained one after the other. */
#ifndef GM_RUN_NETWORK_SET_H
#define GM_RUN_NETWORK_SET_H

#include "run/train.h"

/* One of them: what gm_gated_train() takes, and what comes of it. */
typedef struct gm_set_network {
    gemlet_model *model;
    gemlet_train_options options;
    gm_gated_options gated;
    gemlet_train_result *result;
} gm_set_network;

typedef struct gm_network_set {
    gemlet_device *device;
    const gemlet_dataset *rows;
    gm_set_network *networks; /* (n) */
    gemlet_dim n;
    /* Told of each network whose training is over, with its status; another result than GEMLET_OK
     * ends the set. NULL: the first failure does. */
    gemlet_status (*on_trained)(gemlet_dim place, gemlet_status status, void *user);
    void *user;
} gm_network_set;

/* Networks behind the one that ended the set stay as they are. One that `stop` of its options keeps
 * from its first step is over, too. */
gemlet_status gm_network_set_train(const gm_network_set *set);

#endif

/* SPDX-License-Identifier: MIT
 * What a model has of a network, once more on the device: a state to return to that costs no
 * transfer. */
#ifndef GM_MODEL_NETWORK_COPY_H
#define GM_MODEL_NETWORK_COPY_H

#include "model/network.h"

#define GM_NETWORK_MAX_ARENAS (1 + GM_N_STATES)

typedef struct gm_network_copy {
    const gm_network *network;
    size_t n;
    gm_buffer *buffers[GM_NETWORK_MAX_ARENAS]; /* parameters and running statistics, then states */
    gm_buffer *square_sums;
} gm_network_copy;

/* Room for a copy of a network in training, which must outlive it. Fails where the device has not
 * so much. On failure *copy is all zero. Release with gm_network_copy_free(). */
gemlet_status gm_network_copy_create(gm_network_copy *copy, const gm_network *network);

/* Takes the values that the network has then. Only enqueues. */
gemlet_status gm_network_copy_take(gm_network_copy *copy);

/* gm_network_download() of the copy. */
gemlet_status gm_network_copy_download(const gm_network_copy *copy, gemlet_model *model);

/* *finite = 1 if the values of the network, not of the copy, surely are so: the sums of their
 * squares are. 0 says little, since squares of values beyond 1e19 overflow. Waits. */
gemlet_status gm_network_copy_try_finite(int *finite, gm_network_copy *copy);

void gm_network_copy_free(gm_network_copy *copy); /* harmless on all zero */

#endif

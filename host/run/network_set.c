/* SPDX-License-Identifier: MIT
 * See network_set.h. */
#include "run/network_set.h"

gemlet_status gm_network_set_train(const gm_network_set *set)
{
    for (gemlet_dim i = 0; i < set->n; ++i) {
        gm_set_network *network = &set->networks[i];
        gemlet_status status = gm_gated_train(network->model, set->device, set->rows,
                                              &network->options, &network->gated, network->result);
        if (set->on_trained != NULL)
            status = set->on_trained(i, status, set->user);
        GEMLET_TRY(status);
    }
    return GEMLET_OK;
}

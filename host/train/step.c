/* SPDX-License-Identifier: MIT
 * One training step, as a composition of the backend's operations. */
#include "train/step.h"

#include "train/update_rule.h"

gemlet_status gm_train_step(gm_network *network, gm_device_data *data, const gm_step_args *args)
{
    gm_matrix x;
    gm_vector labels;
    GEMLET_TRY(
        gm_device_data_gather(data, args->first, args->batch, args->input_scale, &x, &labels));

    GEMLET_TRY(gm_network_forward_train(network, x));

    GEMLET_TRY(
        gm_softmax_xent(network->backend, &(gm_softmax_xent_args){
                                              .logits = gm_network_logits(network, args->batch),
                                              .labels = labels,
                                              .dlogits = gm_network_dlogits(network, args->batch),
                                              .loss = args->loss,
                                              .correct = args->correct,
                                          }));

    GEMLET_TRY(gm_network_backward(network, x));

    return gm_update_rule_step(args->rule, network, args->record);
}

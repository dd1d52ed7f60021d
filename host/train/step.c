/* SPDX-License-Identifier: MIT
 * One training step, as a composition of the backend's operations. */
#include "train/step.h"

#include "train/adversarial.h"
#include "train/average.h"
#include "train/head.h"
#include "train/norms.h"
#include "train/update_rule.h"
#include "train/virtual_adversarial.h"

/* Loss and gradients of a batch, weights of its rows or none. */
static gemlet_status forward_and_back(gm_network *network, gm_matrix x, gm_vector labels,
                                      gm_vector weights, const gm_step_args *args)
{
    GEMLET_TRY(gm_network_forward_train(network, x, args->record));
    GEMLET_TRY(gm_head_run(args->policies.head, network->backend,
                           &(gm_head_args){
                               .outputs = gm_network_logits(network, args->batch),
                               .labels = labels,
                               .weights = weights,
                               .record = args->record,
                               .doutputs = gm_network_dlogits(network, args->batch),
                               .loss = args->loss,
                               .correct = args->correct,
                           }));
    return gm_network_backward(network, x, args->record);
}

gemlet_status gm_train_step(gm_network *network, gm_device_data *data, const gm_step_args *args)
{
    gm_matrix x;
    gm_vector labels;
    gm_vector weights;
    GEMLET_TRY(gm_device_data_gather(data, args->first, args->batch, args->policies.input_scale, &x,
                                     &labels));
    GEMLET_TRY(gm_device_data_augment_batch(data, args->record, &x));
    GEMLET_TRY(gm_device_data_gather_weights(data, args->first, args->batch, &weights));

    if (args->policies.mixup)
        GEMLET_TRY(gm_mix_rows(network->backend,
                               &(gm_mix_rows_args){.x = x, .record = args->record, .y = x}));
    if (args->policies.input_noise)
        GEMLET_TRY(
            gm_noise(network->backend, &(gm_noise_args){.x = x, .record = args->record, .y = x}));
    if (args->policies.input_dropout)
        GEMLET_TRY(gm_dropout(network->backend, &(gm_dropout_args){
                                                    .x = x,
                                                    .record = args->record,
                                                    .y = x,
                                                }));

    GEMLET_TRY(forward_and_back(network, x, labels, weights, args));
    if (args->policies.adversarial) {
        GEMLET_TRY(gm_adversarial_move(network, &args->policies, x, args->record));
        GEMLET_TRY(forward_and_back(network, x, labels, weights, args));
    }

    if (args->policies.virtual_adversarial)
        GEMLET_TRY(gm_virtual_adversarial_add(network, &args->policies, x, args->record));

    if (args->policies.clip_norm)
        GEMLET_TRY(gm_norms_clip(network, args->record));
    GEMLET_TRY(gm_update_rule_step(args->policies.rule, network, args->record));
    if (args->policies.max_norm)
        GEMLET_TRY(gm_norms_limit(network, args->record));
    return args->policies.average ? gm_average_run(network, args->record) : GEMLET_OK;
}

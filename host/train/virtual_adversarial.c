/* SPDX-License-Identifier: MIT
 * See virtual_adversarial.h. Beside the pass of the step there are two: one a small way along a
 * random direction, whose gradient by the inputs tells where the answers change most (one step of
 * the power iteration), and one that far away. Both normalise by the statistics of their own batch
 * and leave the running ones alone. */
#include "train/virtual_adversarial.h"

#include "train/option_range.h"

gemlet_status gm_virtual_adversarial_check(const gemlet_train_options *options,
                                           const gemlet_spec *spec)
{
    GEMLET_TRY(gm_option_check("the virtual adversarial step", options->virtual_adversarial,
                               GM_LEAST_SIZE, GM_MOST_SIZE));
    if (options->virtual_adversarial == 0)
        return GEMLET_OK;
    if (!(options->virtual_adversarial_xi >= GM_LEAST_SIZE &&
          options->virtual_adversarial_xi <= GM_MOST_SIZE))
        return gm_error(GEMLET_E_RANGE,
                        "xi of the virtual adversarial step is %g, expected %g to %g",
                        options->virtual_adversarial_xi, GM_LEAST_SIZE, GM_MOST_SIZE);
    if (!(options->virtual_adversarial_weight >= GM_LEAST_SIZE &&
          options->virtual_adversarial_weight <= GM_MOST_SIZE))
        return gm_error(GEMLET_E_RANGE,
                        "weight of the virtual adversarial loss is %g, expected %g to %g",
                        options->virtual_adversarial_weight, GM_LEAST_SIZE, GM_MOST_SIZE);
    if (spec->task != GEMLET_TASK_CLASSIFICATION)
        return gm_error(GEMLET_E_SHAPE, "virtual adversarial training is of classes, but the "
                                        "network answers with a number");
    return GEMLET_OK;
}

void gm_virtual_adversarial_fill_record(float record[GM_RECORD_SIZE],
                                        const gemlet_train_options *options)
{
    record[GM_RECORD_VIRTUAL_STEP] = (float)options->virtual_adversarial;
    record[GM_RECORD_VIRTUAL_XI] = (float)options->virtual_adversarial_xi;
    record[GM_RECORD_VIRTUAL_WEIGHT] = (float)options->virtual_adversarial_weight;
}

/* Inputs that dropout left out stay 0. */
static gemlet_status mask_inputs(gm_network *network, const gm_policies *policies, gm_matrix g,
                                 gm_vector record)
{
    if (!policies->input_dropout)
        return GEMLET_OK;
    return gm_dropout(network->backend, &(gm_dropout_args){.x = g, .record = record, .y = g});
}

/* The gradient of the logits of x + e g / |g|, e the item of the record. */
static gemlet_status diverge(gm_network *network, const gm_network_aside *aside, gm_matrix x,
                             gm_vector record, gm_record_item item)
{
    GEMLET_TRY(gm_row_step(network->backend, &(gm_row_step_args){
                                                 .x = x,
                                                 .g = aside->dx,
                                                 .record = record,
                                                 .item = item,
                                                 .y = aside->x,
                                             }));
    GEMLET_TRY(gm_network_forward_aside(network, aside->x, record));
    return gm_softmax_kl(network->backend, &(gm_softmax_kl_args){
                                               .logits = gm_network_logits(network, x.rows),
                                               .targets = aside->probabilities,
                                               .record = record,
                                               .dlogits = gm_network_dlogits(network, x.rows),
                                           });
}

/* Both passes; all gradients of parameters go aside. */
static gemlet_status pass_aside(gm_network *network, const gm_policies *policies,
                                const gm_network_aside *aside, gm_matrix x, gm_vector record)
{
    gm_matrix dx;
    GEMLET_TRY(
        gm_noise(network->backend,
                 &(gm_noise_args){.record = record, .layer = GM_NOISE_DIRECTION, .y = aside->dx}));
    GEMLET_TRY(mask_inputs(network, policies, aside->dx, record));
    GEMLET_TRY(diverge(network, aside, x, record, GM_RECORD_VIRTUAL_XI));
    GEMLET_TRY(gm_network_backward_input(network, aside->x, record, &dx));

    GEMLET_TRY(mask_inputs(network, policies, dx, record));
    GEMLET_TRY(diverge(network, aside, x, record, GM_RECORD_VIRTUAL_STEP));
    return gm_network_backward(network, aside->x, record);
}

gemlet_status gm_virtual_adversarial_add(gm_network *network, const gm_policies *policies,
                                         gm_matrix x, gm_vector record)
{
    gm_network_aside aside;
    GEMLET_TRY(gm_network_make_room_aside(network, x.rows, &aside));
    GEMLET_TRY(gm_softmax(network->backend, &(gm_softmax_args){
                                                .logits = gm_network_logits(network, x.rows),
                                                .probabilities = aside.probabilities,
                                            }));
    gm_buffer *own = gm_network_use_gradients(network, aside.gradients.buffer);
    const gemlet_status status = pass_aside(network, policies, &aside, x, record);
    gm_network_use_gradients(network, own);
    GEMLET_TRY(status);
    return gm_add_gradients(network->backend,
                            &(gm_add_gradients_args){.gradients = gm_network_gradients(network),
                                                     .further = aside.gradients});
}

/* SPDX-License-Identifier: MIT
 * See adversarial.h. */
#include "train/adversarial.h"

#include "train/option_range.h"

gemlet_status gm_adversarial_check(const gemlet_train_options *options)
{
    return gm_option_check("the adversarial step", options->adversarial, GM_LEAST_SIZE,
                           GM_MOST_SIZE);
}

void gm_adversarial_fill_record(float record[GM_RECORD_SIZE], const gemlet_train_options *options)
{
    record[GM_RECORD_ADVERSARIAL] = (float)options->adversarial;
}

static gm_matrix second_half(gm_matrix matrix)
{
    const gemlet_dim first = matrix.rows / 2;
    matrix.offset += first * matrix.ld;
    matrix.rows -= first;
    return matrix;
}

gemlet_status gm_adversarial_move(gm_network *network, const gm_policies *policies, gm_matrix x,
                                  gm_vector record)
{
    gm_matrix dx;
    GEMLET_TRY(gm_network_input_gradient(network, x, &dx));
    if (policies->input_dropout)
        GEMLET_TRY(gm_dropout(network->backend,
                              &(gm_dropout_args){.x = dx, .record = record, .y = dx}));
    const gm_matrix moved = second_half(x);
    return gm_sign_step(
        network->backend,
        &(gm_sign_step_args){.x = moved, .dx = second_half(dx), .record = record, .y = moved});
}

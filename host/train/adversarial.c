/* SPDX-License-Identifier: MIT
 * See adversarial.h. */
#include "train/adversarial.h"

#define LEAST_STEP 1e-6
#define MOST_STEP  1e6

gemlet_status gm_adversarial_check(const gemlet_train_options *options)
{
    const double step = options->adversarial;
    if (step == 0 || (step >= LEAST_STEP && step <= MOST_STEP))
        return GEMLET_OK;
    return gm_error(GEMLET_E_RANGE, "the adversarial step is %g, expected 0 (none) or %g to %g",
                    step, LEAST_STEP, MOST_STEP);
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
                              &(gm_dropout_args){.x = dx, .record = record, .layer = 0, .y = dx}));
    const gm_matrix moved = second_half(x);
    return gm_sign_step(
        network->backend,
        &(gm_sign_step_args){.x = moved, .dx = second_half(dx), .record = record, .y = moved});
}

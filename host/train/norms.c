/* SPDX-License-Identifier: MIT
 * See norms.h. The formulas are in backend.h, at the operations. */
#include "train/norms.h"

#include "train/option_range.h"

gemlet_status gm_norms_check(const gemlet_train_options *options)
{
    GEMLET_TRY(gm_option_check("the largest norm of a unit's weights", options->max_norm,
                               GM_LEAST_SIZE, GM_MOST_SIZE));
    return gm_option_check("the largest norm of the gradient", options->clip_norm, GM_LEAST_SIZE,
                           GM_MOST_SIZE);
}

void gm_norms_fill_record(float record[GM_RECORD_SIZE], const gemlet_train_options *options)
{
    record[GM_RECORD_MAX_NORM] = (float)options->max_norm;
    record[GM_RECORD_CLIP_NORM] = (float)options->clip_norm;
}

gemlet_status gm_norms_clip(gm_network *network, gm_vector record)
{
    const gm_vector gradients = gm_network_gradients(network);
    const gm_vector sums = gm_network_square_sums(network);
    GEMLET_TRY(gm_norm_squares(network->backend,
                               &(gm_norm_squares_args){.values = gradients, .sums = sums}));
    return gm_norm_clip(
        network->backend,
        &(gm_norm_clip_args){.gradients = gradients, .sums = sums, .record = record});
}

gemlet_status gm_norms_limit(gm_network *network, gm_vector record)
{
    for (unsigned l = 0; l < network->n_layers; ++l)
        GEMLET_TRY(
            gm_norm_max(network->backend, &(gm_norm_max_args){.weights = network->layers[l].weight,
                                                              .record = record}));
    return GEMLET_OK;
}

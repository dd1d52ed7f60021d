/* SPDX-License-Identifier: MIT
 * See update_rule.h. The formulas are in backend.h, at the operations. */
#include "train/update_rule.h"

#include <math.h>

#include "core/float_range.h"
#include "train/schedule.h"

gm_update_rule gm_update_rule_of(const gemlet_train_options *options)
{
    return options->momentum > 0 ? GM_UPDATE_SGD_MOMENTUM : GM_UPDATE_SGD;
}

gm_state_set gm_update_rule_states(gm_update_rule rule)
{
    switch (rule) {
    case GM_UPDATE_SGD_MOMENTUM:
        return 1u << GM_STATE_momentum;
    case GM_UPDATE_SGD:
        break;
    }
    return 0;
}

gemlet_status gm_update_rule_check(const gemlet_train_options *options)
{
    if (!(options->learning_rate > 0.0) || !gm_fits_float(options->learning_rate))
        return gm_error(GEMLET_E_RANGE,
                        "learning rate is %g, expected a number above 0 " GM_FLOAT_RANGE,
                        options->learning_rate);
    if (!(options->weight_decay >= 0.0) || !gm_fits_float(options->weight_decay))
        return gm_error(GEMLET_E_RANGE, "weight decay is %g, expected 0 or more " GM_FLOAT_RANGE,
                        options->weight_decay);
    if (!(options->momentum >= 0.0 && options->momentum < 1.0) ||
        !gm_fits_float(options->momentum) || (float)options->momentum >= 1.0f)
        return gm_error(GEMLET_E_RANGE,
                        "momentum is %.9g, expected at least 0 and below 1, as a float",
                        options->momentum);
    if (options->nesterov != 0 && options->nesterov != 1)
        return gm_error(GEMLET_E_RANGE, "nesterov is %d, expected 0 or 1", options->nesterov);
    if (options->nesterov && options->momentum == 0.0)
        return gm_error(GEMLET_E_RANGE, "nesterov without momentum, expected a momentum above 0");
    return gm_schedule_check(options);
}

void gm_update_rule_fill_record(float record[GM_RECORD_SIZE], const gemlet_train_options *options,
                                uint64_t step)
{
    record[GM_RECORD_LEARNING_RATE] = (float)gm_schedule_learning_rate(options, step);
    record[GM_RECORD_WEIGHT_DECAY] = (float)options->weight_decay;
    record[GM_RECORD_MOMENTUM] = (float)options->momentum;
    record[GM_RECORD_NESTEROV] = (float)options->nesterov;
    record[GM_RECORD_STEP] = (float)(step + 1);
}

gemlet_status gm_update_rule_step(gm_update_rule rule, gm_network *network, gm_vector record)
{
    const gm_vector parameters = gm_network_parameters(network);
    const gm_vector gradients = gm_network_gradients(network);
    switch (rule) {
    case GM_UPDATE_SGD_MOMENTUM:
        return gm_sgd_momentum_step(network->backend,
                                    &(gm_sgd_momentum_step_args){
                                        .parameters = parameters,
                                        .momentum = gm_network_state(network, GM_STATE_momentum),
                                        .gradients = gradients,
                                        .record = record,
                                        .n_decayed = network->n_decayed,
                                    });
    case GM_UPDATE_SGD:
        break;
    }
    return gm_sgd_step(network->backend, &(gm_sgd_step_args){
                                             .parameters = parameters,
                                             .gradients = gradients,
                                             .record = record,
                                             .n_decayed = network->n_decayed,
                                         });
}

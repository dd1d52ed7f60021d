/* SPDX-License-Identifier: MIT
 * The update rule that options ask for, and what it is: how many states of the optimizer it has,
 * what of the options its records hold, its operation. */
#ifndef GM_TRAIN_UPDATE_RULE_H
#define GM_TRAIN_UPDATE_RULE_H

#include "gemlet/train.h"
#include "model/network.h"

gm_update_rule gm_update_rule_of(const gemlet_train_options *options);

/* Sets learning rate and weight decay to those that are usual with the optimizer. */
void gm_update_rule_usual(gemlet_train_options *options);

/* Forgets what a new training does not go on with, of states that an earlier one left in the model.
 */
gemlet_status gm_update_rule_begin(const gemlet_train_options *options, gemlet_model *model);

/* What it keeps of each parameter. */
gm_state_set gm_update_rule_states(gm_update_rule rule);

/* GEMLET_E_RANGE for a learning rate, or another number of the rule, that is impossible. */
gemlet_status gm_update_rule_check(const gemlet_train_options *options);

/* record = that of step `step` (from 0, < options->n_steps); it is zeroed before. */
void gm_update_rule_fill_record(float record[GM_RECORD_SIZE], const gemlet_train_options *options,
                                uint64_t step);

/* Updates the parameters from their gradients. record: the first of the step; layer.h says which
 * one each parameter takes. Only enqueues. */
gemlet_status gm_update_rule_step(gm_update_rule rule, gm_network *network, gm_vector record);

#endif

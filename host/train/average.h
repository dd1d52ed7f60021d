/* SPDX-License-Identifier: MIT
 * The moving average of the weights that options ask for: of all values of the model, parameters
 * and running statistics. What is evaluated and saved is the average; it is trained as without. */
#ifndef GM_TRAIN_AVERAGE_H
#define GM_TRAIN_AVERAGE_H

#include "gemlet/train.h"
#include "model/network.h"

/* 1 if there is one. */
int gm_average_is_on(const gemlet_train_options *options);

/* GEMLET_E_RANGE for an impossible one. */
gemlet_status gm_average_check(const gemlet_train_options *options);

/* A training that is not taken up again averages from the values of the model on: it forgets the
 * values that another training with an average left beside them. */
gemlet_status gm_average_begin(gemlet_model *model);

/* record = that of step `step` (from 0, < options->n_steps); it is zeroed before. */
void gm_average_fill_record(float record[GM_RECORD_SIZE], const gemlet_train_options *options,
                            uint64_t step);

/* The end of a step. Only enqueues. */
gemlet_status gm_average_run(gm_network *network, gm_vector record);

/* Takes "ema:0.99" or "last:0.25" from a command line; NULL: none. GEMLET_E_RANGE for another text.
 */
gemlet_status gm_average_parse(gemlet_train_options *options, const char *text);

#endif

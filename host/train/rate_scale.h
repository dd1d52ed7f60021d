/* SPDX-License-Identifier: MIT
 * Learning rates of groups of parameters. A step has a record for every factor of its learning
 * rate: record 0 is that of parameters which are in no group, the others differ from it in the
 * learning rate alone. Which of them a parameter takes stands in its layer. */
#ifndef GM_TRAIN_RATE_SCALE_H
#define GM_TRAIN_RATE_SCALE_H

#include "gemlet/train.h"
#include "model/network.h"

/* GEMLET_E_RANGE for factors that are impossible, or that the network has no parameters for. */
gemlet_status gm_rate_scale_check(const gemlet_train_options *options, const gemlet_spec *spec);

/* How many records a step has. */
unsigned gm_rate_scale_count_records(const gemlet_train_options *options);

/* records (count, GM_RECORD_SIZE) of step `step` (from 0); the first is there, and the others are
 * made of it. */
void gm_rate_scale_fill_records(float *records, const gemlet_train_options *options, uint64_t step);

/* Tells the layers which record their parameters take. */
void gm_rate_scale_assign(gm_network *network, const gemlet_train_options *options);

/* options->rate_scales = those of a text such as "biases=0.1,last=0.5"; NULL: none. GEMLET_E_RANGE
 * for another. */
gemlet_status gm_rate_scale_parse(gemlet_train_options *options, const char *text);

#endif

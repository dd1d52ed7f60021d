/* SPDX-License-Identifier: MIT
 * The learning rate as a function of the step. */
#ifndef GM_TRAIN_SCHEDULE_H
#define GM_TRAIN_SCHEDULE_H

#include "gemlet/train.h"

/* Learning rate of step `step` (0-based, < options->n_steps). */
double gm_schedule_learning_rate(const gemlet_train_options *options, uint64_t step);

#endif

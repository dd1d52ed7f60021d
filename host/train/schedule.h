/* SPDX-License-Identifier: MIT
 * The learning rate as a function of the step. */
#ifndef GM_TRAIN_SCHEDULE_H
#define GM_TRAIN_SCHEDULE_H

#include "core/error.h"
#include "gemlet/train.h"

/* Learning rate of step `step` (0-based, < options->n_steps). */
double gm_schedule_learning_rate(const gemlet_train_options *options, uint64_t step);

/* GEMLET_E_RANGE for an impossible schedule. The learning rate itself is checked before. */
gemlet_status gm_schedule_check(const gemlet_train_options *options);

/* 1 if the learning rate of a step depends on how many steps there are. */
int gm_schedule_depends_on_length(const gemlet_train_options *options);

#define GM_SCHEDULE_TEXT_SIZE 128u

/* text = "0.1 cosine", with its warm-up. */
void gm_schedule_describe(char text[GM_SCHEDULE_TEXT_SIZE], const gemlet_train_options *options);

#endif

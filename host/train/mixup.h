/* SPDX-License-Identifier: MIT
 * Mixup (Zhang et al. 2018): the rows of a batch are mixed in pairs, inputs and targets alike. */
#ifndef GM_TRAIN_MIXUP_H
#define GM_TRAIN_MIXUP_H

#include "backend/backend.h"
#include "gemlet/dataset.h"
#include "gemlet/train.h"

/* GEMLET_E_RANGE for a parameter that is impossible, or rows that cannot be mixed. */
gemlet_status gm_mixup_check(const gemlet_train_options *options, const gemlet_dataset *dataset);

/* Its item of the record of step `step`, counted from 0. */
void gm_mixup_fill_record(float record[GM_RECORD_SIZE], const gemlet_train_options *options,
                          uint64_t step);

#endif

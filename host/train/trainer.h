/* SPDX-License-Identifier: MIT
 * The training loop on a device that is taken as it is. gemlet_train() (host/run/train.c) tries the
 * device first. */
#ifndef GM_TRAIN_TRAINER_H
#define GM_TRAIN_TRAINER_H

#include "gemlet/train.h"

typedef struct gm_trainer gm_trainer;

/* The failures of gemlet_train() for options, data and models that do not fit. */
gemlet_status gm_trainer_check(const gemlet_model *model, const gemlet_dataset *dataset,
                               const gemlet_train_options *options);

/* Sets everything up for the first step; result->fused and ->why_not_fused say how. Everything
 * passed must outlive the trainer. On failure *out = NULL. Release with gm_trainer_destroy(). */
gemlet_status gm_trainer_create(gm_trainer **out, gemlet_model *model, gemlet_device *device,
                                const gemlet_dataset *dataset, const gemlet_train_options *options,
                                gemlet_train_result *result);

/* All steps, once; fails as gemlet_train() does. */
gemlet_status gm_trainer_run(gm_trainer *trainer);

void gm_trainer_destroy(gm_trainer *trainer); /* NULL is allowed */

/* The three in a row. */
gemlet_status gm_train(gemlet_model *model, gemlet_device *device, const gemlet_dataset *dataset,
                       const gemlet_train_options *options, gemlet_train_result *result);

#endif

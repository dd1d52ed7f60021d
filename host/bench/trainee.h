/* SPDX-License-Identifier: MIT
 * A network in training that is driven from outside, so many steps at a time: what gemlet_train()
 * does in a step, without reports, copies of the state and the tripwire. */
#ifndef GM_BENCH_TRAINEE_H
#define GM_BENCH_TRAINEE_H

#include "gemlet/train.h"

typedef struct gm_trainee gm_trainee;

/* Trains a copy of the model on the device with the batch, learning rate, seed and kind of step
 * that the options say. Model, device, data and options must outlive
 * it. On failure *out = NULL. Release with gm_trainee_destroy(). */
gemlet_status gm_trainee_create(gm_trainee **out, const gemlet_model *model, gemlet_device *device,
                                const gemlet_dataset *dataset, const gemlet_train_options *options);

/* Does n more steps and waits for them. */
gemlet_status gm_trainee_run(gm_trainee *trainee, uint64_t n);

/* *loss = mean of the last losses, at most 100; after at least one step. */
gemlet_status gm_trainee_read_loss(const gm_trainee *trainee, double *loss);

/* What its fused steps launch, as text; NULL if they are not fused. Belongs to the trainee. */
const char *gm_trainee_plan(const gm_trainee *trainee);

void gm_trainee_destroy(gm_trainee *trainee); /* NULL is allowed */

#endif

/* SPDX-License-Identifier: MIT
 * The training loop on a device that is taken as it is. gemlet_train() (host/run/train.c) tries the
 * device first. */
#ifndef GM_TRAIN_TRAINER_H
#define GM_TRAIN_TRAINER_H

#include "gemlet/train.h"
#include "train/session.h"
#include "train/train_state.h"

typedef struct gm_trainer gm_trainer;

/* Told of states that the training can go on from: it is in the middle of a run, whose steps wait.
 * model: after state->n_done steps;
 * best: of the best validation, NULL if there was none. */
typedef void (*gm_train_state_callback)(const gm_train_state *state, const gemlet_model *model,
                                        const gemlet_model *best, void *user);

/* When on_state is told: after every `every` steps; or if that is 0, after each epoch, but not
 * within GM_STATE_LEAST_SECONDS of the last time, and after GM_STATE_MOST_SECONDS in any case,
 * and so that the calls take 2 % of the time at most. Also after the last step, before a
 * validation and a report that are only made because it is the last; and after a failure, if there
 * is a good state that it was not told of. None of this changes the training. */
typedef struct gm_train_states {
    uint64_t every;
    gm_train_state_callback on_state;
    void *user;
} gm_train_states;

#define GM_STATE_LEAST_SECONDS 1.0
#define GM_STATE_MOST_SECONDS  60.0

/* The failures of gemlet_train() for options, data and models that do not fit. */
gemlet_status gm_trainer_check(const gemlet_model *model, const gemlet_dataset *dataset,
                               const gemlet_train_options *options);

/* Sets everything up for the first step; result->fused and ->why_not_fused say how. Everything
 * passed must outlive the trainer. On failure *out = NULL. Release with gm_trainer_destroy(). */
gemlet_status gm_trainer_create(gm_trainer **out, gemlet_model *model, gemlet_device *device,
                                const gemlet_dataset *dataset, const gemlet_train_options *options,
                                gemlet_train_result *result);

/* Before the run: who is told of states. */
void gm_trainer_tell_states(gm_trainer *trainer, const gm_train_states *states);

/* Before the run: it goes on from this state, which is that of the trainer's model; best: as in
 * gm_train_state_callback. The steps to come are then those of a training that was never
 * interrupted. */
gemlet_status gm_trainer_start_from(gm_trainer *trainer, const gm_train_state *state,
                                    const gemlet_model *best);

/* All steps, or those that are left, once; fails as gemlet_train() does. */
gemlet_status gm_trainer_run(gm_trainer *trainer);

/* What it trains in. Belongs to the trainer. */
gm_session *gm_trainer_session(gm_trainer *trainer);

void gm_trainer_destroy(gm_trainer *trainer); /* NULL is allowed */

/* The three in a row. */
gemlet_status gm_train(gemlet_model *model, gemlet_device *device, const gemlet_dataset *dataset,
                       const gemlet_train_options *options, gemlet_train_result *result);

#endif

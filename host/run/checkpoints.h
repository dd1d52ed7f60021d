/* SPDX-License-Identifier: MIT
 * The checkpoints of a run: made from the states that its training tells, and taken up again by
 * another run. */
#ifndef GM_RUN_CHECKPOINTS_H
#define GM_RUN_CHECKPOINTS_H

#include "run/run.h"

/* Name under which the job of a checkpoint has the directory of the data, without links. */
#define GM_RUN_DATA_DIRECTORY "data directory"

/* Once the results' directory is open. */
void gm_run_checkpoints_begin(gm_run *run);

/* A gm_train_state_callback, whose user is the run: writes the state down, beside the training. A
 * checkpoint that cannot be written is noted; the training goes on. */
void gm_run_checkpoint(const gm_train_state *state, const gemlet_model *model,
                       const gemlet_model *best, void *run);

/* Waits until the last one is written. Returns `status`, whose message stays. */
gemlet_status gm_run_checkpoints_end(gm_run *run, gemlet_status status);

/* Before results are placed in the directory: removes checkpoints that are not of this run. */
void gm_run_checkpoints_remove_others(const gm_run *run);

/* For a run that goes on from run->resumed, once its rows are loaded and its steps are counted:
 * GEMLET_E_RANGE where rows, network or the number of steps are not those of that run. */
gemlet_status gm_run_resume_check(gm_run *run);

/* For the same, in place of a new model: takes its model and what it has reported so far. */
gemlet_status gm_run_resume_take(gm_run *run);

/* For the same, before its first step: notes what may make other bits of it. */
void gm_run_resume_note(const gm_run *run);

#endif

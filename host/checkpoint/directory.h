/* SPDX-License-Identifier: MIT
 * The checkpoints of a run: files step-<steps>.npz in the directory "checkpoints" of the run's own.
 * The newest are kept, so that one that is damaged leaves others to go on from. Where there is
 * validation, best.npz beside them is the model of the best one up to the newest checkpoint. */
#ifndef GM_CHECKPOINT_DIRECTORY_H
#define GM_CHECKPOINT_DIRECTORY_H

#include "checkpoint/checkpoint.h"

/* Name within the directory of a run. */
#define GM_CHECKPOINT_DIRECTORY "checkpoints"
#define GM_CHECKPOINT_BEST      "best.npz" /* within that */

/* *path = where the checkpoint of so many steps of the run lies. Release with free(). */
gemlet_status gm_checkpoint_path(char **path, const char *run, uint64_t steps);

/* 1 if there is a checkpoint in the directory of the run, whole or not. */
int gm_checkpoints_exist(const char *run);

/* Writes a checkpoint of the run, and removes others, but not before it is safe on the disk: those
 * of more steps, which it does not follow, and of the rest all but the newest `keep` (> 0), this
 * one among them. */
gemlet_status gm_checkpoints_write(const char *run, const gm_checkpoint *checkpoint, unsigned keep);

/* Removes all checkpoints of the run, and their directory if nothing else is in it. */
void gm_checkpoints_remove(const char *run);

/* Loads the newest checkpoint that is whole; on_note is told of those that are not. GEMLET_E_IO or
 * _FORMAT if there is none. */
gemlet_status gm_checkpoints_load(gm_checkpoint *checkpoint, const char *run,
                                  gemlet_note_callback on_note, void *user);

#endif

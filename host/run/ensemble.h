/* SPDX-License-Identifier: MIT
 * A run that trains an ensemble: networks that differ in their seed alone, each a run of its own in
 * the directory "networks" of the results, named by its number from 1, and from them one model. A
 * network is byte for byte what `gemlet train --seed N --split-seed N` makes alone, where the
 * latter N is the seed of the first network. */
#ifndef GM_RUN_ENSEMBLE_H
#define GM_RUN_ENSEMBLE_H

#include "run/parts.h"

typedef struct gm_ensemble_run {
    /* given */
    gm_run whole;       /* as of gm_run_execute(), with settings.ensemble > 1, but `resumed` */
    int is_resumed;     /* 1: networks go on from their checkpoints, where they have some */
    gm_run_events each; /* who is told of the networks' runs */

    /* made */
    gemlet_dim n;
    gm_run_part *networks; /* (n) */
    gm_set_network *set;   /* (n) */
} gm_ensemble_run;

/* All of it. An ensemble that is stopped is no failure: whole.trained.stopped; then there is no
 * model of it yet, and the networks are kept as runs that are stopped. The same holds for one of
 * which a network fails. */
gemlet_status gm_ensemble_run_execute(gm_ensemble_run *ensemble);

/* Releases what was made. */
void gm_ensemble_run_close(gm_ensemble_run *ensemble);

/* Loads the first network's checkpoint, as gm_checkpoints_load(), and how many there are. */
gemlet_status gm_ensemble_recall(gm_checkpoint *checkpoint, gemlet_dim *n, const char *directory,
                                 gemlet_note_callback on_note, void *user);

#endif

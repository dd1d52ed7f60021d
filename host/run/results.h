/* SPDX-License-Identifier: MIT
 * The files that a run leaves. */
#ifndef GM_RUN_RESULTS_H
#define GM_RUN_RESULTS_H

#include "run/run.h"

/* Names of the files in the directory of the results. The model's is the same whatever the data, so
 * that scripts need not know them. */
#define GM_MODEL_NAME      "model_mnist.npz"
#define GM_LAST_MODEL_NAME "model_last.npz" /* where the model is the best of a validation */
#define GM_STATS_NAME      "stats.json"

/* Chooses run->out, see out.h, finds out whether results can be written there, and leaves those of
 * an earlier run as they are. */
gemlet_status gm_run_results_open(gm_run *run);

/* Takes room on the disk for the models, which must be there. */
gemlet_status gm_run_results_take_room(gm_run *run);

/* Puts model, metrics, statistics and report in place of an earlier run's results, as a whole; a
 * report that cannot be made is left out, and a note says why. If placing
 * fails they go elsewhere, under new names beside the results or in the directory for temporary
 * files, and the message says where. */
gemlet_status gm_run_results_save(gm_run *run);

/* Draws the pictures of a run that is saved, adds them to its results and names the graph in its
 * statistics. Pictures are guests: where one cannot be drawn a note says why, and nothing else is
 * different. */
void gm_run_results_draw(gm_run *run);

/* Saves a run that has ended well, without the checkpoints of others, and draws it; its events are
 * told. */
gemlet_status gm_run_results_conclude(gm_run *run);

/* *path = where the file of this name is written now. Release with free(). */
gemlet_status gm_run_results_path(char **path, const gm_run *run, const char *name);

#endif

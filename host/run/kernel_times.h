/* SPDX-License-Identifier: MIT
 * Where the time of a run's steps goes, kernel by kernel. */
#ifndef GM_RUN_KERNEL_TIMES_H
#define GM_RUN_KERNEL_TIMES_H

#include "run/run.h"
#include "train/session.h"

/* Fills run->profile from the last steps of the training, which are taken once more, so few of them
 * that it takes a quarter of a percent of the time. Nothing of a training that is too short for it,
 * was stopped, or waits for its rows. A failure is a note: the training is over. `run` is a gm_run;
 * it is called as gm_gated_options.on_end. */
void gm_run_measure_kernels(gm_session *session, void *run);

#endif

/* SPDX-License-Identifier: MIT
 * What is printed of runs: what they are made from, and what came of them. */
#ifndef GM_CLI_TRAIN_REPORT_H
#define GM_CLI_TRAIN_REPORT_H

#include "run/run.h"

/* Before the training: data, device, network, options. */
void gm_train_report_setup(const gm_run *run);

/* The seeds of the networks of an ensemble. */
void gm_train_report_seeds(const gm_run *whole);

/* Behind its test: the figures of a run; those of an ensemble. */
void gm_train_report_figures(const gm_run *run);
void gm_train_report_whole(const gm_run *whole);

/* The command that goes on with the run in a directory, as a shell takes it. */
void gm_train_report_resume(const char *out);

#endif

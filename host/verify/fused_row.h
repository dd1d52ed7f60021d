/* SPDX-License-Identifier: MIT
 * Fused steps in a row against the same steps one by one.
 *
 * Training enqueues a step before the last one is over: its launches do the end of one step and the
 * beginning of the next. What is verified is a step by itself; so what the launches of training
 * calculate must be the same to the last bit. */
#ifndef GM_VERIFY_FUSED_ROW_H
#define GM_VERIFY_FUSED_ROW_H

#include "verify/fused_run.h"

/* Operation that the results stand under in a report. */
#define GM_FUSED_ROW_LABEL "steps in a row"

/* Does the steps that `run` has done one by one again, from the model on, and adds losses, counts
 * and final state to the tally, which has a bound of 0 for them. */
gemlet_status gm_fused_row_run(gm_fused_run *run, gm_tally *tally, const gemlet_model *model);

#endif

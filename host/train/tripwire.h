/* SPDX-License-Identifier: MIT
 * Why did training diverge: is it the learning rate, or the device?
 *
 * From the last good state the run is repeated on the CPU, with the same batches and rates, and
 * step by step on the device. If the CPU's values overflow or become NaN too, the training itself
 * diverges. If they stay finite, the device is at fault, and the first tensor is named that is not
 * finite on the device but is so on the double-precision reference after the same step. */
#ifndef GM_TRAIN_TRIPWIRE_H
#define GM_TRAIN_TRIPWIRE_H

#include "train/session.h"
#include "train/step_tensors.h"

/* A run that something not finite was found in. The session is the run's own and is used for the
 * repetition: its state is lost. */
typedef struct gm_tripwire_run {
    gm_session *session;
    const gemlet_dataset *dataset;
    const gemlet_model *good; /* a finite state of the run */
    uint64_t good_steps;      /* steps done to reach it */
    uint64_t last_step;       /* the step, from 1, after which it was found */
} gm_tripwire_run;

typedef struct gm_tripwire_verdict {
    gemlet_divergence divergence;
    uint64_t step;                         /* from 1: the first with something not finite */
    char tensor[GM_STEP_TENSOR_NAME_SIZE]; /* empty if the device does not do it again */
} gm_tripwire_verdict;

/* GEMLET_E_DIVERGED if the run's request to stop came in between; or whatever else failed. */
gemlet_status gm_tripwire_diagnose(gm_tripwire_verdict *verdict, const gm_tripwire_run *run);

#endif

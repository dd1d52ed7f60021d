/* SPDX-License-Identifier: MIT
 * The fused training steps that are verified: a run as gemlet_train() does it, but one step at a
 * time, each looked at when it is over. */
#ifndef GM_VERIFY_FUSED_RUN_H
#define GM_VERIFY_FUSED_RUN_H

#include "train/session.h"
#include "verify/tally.h"

/* Zero-initialised; release with gm_fused_run_destroy(), also after a failure. */
typedef struct gm_fused_run {
    gm_session *session; /* NULL: these steps are not fused */
    char why_not[GM_FUSED_REASON_SIZE];
    uint64_t n_steps; /* done */
    float loss;       /* of the last one */
    uint32_t correct;
} gm_fused_run;

/* Sets up the steps that gemlet_train() would take on `backend`, if it would fuse them: up to
 * max_steps of them. density: share of the features that is not 0; 0: measured. */
gemlet_status gm_fused_run_create(gm_fused_run *run, gm_backend *backend, const gemlet_model *model,
                                  const gemlet_dataset *dataset,
                                  const gemlet_train_options *options, uint64_t max_steps,
                                  double density);

/* Does the next step, by itself. */
gemlet_status gm_fused_run_step(gm_fused_run *run);

/* `perform` of gm_check_sink: the outputs of an operation of that step. Values
 * written into padding are reported to the tally. */
gemlet_status gm_fused_run_perform(const gm_fused_run *run, gm_tally *tally, gm_check_call *call);

void gm_fused_run_destroy(gm_fused_run *run);

#endif

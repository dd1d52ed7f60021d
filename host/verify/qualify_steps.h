/* SPDX-License-Identifier: MIT
 * The gate before a training run, and before a model is used: does this device do the steps of the
 * job, or the evaluation, rightly?
 *
 * The first two steps of a run on the first rows of the data are verified as `gemlet verify` does
 * it, every element of every operation; fused ones are done in a row, too, and composed ones are
 * followed by an evaluation. Where that takes long, one step is. */
#ifndef GM_VERIFY_QUALIFY_STEPS_H
#define GM_VERIFY_QUALIFY_STEPS_H

#include "gemlet/gemlet.h"
#include "verify/qualify_gemm.h"

typedef struct gm_step_job {
    const gemlet_model *model;
    const gemlet_dataset *dataset;
    const gemlet_train_options *options; /* NULL: an evaluation */
} gm_step_job;

typedef struct gm_step_report {
    int is_tried; /* 0: this run has no such steps, or they need no trial */
    int is_wrong;
    int is_cached;   /* the verdict is from an earlier run */
    char fault[512]; /* what is wrong, one line; empty if nothing is */
} gm_step_report;

/* The fused steps of this job, if gemlet_train() would fuse them. A wrong step is a verdict, not a
 * failure. Verdicts are kept in cache_directory; NULL, or a directory that cannot be written, means
 * that they are not. */
gemlet_status gm_qualify_fused(gm_step_report *report, gemlet_device *device,
                               const gm_step_job *job, const char *cache_directory);

/* The same for steps operation by operation, on devices where backend.h has them tried; products go
 * through the GEMM in use, which gm_qualify() has tried at all shapes of the job. */
gemlet_status gm_qualify_composed(gm_step_report *report, gemlet_device *device,
                                  const gm_step_job *job, const char *cache_directory);

/* The same for an evaluation, or without labels a prediction: a batch of the first rows. */
gemlet_status gm_qualify_evaluation(gm_step_report *report, gemlet_device *device,
                                    const gemlet_model *model, const gemlet_dataset *dataset,
                                    const char *cache_directory);

#endif

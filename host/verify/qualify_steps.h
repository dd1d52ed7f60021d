/* SPDX-License-Identifier: MIT
 * The gate before a training run that fuses its steps: does this device do these steps rightly?
 *
 * The first two steps of a run on the first rows of the data are verified as `gemlet verify` does
 * it, every element of every operation, and done in a row. Where that takes long, one step is. */
#ifndef GM_VERIFY_QUALIFY_FUSED_H
#define GM_VERIFY_QUALIFY_FUSED_H

#include "gemlet/gemlet.h"
#include "verify/qualify_gemm.h"

typedef struct gm_fused_job {
    const gemlet_model *model;
    const gemlet_dataset *dataset;
    const gemlet_train_options *options;
} gm_fused_job;

typedef struct gm_fused_report {
    int is_fused; /* 0: this run goes operation by operation, nothing was tried */
    int is_wrong;
    int is_cached;   /* the verdict is from an earlier run */
    char fault[512]; /* what is wrong, one line; empty if nothing is */
} gm_fused_report;

/* A wrong step is a verdict, not a failure. Verdicts are kept in cache_directory; NULL, or a
 * directory that cannot be written, means that they are not. */
gemlet_status gm_qualify_fused(gm_fused_report *report, gemlet_device *device,
                               const gm_fused_job *job, const char *cache_directory);

#endif

/* SPDX-License-Identifier: MIT
 * What a verification found, for people and as JSON. */
#ifndef GM_VERIFY_REPORT_H
#define GM_VERIFY_REPORT_H

#include <stdio.h>

#include "verify/lockstep.h"

/* One line for every output of every operation. */
gemlet_status gm_report_table(FILE *stream, const gm_lockstep_result *result);

/* The largest error of each family of operations, beside that of the float CPU path. */
void gm_report_families(FILE *stream, const gm_lockstep_result *result);

/* One line that begins with "verified:", "device differs from the reference:" or "diverged:"; where
 * something is wrong, lines with the values follow. `n_steps` were asked for. */
void gm_report_verdict(FILE *stream, const gm_lockstep_result *result, uint64_t n_steps);

/* What a report says of its run. */
typedef struct gm_report_job {
    const char *network;
    const char *data;
    const char *device;
    const char *gemm;
    gemlet_dim batch;
    uint64_t seed;
    uint64_t n_steps; /* asked for */
    const char *step; /* how steps are handed to the device; NULL: not said */
} gm_report_job;

/* *out = the whole report as one JSON object. Release with free(). */
gemlet_status gm_report_json(char **out, const gm_lockstep_result *result,
                             const gm_report_job *job);

#endif

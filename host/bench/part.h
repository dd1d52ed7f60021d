/* SPDX-License-Identifier: MIT
 * A part of a long measurement, in a process of its own: if it crashes or hangs, its results are
 * lost and no others.
 *
 * The child is a fork of the caller, which therefore must not have touched OpenCL before. It ends
 * as a program does, so that a driver that crashes when it is unloaded is seen. */
#ifndef GM_BENCH_PART_H
#define GM_BENCH_PART_H

#include <cjson/cJSON.h>

#include "core/error.h"

/* Fills an object with what was found. */
typedef gemlet_status gm_part_job(cJSON *results, const void *user);

typedef enum gm_part_state {
    GM_PART_DONE,
    GM_PART_FAILED,  /* `message`: why; the results are those so far */
    GM_PART_KILLED,  /* by signal `code` */
    GM_PART_EXITED,  /* with exit code `code`, which something else than the job chose */
    GM_PART_TOO_LONG /* and was ended */
} gm_part_state;

typedef struct gm_part {
    gm_part_state state;
    int code;
    double seconds;
    cJSON *results;     /* NULL: none arrived */
    char message[1024]; /* one line; empty if done */
} gm_part;

/* Runs the job for at most so many seconds. How it ends is no failure of this function. Release
 * with gm_part_free(), also after a failure. */
gemlet_status gm_part_run(gm_part *part, gm_part_job *job, const void *user, double seconds);

/* Harmless on a zeroed object. */
void gm_part_free(gm_part *part);

#endif

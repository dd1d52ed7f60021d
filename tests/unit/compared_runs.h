/* SPDX-License-Identifier: MIT
 * Runs that the tests of gemlet compare make up, write and read again. */
#ifndef GM_TESTS_UNIT_COMPARED_RUNS_H
#define GM_TESTS_UNIT_COMPARED_RUNS_H

#include "compare/run_groups.h"
#include "report/run_stats.h"

/* A run as gemlet train describes it. */
gm_run_stats compared_stats(uint64_t seed);

/* The record of a run that was written to a file and read again; its directory is then `name`.
 * Release with gm_run_record_free(). */
gm_run_record compared_record(const gm_run_stats *stats, const char *name);

#define COMPARED_MAX_RUNS 12u

/* Starts as {0}. */
typedef struct compared_runs {
    gm_run_record records[COMPARED_MAX_RUNS];
    size_t n;
    gm_run_groups groups; /* once gathered */
} compared_runs;

void compared_add(compared_runs *r, const gm_run_stats *stats, const char *name);
void compared_gather(compared_runs *r);
void compared_release(compared_runs *r);

/* Two learning rates, with seeds 1..3 and 1..n_second in turn. Accuracies 0.98 + seed / 1000 and
 * 0.97 + seed^2 / 10000, losses 0.06 and 0.08 + seed / 100. Gathered. */
compared_runs compared_make(unsigned n_second);

#endif

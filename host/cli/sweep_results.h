/* SPDX-License-Identifier: MIT
 * What a sweep comes to: a table on standard output, one as CSV, and a report. */
#ifndef GM_CLI_SWEEP_RESULTS_H
#define GM_CLI_SWEEP_RESULTS_H

#include "cli/sweep_grid.h"
#include "compare/comparison.h"
#include "report/result_directory.h"

/* Names within the directory of the sweep. The first is the last to appear. */
#define GM_SWEEP_TABLE_NAME "sweep.csv"

/* A run that is done. */
typedef struct gm_sweep_run {
    char *directory;
    size_t point;
} gm_sweep_run;

/* Writes and prints what the runs (n > 0) come to, of which each may have been replaced since.
 * results: of the whole, open for gm_sweep_result_names. */
gemlet_status gm_sweep_results(const gm_result_directory *results, const gm_sweep_grid *grid,
                               const gm_sweep_run *runs, size_t n,
                               const gm_comparison_format *format);

#define GM_SWEEP_N_RESULTS 2u
extern const char *const gm_sweep_result_names[GM_SWEEP_N_RESULTS];

#endif

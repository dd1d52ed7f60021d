/* SPDX-License-Identifier: MIT
 * What a free run measured, for people and as JSON. */
#ifndef GM_VERIFY_FREE_RUN_REPORT_H
#define GM_VERIFY_FREE_RUN_REPORT_H

#include <stdio.h>

#include "verify/free_run.h"
#include "verify/report.h"

/* One line for every step that was looked at. */
void gm_free_run_table(FILE *stream, const gm_free_run_result *result);

/* One line that begins with "free run:", "device differs from the reference:" or "diverged:", and
 * below the first what it does not say. */
void gm_free_run_print_verdict(FILE *stream, const gm_free_run_result *result);

/* *out = the whole report as one JSON object. Release with free(). */
gemlet_status gm_free_run_json(char **out, const gm_free_run_result *result,
                               const gm_report_job *job);

#endif

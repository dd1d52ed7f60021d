/* SPDX-License-Identifier: MIT
 * What gemlet eval prints of a model. */
#ifndef GM_CLI_EVAL_REPORT_H
#define GM_CLI_EVAL_REPORT_H

#include <stdio.h>

#include "table/schema.h"
#include "train/metrics.h"

typedef struct gm_eval_report {
    gemlet_evaluation evaluation;
    gm_metrics metrics;
    const gm_schema *schema; /* names target and classes; NULL: of no table */
} gm_eval_report;

/* One figure a line, and the confusion matrix of few classes. */
gemlet_status gm_eval_report_print(const gm_eval_report *report, FILE *stream);

/* One JSON object in one line; null for what is not known. */
gemlet_status gm_eval_report_print_json(const gm_eval_report *report, FILE *stream);

#endif

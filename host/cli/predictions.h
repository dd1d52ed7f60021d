/* SPDX-License-Identifier: MIT
 * Predictions as gemlet predict writes them, row by row. */
#ifndef GM_CLI_PREDICTIONS_H
#define GM_CLI_PREDICTIONS_H

#include <stdio.h>

#include "gemlet/model.h"
#include "table/schema.h"

typedef enum gm_prediction_format {
    GM_PREDICTIONS_BY_NAME,   /* of the output, by gm_predictions_format_of() */
    GM_PREDICTIONS_CSV,       /* under a header line */
    GM_PREDICTIONS_JSON,      /* one array of objects */
    GM_PREDICTIONS_JSON_LINES /* an object a line */
} gm_prediction_format;

/* Where predictions go to, and what is known of the rows. */
typedef struct gm_predictions {
    FILE *stream;
    gm_prediction_format format; /* but GM_PREDICTIONS_BY_NAME */
    gemlet_dim n_rows;           /* of the whole input */
    gemlet_task task;
    gemlet_dim n_outputs;    /* classes, or 1 number */
    const gm_schema *schema; /* names the target and its classes; NULL: they have numbers */
    const gm_table *table;   /* the rows that were read, with a schema; else NULL */
    int has_spread;          /* of an ensemble */
} gm_predictions;

/* By the end of a file's name, before .gz if it has that: .json, .jsonl or .ndjson; else, and for
 * NULL, CSV. */
gm_prediction_format gm_predictions_format_of(const char *path);

/* All: failures stay in the stream. Before the first row and behind the last: */
void gm_predictions_begin(const gm_predictions *p);
void gm_predictions_end(const gm_predictions *p);

/* answers (n_outputs) in: probabilities, or the output of a regression. spread: as of
 * gemlet_predict_with_spread(), if p->has_spread. Rows count from 0 and come in their order. */
void gm_predictions_write_row(const gm_predictions *p, gemlet_dim row, const float *answers,
                              float spread);

#endif

/* SPDX-License-Identifier: MIT
 * Predictions as gemlet predict writes them, row by row. */
#ifndef GM_CLI_PREDICTIONS_H
#define GM_CLI_PREDICTIONS_H

#include <stdio.h>

#include "table/schema.h"

typedef enum gm_prediction_format {
    GM_PREDICTIONS_CSV,
    GM_PREDICTIONS_JSON
} gm_prediction_format;

/* Where predictions go to, and what is known of the rows. */
typedef struct gm_predictions {
    FILE *stream;
    gm_prediction_format format;
    gemlet_dim n_rows; /* of the whole input */
    gemlet_dim n_classes;
    const gm_schema *schema; /* names the classes; NULL: they have numbers */
    const gm_table *table;   /* the rows that were read, with a schema; else NULL */
} gm_predictions;

/* All: failures stay in the stream. Before the first row and behind the last: */
void gm_predictions_begin(const gm_predictions *p);
void gm_predictions_end(const gm_predictions *p);

/* probabilities (n_classes) in. Rows count from 0 and come in their order. */
void gm_predictions_write_row(const gm_predictions *p, gemlet_dim row, const float *probabilities);

#endif

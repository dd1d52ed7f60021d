/* SPDX-License-Identifier: MIT
 * The rows of a table in the compact form of a schema: what the columns of a file are to the
 * columns that a model was trained on. */
#ifndef GM_TABLE_COMPACT_H
#define GM_TABLE_COMPACT_H

#include "table/schema.h"

typedef struct gm_compact {
    gemlet_dim rows;
    gemlet_dim n_columns;
    float *values;          /* (rows, n_columns), as an encoding of the schema takes a row */
    gemlet_dim *n_unknown;  /* (n_columns) rows with a text that has no input of its own, in
                               columns of texts */
    gemlet_dim *n_new_gaps; /* (n_columns) gaps in columns of numbers that had none */
} gm_compact;

/* *requests out (n_requests): what reading a table for the schema demands of its columns: inputs,
 * the id if there is one, and with `with_target` the target. The names stay the schema's. Release
 * with free(). */
gemlet_status gm_schema_requests(gm_column_request **requests, size_t *n_requests,
                                 const gm_schema *schema, int with_target);

/* Takes the rows (n_rows) of a table that has the columns of the schema, by their names, in any
 * order. GEMLET_E_ARGUMENT names those that are missing. On failure *compact is {0}. Release with
 * gm_compact_free(). */
gemlet_status gm_compact_make(gm_compact *compact, const gm_schema *schema, const gm_table *table,
                              const gemlet_dim *rows, gemlet_dim n_rows, const char *path);

/* Empties it. */
void gm_compact_free(gm_compact *compact);

#endif

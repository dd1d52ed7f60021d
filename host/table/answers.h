/* SPDX-License-Identifier: MIT
 * What a model is to answer for the rows of a table, as data sets hold it: of classes labels, by
 * the names that the schema has, and of a regression (y - mean) / deviation. */
#ifndef GM_TABLE_ANSWERS_H
#define GM_TABLE_ANSWERS_H

#include "table/schema.h"

/* The rows of a table with the target's column that have a target: *rows out (*n_rows).
 * GEMLET_E_FORMAT if there is none. On failure *rows = NULL. Release with free(). */
gemlet_status gm_answers_find_rows(gemlet_dim **rows, gemlet_dim *n_rows, const gm_schema *schema,
                                   const gm_table *table, const char *path);

/* *answers out (n_rows), of rows (n_rows) that have a target: labels, or the bits of floats.
 * GEMLET_E_FORMAT for a class that the schema does not have, GEMLET_E_RANGE for a number so far
 * from the others that it is no float. On failure *answers = NULL. Release with free(). */
gemlet_status gm_answers_of_rows(uint32_t **answers, const gm_schema *schema, const gm_table *table,
                                 const gemlet_dim *rows, gemlet_dim n_rows, const char *path);

/* What an answer of a regression is in the unit of the target: mean + deviation * output. */
double gm_answer_value(const gm_schema *schema, float output);

#endif

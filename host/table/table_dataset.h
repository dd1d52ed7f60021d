/* SPDX-License-Identifier: MIT
 * Rows of a table as a data set: the inputs that a schema makes of them, and answers. */
#ifndef GM_TABLE_TABLE_DATASET_H
#define GM_TABLE_TABLE_DATASET_H

#include "table/schema.h"

/* What a schema met in rows that it was not learned from. */
typedef struct gm_table_news {
    uint64_t n_unknown;  /* texts without an input of their own */
    uint64_t n_new_gaps; /* gaps in columns that had none */
} gm_table_news;

/* Makes a data set of the rows (n_rows, at least 1) of a table with the columns of the schema: in
 * compact form, with the encoding that gives inputs; with_answers: and what a model is to answer,
 * as of gm_answers_of_rows(). *news out; may be NULL. Fails as gm_compact_make(). On failure *out =
 * NULL. Release with gemlet_dataset_destroy(). */
gemlet_status gm_table_dataset_create(gemlet_dataset **out, gm_table_news *news,
                                      const gm_schema *schema, const gm_table *table,
                                      const gemlet_dim *rows, gemlet_dim n_rows, int with_answers,
                                      const char *path);

#endif

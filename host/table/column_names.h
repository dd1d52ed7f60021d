/* SPDX-License-Identifier: MIT
 * The names of a table's columns: those of the header, made unique, or made up. */
#ifndef GM_TABLE_COLUMN_NAMES_H
#define GM_TABLE_COLUMN_NAMES_H

#include "table/table.h"

/* Names in the order of the header. Starts as {0}. */
typedef struct gm_column_names {
    char **texts; /* (n) */
    size_t n;
    size_t capacity;
} gm_column_names;

/* Adds a name as the file writes it; see gm_column_to_utf8() for is_recoded. */
gemlet_status gm_column_names_add(gm_column_names *names, const char *text, size_t length,
                                  int *is_recoded);

/* Gives the names to the columns of the table; with `has_row_names` the first column has none. A
 * column without a name becomes "column3", the second of a name "name.1", as pandas has it, which a
 * note of the table tells. */
gemlet_status gm_column_names_give(gm_column_names *names, gm_table *table, int has_row_names);

/* Empties them. */
void gm_column_names_free(gm_column_names *names);

#endif

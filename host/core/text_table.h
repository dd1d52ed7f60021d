/* SPDX-License-Identifier: MIT
 * A table of texts, printed in columns for a terminal or as Markdown. */
#ifndef GM_CORE_TEXT_TABLE_H
#define GM_CORE_TEXT_TABLE_H

#include <stdio.h>

#include "core/error.h"

/* Starts as {0}; n_columns, n_names and n_keys are set before it is printed. Release with
 * gm_text_table_free(). */
typedef struct gm_text_table {
    size_t n_columns;
    size_t n_names; /* columns at its front that hold no figures */
    size_t n_keys;  /* of these, columns that tell rows apart: repeated where a table is broken */
    char **cells;   /* (n_cells), row by row; the first row is the header */
    size_t n_cells;
    size_t capacity;
} gm_text_table;

/* Fills the next cell with a formatted text. Rows are full before the table is printed. */
gemlet_status gm_text_table_add(gm_text_table *table, const char *format, ...) GM_PRINTF(2, 3);

/* In columns as wide as their widest text; figures to the right. A table that is wider than the
 * terminal it is printed on is broken between columns: the rest of them follows below. */
gemlet_status gm_text_table_print(const gm_text_table *table, FILE *stream);

/* The same for a terminal of `width` characters; 0: as wide as it gets. */
gemlet_status gm_text_table_print_within(const gm_text_table *table, size_t width, FILE *stream);

/* As a table of Markdown. Nothing in a cell is markup. */
gemlet_status gm_text_table_print_markdown(const gm_text_table *table, FILE *stream);

/* Empties the table. */
void gm_text_table_free(gm_text_table *table);

#endif

/* SPDX-License-Identifier: MIT
 * Reading a table from a text file in one pass: CSV in whatever dialect, plain or gz, a pipe too.
 */
#ifndef GM_TABLE_READ_H
#define GM_TABLE_READ_H

#include "data/input.h"
#include "table/column_fill.h"
#include "table/dialect.h"
#include "table/table.h"

/* What is demanded of one column, which is named as of gm_table_find(). */
typedef struct gm_column_request {
    const char *name;
    gm_column_demand demand;
    const char *option; /* who says so, for messages: "--categorical" */
    int is_optional;    /* a table without the column is no error */
} gm_column_request;

typedef struct gm_read_options {
    gm_dialect_wish wish;
    const gm_column_request *requests; /* (n_requests); of two of one column the last counts */
    size_t n_requests;
    int skips_others; /* columns without a request are not kept */
} gm_read_options;

#define GM_MAX_TABLE_COLUMNS (1u << 20)
#define GM_MAX_FIELD_SIZE    ((size_t)1 << 20) /* bytes */

/* *demands out (n_columns): what the requests demand of the columns of a table that has their
 * names, and sets these up for it. Release with free(), also after a failure. */
gemlet_status gm_read_demands(gm_column_demand **demands, gm_table *table,
                              const gm_read_options *options, const char *path);

/* Reads the rest of the input. GEMLET_E_FORMAT names the line, the column, what was found and what
 * was expected: what is no table, rows of unequal length, stray quotes, values that cannot be
 * used; GEMLET_E_RANGE too many columns, rows or levels; GEMLET_E_ARGUMENT a request for a column
 * that is not there; GEMLET_E_MEMORY more than may be taken (gemlet_memory_limit_set()). On failure
 * *out = NULL. Release with gm_table_destroy(). */
gemlet_status gm_table_read(gm_table **out, gm_input *input, const gm_read_options *options);

#endif

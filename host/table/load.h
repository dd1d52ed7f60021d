/* SPDX-License-Identifier: MIT
 * A table from the file of a path. */
#ifndef GM_TABLE_LOAD_H
#define GM_TABLE_LOAD_H

#include "table/column_use.h"
#include "table/schema.h"

/* Reads a file or pipe with the columns as the user chose them; see gm_table_read(). */
gemlet_status gm_table_load(gm_table **out, const char *path, const gm_column_choice *choice,
                            const gm_dialect_wish *wish);

/* The same from an open stream. */
gemlet_status gm_table_read_chosen(gm_table **out, gm_input *input, const gm_column_choice *choice,
                                   const gm_dialect_wish *wish);

/* The same with what a schema needs of the columns. */
gemlet_status gm_table_load_for(gm_table **out, const char *path, const gm_schema *schema,
                                const gm_dialect_wish *wish);

#endif

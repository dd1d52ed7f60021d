/* SPDX-License-Identifier: MIT
 * A table from the file of a path. */
#ifndef GM_TABLE_LOAD_H
#define GM_TABLE_LOAD_H

#include "table/column_use.h"
#include "table/schema.h"

/* What users say about a table. Zero-initialised: all is to be found. Strings are borrowed. */
typedef struct gm_table_settings {
    gm_column_choice choice;
    const char *missing; /* as of gm_missing_is() */
    unsigned header;     /* gm_header_choice */
    unsigned task;       /* gm_task */
    int is_test;         /* of an npz file: its rows for the test, if it has any */
} gm_table_settings;

/* 1 if the path names a table: something that is no directory and no npz file of items
 * (data/npz_items.h). */
int gm_table_is_file(const char *path);

/* Reads a file or pipe with the columns as the user chose them; see gm_table_read(). */
gemlet_status gm_table_load(gm_table **out, const char *path, const gm_table_settings *settings);

/* The same from an open stream. */
gemlet_status gm_table_load_open(gm_table **out, gm_input *input,
                                 const gm_table_settings *settings);

/* The same with what a schema needs of the columns: the inputs, the id and, with `with_target`, the
 * target. Of the settings count the header and the words for gaps, which are the schema's if there
 * are none. */
gemlet_status gm_table_load_for(gm_table **out, const char *path, const gm_schema *schema,
                                int with_target, const gm_table_settings *settings);

#endif

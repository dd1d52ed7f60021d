/* SPDX-License-Identifier: MIT
 * The rows of a run from one table: cut into parts, and made inputs by a schema that is learned
 * from the part for training alone. */
#ifndef GM_RUN_TABLE_ROWS_H
#define GM_RUN_TABLE_ROWS_H

#include "run/rows.h"
#include "table/table_dataset.h"

/* Part of the rows of a table that tests, if nothing else is said. */
#define GM_TABLE_TEST_PART 0.2

/* Loads settings->data, a file, and makes the rows and their schema. Which rows test is what --test
 * says: a part, drawn by seed and, if there are classes, by class, or another file with the same
 * columns; likewise --validation, of the rows that are left: if only the recipe has it, and there
 * are few of them, it is dropped, with a note. GEMLET_E_ARGUMENT without a target. */
gemlet_status gm_table_rows_load(gm_rows *rows, gm_run_settings *settings,
                                 const gm_run_events *events);

/* The same of a table in memory, which stays the caller's: none of its rows tests. */
gemlet_status gm_table_rows_take(gm_rows *rows, gm_run_settings *settings, const gm_table *table,
                                 const gm_run_events *events);

/* Loads the rows of a table that have a target, as inputs and answers by a schema; what is new in
 * them is noted. Fails as gm_table_load_for() and gm_table_dataset_create(). On failure *out =
 * NULL. Release with gemlet_dataset_destroy(). */
gemlet_status gm_table_rows_load_file(gemlet_dataset **out, const gm_schema *schema,
                                      const char *path, const gm_table_settings *settings,
                                      const gm_run_events *events);

/* Notes what a schema met in the rows of a file that it was not learned from. */
void gm_table_note_news(const gm_table_news *news, const char *path, const gm_run_events *events);

#endif

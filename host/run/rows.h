/* SPDX-License-Identifier: MIT
 * The rows of a run: loaded, and cut into those to train on, to validate and to test with. */
#ifndef GM_RUN_ROWS_H
#define GM_RUN_ROWS_H

#include <cjson/cJSON.h>

#include "run/events.h"
#include "run/settings.h"

/* Zero-initialised; release with gm_rows_free(), also after a failure. */
typedef struct gm_rows {
    gemlet_dataset *train;
    gemlet_dataset *validation; /* NULL unless --validation or --hold-out */
    gemlet_dataset *test;       /* NULL of rows in memory */
    gm_schema *schema;          /* of a table; NULL: the data are none */
    char *table;                /* the table in words; NULL without one */
    cJSON *gaps;                /* input columns with gaps, as in stats.json; NULL without one */
    gemlet_dim *test_rows; /* (rows of test) their numbers in that table, or of a fold among all
                              rows; NULL: they are all rows of what they were read from */
} gm_rows;

/* Before data are loaded: sets the most memory that one file may take (0: by default), and allows
 * rows beyond it to stay in files, of which copies are kept in the cache directory. */
gemlet_status gm_rows_limit_memory(uint64_t max_memory);

/* Loads the data, fits the network to them, takes out the validation rows, and fits the batch. */
gemlet_status gm_rows_load(gm_rows *rows, gemlet_spec *spec, gm_run_settings *settings,
                           const gm_run_events *events);

/* Fits network and batch to rows that another run with the same rows has loaded. */
gemlet_status gm_rows_fit(gm_rows *rows, gemlet_spec *spec, gm_run_settings *settings,
                          const gm_run_events *events);

/* The same of a table or of items in memory, which stay the caller's: all their rows are trained on
 * or validate. */
gemlet_status gm_rows_take_table(gm_rows *rows, gemlet_spec *spec, gm_run_settings *settings,
                                 const gm_table *table, const gm_run_events *events);
gemlet_status gm_rows_take_items(gm_rows *rows, gemlet_spec *spec, gm_run_settings *settings,
                                 const gemlet_dataset *items, const gm_run_events *events);

/* Where there are fewer rows to train on than the default batch has, the batch becomes the number
 * of rows, which is noted. GEMLET_E_RANGE for a --batch that is larger. */
gemlet_status gm_rows_fit_batch(const gm_rows *rows, gm_run_settings *settings,
                                const gm_run_events *events);

/* 1 if all rows to train on are of one class; 0 of a regression. */
int gm_rows_are_of_one_class(const gm_rows *rows);

void gm_rows_free(gm_rows *rows);

#endif

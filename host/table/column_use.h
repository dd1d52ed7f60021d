/* SPDX-License-Identifier: MIT
 * What each column of a table is used for, and why. */
#ifndef GM_TABLE_COLUMN_USE_H
#define GM_TABLE_COLUMN_USE_H

#include "table/read.h"
#include "table/table.h"

typedef enum gm_column_use {
    GM_USE_INPUT,
    GM_USE_TARGET,
    GM_USE_ID,     /* goes through to predictions, no input */
    GM_USE_WEIGHT, /* of a row in the loss, no input */
    GM_USE_LEFT_OUT
} gm_column_use;

#define GM_REASON_SIZE 96u

typedef struct gm_column_role {
    gm_column_use use;
    char reason[GM_REASON_SIZE]; /* why it is left out; else empty */
} gm_column_role;

/* What the user says about columns; all may be NULL. A list has names or numbers of columns,
 * separated by commas. */
typedef struct gm_column_choice {
    const char *target;
    const char *id;
    const char *weight;
    const char *drop;        /* list: left out */
    const char *categorical; /* list: texts, whatever they look like */
    const char *numeric;     /* list: numbers, or an error */
} gm_column_choice;

/* *requests out (*n_requests): what the choice demands of reading. Their names are one new string,
 * *names out. Release both with free(). */
gemlet_status gm_choice_requests(gm_column_request **requests, size_t *n_requests, char **names,
                                 const gm_column_choice *choice);

/* roles (table->n_columns) out. Left out are, unless --numeric or --categorical names them:
 * columns of gaps only, of one value only, row numbers (pandas' index), identifiers (a name as
 * "id" or "customer_id" and no value twice, or texts of which none comes twice) and texts beyond
 * GM_MAX_LEVELS. GEMLET_E_ARGUMENT if a column is chosen for two uses; GEMLET_E_RANGE if texts that
 * were asked for have too many levels, or nothing is left. `path` names the file in messages. */
gemlet_status gm_roles_find(gm_column_role *roles, const gm_table *table,
                            const gm_column_choice *choice, const char *path);

/* Number of distinct values that are no gaps, counted up to `limit`. */
gemlet_status gm_column_count_distinct(gemlet_dim *n, const gm_column *column, gemlet_dim rows,
                                       gemlet_dim limit);

#endif

/* SPDX-License-Identifier: MIT
 * A table in memory: columns of one type each, with their gaps. What a column means for a network
 * is decided elsewhere (column_use.h, schema.h). */
#ifndef GM_TABLE_TABLE_H
#define GM_TABLE_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "gemlet/table.h"
#include "table/date.h"
#include "table/levels.h"

/* What messages call a table that a program has made, where those of a file have its path. */
#define GM_TABLE_IN_MEMORY "table in memory"

typedef enum gm_column_kind {
    GM_COLUMN_EMPTY, /* nothing but gaps */
    GM_COLUMN_NUMBERS,
    GM_COLUMN_DATES, /* seconds since 1970-01-01 UTC */
    GM_COLUMN_TEXTS,
    GM_COLUMN_SKIPPED, /* was not to be read */
    GM_COLUMN_TOO_MANY /* texts, more distinct ones than GM_MAX_LEVELS; they were not kept */
} gm_column_kind;

/* How the values lie in memory: as narrow as holds all of them exactly. */
typedef enum gm_column_storage {
    GM_STORED_U8,     /* whole numbers from 0 to 255, no gaps */
    GM_STORED_F32,    /* a gap is NaN */
    GM_STORED_F64,    /* a gap is NaN */
    GM_STORED_LEVELS, /* uint16_t; a gap is GM_MAX_LEVELS */
    GM_STORED_IDS     /* uint32_t levels, of any number; a gap is GM_NO_LEVEL */
} gm_column_storage;

typedef struct gm_column {
    char *name;
    gm_column_kind kind;
    gm_column_storage storage;
    void *values;     /* (rows); NULL for kinds that keep none */
    gm_levels levels; /* of texts */
    int has_own_name; /* 0: the file names it not at all; `name` was made up */
    int keeps_texts;  /* texts are distinguished as they are written, not by their value: "07" and
                         "7" are two */
    gemlet_dim n_missing;
    gm_date_order date_order;
    gemlet_dim n_either;    /* of dates: rows up to the last that does not tell their order */
    size_t first_text_line; /* numbers before, a text here: 0 if it was never so */
    gemlet_dim n_numbers;   /* of texts: how many are written as numbers */
} gm_column;

/* gemlet_table of the public interface. */
typedef struct gemlet_table {
    gemlet_dim rows;      /* >= 1 */
    gemlet_dim n_columns; /* >= 1, once it is whole */
    gm_column *columns;   /* (n_columns) */
    char delimiter;       /* ' ': runs of blanks; 0: from arrays */
    char decimal;         /* '.' or ',' */
    int has_header;
    size_t n_data_bytes; /* of the columns' values */
    char **notes;        /* (n_notes) one sentence each: what a reader of the table should know */
    size_t n_notes;
    int is_typed; /* 1: a program has made it, and chosen its columns */
} gm_table;

/* The number in a row of a column of numbers or dates; NaN for a gap. */
double gm_column_number(const gm_column *column, gemlet_dim row);

/* The level in a row of a column of texts; GM_NO_LEVEL for a gap. */
uint32_t gm_column_level(const gm_column *column, gemlet_dim row);

/* 1 if all numbers of the column are whole ones. */
int gm_column_is_whole(const gm_column *column, gemlet_dim rows);

/* "numbers", "dates", ... Static text. */
const char *gm_column_kind_name(gm_column_kind kind);

/* *column out = the number, from 0, of the column that `name` names: by its name or, if no column
 * is named so, by its number from 1. GEMLET_E_ARGUMENT suggests the nearest names; `path` and
 * `option` ("--target") are for the message. */
gemlet_status gm_table_find(const gm_table *table, gemlet_dim *column, const char *name,
                            const char *path, const char *option);

/* text (GM_TABLE_FORM_SIZE) out: "separated by comma, with a header", "from arrays". */
#define GM_TABLE_FORM_SIZE 80u
void gm_table_describe_form(char text[GM_TABLE_FORM_SIZE], const gm_table *table);

/* Adds a sentence. */
gemlet_status gm_table_note(gm_table *table, const char *format, ...) GM_PRINTF(2, 3);

/* Empties the list of sentences. */
void gm_table_free_notes(gm_table *table);

/* NULL is allowed. */
void gm_table_destroy(gm_table *table);

#endif

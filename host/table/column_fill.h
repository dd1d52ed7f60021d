/* SPDX-License-Identifier: MIT
 * Filling the columns of a table field by field, as a file gives them. The first field that is no
 * gap says what a column holds; a text among numbers makes texts of them. */
#ifndef GM_TABLE_COLUMN_FILL_H
#define GM_TABLE_COLUMN_FILL_H

#include "table/table.h"

/* What a caller demands of a column instead of finding out. */
typedef enum gm_column_demand {
    GM_DEMAND_NOTHING,
    GM_DEMAND_NUMBERS,
    GM_DEMAND_DATES,
    GM_DEMAND_TEXTS,       /* numbers among them are named by their value */
    GM_DEMAND_EXACT_TEXTS, /* gm_column.keeps_texts */
    GM_DEMAND_IDS,         /* as these, and any number of distinct ones */
    GM_DEMAND_SKIP
} gm_column_demand;

/* What fields are taken from, and the room for them. */
typedef struct gm_fill {
    const char *path;
    const char *missing; /* as of gm_missing_is() */
    char decimal;
    size_t line;         /* from 1 */
    size_t column;       /* from 1, as the file counts them */
    gemlet_dim row;      /* being filled */
    gemlet_dim capacity; /* rows there is room for; > row */
    size_t n_bytes;      /* of all columns */
    int is_recoded;      /* 1: a text was no UTF-8 and taken as Latin-1 */
} gm_fill;

/* Sets up a column for the first row. */
void gm_column_demand_set(gm_column *column, gm_column_demand demand);

/* Room for `capacity` rows. */
gemlet_status gm_column_grow(gm_column *column, gm_fill *fill, gemlet_dim capacity);

/* Takes the field of the row (text of length bytes, then a zero byte). GEMLET_E_FORMAT names line,
 * column and what was expected. Between gm_number_enter() and gm_number_leave(). */
gemlet_status gm_column_take(gm_column *column, gm_column_demand demand, gm_fill *fill,
                             const char *text, size_t length);

/* The same of a number; NaN is a gap. Finite ones must be: GEMLET_E_FORMAT for infinity. */
gemlet_status gm_column_take_value(gm_column *column, gm_column_demand demand, gm_fill *fill,
                                   double value);

/* The same of a date in seconds; NaN is a gap. */
gemlet_status gm_column_take_date(gm_column *column, gm_fill *fill, double seconds);

/* The same of a text that is no gap, whatever it says. GEMLET_E_FORMAT if it is no UTF-8. */
gemlet_status gm_column_take_text(gm_column *column, gm_fill *fill, const char *text);

/* Cuts the memory to the rows there are and settles the order of dates. */
void gm_column_finish(gm_column *column, gemlet_dim rows);

/* Parses a number with the decimal sign of the file. */
int gm_column_parse_number(double *value, const char *text, size_t length, char decimal);

/* Writes the shortest text that reads back as the value: what a number is called among texts. */
#define GM_NUMBER_TEXT_SIZE 32u
void gm_column_name_number(char text[GM_NUMBER_TEXT_SIZE], double value);

/* *out = the text as UTF-8, which it may be already; else each byte is a character of Latin-1, and
 * *is_recoded is set. Release with free(). */
gemlet_status gm_column_to_utf8(char **out, const char *text, size_t length, int *is_recoded);

#endif

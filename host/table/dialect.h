/* SPDX-License-Identifier: MIT
 * How a file writes its table: what separates fields, the decimal sign, whether the first line
 * names the columns. Found from the file's first rows. */
#ifndef GM_TABLE_DIALECT_H
#define GM_TABLE_DIALECT_H

#include <stddef.h>

#include "core/error.h"

typedef enum gm_header_choice {
    GM_HEADER_FIND,
    GM_HEADER_YES,
    GM_HEADER_NO
} gm_header_choice;

typedef struct gm_dialect {
    char delimiter; /* ',', ';', '\t', '|', or ' ' for runs of blanks */
    char decimal;   /* '.' or ',' */
    int has_header;
    size_t n_columns;        /* of a row of data */
    int has_row_names;       /* the header has no name for the first column, as R writes it */
    int has_empty_end;       /* rows of data end in a delimiter that the header lacks */
    const char *header_sign; /* why the first line is a header, or is none. Static text */
    size_t n_skipped;        /* bytes of the sample before the table: a byte order mark, and the
                                line "sep=;" of spreadsheets */
    size_t n_skipped_lines;
} gm_dialect;

/* What is given and not to be found. */
typedef struct gm_dialect_wish {
    char delimiter; /* 0: to be found */
    gm_header_choice header;
    const char *missing; /* as of gm_missing_is() */
} gm_dialect_wish;

/* sample (n bytes, then a zero byte): the begin of a file, or, if `is_whole`, all of it. A last row
 * that it may cut is not looked at. GEMLET_E_MEMORY is the only failure: what is wrong with a file
 * is for its reader to say. Between gm_number_enter() and gm_number_leave(). */
gemlet_status gm_dialect_find(gm_dialect *dialect, const char *sample, size_t n, int is_whole,
                              const gm_dialect_wish *wish);

/* "comma", "tab", ... Static text. */
const char *gm_dialect_delimiter_name(char delimiter);

/* A parser of libcsv for the delimiter. Fields that are NULL do not count: what stands between two
 * blanks of a run. */
struct csv_parser;
gemlet_status gm_dialect_begin(struct csv_parser *parser, char delimiter);

#endif

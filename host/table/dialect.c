/* SPDX-License-Identifier: MIT
 * See dialect.h. The rows of the sample are taken apart with each delimiter in turn; the one by
 * which most rows have equally many fields is it. */
#include "table/dialect.h"

#include <csv.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "table/column_fill.h"
#include "table/missing.h"

#define MAX_ROWS 100u /* that are looked at */

/* Where two fit equally well the first is taken: a comma may be a decimal sign or stand in a text,
 * and a blank in nearly any text. */
static const char delimiters[] = {'\t', ';', '|', ',', ' '};

/* The rows of the sample as one delimiter cuts them. */
typedef struct sample_rows {
    const char **fields; /* (n_fields) */
    char *text;          /* all, each with a zero byte at its end */
    size_t n_bytes;
    size_t n_fields;
    size_t starts[MAX_ROWS + 1]; /* of rows, in fields */
    size_t n_rows;
    size_t max_fields;
} sample_rows;

/* ---- cutting rows --------------------------------------------------------------------------- */

static int is_no_space(unsigned char c)
{
    (void)c;
    return 0;
}

gemlet_status gm_dialect_begin(struct csv_parser *parser, char delimiter)
{
    const int is_blank = delimiter == ' ';
    const unsigned char options = (unsigned char)(CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL |
                                                  (is_blank ? CSV_EMPTY_IS_NULL : 0));
    if (csv_init(parser, options) != 0)
        return gm_error(GEMLET_E_MEMORY, "cannot begin to read CSV");
    csv_set_delim(parser, (unsigned char)delimiter);
    if (is_blank)
        csv_set_space_func(parser, is_no_space);
    return GEMLET_OK;
}

static void on_field(void *field, size_t length, void *context)
{
    sample_rows *rows = context;
    if (field == NULL || rows->n_rows == MAX_ROWS || rows->n_fields == rows->max_fields)
        return;
    memcpy(rows->text + rows->n_bytes, field, length);
    rows->text[rows->n_bytes + length] = '\0';
    rows->fields[rows->n_fields++] = rows->text + rows->n_bytes;
    rows->n_bytes += length + 1;
}

static void on_row(int end, void *context)
{
    (void)end;
    sample_rows *rows = context;
    if (rows->n_rows < MAX_ROWS && rows->n_fields > rows->starts[rows->n_rows])
        rows->starts[++rows->n_rows] = rows->n_fields;
}

static size_t count_of(const sample_rows *rows, size_t row)
{
    return rows->starts[row + 1] - rows->starts[row];
}

static const char *field_of(const sample_rows *rows, size_t row, size_t column)
{
    return rows->fields[rows->starts[row] + column];
}

/* Fills rows, whose memory is there, from the sample. */
static gemlet_status cut_rows(sample_rows *rows, const char *sample, size_t n, int is_whole,
                              char delimiter)
{
    struct csv_parser parser;
    rows->n_bytes = rows->n_fields = rows->n_rows = 0;
    GEMLET_TRY(gm_dialect_begin(&parser, delimiter));
    for (size_t at = 0; at < n && rows->n_rows < MAX_ROWS;) {
        const char *end = memchr(sample + at, '\n', n - at);
        const size_t length = end != NULL ? (size_t)(end - sample) + 1 - at : n - at;
        if (csv_parse(&parser, sample + at, length, on_field, on_row, rows) != length)
            break; /* its reader will say what is wrong with this line */
        at += length;
    }
    if (is_whole && rows->n_rows < MAX_ROWS)
        csv_fini(&parser, on_field, on_row, rows);
    csv_free(&parser);
    rows->n_fields = rows->starts[rows->n_rows];
    return GEMLET_OK;
}

/* ---- the delimiter -------------------------------------------------------------------------- */

/* How many fields most rows have; of the first row only if there is no other. */
static size_t usual_count(const sample_rows *rows)
{
    size_t best = rows->n_rows > 0 ? count_of(rows, 0) : 0;
    size_t n_best = 0;
    for (size_t i = rows->n_rows > 1; i < rows->n_rows; ++i) {
        size_t n_same = 0;
        for (size_t j = rows->n_rows > 1; j < rows->n_rows; ++j)
            n_same += count_of(rows, i) == count_of(rows, j);
        if (n_same > n_best) {
            n_best = n_same;
            best = count_of(rows, i);
        }
    }
    return best;
}

static int is_number(const char *text, char decimal)
{
    double value;
    return gm_column_parse_number(&value, text, strlen(text), decimal);
}

/* The part of the rows that have the usual number of fields, at least two of them; the first may
 * have one less, or more (gm_dialect.has_row_names, has_empty_end). */
static double agreement(const sample_rows *rows)
{
    const size_t usual = usual_count(rows);
    size_t n_same = 0;
    if (usual < 2)
        return 0;
    for (size_t i = 0; i < rows->n_rows; ++i) {
        const size_t n = count_of(rows, i);
        n_same += n == usual || (i == 0 && rows->n_rows > 1 && n + 1 == usual);
    }
    return (double)n_same / (double)rows->n_rows;
}

/* Words of texts are no columns: where blanks separate, some field is a number. */
static int has_numbers(const sample_rows *rows)
{
    for (size_t i = 0; i < rows->n_fields; ++i) {
        if (is_number(rows->fields[i], '.') || is_number(rows->fields[i], ','))
            return 1;
    }
    return 0;
}

static gemlet_status find_delimiter(char *delimiter, sample_rows *rows, const char *sample,
                                    size_t n, int is_whole)
{
    double best = 0;
    *delimiter = ',';
    for (size_t i = 0; i < sizeof delimiters; ++i) {
        GEMLET_TRY(cut_rows(rows, sample, n, is_whole, delimiters[i]));
        const double agrees = rows->n_rows > 0 ? agreement(rows) : 0;
        if (agrees > best && (delimiters[i] != ' ' || (agrees == 1 && has_numbers(rows)))) {
            best = agrees;
            *delimiter = delimiters[i];
        }
    }
    return GEMLET_OK;
}

/* ---- the decimal sign ----------------------------------------------------------------------- */

static char find_decimal(const sample_rows *rows, char delimiter)
{
    int has_comma = 0;
    if (delimiter == ',')
        return '.';
    for (size_t i = 0; i < rows->n_fields; ++i) {
        const char *text = rows->fields[i];
        if (strchr(text, '.') != NULL && is_number(text, '.'))
            return '.';
        has_comma |= strchr(text, ',') != NULL && is_number(text, ',');
    }
    return has_comma ? ',' : '.';
}

/* ---- the header ----------------------------------------------------------------------------- */

/* What the rows below the first hold in a column. */
typedef struct below {
    int has_number;
    int has_text;
    int has_same; /* the first row's field again */
} below;

static below look_below(const sample_rows *rows, size_t column, size_t shift, char decimal,
                        const char *missing)
{
    below found = {0, 0, 0};
    const char *first = field_of(rows, 0, column);
    for (size_t i = 1; i < rows->n_rows; ++i) {
        if (column + shift >= count_of(rows, i))
            continue;
        const char *text = field_of(rows, i, column + shift);
        if (gm_missing_is(text, strlen(text), missing))
            continue;
        if (is_number(text, decimal))
            found.has_number = 1;
        else
            found.has_text = 1;
        found.has_same |= strcmp(text, first) == 0;
    }
    return found;
}

/* 0, 1, 2, ... or 1, 2, 3, ..., which are no data; the first may be empty, as pandas writes it. */
static int counts_up(const sample_rows *rows)
{
    const size_t n = count_of(rows, 0);
    const size_t begin = *field_of(rows, 0, 0) == '\0';
    if (n < begin + 3 || rows->n_rows < 2)
        return 0;
    const char *first = field_of(rows, 0, begin);
    if (strcmp(first, "0") != 0 && strcmp(first, "1") != 0)
        return 0;
    const long offset = *first - '0';
    for (size_t i = begin; i < n; ++i) {
        char *end;
        const char *text = field_of(rows, 0, i);
        if (strtol(text, &end, 10) != offset + (long)(i - begin) || *end != '\0' || *text < '0' ||
            *text > '9')
            return 0;
    }
    return 1;
}

static int repeats_itself(const sample_rows *rows)
{
    const size_t n = count_of(rows, 0);
    for (size_t i = 1; i < n && n <= 1000; ++i) {
        for (size_t j = 0; j < i; ++j) {
            if (strcmp(field_of(rows, 0, i), field_of(rows, 0, j)) == 0)
                return 1;
        }
    }
    return 0;
}

static int decide_header(const char **sign, const sample_rows *rows, size_t shift, char decimal,
                         const char *missing)
{
    size_t n_numbers = 0;
    size_t n_gaps = 0;
    size_t n_same = 0;
    const size_t n = count_of(rows, 0);
    if (counts_up(rows)) {
        *sign = "the first line counts the columns";
        return 1;
    }
    for (size_t i = 0; i < n; ++i) {
        const char *text = field_of(rows, 0, i);
        const below found = look_below(rows, i, shift, decimal, missing);
        const int is_gap = gm_missing_is(text, strlen(text), missing);
        const int is_text = !is_gap && !is_number(text, decimal);
        if (is_text && found.has_number && !found.has_text) {
            *sign = "a text in the first line stands above numbers";
            return 1;
        }
        n_numbers += !is_gap && !is_text ? 1 : 0;
        n_gaps += is_gap && i > 0 && (found.has_number || found.has_text) ? 1 : 0;
        n_same += found.has_same ? 1 : 0;
    }
    if (n_numbers > 0) {
        *sign = "the first line holds numbers";
        return 0;
    }
    if (n_gaps > 0 || n_same > n / 2 || (rows->n_rows > 1 && repeats_itself(rows))) {
        *sign = "the first line looks like the others";
        return 0;
    }
    *sign = "the first line holds texts that do not come again";
    return 1;
}

/* The last field is empty in all rows of data. */
static int ends_empty(const sample_rows *rows, size_t n_columns)
{
    for (size_t i = 1; i < rows->n_rows; ++i) {
        if (count_of(rows, i) == n_columns && *field_of(rows, i, n_columns - 1) != '\0')
            return 0;
    }
    return 1;
}

static void describe(gm_dialect *dialect, const sample_rows *rows, const gm_dialect_wish *wish)
{
    const size_t n_first = count_of(rows, 0);
    const size_t usual = usual_count(rows);
    const int is_short = rows->n_rows > 1 && n_first + 1 == usual;
    const int is_empty_end = is_short && ends_empty(rows, usual);
    const size_t shift = is_short && !is_empty_end;
    dialect->decimal = find_decimal(rows, dialect->delimiter);
    dialect->has_header =
        decide_header(&dialect->header_sign, rows, shift, dialect->decimal, wish->missing);
    if (wish->header != GM_HEADER_FIND) {
        dialect->has_header = wish->header == GM_HEADER_YES;
        dialect->header_sign = "as was said";
    }
    dialect->n_columns = n_first;
    if (dialect->has_header && is_short) {
        dialect->has_empty_end = is_empty_end;
        dialect->has_row_names = !is_empty_end;
        dialect->n_columns = n_first + !is_empty_end;
    }
}

/* ---- the whole ------------------------------------------------------------------------------ */

/* Steps over a byte order mark and over "sep=;", which sets the delimiter. */
static void skip_begin(gm_dialect *dialect, const char *sample, size_t n)
{
    static const char mark[] = "\xEF\xBB\xBF";
    if (n >= 3 && memcmp(sample, mark, 3) == 0)
        dialect->n_skipped = 3;
    const char *line = sample + dialect->n_skipped;
    if (n - dialect->n_skipped < 6 || strncmp(line, "sep=", 4) != 0)
        return;
    const size_t n_end = line[5] == '\n' ? 1 : line[5] == '\r' ? 1 + (line[6] == '\n') : 0;
    if (n_end == 0 || memchr(",;|\t", line[4], 4) == NULL)
        return;
    dialect->delimiter = line[4];
    dialect->n_skipped += 5 + n_end;
    dialect->n_skipped_lines = 1;
}

gemlet_status gm_dialect_find(gm_dialect *dialect, const char *sample, size_t n, int is_whole,
                              const gm_dialect_wish *wish)
{
    sample_rows rows = {0};
    gemlet_status status = GEMLET_OK;
    *dialect = (gm_dialect){.decimal = '.', .header_sign = ""};
    skip_begin(dialect, sample, n);
    const char *text = sample + dialect->n_skipped;
    n -= dialect->n_skipped;
    rows.max_fields = n + 1;
    if (wish->delimiter != 0)
        dialect->delimiter = wish->delimiter;
    GEMLET_TRY_CLEANUP(status, GM_ALLOC(rows.text, 2 * n + 2, "sample of a table"));
    GEMLET_TRY_CLEANUP(status, GM_ALLOC(rows.fields, n + 1, "fields of a sample"));
    if (dialect->delimiter == 0)
        GEMLET_TRY_CLEANUP(status, find_delimiter(&dialect->delimiter, &rows, text, n, is_whole));
    GEMLET_TRY_CLEANUP(status, cut_rows(&rows, text, n, is_whole, dialect->delimiter));
    if (rows.n_rows > 0)
        describe(dialect, &rows, wish);
cleanup:
    free(rows.fields);
    free(rows.text);
    return status;
}

const char *gm_dialect_delimiter_name(char delimiter)
{
    switch (delimiter) {
    case '\0':
        return "none";
    case '\t':
        return "tab";
    case ';':
        return "semicolon";
    case '|':
        return "bar";
    case ' ':
        return "blanks";
    default:
        return "comma";
    }
}

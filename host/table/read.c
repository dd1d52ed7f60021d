/* SPDX-License-Identifier: MIT
 * See read.h. libcsv takes the text apart and calls on_field() and on_row(), which keep the first
 * failure in the reader, because a callback cannot stop the parser. It is fed line by line, so that
 * the line number is known and nothing after a failing line is looked at. */
#include "table/read.h"

#include <csv.h>
#include <stdlib.h>
#include <string.h>

#include "core/content.h"
#include "core/memory.h"
#include "core/memory_limit.h"
#include "data/idx.h"
#include "data/number.h"
#include "table/column_names.h"

#define CHUNK_SIZE     ((size_t)256 * 1024)
#define SAMPLE_SIZE    ((size_t)1024 * 1024) /* what the dialect is found from */
#define FIRST_CAPACITY 64u                   /* rows */

typedef struct reader {
    const char *path;
    const gm_read_options *options;
    gm_dialect dialect;
    gm_table *table;
    gm_column_demand *demands; /* (n_columns) */
    gm_fill fill;
    gm_column_names names; /* of the header, until the columns are made */
    int is_in_header;
    size_t n_fields;    /* of the row so far */
    int is_within_row;  /* a row has begun and not ended */
    int is_within_line; /* the last text fed ended within a line */
    size_t row_line;    /* where the row begins that is being read */
    size_t first_line;
    int ends_in_return; /* the last byte fed was \r: a following \n belongs to the same line end */
    gemlet_status status;
} reader;

/* ---- columns -------------------------------------------------------------------------------- */

static gemlet_status apply_request(gm_column_demand *demands, const gm_table *table,
                                   const gm_column_request *request, const char *path)
{
    gemlet_dim column;
    const gemlet_status status =
        gm_table_find(table, &column, request->name, path, request->option);
    if (status != GEMLET_OK)
        return request->is_optional && status == GEMLET_E_ARGUMENT ? GEMLET_OK : status;
    demands[column] = request->demand;
    return GEMLET_OK;
}

gemlet_status gm_read_demands(gm_column_demand **demands, gm_table *table,
                              const gm_read_options *options, const char *path)
{
    GEMLET_TRY(GM_ALLOC(*demands, table->n_columns, path));
    for (gemlet_dim i = 0; i < table->n_columns; ++i)
        (*demands)[i] = options->skips_others ? GM_DEMAND_SKIP : GM_DEMAND_NOTHING;
    for (size_t i = 0; i < options->n_requests; ++i)
        GEMLET_TRY(apply_request(*demands, table, &options->requests[i], path));
    for (gemlet_dim i = 0; i < table->n_columns; ++i)
        gm_column_demand_set(&table->columns[i], (*demands)[i]);
    return GEMLET_OK;
}

/* The columns under the names that were collected, and what is demanded of them. */
static gemlet_status make_columns(reader *r, size_t n_columns)
{
    gm_table *table = r->table;
    GEMLET_TRY(GM_ALLOC(table->columns, n_columns, r->path));
    table->n_columns = (gemlet_dim)n_columns;
    GEMLET_TRY(gm_column_names_give(&r->names, table, r->dialect.has_row_names));
    GEMLET_TRY(gm_read_demands(&r->demands, table, r->options, r->path));
    r->fill.capacity = FIRST_CAPACITY;
    return GEMLET_OK;
}

static gemlet_status make_room(reader *r)
{
    gm_fill *fill = &r->fill;
    if (fill->row < fill->capacity)
        return GEMLET_OK;
    const gemlet_dim capacity = fill->capacity > UINT32_MAX / 2 ? UINT32_MAX : 2 * fill->capacity;
    for (gemlet_dim i = 0; i < r->table->n_columns; ++i)
        GEMLET_TRY(gm_column_grow(&r->table->columns[i], fill, capacity));
    fill->capacity = capacity;
    return GEMLET_OK;
}

/* ---- rows ----------------------------------------------------------------------------------- */

static gemlet_status take_field(reader *r, const char *text, size_t length)
{
    const size_t i = r->n_fields++;
    if (i >= GM_MAX_TABLE_COLUMNS)
        return gm_error(GEMLET_E_RANGE, "%s: line %zu: found more than %u columns, expected fewer",
                        r->path, r->row_line, GM_MAX_TABLE_COLUMNS);
    if (r->is_in_header)
        return gm_column_names_add(&r->names, text, length, &r->fill.is_recoded);
    /* What is too much is only counted; finish_row() reports it. */
    if (i >= r->table->n_columns)
        return GEMLET_OK;
    r->fill.column = i + 1;
    return gm_column_take(&r->table->columns[i], r->demands[i], &r->fill, text, length);
}

static gemlet_status finish_header(reader *r)
{
    r->is_in_header = 0;
    r->first_line = r->row_line;
    return make_columns(r, r->n_fields + (size_t)r->dialect.has_row_names);
}

static gemlet_status finish_row(reader *r)
{
    const size_t n_columns = r->table->n_columns;
    const size_t n_fields = r->n_fields;
    if (n_fields == 0) /* a line of blanks, where blanks separate */
        return GEMLET_OK;
    if (r->is_in_header) {
        GEMLET_TRY(finish_header(r));
    } else {
        if (n_fields != n_columns && !(r->dialect.has_empty_end && n_fields == n_columns + 1))
            return gm_error(GEMLET_E_FORMAT,
                            "%s: line %zu: found %zu columns, expected %zu as in line %zu (columns "
                            "separated by %s)",
                            r->path, r->row_line, n_fields, n_columns, r->first_line,
                            gm_dialect_delimiter_name(r->dialect.delimiter));
        if (r->fill.row == UINT32_MAX - 1)
            return gm_error(GEMLET_E_RANGE, "%s: line %zu: found more than %u rows, expected fewer",
                            r->path, r->row_line, UINT32_MAX - 1);
        ++r->fill.row;
        GEMLET_TRY(make_room(r));
    }
    r->n_fields = 0;
    return GEMLET_OK;
}

static void on_field(void *field, size_t length, void *context)
{
    reader *r = context;
    if (r->status == GEMLET_OK && field != NULL)
        r->status = take_field(r, field, length);
}

static void on_row(int end, void *context)
{
    (void)end;
    reader *r = context;
    r->is_within_row = 0;
    if (r->status == GEMLET_OK)
        r->status = finish_row(r);
}

/* ---- text ----------------------------------------------------------------------------------- */

/* Keeps libcsv from collecting a field without end. */
static void *reallocate_field(void *field, size_t size)
{
    return size > GM_MAX_FIELD_SIZE ? NULL : realloc(field, size);
}

static gemlet_status parser_error(const reader *r, struct csv_parser *parser)
{
    if (csv_error(parser) == CSV_EPARSE)
        return gm_error(GEMLET_E_FORMAT,
                        "%s: line %zu, column %zu: found a stray or missing quote, expected quotes "
                        "around a whole field and doubled within",
                        r->path, r->row_line, r->n_fields + 1);
    if (csv_get_buffer_size(parser) < GM_MAX_FIELD_SIZE)
        return gm_error(GEMLET_E_MEMORY, "%s: line %zu: out of memory", r->path, r->row_line);
    return gm_error(GEMLET_E_FORMAT,
                    "%s: line %zu, column %zu: found a field of %zu bytes or more, expected a "
                    "shorter one (a missing quote?)",
                    r->path, r->row_line, r->n_fields + 1, GM_MAX_FIELD_SIZE);
}

/* Where the lines of a chunk end: at \n, or at \r in files that have no other. */
typedef struct line_ends {
    const char *end;     /* of the chunk */
    const char *newline; /* the next one; `end` if there is none */
} line_ends;

static const char *find_line_end(line_ends *ends, const char *text)
{
    if (ends->newline == NULL || ends->newline < text) {
        ends->newline = memchr(text, '\n', (size_t)(ends->end - text));
        if (ends->newline == NULL)
            ends->newline = ends->end;
    }
    const size_t n = (size_t)(ends->newline - text);
    const char *feed = memchr(text, '\r', n);
    if (feed != NULL)
        return feed + 1;
    return ends->newline < ends->end ? ends->newline + 1 : ends->end;
}

static gemlet_status take_chunk(reader *r, struct csv_parser *parser, const char *text,
                                size_t length)
{
    line_ends ends = {.end = text + length};
    while (text < ends.end) {
        const char *next = find_line_end(&ends, text);
        const size_t n = (size_t)(next - text);
        if (!r->is_within_row && !r->is_within_line)
            r->row_line = r->fill.line;
        r->is_within_row |= n > strspn(text, " \t\r\n");
        const size_t n_taken = csv_parse(parser, text, n, on_field, on_row, r);
        GEMLET_TRY(r->status);
        if (n_taken != n)
            return parser_error(r, parser);
        const char last = next[-1];
        r->is_within_line = last != '\n' && last != '\r';
        if (last == '\r' || (last == '\n' && !(n == 1 && r->ends_in_return)))
            ++r->fill.line;
        r->ends_in_return = last == '\r';
        text = next;
    }
    return GEMLET_OK;
}

/* Reads on behind the sample: its n bytes are in chunk already. */
static gemlet_status take_text(reader *r, struct csv_parser *parser, gm_input *input, char *chunk,
                               size_t n)
{
    int is_end = n < SAMPLE_SIZE;
    GEMLET_TRY(take_chunk(r, parser, chunk + r->dialect.n_skipped, n - r->dialect.n_skipped));
    while (!is_end) {
        GEMLET_TRY(gm_input_read(input, chunk, CHUNK_SIZE, &n));
        chunk[n] = '\0';
        GEMLET_TRY(take_chunk(r, parser, chunk, n));
        is_end = n < CHUNK_SIZE;
    }
    if (csv_fini(parser, on_field, on_row, r) != 0 && r->status == GEMLET_OK)
        return parser_error(r, parser);
    return r->status;
}

/* ---- the whole ------------------------------------------------------------------------------ */

/* Names what is certainly no table. */
static gemlet_status check_kind(const gm_input *input)
{
    static const char expected[] = "a table as text (CSV)";
    size_t n;
    const unsigned char *head = gm_input_head(input, &n);
    if (gm_idx_begins(head, n))
        return gm_error(GEMLET_E_FORMAT, "%s: found an IDX file, expected %s", input->path,
                        expected);
    GEMLET_TRY(gm_input_refuse_foreign(input, expected));
    if (memchr(head, '\0', n) != NULL)
        return gm_error(GEMLET_E_FORMAT, "%s: found binary data, expected %s", input->path,
                        expected);
    return GEMLET_OK;
}

static gemlet_status check_rows(const reader *r)
{
    if (r->fill.row > 0)
        return GEMLET_OK;
    if (r->first_line == 0)
        return gm_error(GEMLET_E_FORMAT, "%s: found no rows, expected a table", r->path);
    return gm_error(GEMLET_E_FORMAT,
                    "%s: found no rows after the header in line %zu, expected at least one",
                    r->path, r->first_line);
}

static gemlet_status note_text_among_numbers(gm_table *table, const gm_column *column)
{
    if (column->first_text_line == 0)
        return GEMLET_OK;
    return gm_table_note(table,
                         "column '%.80s' holds numbers only down to line %zu, where a text stands: "
                         "its values are categories (--missing if the text stands for a gap)",
                         column->name, column->first_text_line);
}

static gemlet_status finish_table(reader *r)
{
    gm_table *table = r->table;
    table->rows = r->fill.row;
    table->delimiter = r->dialect.delimiter;
    table->decimal = r->dialect.decimal;
    table->has_header = r->dialect.has_header;
    for (gemlet_dim i = 0; i < table->n_columns; ++i)
        gm_column_finish(&table->columns[i], table->rows);
    for (gemlet_dim i = 0; i < table->n_columns; ++i)
        GEMLET_TRY(note_text_among_numbers(table, &table->columns[i]));
    if (r->fill.is_recoded)
        GEMLET_TRY(gm_table_note(table, "texts that are no UTF-8 were read as Latin-1"));
    return GEMLET_OK;
}

static gemlet_status read_rows(reader *r, gm_input *input, char *chunk)
{
    struct csv_parser parser;
    size_t n;
    GEMLET_TRY(gm_input_read(input, chunk, SAMPLE_SIZE, &n));
    chunk[n] = '\0';
    GEMLET_TRY(gm_dialect_find(&r->dialect, chunk, n, n < SAMPLE_SIZE, &r->options->wish));
    r->fill.decimal = r->dialect.decimal;
    r->fill.line = 1 + r->dialect.n_skipped_lines;
    r->is_in_header = r->dialect.has_header;
    r->first_line = r->fill.line;
    if (!r->is_in_header)
        GEMLET_TRY(make_columns(r, r->dialect.n_columns));
    GEMLET_TRY(gm_dialect_begin(&parser, r->dialect.delimiter));
    csv_set_realloc_func(&parser, reallocate_field);
    gemlet_status status = take_text(r, &parser, input, chunk, n);
    csv_free(&parser);
    if (status == GEMLET_OK)
        status = check_rows(r);
    return status == GEMLET_OK ? finish_table(r) : status;
}

gemlet_status gm_table_read(gm_table **out, gm_input *input, const gm_read_options *options)
{
    reader r = {.path = input->path, .options = options};
    r.fill.path = input->path;
    r.fill.missing = options->wish.missing;
    char *chunk = NULL;
    gm_number_locale locale;
    *out = NULL;
    GEMLET_TRY(check_kind(input));
    GEMLET_TRY(gm_number_enter(&locale));
    gemlet_status status = GM_ALLOC(chunk, SAMPLE_SIZE + 1, "text of a table");
    if (status == GEMLET_OK)
        status = GM_ALLOC(r.table, 1, "table");
    if (status == GEMLET_OK)
        status = read_rows(&r, input, chunk);
    free(chunk);
    free(r.demands);
    gm_column_names_free(&r.names);
    gm_number_leave(&locale);
    if (status == GEMLET_OK)
        *out = r.table;
    else
        gm_table_destroy(r.table);
    return status;
}

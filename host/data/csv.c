/* SPDX-License-Identifier: MIT
 * Reading CSV files of numbers; libcsv takes the text apart.
 *
 * libcsv calls on_field() and on_row(). Both keep the first failure in the reader, because a
 * callback cannot stop the parser; it is fed line by line, so that the line number is known and
 * nothing after a failing line is looked at. Values stay bytes until the first one that is not a
 * whole number from 0 to 255. */
#include "data/csv.h"

#include <csv.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/memory_limit.h"
#include "data/bytes.h"
#include "data/dataset.h"
#include "data/idx.h"
#include "data/number.h"
#include "data/row_cache.h"

#define CHUNK_SIZE     ((size_t)256 * 1024)
#define MAX_FIELD_SIZE ((size_t)4096) /* bytes, a multiple of libcsv's 128; no number needs it */
#define SHOWN_SIZE     41             /* of a field in a message */

enum row_kind {
    ROW_UNDECIDED, /* in the first row, before its first field that is not empty */
    ROW_HEADER,
    ROW_DATA
};

struct reader {
    const char *path;
    gemlet_labels label_place;
    gemlet_dim n_features; /* expected: the first row then decides label_place; 0: any */
    enum row_kind row_kind;
    gemlet_element element;
    size_t line;       /* being read, from 1 */
    size_t first_line; /* of the first row, which sets n_columns */
    size_t column;     /* fields of this row so far */
    size_t n_columns;  /* 0 until the first row is complete */
    size_t rows;
    gm_bytes first_row; /* with n_features: its texts, each with a zero byte at its end */
    int is_first_kept;  /* first_row was taken apart, or is not needed */
    gm_bytes values;    /* those that were not written to the copy */
    gm_bytes labels;
    gm_row_cache cache; /* its key is NULL where no copy may be made */
    gm_row_writer copy; /* open once memory had no more room */
    int is_copied;
    gemlet_status status;
    int ends_in_return; /* the last byte fed was \r: a following \n belongs to the same line end */
};

/* Records that the field now read is not what it should be. */
static gemlet_status field_error(const struct reader *reader, const char *text, size_t length,
                                 const char *expected)
{
    char shown[SHOWN_SIZE];
    gm_number_show(shown, sizeof shown, text, length);
    return gm_error(GEMLET_E_FORMAT, "%s: line %zu, column %zu: found '%s', expected %s",
                    reader->path, reader->line, reader->column + 1, shown, expected);
}

/* The common case by hand: one to five digits. */
static int parse_short_integer(uint32_t *value, const char *text, size_t length)
{
    if (length == 0 || length > 5)
        return 0;
    uint32_t parsed = 0;
    for (size_t i = 0; i < length; ++i) {
        const unsigned digit = (unsigned char)text[i] - (unsigned)'0';
        if (digit > 9)
            return 0;
        parsed = parsed * 10 + digit;
    }
    *value = parsed;
    return 1;
}

/* ---- values --------------------------------------------------------------------------------- */

/* Writes the values that are in memory to the copy. */
static gemlet_status move_to_copy(struct reader *reader)
{
    const size_t n = reader->values.n_bytes / gm_dataset_element_size(reader->element);
    if (!reader->is_copied)
        GEMLET_TRY(gm_row_cache_begin(&reader->copy, &reader->cache, reader->element));
    const int is_first = !reader->is_copied;
    reader->is_copied = 1;
    GEMLET_TRY(gm_row_writer_add(&reader->copy, reader->values.data, n));
    reader->values.n_bytes = 0;
    if (is_first)
        gm_bytes_free(&reader->values); /* from now on a block will do */
    return GEMLET_OK;
}

/* 1 if the values are to be moved to the copy before n_bytes are taken for them. */
static int is_copy_due(const struct reader *reader, size_t n_bytes)
{
    return reader->is_copied || (reader->cache.key != NULL && reader->values.n_bytes > 0 &&
                                 !gm_memory_limit_allows(n_bytes));
}

/* Room for a value of `size` bytes. */
static gemlet_status make_room(struct reader *reader, size_t size)
{
    if (size <= reader->values.capacity - reader->values.n_bytes)
        return GEMLET_OK;
    if (is_copy_due(reader, 2 * reader->values.capacity))
        GEMLET_TRY(move_to_copy(reader));
    return gm_bytes_reserve(&reader->values, size, SIZE_MAX, reader->path);
}

static gemlet_status widen_values(struct reader *reader)
{
    gm_bytes wide = {0};
    const size_t n_values = reader->values.n_bytes;
    size_t n_bytes;
    if (is_copy_due(reader, n_values * (1 + sizeof(float)))) {
        GEMLET_TRY(move_to_copy(reader));
        reader->element = GEMLET_ELEMENT_F32;
        return gm_row_writer_widen(&reader->copy);
    }
    GEMLET_TRY(gm_checked_mul(&n_bytes, n_values + 1, sizeof(float), reader->path));
    GEMLET_TRY(gm_bytes_reserve(&wide, n_bytes, SIZE_MAX, reader->path));
    for (size_t i = 0; i < n_values; ++i) {
        const float value = reader->values.data[i];
        memcpy(wide.data + i * sizeof value, &value, sizeof value);
    }
    wide.n_bytes = n_values * sizeof(float);
    gm_bytes_free(&reader->values);
    reader->values = wide;
    reader->element = GEMLET_ELEMENT_F32;
    return GEMLET_OK;
}

static gemlet_status append_byte(struct reader *reader, uint8_t value)
{
    GEMLET_TRY(make_room(reader, 1));
    reader->values.data[reader->values.n_bytes++] = value;
    return GEMLET_OK;
}

static gemlet_status append_float(struct reader *reader, float value)
{
    GEMLET_TRY(make_room(reader, sizeof value));
    memcpy(reader->values.data + reader->values.n_bytes, &value, sizeof value);
    reader->values.n_bytes += sizeof value;
    return GEMLET_OK;
}

static gemlet_status parse_value(struct reader *reader, const char *text, size_t length)
{
    uint32_t whole;
    if (parse_short_integer(&whole, text, length)) {
        if (whole <= UINT8_MAX && reader->element == GEMLET_ELEMENT_U8)
            return append_byte(reader, (uint8_t)whole);
        if (reader->element == GEMLET_ELEMENT_F32)
            return append_float(reader, (float)whole);
    }
    double value;
    if (gm_number_parse(&value, text, length) != GM_NUMBER_FINITE)
        return field_error(reader, text, length, "a finite number");
    const float narrow = (float)value;
    if (!isfinite(narrow))
        return field_error(reader, text, length, "a number in the range of a float");
    if (reader->element == GEMLET_ELEMENT_U8) {
        if (value >= 0 && value <= UINT8_MAX && value == floor(value))
            return append_byte(reader, (uint8_t)value);
        GEMLET_TRY(widen_values(reader));
    }
    return append_float(reader, narrow);
}

static gemlet_status parse_label(struct reader *reader, const char *text, size_t length)
{
    uint32_t label;
    if (!parse_short_integer(&label, text, length)) {
        /* 7.0 and 7e0 are labels too: some programs write every column as a float. */
        double value;
        if (gm_number_parse(&value, text, length) != GM_NUMBER_FINITE || value != floor(value) ||
            value < 0 || value >= GEMLET_MAX_CLASSES)
            return field_error(reader, text, length, "a label, a whole number from 0 to 65535");
        label = (uint32_t)value;
    }
    if (label >= GEMLET_MAX_CLASSES)
        return field_error(reader, text, length, "a label, a whole number from 0 to 65535");
    GEMLET_TRY(gm_bytes_reserve(&reader->labels, sizeof label, SIZE_MAX, reader->path));
    memcpy(reader->labels.data + reader->labels.n_bytes, &label, sizeof label);
    reader->labels.n_bytes += sizeof label;
    return GEMLET_OK;
}

/* ---- rows ----------------------------------------------------------------------------------- */

/* Settles what the first row is by its first field that is not empty. */
static gemlet_status decide_row_kind(struct reader *reader, const char *text, size_t length)
{
    if (length == 0)
        return GEMLET_OK;
    double value;
    if (gm_number_parse(&value, text, length) == GM_NUMBER_NONE) {
        reader->row_kind = ROW_HEADER;
        return GEMLET_OK;
    }
    reader->row_kind = ROW_DATA;
    if (reader->column > 0) {
        reader->column = 0;
        return field_error(reader, "", 0, "a finite number");
    }
    return GEMLET_OK;
}

static gemlet_status take_field(struct reader *reader, const char *text, size_t length)
{
    if (reader->row_kind == ROW_UNDECIDED)
        GEMLET_TRY(decide_row_kind(reader, text, length));
    /* What is too much is only counted; on_row() reports it. */
    const int is_surplus = reader->n_columns > 0 && reader->column >= reader->n_columns;
    if (reader->row_kind == ROW_DATA && !is_surplus) {
        const int is_label = reader->column == 0 && reader->label_place == GEMLET_LABELS_FIRST;
        GEMLET_TRY(is_label ? parse_label(reader, text, length)
                            : parse_value(reader, text, length));
    }
    ++reader->column;
    return GEMLET_OK;
}

/* Keeps a field of the first row, unless there are more than can be right. */
static gemlet_status keep_field(struct reader *reader, const char *text, size_t length)
{
    if (reader->column++ > reader->n_features)
        return GEMLET_OK;
    GEMLET_TRY(gm_bytes_reserve(&reader->first_row, length + 1, SIZE_MAX, reader->path));
    memcpy(reader->first_row.data + reader->first_row.n_bytes, text, length + 1);
    reader->first_row.n_bytes += length + 1;
    return GEMLET_OK;
}

/* Decides by the first row's number of fields whether there is a label, then takes the fields. A
 * field with a zero byte within is no number up to there either. */
static gemlet_status take_first_row(struct reader *reader)
{
    const size_t n_columns = reader->column;
    const size_t n_features = reader->n_features;
    if (n_columns != n_features && n_columns != n_features + 1)
        return gm_error(GEMLET_E_SHAPE,
                        "%s: found %zu columns, expected %zu (the model's inputs) or %zu (with a "
                        "label in front)",
                        reader->path, n_columns, n_features, n_features + 1);
    reader->label_place = n_columns == n_features ? GEMLET_LABELS_NONE : GEMLET_LABELS_FIRST;
    reader->is_first_kept = 1;
    reader->column = 0;
    const char *text = (const char *)reader->first_row.data;
    for (size_t i = 0; i < n_columns; ++i) {
        const size_t length = strlen(text);
        GEMLET_TRY(take_field(reader, text, length));
        text += length + 1;
    }
    return GEMLET_OK;
}

static gemlet_status finish_row(struct reader *reader)
{
    if (!reader->is_first_kept)
        GEMLET_TRY(take_first_row(reader));
    if (reader->row_kind == ROW_UNDECIDED) {
        reader->column = 0;
        return field_error(reader, "", 0, "a finite number");
    }
    if (reader->n_columns == 0) {
        if (reader->label_place == GEMLET_LABELS_FIRST && reader->column < 2)
            return gm_error(GEMLET_E_FORMAT,
                            "%s: line %zu: found 1 column, expected a label and at least one "
                            "feature",
                            reader->path, reader->line);
        if (reader->column > UINT32_MAX)
            return gm_error(GEMLET_E_RANGE, "%s: line %zu: found %zu columns, expected at most %u",
                            reader->path, reader->line, reader->column, UINT32_MAX);
        reader->n_columns = reader->column;
        reader->first_line = reader->line;
    }
    if (reader->column != reader->n_columns)
        return gm_error(
            GEMLET_E_FORMAT, "%s: line %zu: found %zu columns, expected %zu as in line %zu",
            reader->path, reader->line, reader->column, reader->n_columns, reader->first_line);
    reader->column = 0;
    if (reader->row_kind == ROW_HEADER) {
        reader->row_kind = ROW_DATA;
        return GEMLET_OK;
    }
    if (reader->rows == UINT32_MAX)
        return gm_error(GEMLET_E_RANGE, "%s: line %zu: found more than %u rows", reader->path,
                        reader->line, UINT32_MAX);
    ++reader->rows;
    return GEMLET_OK;
}

static void on_field(void *field, size_t length, void *context)
{
    struct reader *reader = context;
    if (reader->status == GEMLET_OK)
        reader->status = reader->is_first_kept ? take_field(reader, field, length)
                                               : keep_field(reader, field, length);
}

static void on_row(int end, void *context)
{
    (void)end;
    struct reader *reader = context;
    if (reader->status == GEMLET_OK)
        reader->status = finish_row(reader);
}

/* Keeps libcsv from collecting a field without end. */
static void *reallocate_field(void *field, size_t size)
{
    return size > MAX_FIELD_SIZE ? NULL : realloc(field, size);
}

static gemlet_status parser_error(const struct reader *reader, struct csv_parser *parser)
{
    if (csv_error(parser) == CSV_EPARSE)
        return gm_error(GEMLET_E_FORMAT,
                        "%s: line %zu, column %zu: found a stray or missing quote, expected a "
                        "number",
                        reader->path, reader->line, reader->column + 1);
    if (csv_get_buffer_size(parser) < MAX_FIELD_SIZE)
        return gm_error(GEMLET_E_MEMORY, "%s: line %zu: out of memory", reader->path, reader->line);
    return gm_error(GEMLET_E_FORMAT,
                    "%s: line %zu, column %zu: found a field of %zu bytes or more, expected a "
                    "number",
                    reader->path, reader->line, reader->column + 1, MAX_FIELD_SIZE);
}

/* Length of the text up to and including the first line end, or all of it. */
static size_t find_line_end(const char *text, size_t length)
{
    for (size_t i = 0; i < length; ++i) {
        if (text[i] == '\n' || text[i] == '\r')
            return i + 1;
    }
    return length;
}

static gemlet_status parse_chunk(struct reader *reader, struct csv_parser *parser, const char *text,
                                 size_t length)
{
    while (length > 0) {
        const size_t n = find_line_end(text, length);
        if (csv_parse(parser, text, n, on_field, on_row, reader) != n &&
            reader->status == GEMLET_OK)
            return parser_error(reader, parser);
        GEMLET_TRY(reader->status);
        const char last = text[n - 1];
        if (last == '\r' || (last == '\n' && !(n == 1 && reader->ends_in_return)))
            ++reader->line;
        reader->ends_in_return = last == '\r';
        text += n;
        length -= n;
    }
    return GEMLET_OK;
}

static gemlet_status parse_file(struct reader *reader, struct csv_parser *parser, gm_input *input)
{
    static const char byte_order_mark[] = "\xEF\xBB\xBF";
    const size_t mark_size = sizeof byte_order_mark - 1;
    char *chunk = NULL;
    GEMLET_TRY(GM_ALLOC(chunk, CHUNK_SIZE, "CSV text"));
    gemlet_status status = GEMLET_OK;
    for (int is_first = 1;; is_first = 0) {
        size_t length;
        GEMLET_TRY_CLEANUP(status, gm_input_read(input, chunk, CHUNK_SIZE, &length));
        const int is_marked =
            is_first && length >= mark_size && memcmp(chunk, byte_order_mark, mark_size) == 0;
        const size_t skipped = is_marked ? mark_size : 0;
        GEMLET_TRY_CLEANUP(status, parse_chunk(reader, parser, chunk + skipped, length - skipped));
        if (length < CHUNK_SIZE)
            break;
    }
    if (csv_fini(parser, on_field, on_row, reader) != 0 && reader->status == GEMLET_OK)
        GEMLET_TRY_CLEANUP(status, parser_error(reader, parser));
    GEMLET_TRY_CLEANUP(status, reader->status);
    if (reader->rows == 0)
        status = reader->n_columns == 0
                     ? gm_error(GEMLET_E_FORMAT, "%s: empty file, expected rows", reader->path)
                     : gm_error(GEMLET_E_FORMAT,
                                "%s: found no rows after the header in line %zu, expected at "
                                "least one",
                                reader->path, reader->first_line);

cleanup:
    free(chunk);
    return status;
}

/* Names what is certainly no CSV file. */
static gemlet_status check_kind(const gm_input *input)
{
    static const char expected[] = "rows of numbers (CSV)";
    size_t n;
    const unsigned char *head = gm_input_head(input, &n);
    if (gm_idx_begins(head, n))
        return gm_error(GEMLET_E_FORMAT, "%s: found an IDX file, expected %s", input->path,
                        expected);
    return gm_input_refuse_foreign(input, expected);
}

static gemlet_status create_dataset(gemlet_dataset **out, struct reader *reader)
{
    const int has_labels = reader->label_place == GEMLET_LABELS_FIRST;
    const gemlet_dim rows = (gemlet_dim)reader->rows;
    const gemlet_dim features = (gemlet_dim)reader->n_columns - (gemlet_dim)has_labels;
    if (!reader->is_copied)
        return gm_dataset_adopt(out, rows, features, reader->element,
                                gm_bytes_take(&reader->values), gm_bytes_take(&reader->labels));
    GEMLET_TRY(move_to_copy(reader));
    return gm_row_cache_finish(out, &reader->cache, &reader->copy, rows, features,
                               gm_bytes_take(&reader->labels));
}

static gemlet_status parse_rows(gemlet_dataset **out, struct reader *reader, gm_input *input)
{
    struct csv_parser parser;
    gm_number_locale locale;
    GEMLET_TRY(check_kind(input));
    GEMLET_TRY(gm_number_enter(&locale));
    csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL); /* fails on NULL only */
    csv_set_realloc_func(&parser, reallocate_field);
    gemlet_status status = parse_file(reader, &parser, input);
    if (status == GEMLET_OK)
        status = create_dataset(out, reader);
    gm_row_writer_abort(&reader->copy);
    csv_free(&parser);
    gm_bytes_free(&reader->first_row);
    gm_bytes_free(&reader->labels);
    gm_bytes_free(&reader->values);
    gm_number_leave(&locale);
    return status;
}

/* Looks for a copy of an earlier run where the values might not fit into memory: each has a comma
 * or a line end behind it. */
static gemlet_status find_copy(gemlet_dataset **out, struct reader *reader, const gm_input *input)
{
    char columns[32];
    int is_possible;
    const size_t bound = gm_input_size_bound(input);
    const size_t most = bound < SIZE_MAX / sizeof(float) ? bound / 2 * sizeof(float) : SIZE_MAX;
    if (!gm_row_cache_is_allowed() || gm_memory_limit_allows(most))
        return GEMLET_OK;
    if (reader->n_features > 0)
        snprintf(columns, sizeof columns, "%u-inputs", reader->n_features);
    else
        snprintf(columns, sizeof columns, "%s",
                 reader->label_place == GEMLET_LABELS_FIRST ? "label-first" : "features");
    GEMLET_TRY(gm_row_cache_open(&reader->cache, &is_possible, input, columns));
    return is_possible ? gm_row_cache_find(out, &reader->cache) : GEMLET_OK;
}

static gemlet_status read_rows(gemlet_dataset **out, struct reader *reader, gm_input *input)
{
    *out = NULL;
    gemlet_status status = find_copy(out, reader, input);
    if (status == GEMLET_OK && *out == NULL)
        status = parse_rows(out, reader, input);
    gm_row_cache_free(&reader->cache);
    return status;
}

gemlet_status gm_csv_read(gemlet_dataset **out, gm_input *input, gemlet_labels labels)
{
    struct reader reader = {
        .path = input->path, .label_place = labels, .is_first_kept = 1, .line = 1};
    return read_rows(out, &reader, input);
}

gemlet_status gm_csv_read_features(gemlet_dataset **out, gm_input *input, gemlet_dim n_features)
{
    struct reader reader = {.path = input->path, .n_features = n_features, .line = 1};
    return read_rows(out, &reader, input);
}

gemlet_status gemlet_dataset_load_csv(gemlet_dataset **out, const char *path, gemlet_labels labels)
{
    gm_input input;
    *out = NULL;
    GEMLET_TRY(gm_input_open(&input, path));
    const gemlet_status status = gm_csv_read(out, &input, labels);
    gm_input_close(&input);
    return status;
}

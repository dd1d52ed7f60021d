/* SPDX-License-Identifier: MIT
 * See column_fill.h. Numbers lie in one byte each until one does not fit, then in floats until one
 * is no float, then in doubles: what is read back is always what strtod makes of the text. */
#include "table/column_fill.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clean_text.h"
#include "core/memory.h"
#include "core/memory_limit.h"
#include "data/number.h"
#include "table/missing.h"

#define SHOWN_SIZE 41u /* of a field in a message */

static gemlet_status field_error(const gm_column *column, const gm_fill *fill, const char *text,
                                 size_t length, const char *expected)
{
    char shown[SHOWN_SIZE];
    gm_number_show(shown, sizeof shown, text, length);
    return gm_error(GEMLET_E_FORMAT, "%s: line %zu, column %zu ('%.80s'): found '%s', expected %s",
                    fill->path, fill->line, fill->column, column->name, shown, expected);
}

/* ---- memory --------------------------------------------------------------------------------- */

static size_t width_of(gm_column_storage storage)
{
    static const size_t widths[] = {
        [GM_STORED_U8] = sizeof(uint8_t),   [GM_STORED_F32] = sizeof(float),
        [GM_STORED_F64] = sizeof(double),   [GM_STORED_LEVELS] = sizeof(uint16_t),
        [GM_STORED_IDS] = sizeof(uint32_t),
    };
    return widths[storage];
}

static gemlet_status resize(gm_column *column, gm_fill *fill, gemlet_dim capacity)
{
    const size_t n_bytes = (size_t)capacity * width_of(column->storage);
    GEMLET_TRY(gm_memory_limit_check(fill->n_bytes + n_bytes, fill->path));
    void *values = realloc(column->values, n_bytes);
    if (values == NULL)
        return gm_error(GEMLET_E_MEMORY, "%s: line %zu: out of memory", fill->path, fill->line);
    column->values = values;
    return GEMLET_OK;
}

gemlet_status gm_column_grow(gm_column *column, gm_fill *fill, gemlet_dim capacity)
{
    if (column->values == NULL)
        return GEMLET_OK;
    const size_t n_more = (size_t)(capacity - fill->capacity) * width_of(column->storage);
    GEMLET_TRY(resize(column, fill, capacity));
    fill->n_bytes += n_more;
    return GEMLET_OK;
}

static void drop_values(gm_column *column, gm_fill *fill)
{
    if (column->values != NULL)
        fill->n_bytes -= (size_t)fill->capacity * width_of(column->storage);
    free(column->values);
    column->values = NULL;
    gm_levels_free(&column->levels);
}

static void put_number(gm_column *column, gemlet_dim row, double value)
{
    if (column->storage == GM_STORED_U8)
        ((uint8_t *)column->values)[row] = (uint8_t)value;
    else if (column->storage == GM_STORED_F32)
        ((float *)column->values)[row] = (float)value;
    else
        ((double *)column->values)[row] = value;
}

static void put_level(gm_column *column, gemlet_dim row, uint32_t level)
{
    if (column->storage == GM_STORED_IDS)
        ((uint32_t *)column->values)[row] = level;
    else
        ((uint16_t *)column->values)[row] =
            (uint16_t)(level < GM_MAX_LEVELS ? level : GM_MAX_LEVELS);
}

/* Begins to keep values: the rows so far were gaps. */
static gemlet_status begin_values(gm_column *column, gm_fill *fill, gm_column_kind kind,
                                  gm_column_storage storage)
{
    if (storage == GM_STORED_U8 && fill->row > 0)
        storage = GM_STORED_F32;
    column->kind = kind;
    column->storage = storage;
    GEMLET_TRY(resize(column, fill, fill->capacity));
    fill->n_bytes += (size_t)fill->capacity * width_of(storage);
    for (gemlet_dim row = 0; row < fill->row; ++row) {
        if (kind == GM_COLUMN_TEXTS)
            put_level(column, row, GM_NO_LEVEL);
        else
            put_number(column, row, NAN);
    }
    return GEMLET_OK;
}

/* The values so far in a wider storage. */
static gemlet_status widen(gm_column *column, gm_fill *fill, gm_column_storage storage)
{
    gm_column wide = *column;
    wide.storage = storage;
    wide.values = NULL;
    GEMLET_TRY(resize(&wide, fill, fill->capacity));
    for (gemlet_dim row = 0; row < fill->row; ++row)
        put_number(&wide, row, gm_column_number(column, row));
    fill->n_bytes += (size_t)fill->capacity * (width_of(storage) - width_of(column->storage));
    free(column->values);
    *column = wide;
    return GEMLET_OK;
}

/* ---- numbers and dates ---------------------------------------------------------------------- */

static gm_column_storage narrowest(double value)
{
    if (value >= 0 && value <= UINT8_MAX && value == floor(value) && !signbit(value))
        return GM_STORED_U8;
    return isnan(value) || (double)(float)value == value ? GM_STORED_F32 : GM_STORED_F64;
}

static gemlet_status take_number(gm_column *column, gm_fill *fill, double value)
{
    if (column->storage != GM_STORED_F64) {
        const gm_column_storage needed = narrowest(value);
        if (needed > column->storage)
            GEMLET_TRY(widen(column, fill, needed));
    }
    put_number(column, fill->row, value);
    return GEMLET_OK;
}

static gm_number_kind parse(double *value, const char *text, size_t length, char decimal)
{
    char pointed[64];
    if (decimal == '.')
        return gm_number_parse(value, text, length);
    if (length >= sizeof pointed || memchr(text, '.', length) != NULL)
        return GM_NUMBER_NONE;
    for (size_t i = 0; i <= length; ++i)
        pointed[i] = (char)(text[i] == decimal ? '.' : text[i]);
    return gm_number_parse(value, pointed, length);
}

int gm_column_parse_number(double *value, const char *text, size_t length, char decimal)
{
    return parse(value, text, length, decimal) == GM_NUMBER_FINITE;
}

void gm_column_name_number(char text[GM_NUMBER_TEXT_SIZE], double value)
{
    if (value == 0) { /* without the sign */
        strcpy(text, "0");
        return;
    }
    for (int digits = 15; digits <= 17; ++digits) {
        snprintf(text, GM_NUMBER_TEXT_SIZE, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            return;
    }
}

/* 1 and *value out for a number that a float can hold, 0 for what is none; an error for others. */
static gemlet_status read_number(int *is_number, double *value, const gm_column *column,
                                 const gm_fill *fill, const char *text, size_t length)
{
    const gm_number_kind kind = parse(value, text, length, fill->decimal);
    *is_number = kind == GM_NUMBER_FINITE;
    if (kind == GM_NUMBER_NOT_FINITE || (*is_number && fabs(*value) > (double)FLT_MAX))
        return field_error(column, fill, text, length,
                           "a number in the range of a float (or --missing for what is none)");
    return GEMLET_OK;
}

static gemlet_status take_date(gm_column *column, gm_fill *fill, const char *text, size_t length)
{
    double seconds;
    if (gm_date_parse(&seconds, &column->date_order, text, length)) {
        /* What was taken day first while nothing told is read again once something does. */
        if (column->date_order == GM_DATE_EITHER)
            column->n_either = fill->row + 1;
        put_number(column, fill->row, seconds);
        return GEMLET_OK;
    }
    char expected[160];
    snprintf(expected, sizeof expected,
             "a date (%s) as in the rows before (--missing if it is a gap, --categorical to take "
             "the column as texts)",
             gm_date_order_name(column->date_order));
    return field_error(column, fill, text, length, expected);
}

/* ---- texts ---------------------------------------------------------------------------------- */

gemlet_status gm_column_to_utf8(char **out, const char *text, size_t length, int *is_recoded)
{
    size_t at = 0;
    while (at < length) {
        const size_t n = gm_utf8_length(text + at);
        if (n == 0)
            break;
        at += n;
    }
    GEMLET_TRY(GM_ALLOC(*out, 2 * length + 1, "text of a table"));
    if (at >= length) {
        memcpy(*out, text, length);
        return GEMLET_OK;
    }
    *is_recoded = 1;
    char *to = *out;
    for (size_t i = 0; i < length; ++i) {
        const unsigned char c = (unsigned char)text[i];
        if (c >= 0x80) {
            *to++ = (char)(0xc0 | c >> 6);
            *to++ = (char)(0x80 | (c & 0x3f));
        } else {
            *to++ = (char)c;
        }
    }
    return GEMLET_OK;
}

static int is_ascii(const char *text, size_t length)
{
    for (size_t i = 0; i < length; ++i) {
        if ((unsigned char)text[i] >= 0x80)
            return 0;
    }
    return 1;
}

static gemlet_status add_level(gm_column *column, gm_fill *fill, const char *text, size_t length)
{
    uint32_t level;
    const uint32_t most = column->storage == GM_STORED_IDS ? GM_NO_LEVEL - 1 : GM_MAX_LEVELS;
    GEMLET_TRY(gm_levels_add(&column->levels, &level, text, length, most, fill->path));
    if (level != GM_NO_LEVEL) {
        put_level(column, fill->row, level);
        return GEMLET_OK;
    }
    drop_values(column, fill);
    column->kind = GM_COLUMN_TOO_MANY;
    return GEMLET_OK;
}

static gemlet_status take_text(gm_column *column, gm_fill *fill, const char *text, size_t length)
{
    char name[GM_NUMBER_TEXT_SIZE];
    double value;
    if (memchr("+-.,0123456789", text[0], 14) != NULL && text[0] != '\0' &&
        gm_column_parse_number(&value, text, length, fill->decimal)) {
        ++column->n_numbers;
        if (!column->keeps_texts) {
            gm_column_name_number(name, value);
            return add_level(column, fill, name, strlen(name));
        }
    }
    if (is_ascii(text, length)) {
        if (strlen(text) != length)
            return field_error(column, fill, text, length, "text without zero bytes");
        return add_level(column, fill, text, length);
    }
    char *utf8;
    if (strlen(text) != length)
        return field_error(column, fill, text, length, "text without zero bytes");
    GEMLET_TRY(gm_column_to_utf8(&utf8, text, length, &fill->is_recoded));
    const gemlet_status status = add_level(column, fill, utf8, strlen(utf8));
    free(utf8);
    return status;
}

/* Makes texts of the numbers so far. */
static gemlet_status turn_into_texts(gm_column *column, gm_fill *fill)
{
    gm_column numbers = *column;
    const gemlet_dim row = fill->row;
    gemlet_status status = GEMLET_OK;
    column->values = NULL;
    column->first_text_line = fill->line;
    fill->row = 0;
    GEMLET_TRY_CLEANUP(status, begin_values(column, fill, GM_COLUMN_TEXTS, GM_STORED_LEVELS));
    for (; fill->row < row && column->kind == GM_COLUMN_TEXTS; ++fill->row) {
        const double value = gm_column_number(&numbers, fill->row);
        char name[GM_NUMBER_TEXT_SIZE];
        if (isnan(value)) {
            put_level(column, fill->row, GM_NO_LEVEL);
            continue;
        }
        gm_column_name_number(name, value);
        GEMLET_TRY_CLEANUP(status, add_level(column, fill, name, strlen(name)));
        ++column->n_numbers;
    }
cleanup:
    fill->row = row;
    numbers.levels = (gm_levels){0};
    drop_values(&numbers, fill);
    return status;
}

/* ---- fields --------------------------------------------------------------------------------- */

void gm_column_demand_set(gm_column *column, gm_column_demand demand)
{
    column->kind = demand == GM_DEMAND_SKIP ? GM_COLUMN_SKIPPED : GM_COLUMN_EMPTY;
    column->keeps_texts = demand == GM_DEMAND_EXACT_TEXTS || demand == GM_DEMAND_IDS;
    column->date_order = GM_DATE_EITHER;
}

static gemlet_status take_gap(gm_column *column, gm_fill *fill)
{
    ++column->n_missing;
    if (column->kind == GM_COLUMN_NUMBERS || column->kind == GM_COLUMN_DATES)
        return take_number(column, fill, NAN);
    if (column->kind == GM_COLUMN_TEXTS)
        put_level(column, fill->row, GM_NO_LEVEL);
    return GEMLET_OK;
}

/* The first field that is no gap. */
static gemlet_status begin_column(gm_column *column, gm_column_demand demand, gm_fill *fill,
                                  const char *text, size_t length)
{
    double value;
    int is_number;
    if (demand == GM_DEMAND_TEXTS || column->keeps_texts) {
        GEMLET_TRY(begin_values(column, fill, GM_COLUMN_TEXTS,
                                demand == GM_DEMAND_IDS ? GM_STORED_IDS : GM_STORED_LEVELS));
        return take_text(column, fill, text, length);
    }
    if (demand == GM_DEMAND_DATES || demand == GM_DEMAND_NOTHING) {
        gm_date_order order = column->date_order;
        if (demand == GM_DEMAND_DATES || gm_date_parse(&value, &order, text, length)) {
            GEMLET_TRY(begin_values(column, fill, GM_COLUMN_DATES, GM_STORED_F64));
            return take_date(column, fill, text, length);
        }
    }
    GEMLET_TRY(read_number(&is_number, &value, column, fill, text, length));
    if (!is_number && demand == GM_DEMAND_NUMBERS)
        return field_error(column, fill, text, length,
                           "a number (--missing for what stands for a gap)");
    if (is_number) {
        GEMLET_TRY(begin_values(column, fill, GM_COLUMN_NUMBERS, narrowest(value)));
        return take_number(column, fill, value);
    }
    GEMLET_TRY(begin_values(column, fill, GM_COLUMN_TEXTS, GM_STORED_LEVELS));
    return take_text(column, fill, text, length);
}

static gemlet_status take_among_numbers(gm_column *column, gm_column_demand demand, gm_fill *fill,
                                        const char *text, size_t length)
{
    double value;
    int is_number;
    if (gm_missing_is(text, length, fill->missing))
        return take_gap(column, fill);
    GEMLET_TRY(read_number(&is_number, &value, column, fill, text, length));
    if (is_number)
        return take_number(column, fill, value);
    if (demand == GM_DEMAND_NUMBERS)
        return field_error(column, fill, text, length,
                           "a number (--missing for what stands for a gap)");
    GEMLET_TRY(turn_into_texts(column, fill));
    return column->kind == GM_COLUMN_TEXTS ? take_text(column, fill, text, length) : GEMLET_OK;
}

/* The common case by hand: one to three digits. */
static int parse_byte(unsigned *value, const char *text, size_t length)
{
    *value = 0;
    for (size_t i = 0; i < length; ++i) {
        const unsigned digit = (unsigned char)text[i] - (unsigned)'0';
        if (digit > 9)
            return 0;
        *value = 10 * *value + digit;
    }
    return *value <= UINT8_MAX;
}

gemlet_status gm_column_take(gm_column *column, gm_column_demand demand, gm_fill *fill,
                             const char *text, size_t length)
{
    unsigned byte;
    switch (column->kind) {
    case GM_COLUMN_NUMBERS:
        if (column->storage == GM_STORED_U8 && length - 1 < 3 && parse_byte(&byte, text, length) &&
            fill->missing == NULL) {
            ((uint8_t *)column->values)[fill->row] = (uint8_t)byte;
            return GEMLET_OK;
        }
        return take_among_numbers(column, demand, fill, text, length);
    case GM_COLUMN_EMPTY:
        if (gm_missing_is(text, length, fill->missing))
            return take_gap(column, fill);
        return begin_column(column, demand, fill, text, length);
    case GM_COLUMN_DATES:
        if (gm_missing_is(text, length, fill->missing))
            return take_gap(column, fill);
        return take_date(column, fill, text, length);
    case GM_COLUMN_TEXTS:
        if (gm_missing_is(text, length, fill->missing))
            return take_gap(column, fill);
        return take_text(column, fill, text, length);
    case GM_COLUMN_SKIPPED:
    case GM_COLUMN_TOO_MANY:
        break;
    }
    return GEMLET_OK;
}

gemlet_status gm_column_take_value(gm_column *column, gm_column_demand demand, gm_fill *fill,
                                   double value)
{
    char text[GM_NUMBER_TEXT_SIZE];
    if (column->kind == GM_COLUMN_SKIPPED || column->kind == GM_COLUMN_TOO_MANY)
        return GEMLET_OK;
    if (isnan(value))
        return take_gap(column, fill);
    const int is_number = demand == GM_DEMAND_NOTHING || demand == GM_DEMAND_NUMBERS;
    if (!isfinite(value) || !is_number) {
        gm_column_name_number(text, value);
        return isfinite(value) ? gm_column_take(column, demand, fill, text, strlen(text))
                               : field_error(column, fill, text, strlen(text), "a finite number");
    }
    if (column->kind == GM_COLUMN_EMPTY)
        GEMLET_TRY(begin_values(column, fill, GM_COLUMN_NUMBERS, narrowest(value)));
    return take_number(column, fill, value);
}

gemlet_status gm_column_take_date(gm_column *column, gm_fill *fill, double seconds)
{
    if (isnan(seconds))
        return take_gap(column, fill);
    if (column->kind == GM_COLUMN_EMPTY) {
        GEMLET_TRY(begin_values(column, fill, GM_COLUMN_DATES, GM_STORED_F64));
        column->date_order = GM_DATE_YEAR_FIRST;
    }
    return take_number(column, fill, seconds);
}

gemlet_status gm_column_take_text(gm_column *column, gm_fill *fill, const char *text)
{
    const size_t length = strlen(text);
    if (column->kind == GM_COLUMN_TOO_MANY)
        return GEMLET_OK;
    if (column->kind == GM_COLUMN_EMPTY)
        GEMLET_TRY(begin_values(column, fill, GM_COLUMN_TEXTS, GM_STORED_LEVELS));
    const int was_recoded = fill->is_recoded;
    fill->is_recoded = 0;
    GEMLET_TRY(take_text(column, fill, text, length));
    if (fill->is_recoded)
        return field_error(column, fill, text, length, "a text in UTF-8");
    fill->is_recoded = was_recoded;
    return GEMLET_OK;
}

void gm_column_finish(gm_column *column, gemlet_dim rows)
{
    if (column->values != NULL) {
        void *cut = realloc(column->values, (size_t)rows * width_of(column->storage));
        column->values = cut != NULL ? cut : column->values;
    }
    if (column->kind != GM_COLUMN_DATES || column->date_order != GM_DATE_MONTH_FIRST)
        return;
    double *seconds = column->values;
    for (gemlet_dim row = 0; row < column->n_either; ++row) {
        if (!isnan(seconds[row]))
            gm_date_swap(&seconds[row]); /* both numbers are at most 12: there is such a date */
    }
}

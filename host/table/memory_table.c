/* SPDX-License-Identifier: MIT
 * Tables that a program makes column by column; see gemlet/table.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "data/number.h"
#include "gemlet/table.h"
#include "table/column_fill.h"
#include "table/table.h"

gemlet_status gemlet_table_create(gemlet_table **out, gemlet_dim rows)
{
    *out = NULL;
    if (rows == 0)
        return gm_error(GEMLET_E_RANGE, GM_TABLE_IN_MEMORY ": found 0 rows, expected at least one");
    GEMLET_TRY(GM_ALLOC(*out, 1, GM_TABLE_IN_MEMORY));
    (*out)->rows = rows;
    (*out)->decimal = '.';
    (*out)->is_typed = 1;
    return GEMLET_OK;
}

gemlet_dim gemlet_table_rows(const gemlet_table *table)
{
    return table->rows;
}

void gemlet_table_destroy(gemlet_table *table)
{
    gm_table_destroy(table);
}

/* ---- columns -------------------------------------------------------------------------------- */

static gemlet_status check_name(const gemlet_table *table, const char *name)
{
    if (name == NULL || name[0] == '\0')
        return gm_error(GEMLET_E_ARGUMENT,
                        GM_TABLE_IN_MEMORY ": column %u has no name, expected one",
                        table->n_columns + 1);
    for (gemlet_dim i = 0; i < table->n_columns; ++i) {
        if (strcmp(table->columns[i].name, name) == 0)
            return gm_error(GEMLET_E_ARGUMENT,
                            GM_TABLE_IN_MEMORY
                            ": found a second column '%.80s', expected names of one column "
                            "each",
                            name);
    }
    return GEMLET_OK;
}

/* Fills one row of a column from whatever the caller gave. */
typedef gemlet_status (*take_row)(gm_column *column, gm_fill *fill, const void *source);

static gemlet_status fill_column(gm_column *column, gemlet_table *table, take_row take,
                                 const void *source)
{
    gm_number_locale locale;
    gm_fill fill = {.path = GM_TABLE_IN_MEMORY,
                    .decimal = '.',
                    .column = (size_t)table->n_columns + 1,
                    .capacity = table->rows,
                    .n_bytes = table->n_data_bytes};
    gemlet_status status = gm_number_enter(&locale);
    GEMLET_TRY(status);
    for (; status == GEMLET_OK && fill.row < table->rows; ++fill.row) {
        fill.line = (size_t)fill.row + 1;
        status = take(column, &fill, source);
    }
    gm_number_leave(&locale);
    GEMLET_TRY(status);
    gm_column_finish(column, table->rows);
    table->n_data_bytes = fill.n_bytes;
    return GEMLET_OK;
}

/* keeps_texts: as in gm_column. */
static gemlet_status add_column(gemlet_table *table, const char *name, int keeps_texts,
                                take_row take, const void *source)
{
    GEMLET_TRY(check_name(table, name));
    gm_column *columns =
        realloc(table->columns, ((size_t)table->n_columns + 1) * sizeof *table->columns);
    if (columns == NULL)
        return gm_error(GEMLET_E_MEMORY, GM_TABLE_IN_MEMORY ": out of memory");
    table->columns = columns;
    gm_column *column = &columns[table->n_columns];
    *column = (gm_column){.has_own_name = 1};
    gm_column_demand_set(column, keeps_texts ? GM_DEMAND_EXACT_TEXTS : GM_DEMAND_NOTHING);
    gemlet_status status = gm_copy_string(&column->name, name);
    if (status == GEMLET_OK)
        status = fill_column(column, table, take, source);
    if (status != GEMLET_OK) {
        free(column->name);
        free(column->values);
        gm_levels_free(&column->levels);
        return status;
    }
    ++table->n_columns;
    return GEMLET_OK;
}

/* ---- numbers and dates ---------------------------------------------------------------------- */

typedef struct number_source {
    gemlet_number type;
    const unsigned char *values;
    size_t stride;
} number_source;

/* Copied, since a stride need not keep them aligned. */
static double number_at(const number_source *s, gemlet_dim row)
{
    const unsigned char *at = s->values + row * s->stride;
    float single;
    double value;
    switch (s->type) {
    case GEMLET_NUMBER_U8:
        return *at;
    case GEMLET_NUMBER_F32:
        memcpy(&single, at, sizeof single);
        return (double)single;
    case GEMLET_NUMBER_F64:
        break;
    }
    memcpy(&value, at, sizeof value);
    return value;
}

static gemlet_status take_number(gm_column *column, gm_fill *fill, const void *source)
{
    return gm_column_take_value(column, GM_DEMAND_NUMBERS, fill, number_at(source, fill->row));
}

static gemlet_status take_date(gm_column *column, gm_fill *fill, const void *source)
{
    return gm_column_take_date(column, fill, number_at(source, fill->row));
}

gemlet_status gemlet_table_add_numbers(gemlet_table *table, const char *name, gemlet_number type,
                                       const void *values, size_t stride)
{
    const number_source source = {type, values, stride};
    if (type != GEMLET_NUMBER_U8 && type != GEMLET_NUMBER_F32 && type != GEMLET_NUMBER_F64)
        return gm_error(GEMLET_E_ARGUMENT,
                        GM_TABLE_IN_MEMORY ": type: found %d, expected a gemlet_number", (int)type);
    return add_column(table, name, 0, take_number, &source);
}

gemlet_status gemlet_table_add_dates(gemlet_table *table, const char *name, const double *seconds,
                                     size_t stride)
{
    const number_source source = {GEMLET_NUMBER_F64, (const unsigned char *)seconds, stride};
    return add_column(table, name, 0, take_date, &source);
}

/* ---- texts ---------------------------------------------------------------------------------- */

typedef struct text_source {
    const char *const *levels;
    uint32_t n_levels;
    const int32_t *codes;
} text_source;

static gemlet_status take_text(gm_column *column, gm_fill *fill, const void *source)
{
    const text_source *s = source;
    const int32_t code = s->codes[fill->row];
    if (code == -1)
        return gm_column_take_value(column, GM_DEMAND_TEXTS, fill, (double)NAN);
    if (code < 0 || (uint32_t)code >= s->n_levels)
        return gm_error(GEMLET_E_RANGE,
                        GM_TABLE_IN_MEMORY
                        ": column '%.80s': found code %d in row %u, expected -1 to %lld",
                        column->name, code, fill->row + 1, (long long)s->n_levels - 1);
    return gm_column_take_text(column, fill, s->levels[code]);
}

/* 1 if a level is written as a number, but not as this number is called: then they are kept as they
 * are written. */
static int has_odd_number(const text_source *s)
{
    for (uint32_t i = 0; i < s->n_levels; ++i) {
        char name[GM_NUMBER_TEXT_SIZE];
        double value;
        if (!gm_column_parse_number(&value, s->levels[i], strlen(s->levels[i]), '.'))
            continue;
        gm_column_name_number(name, value);
        if (strcmp(name, s->levels[i]) != 0)
            return 1;
    }
    return 0;
}

gemlet_status gemlet_table_add_texts(gemlet_table *table, const char *name,
                                     const char *const *levels, uint32_t n_levels,
                                     const int32_t *codes)
{
    const text_source source = {levels, n_levels, codes};
    gm_number_locale locale;
    GEMLET_TRY(gm_number_enter(&locale));
    const int keeps_texts = has_odd_number(&source);
    gm_number_leave(&locale);
    GEMLET_TRY(add_column(table, name, keeps_texts, take_text, &source));
    if (table->columns[table->n_columns - 1].kind != GM_COLUMN_TOO_MANY)
        return GEMLET_OK;
    gm_column *column = &table->columns[--table->n_columns];
    free(column->name);
    gm_levels_free(&column->levels);
    return gm_error(GEMLET_E_RANGE,
                    GM_TABLE_IN_MEMORY
                    ": column '%.80s': found more than %u distinct texts, expected at most "
                    "as many",
                    name, GM_MAX_LEVELS);
}

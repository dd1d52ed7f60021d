/* SPDX-License-Identifier: MIT
 * The table object; see table.h. */
#include "table/table.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/nearest_word.h"
#include "table/dialect.h"

#define NOTE_SIZE 512u

double gm_column_number(const gm_column *column, gemlet_dim row)
{
    switch (column->storage) {
    case GM_STORED_U8:
        return ((const uint8_t *)column->values)[row];
    case GM_STORED_F32:
        return (double)((const float *)column->values)[row];
    case GM_STORED_F64:
        return ((const double *)column->values)[row];
    case GM_STORED_LEVELS:
    case GM_STORED_IDS:
        break;
    }
    return NAN;
}

uint32_t gm_column_level(const gm_column *column, gemlet_dim row)
{
    if (column->storage == GM_STORED_IDS)
        return ((const uint32_t *)column->values)[row];
    const uint32_t level = ((const uint16_t *)column->values)[row];
    return level < GM_MAX_LEVELS ? level : GM_NO_LEVEL;
}

int gm_column_is_whole(const gm_column *column, gemlet_dim rows)
{
    for (gemlet_dim row = 0; row < rows; ++row) {
        const double value = gm_column_number(column, row);
        if (!isnan(value) && value != floor(value))
            return 0;
    }
    return 1;
}

const char *gm_column_kind_name(gm_column_kind kind)
{
    static const char *const names[] = {"empty", "numbers", "dates", "texts", "skipped", "texts"};
    return names[kind];
}

void gm_table_describe_form(char text[GM_TABLE_FORM_SIZE], const gm_table *table)
{
    if (table->delimiter == '\0')
        snprintf(text, GM_TABLE_FORM_SIZE, "from arrays");
    else
        snprintf(text, GM_TABLE_FORM_SIZE, "separated by %s%s, %s",
                 gm_dialect_delimiter_name(table->delimiter),
                 table->decimal == ',' ? ", decimal comma" : "",
                 table->has_header ? "with a header" : "without a header");
}

/* ---- names ---------------------------------------------------------------------------------- */

static int find_by_name(const gm_table *table, gemlet_dim *column, const char *name)
{
    for (gemlet_dim i = 0; i < table->n_columns; ++i) {
        if (strcmp(table->columns[i].name, name) == 0) {
            *column = i;
            return 1;
        }
    }
    return 0;
}

static int find_by_number(const gm_table *table, gemlet_dim *column, const char *text)
{
    char *end;
    errno = 0;
    const unsigned long number = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0' || errno != 0 || number < 1 ||
        number > table->n_columns)
        return 0;
    *column = (gemlet_dim)number - 1;
    return 1;
}

/* Appends "'a', 'b'" to text (size bytes): the columns that `name` may stand for, or the first. */
static void suggest(char *text, size_t size, const gm_table *table, const char *name)
{
    const char *nearest = NULL;
    size_t best = SIZE_MAX;
    for (gemlet_dim i = 0; i < table->n_columns; ++i) {
        if (gm_word_is_nearer(name, table->columns[i].name, &best))
            nearest = table->columns[i].name;
    }
    if (nearest != NULL) {
        snprintf(text, size, "did you mean '%.80s'?", nearest);
        return;
    }
    size_t length = (size_t)snprintf(text, size, "columns: ");
    for (gemlet_dim i = 0; i < table->n_columns; ++i) {
        const int n = snprintf(text + length, size - length, "%s'%.40s'", i > 0 ? ", " : "",
                               table->columns[i].name);
        if (n < 0 || length + (size_t)n + 32 >= size) {
            snprintf(text + length, size - length, " and %u more", table->n_columns - i);
            return;
        }
        length += (size_t)n;
    }
}

gemlet_status gm_table_find(const gm_table *table, gemlet_dim *column, const char *name,
                            const char *path, const char *option)
{
    char suggestion[400];
    if (find_by_name(table, column, name) || find_by_number(table, column, name))
        return GEMLET_OK;
    suggest(suggestion, sizeof suggestion, table, name);
    return gm_error(GEMLET_E_ARGUMENT, "%s: %s: found no column '%.80s' (%s)", path, option, name,
                    suggestion);
}

/* ---- notes and the end ---------------------------------------------------------------------- */

gemlet_status gm_table_note(gm_table *table, const char *format, ...)
{
    char text[NOTE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    char **notes = realloc(table->notes, (table->n_notes + 1) * sizeof *notes);
    if (notes == NULL)
        return gm_error(GEMLET_E_MEMORY, "notes on a table: out of memory");
    table->notes = notes;
    GEMLET_TRY(gm_copy_string(&notes[table->n_notes], text));
    ++table->n_notes;
    return GEMLET_OK;
}

void gm_table_free_notes(gm_table *table)
{
    for (size_t i = 0; i < table->n_notes; ++i)
        free(table->notes[i]);
    free(table->notes);
    table->notes = NULL;
    table->n_notes = 0;
}

void gm_table_destroy(gm_table *table)
{
    if (table == NULL)
        return;
    for (gemlet_dim i = 0; i < table->n_columns; ++i) {
        free(table->columns[i].name);
        free(table->columns[i].values);
        gm_levels_free(&table->columns[i].levels);
    }
    gm_table_free_notes(table);
    free(table->columns);
    free(table);
}

/* SPDX-License-Identifier: MIT
 * Lays out a table; see text_table.h. */
#include "core/text_table.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/terminal.h"

#define GAP            2 /* blanks between columns */

#define FIRST_CAPACITY 64u

static gemlet_status make_room(gm_text_table *table)
{
    if (table->n_cells < table->capacity)
        return GEMLET_OK;
    const size_t capacity = table->capacity > 0 ? 2 * table->capacity : FIRST_CAPACITY;
    char **cells;
    GEMLET_TRY(GM_ALLOC(cells, capacity, "table"));
    if (table->n_cells > 0)
        memcpy(cells, table->cells, table->n_cells * sizeof *cells);
    free(table->cells);
    table->cells = cells;
    table->capacity = capacity;
    return GEMLET_OK;
}

gemlet_status gm_text_table_add(gm_text_table *table, const char *format, ...)
{
    GEMLET_TRY(make_room(table));
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *cell;
    GEMLET_TRY(GM_ALLOC(cell, (size_t)(length > 0 ? length : 0) + 1, "cell of a table"));
    va_start(arguments, format);
    vsnprintf(cell, (size_t)length + 1, format, arguments);
    va_end(arguments);
    table->cells[table->n_cells++] = cell;
    return GEMLET_OK;
}

/* Characters, not bytes, of UTF-8. */
static size_t width_of(const char *text)
{
    size_t n = 0;
    for (; *text != '\0'; ++text)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

typedef struct column {
    size_t width;
    int is_right; /* every cell under the header begins like a number, or says there is none */
} column;

/* columns (n_columns), all zero */
static void measure(const gm_text_table *table, column *columns)
{
    for (size_t c = 0; c < table->n_columns; ++c)
        columns[c] = (column){0, c >= table->n_names};
    for (size_t i = 0; i < table->n_cells; ++i) {
        column *at = &columns[i % table->n_columns];
        const char *text = table->cells[i];
        const size_t width = width_of(text);
        at->width = width > at->width ? width : at->width;
        if (i >= table->n_columns &&
            (text[0] == '\0' || strchr("+-.0123456789<[", text[0]) == NULL))
            at->is_right = 0;
    }
}

static void print_cell(const char *text, const column *of, int is_last, FILE *stream)
{
    const int n_blanks = (int)(of->width - width_of(text));
    fprintf(stream, "%*s%s", of->is_right ? n_blanks : 0, "", text);
    if (is_last)
        fputc('\n', stream);
    else
        fprintf(stream, "%*s", (of->is_right ? 0 : n_blanks) + GAP, "");
}

/* The end of the columns from `begin` on that fit beside the keys; one of them always does. */
static size_t find_end(const gm_text_table *table, const column *columns, size_t begin,
                       size_t width)
{
    size_t used = 0;
    size_t end = begin;
    for (size_t c = 0; c < table->n_keys && c < begin; ++c)
        used += columns[c].width + GAP;
    for (; end < table->n_columns; ++end) {
        if (width > 0 && end > begin && end > table->n_keys && used + columns[end].width > width)
            break;
        used += columns[end].width + GAP;
    }
    return end;
}

static void print_columns(const gm_text_table *table, const column *columns, size_t begin,
                          size_t end, FILE *stream)
{
    for (size_t i = 0; i < table->n_cells; ++i) {
        const size_t c = i % table->n_columns;
        if (c < table->n_keys || (c >= begin && c < end))
            print_cell(table->cells[i], &columns[c], c + 1 == end, stream);
    }
}

gemlet_status gm_text_table_print_within(const gm_text_table *table, size_t width, FILE *stream)
{
    column *columns;
    GEMLET_TRY(GM_ALLOC(columns, table->n_columns, "columns of a table"));
    measure(table, columns);
    size_t end;
    for (size_t begin = 0; begin < table->n_columns; begin = end) {
        end = find_end(table, columns, begin, width);
        if (begin > 0)
            fputc('\n', stream);
        print_columns(table, columns, begin, end, stream);
    }
    free(columns);
    return GEMLET_OK;
}

gemlet_status gm_text_table_print(const gm_text_table *table, FILE *stream)
{
    return gm_text_table_print_within(table, gm_terminal_width(stream), stream);
}

/* A backslash takes the meaning from any of these, and is itself one. */
static void print_escaped(const char *text, FILE *stream)
{
    for (; *text != '\0'; ++text) {
        if (strchr("\\`*_[]<>|#~!&", *text) != NULL)
            fputc('\\', stream);
        fputc(*text, stream);
    }
}

gemlet_status gm_text_table_print_markdown(const gm_text_table *table, FILE *stream)
{
    column *columns;
    GEMLET_TRY(GM_ALLOC(columns, table->n_columns, "columns of a table"));
    measure(table, columns);
    for (size_t i = 0; i < table->n_cells; ++i) {
        fputs("| ", stream);
        print_escaped(table->cells[i], stream);
        fputs((i + 1) % table->n_columns == 0 ? " |\n" : " ", stream);
        if (i + 1 != table->n_columns)
            continue;
        for (size_t c = 0; c < table->n_columns; ++c)
            fputs(columns[c].is_right ? "|---:" : "|---", stream);
        fputs("|\n", stream);
    }
    free(columns);
    return GEMLET_OK;
}

void gm_text_table_free(gm_text_table *table)
{
    for (size_t i = 0; i < table->n_cells; ++i)
        free(table->cells[i]);
    free(table->cells);
    *table = (gm_text_table){0};
}

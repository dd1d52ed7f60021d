/* SPDX-License-Identifier: MIT
 * See column_names.h. */
#include "table/column_names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "table/column_fill.h"

gemlet_status gm_column_names_add(gm_column_names *names, const char *text, size_t length,
                                  int *is_recoded)
{
    if (names->n == names->capacity) {
        const size_t capacity = names->capacity > 0 ? 2 * names->capacity : 64;
        char **texts = realloc(names->texts, capacity * sizeof *texts);
        if (texts == NULL)
            return gm_error(GEMLET_E_MEMORY, "names of columns: out of memory");
        names->texts = texts;
        names->capacity = capacity;
    }
    GEMLET_TRY(gm_column_to_utf8(&names->texts[names->n], text, length, is_recoded));
    ++names->n;
    return GEMLET_OK;
}

/* ---- unique names --------------------------------------------------------------------------- */

static int compare_names(const void *a, const void *b)
{
    const gm_column *const *left = a;
    const gm_column *const *right = b;
    const int order = strcmp((*left)->name, (*right)->name);
    if (order != 0)
        return order;
    return *left < *right ? -1 : *left > *right;
}

static int is_taken(gm_column *const *sorted, size_t n, const char *name)
{
    size_t low = 0;
    for (size_t high = n; low < high;) {
        const size_t middle = low + (high - low) / 2;
        if (strcmp(sorted[middle]->name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < n && strcmp(sorted[low]->name, name) == 0;
}

/* The columns of one name (n, the first keeps it) get others. `sorted` (n_sorted) are all as they
 * were named in the file. */
static gemlet_status rename_same(gm_column **same, size_t n, gm_column *const *sorted,
                                 size_t n_sorted, gm_table *table, char **new_names)
{
    size_t number = 1;
    for (size_t i = 1; i < n; ++i) {
        char *name = NULL;
        do {
            free(name);
            GEMLET_TRY(gm_format_string(&name, "%s.%zu", same[0]->name, number++));
        } while (is_taken(sorted, n_sorted, name));
        new_names[same[i] - table->columns] = name;
    }
    return gm_table_note(table, "%zu columns are named '%.80s': from the second on '%.80s.1', ...",
                         n, same[0]->name, same[0]->name);
}

static gemlet_status make_unique(gm_table *table)
{
    const size_t n = table->n_columns;
    gm_column **sorted = NULL;
    char **new_names = NULL;
    gemlet_status status = GEMLET_OK;
    GEMLET_TRY_CLEANUP(status, GM_ALLOC(sorted, n, "names of columns"));
    GEMLET_TRY_CLEANUP(status, GM_ALLOC(new_names, n, "names of columns"));
    for (size_t i = 0; i < n; ++i)
        sorted[i] = &table->columns[i];
    qsort(sorted, n, sizeof *sorted, compare_names);
    for (size_t begin = 0, end; begin < n; begin = end) {
        for (end = begin + 1; end < n && strcmp(sorted[end]->name, sorted[begin]->name) == 0;)
            ++end;
        if (end > begin + 1)
            GEMLET_TRY_CLEANUP(
                status, rename_same(sorted + begin, end - begin, sorted, n, table, new_names));
    }
    for (size_t i = 0; i < n; ++i) {
        if (new_names[i] == NULL)
            continue;
        free(table->columns[i].name);
        table->columns[i].name = new_names[i];
        new_names[i] = NULL;
    }
cleanup:
    for (size_t i = 0; new_names != NULL && i < n; ++i)
        free(new_names[i]);
    free(new_names);
    free(sorted);
    return status;
}

/* ---- giving --------------------------------------------------------------------------------- */

gemlet_status gm_column_names_give(gm_column_names *names, gm_table *table, int has_row_names)
{
    const size_t shift = has_row_names ? 1 : 0;
    for (size_t i = 0; i < table->n_columns; ++i) {
        gm_column *column = &table->columns[i];
        const int is_named = i >= shift && i - shift < names->n && *names->texts[i - shift] != '\0';
        column->has_own_name = is_named;
        if (is_named) {
            column->name = names->texts[i - shift];
            names->texts[i - shift] = NULL;
        } else {
            GEMLET_TRY(gm_format_string(&column->name, "column%zu", i + 1));
        }
    }
    return make_unique(table);
}

void gm_column_names_free(gm_column_names *names)
{
    for (size_t i = 0; i < names->n; ++i)
        free(names->texts[i]);
    free(names->texts);
    *names = (gm_column_names){0};
}

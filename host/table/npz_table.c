/* SPDX-License-Identifier: MIT
 * See npz_table.h. */
#include "table/npz_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/memory_limit.h"
#include "data/npz_items.h"
#include "data/number.h"
#include "npz/npz_array.h"

typedef struct source {
    const char *path;
    const gm_read_options *options;
    gm_npz_array x;
    gm_npz_array y; /* {0}: there is none */
    gm_table *table;
    gm_column_demand *demands;
} source;

int gm_npz_table_is(const char *path)
{
    return gm_npz_has_any(path, NULL);
}

int gm_npz_table_has_test(const char *path)
{
    return gm_npz_has_any(path, gm_npz_names_of_x(GEMLET_SPLIT_TEST));
}

static gemlet_status name_columns(source *s, size_t n_of_x)
{
    char name[32];
    gm_table *table = s->table;
    const size_t n = n_of_x + (s->y.elements != NULL ? 1 : 0);
    if (n_of_x > GM_MAX_TABLE_COLUMNS)
        return gm_error(GEMLET_E_RANGE, "%s: found %zu columns in x, expected at most %u", s->path,
                        n_of_x, GM_MAX_TABLE_COLUMNS);
    GEMLET_TRY(GM_ALLOC(table->columns, n, s->path));
    table->n_columns = (gemlet_dim)n;
    for (size_t i = 0; i < n; ++i) {
        if (i < n_of_x)
            snprintf(name, sizeof name, "x%zu", i);
        else
            snprintf(name, sizeof name, GM_NPZ_TARGET);
        GEMLET_TRY(gm_copy_string(&table->columns[i].name, name));
        table->columns[i].has_own_name = 1;
    }
    return GEMLET_OK;
}

/* Column i of the table from every stride-th element of an array, the first of them `first`. */
static gemlet_status fill_column(source *s, gemlet_dim i, const gm_npz_array *array, size_t first,
                                 size_t stride, gm_fill *fill)
{
    gm_column *column = &s->table->columns[i];
    char *text = NULL;
    gemlet_status status = GEMLET_OK;
    if (array->kind == GM_NPZ_TEXT)
        status = GM_ALLOC(text, 4 * array->n_words + 1, "text of an array");
    fill->column = (size_t)i + 1;
    for (fill->row = 0; status == GEMLET_OK && fill->row < s->table->rows; ++fill->row) {
        const size_t at = first + fill->row * stride;
        fill->line = (size_t)fill->row + 1;
        if (array->kind != GM_NPZ_TEXT) {
            status =
                gm_column_take_value(column, s->demands[i], fill, gm_npz_array_number(array, at));
            continue;
        }
        status = gm_npz_array_text(array, at, text, s->path);
        if (status == GEMLET_OK)
            status = gm_column_take(column, s->demands[i], fill, text, strlen(text));
    }
    free(text);
    gm_column_finish(column, s->table->rows);
    return status;
}

static gemlet_status fill_columns(source *s, size_t n_of_x)
{
    gm_fill fill = {.path = s->path,
                    .missing = s->options->wish.missing,
                    .decimal = '.',
                    .capacity = s->table->rows};
    gemlet_status status = GEMLET_OK;
    for (gemlet_dim i = 0; status == GEMLET_OK && i < s->table->n_columns; ++i)
        status = i < n_of_x ? fill_column(s, i, &s->x, i, n_of_x, &fill)
                            : fill_column(s, i, &s->y, 0, 1, &fill);
    s->table->n_data_bytes = fill.n_bytes;
    return status;
}

static gemlet_status make(source *s)
{
    gm_number_locale locale;
    const size_t n_of_x = s->x.n_dims > 1 ? s->x.shape[1] : 1;
    GEMLET_TRY(GM_ALLOC(s->table, 1, "table"));
    s->table->rows = (gemlet_dim)s->x.shape[0];
    GEMLET_TRY(name_columns(s, n_of_x));
    GEMLET_TRY(gm_read_demands(&s->demands, s->table, s->options, s->path));
    GEMLET_TRY(gm_number_enter(&locale));
    const gemlet_status status = fill_columns(s, n_of_x);
    gm_number_leave(&locale);
    return status;
}

gemlet_status gm_npz_table_read(gm_table **out, const char *path, int is_test,
                                const gm_read_options *options)
{
    source s = {.path = path, .options = options};
    *out = NULL;
    gemlet_status status = gm_npz_read_xy(
        &s.x, &s.y, path,
        is_test && gm_npz_table_has_test(path) ? GEMLET_SPLIT_TEST : GEMLET_SPLIT_TRAIN);
    if (status == GEMLET_OK && s.x.n_dims > 2)
        status = gm_error(GEMLET_E_SHAPE, "%s: x has %u dimensions, expected rows x columns", path,
                          s.x.n_dims);
    if (status == GEMLET_OK)
        status = make(&s);
    if (status == GEMLET_OK)
        *out = s.table;
    else
        gm_table_destroy(s.table);
    free(s.demands);
    gm_npz_array_free(&s.y);
    gm_npz_array_free(&s.x);
    return status;
}

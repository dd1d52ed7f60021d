/* SPDX-License-Identifier: MIT
 * See compact.h. */
#include "table/compact.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/memory_limit.h"
#include "table/encode.h"

#define MAX_NAMED 8u /* missing columns in a message */

/* ---- requests ------------------------------------------------------------------------------- */

static gm_column_demand demand_of(gm_column_kind kind, int keeps_texts)
{
    if (kind == GM_COLUMN_NUMBERS)
        return GM_DEMAND_NUMBERS;
    if (kind == GM_COLUMN_DATES)
        return GM_DEMAND_DATES;
    return keeps_texts ? GM_DEMAND_EXACT_TEXTS : GM_DEMAND_TEXTS;
}

gemlet_status gm_schema_requests(gm_column_request **requests, size_t *n_requests,
                                 const gm_schema *schema, int with_target)
{
    size_t n = 0;
    GEMLET_TRY(GM_ALLOC(*requests, (size_t)schema->n_columns + 2, "columns of a schema"));
    if (schema->id != NULL)
        (*requests)[n++] = (gm_column_request){schema->id, GM_DEMAND_IDS, "schema of the model", 1};
    if (schema->target != NULL && with_target)
        (*requests)[n++] = (gm_column_request){
            schema->target, demand_of(schema->target_kind, schema->target_keeps_texts),
            "schema of the model", 1};
    for (gemlet_dim i = 0; i < schema->n_columns; ++i) {
        const gm_schema_column *column = &schema->columns[i];
        /* Missing ones are named all together when the rows are made. */
        (*requests)[n++] = (gm_column_request){
            column->name, demand_of(column->kind, column->keeps_texts), "schema of the model", 1};
    }
    *n_requests = n;
    return GEMLET_OK;
}

/* ---- columns -------------------------------------------------------------------------------- */

static const gm_column *find_column(const gm_table *table, const char *name)
{
    for (gemlet_dim i = 0; i < table->n_columns; ++i) {
        if (strcmp(table->columns[i].name, name) == 0)
            return &table->columns[i];
    }
    return NULL;
}

/* columns (schema->n_columns) out. */
static gemlet_status find_columns(const gm_column **columns, const gm_schema *schema,
                                  const gm_table *table, const char *path)
{
    char names[512] = "";
    size_t length = 0;
    gemlet_dim n_missing = 0;
    for (gemlet_dim i = 0; i < schema->n_columns; ++i) {
        columns[i] = find_column(table, schema->columns[i].name);
        if (columns[i] == NULL && n_missing++ < MAX_NAMED)
            length += (size_t)snprintf(names + length, sizeof names - length, "%s'%.40s'",
                                       n_missing > 1 ? ", " : "", schema->columns[i].name);
    }
    if (n_missing == 0)
        return GEMLET_OK;
    return gm_error(GEMLET_E_ARGUMENT,
                    "%s: found no column %s%s, expected all %u that the model was trained on", path,
                    names, n_missing > MAX_NAMED ? " and more" : "", schema->n_columns);
}

static gemlet_status code_texts(gm_compact *compact, gemlet_dim at, const gm_schema_column *to,
                                const gm_column *from, const gemlet_dim *rows)
{
    float *code_of;
    const uint32_t n_codes = gm_schema_n_codes(to);
    const float other = (float)(n_codes - 1);
    const float missing = to->has_missing_level ? (float)to->n_levels : other;
    GEMLET_TRY(GM_ALLOC(code_of, (size_t)from->levels.n + 1, "codes of levels"));
    for (uint32_t i = 0; i < from->levels.n; ++i)
        code_of[i] = other;
    for (uint32_t code = 0; code < to->n_levels; ++code) {
        uint32_t level;
        if (gm_levels_find(&from->levels, &level, to->levels[code], strlen(to->levels[code])))
            code_of[level] = (float)code;
    }
    for (gemlet_dim i = 0; i < compact->rows; ++i) {
        const uint32_t level = from->values != NULL ? gm_column_level(from, rows[i]) : GM_NO_LEVEL;
        const float code = level != GM_NO_LEVEL ? code_of[level] : missing;
        compact->values[(size_t)i * compact->n_columns + at] = code;
        compact->n_unknown[at] += level != GM_NO_LEVEL && code == other ? 1 : 0;
    }
    free(code_of);
    return GEMLET_OK;
}

static void scale_numbers(gm_compact *compact, gemlet_dim at, const gm_schema_column *to,
                          gm_scaling scaling, const gm_column *from, const gemlet_dim *rows)
{
    const double centre = gm_schema_centre(to, scaling);
    const double scale = gm_schema_scale(to, scaling);
    for (gemlet_dim i = 0; i < compact->rows; ++i) {
        const double value = from->values != NULL ? gm_column_number(from, rows[i]) : (double)NAN;
        compact->values[(size_t)i * compact->n_columns + at] =
            gm_encode_number(value, centre, scale);
        compact->n_new_gaps[at] += isnan(value) && !to->has_gaps ? 1 : 0;
    }
}

static gemlet_status take_column(gm_compact *compact, gemlet_dim i, const gm_schema *schema,
                                 const gm_column *from, const gemlet_dim *rows, const char *path)
{
    const gm_schema_column *to = &schema->columns[i];
    if (from->kind == GM_COLUMN_TOO_MANY)
        return gm_error(GEMLET_E_RANGE,
                        "%s: column '%.80s': found more than %u distinct texts, expected at most "
                        "as many",
                        path, from->name, GM_MAX_LEVELS);
    if (from->kind != to->kind && from->kind != GM_COLUMN_EMPTY)
        return gm_error(GEMLET_E_FORMAT, "%s: column '%.80s': found %s, expected %s", path,
                        from->name, gm_column_kind_name(from->kind), gm_column_kind_name(to->kind));
    if (to->kind == GM_COLUMN_TEXTS)
        return code_texts(compact, i, to, from, rows);
    scale_numbers(compact, i, to, schema->scaling, from, rows);
    return GEMLET_OK;
}

static gemlet_status allocate(gm_compact *compact, const char *path)
{
    size_t n;
    size_t n_bytes;
    GEMLET_TRY(gm_checked_mul(&n, compact->rows, compact->n_columns, path));
    GEMLET_TRY(gm_checked_mul(&n_bytes, n, sizeof(float), path));
    GEMLET_TRY(gm_memory_limit_check(n_bytes, path));
    GEMLET_TRY(GM_ALLOC(compact->values, n, path));
    GEMLET_TRY(GM_ALLOC(compact->n_unknown, compact->n_columns, path));
    return GM_ALLOC(compact->n_new_gaps, compact->n_columns, path);
}

gemlet_status gm_compact_make(gm_compact *compact, const gm_schema *schema, const gm_table *table,
                              const gemlet_dim *rows, gemlet_dim n_rows, const char *path)
{
    const gm_column **columns;
    *compact = (gm_compact){.rows = n_rows, .n_columns = schema->n_columns};
    GEMLET_TRY(GM_ALLOC(columns, schema->n_columns, "columns of a table"));
    gemlet_status status = find_columns(columns, schema, table, path);
    if (status == GEMLET_OK)
        status = allocate(compact, path);
    for (gemlet_dim i = 0; status == GEMLET_OK && i < schema->n_columns; ++i)
        status = take_column(compact, i, schema, columns[i], rows, path);
    free(columns);
    if (status != GEMLET_OK)
        gm_compact_free(compact);
    return status;
}

void gm_compact_free(gm_compact *compact)
{
    free(compact->values);
    free(compact->n_unknown);
    free(compact->n_new_gaps);
    *compact = (gm_compact){0};
}

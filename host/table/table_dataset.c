/* SPDX-License-Identifier: MIT
 * See table_dataset.h. */
#include "table/table_dataset.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/memory_limit.h"
#include "data/dataset.h"
#include "table/compact.h"
#include "table/encode.h"

/* ---- inputs --------------------------------------------------------------------------------- */

static gemlet_status encode(float **inputs, const gm_schema *schema, const gm_compact *compact,
                            const char *path)
{
    gm_encoding *encoding;
    size_t n;
    size_t n_bytes;
    GEMLET_TRY(gm_checked_mul(&n, compact->rows, schema->n_inputs, path));
    GEMLET_TRY(gm_checked_mul(&n_bytes, n, sizeof **inputs, path));
    GEMLET_TRY(gm_memory_limit_check(n_bytes, path));
    GEMLET_TRY(GM_ALLOC(*inputs, n, path));
    const gemlet_status status = gm_encoding_create(&encoding, schema);
    if (status != GEMLET_OK) {
        free(*inputs);
        return status;
    }
    for (gemlet_dim row = 0; row < compact->rows; ++row)
        gm_encode32_row(encoding, compact->values + (size_t)row * compact->n_columns,
                        *inputs + (size_t)row * schema->n_inputs);
    gm_encoding_destroy(encoding);
    return GEMLET_OK;
}

static void count_news(gm_table_news *news, const gm_compact *compact)
{
    *news = (gm_table_news){0, 0};
    for (gemlet_dim i = 0; i < compact->n_columns; ++i) {
        news->n_unknown += compact->n_unknown[i];
        news->n_new_gaps += compact->n_new_gaps[i];
    }
}

gemlet_status gm_table_dataset_create(gemlet_dataset **out, gm_table_news *news,
                                      const gm_schema *schema, const gm_table *table,
                                      const gemlet_dim *rows, gemlet_dim n_rows,
                                      const uint32_t *labels, const char *path)
{
    gm_compact compact;
    float *inputs = NULL;
    uint32_t *own_labels = NULL;
    *out = NULL;
    GEMLET_TRY(gm_compact_make(&compact, schema, table, rows, n_rows, path));
    if (news != NULL)
        count_news(news, &compact);
    gemlet_status status = encode(&inputs, schema, &compact, path);
    gm_compact_free(&compact);
    GEMLET_TRY(status);
    if (labels != NULL) {
        status = GM_ALLOC(own_labels, n_rows, path);
        if (status != GEMLET_OK) {
            free(inputs);
            return status;
        }
        memcpy(own_labels, labels, n_rows * sizeof *labels);
    }
    GEMLET_TRY(
        gm_dataset_adopt(out, n_rows, schema->n_inputs, GEMLET_ELEMENT_F32, inputs, own_labels));
    if (labels != NULL) /* classes without a row here exist, too */
        (*out)->classes = schema->n_classes;
    return GEMLET_OK;
}

/* ---- labels --------------------------------------------------------------------------------- */

/* The name of the class in a row, or NULL for a gap. Valid until the next call. */
static const char *class_name(char number[GM_NUMBER_TEXT_SIZE], const gm_column *column,
                              gemlet_dim row)
{
    if (column->kind == GM_COLUMN_TEXTS) {
        const uint32_t level = gm_column_level(column, row);
        return level != GM_NO_LEVEL ? gm_levels_text(&column->levels, level) : NULL;
    }
    const double value = column->values != NULL ? gm_column_number(column, row) : (double)NAN;
    if (isnan(value))
        return NULL;
    gm_column_name_number(number, value);
    return number;
}

static gemlet_status add_classes(gm_levels *classes, const gm_schema *schema, const char *path)
{
    for (uint32_t i = 0; i < schema->n_classes; ++i) {
        uint32_t label;
        GEMLET_TRY(gm_levels_add(classes, &label, schema->classes[i], strlen(schema->classes[i]),
                                 GEMLET_MAX_CLASSES, path));
    }
    return GEMLET_OK;
}

static gemlet_status label_rows(gemlet_dim *rows, uint32_t *labels, gemlet_dim *n_rows,
                                const gm_levels *classes, const gm_column *column, gemlet_dim n_all,
                                const char *path)
{
    for (gemlet_dim row = 0; row < n_all; ++row) {
        char number[GM_NUMBER_TEXT_SIZE];
        uint32_t label;
        const char *name = class_name(number, column, row);
        if (name == NULL)
            continue;
        if (!gm_levels_find(classes, &label, name, strlen(name)))
            return gm_error(GEMLET_E_FORMAT,
                            "%s: target '%.80s': found class '%.80s', expected one of the %u that "
                            "were trained",
                            path, column->name, name, classes->n);
        rows[*n_rows] = row;
        labels[(*n_rows)++] = label;
    }
    if (*n_rows == 0)
        return gm_error(GEMLET_E_FORMAT, "%s: target '%.80s': found no value in any row", path,
                        column->name);
    return GEMLET_OK;
}

gemlet_status gm_table_label_rows(gemlet_dim **rows, uint32_t **labels, gemlet_dim *n_rows,
                                  const gm_schema *schema, const gm_table *table, const char *path)
{
    gm_levels classes = {0};
    gemlet_dim column = 0;
    gemlet_status status = GEMLET_OK;
    *rows = NULL;
    *labels = NULL;
    *n_rows = 0;
    GEMLET_TRY(gm_table_find(table, &column, schema->target, path, "target of the model"));
    GEMLET_TRY_CLEANUP(status, GM_ALLOC(*rows, table->rows, path));
    GEMLET_TRY_CLEANUP(status, GM_ALLOC(*labels, table->rows, path));
    GEMLET_TRY_CLEANUP(status, add_classes(&classes, schema, path));
    status =
        label_rows(*rows, *labels, n_rows, &classes, &table->columns[column], table->rows, path);
cleanup:
    gm_levels_free(&classes);
    if (status != GEMLET_OK) {
        free(*rows);
        free(*labels);
        *rows = NULL;
        *labels = NULL;
    }
    return status;
}

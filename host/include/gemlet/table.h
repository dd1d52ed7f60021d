/* SPDX-License-Identifier: MIT
 * Tables in memory: rows of columns that hold numbers, dates or texts, any of which may have gaps.
 *
 * A program adds its columns one by one, each of its own type and with any stride, so that the
 * columns of a row-major matrix are taken as they lie. All is copied. From what a model makes of
 * such columns, and of those of a file, see docs/tables.md; the same values give the same inputs.
 */
#ifndef GEMLET_TABLE_H
#define GEMLET_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "gemlet/dataset.h"
#include "gemlet/model.h"
#include "gemlet/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gemlet_table gemlet_table;

/* How numbers lie in memory. */
typedef enum gemlet_number {
    GEMLET_NUMBER_U8,  /* uint8_t */
    GEMLET_NUMBER_F32, /* float; NaN is a gap */
    GEMLET_NUMBER_F64  /* double; NaN is a gap */
} gemlet_number;

/* A table without columns yet. GEMLET_E_RANGE if rows is 0. On failure *out = NULL. Release with
 * gemlet_table_destroy(). */
GEMLET_API gemlet_status gemlet_table_create(gemlet_table **out, gemlet_dim rows);

/* Adds a column of numbers: values (rows), `stride` bytes from one to the next. This and the
 * following: GEMLET_E_ARGUMENT for a name that is empty or there already, GEMLET_E_FORMAT for a
 * value that is infinite or a text that is no UTF-8; then the table is as it was. */
GEMLET_API gemlet_status gemlet_table_add_numbers(gemlet_table *table, const char *name,
                                                  gemlet_number type, const void *values,
                                                  size_t stride);

/* The same of dates: seconds (rows) since 1970-01-01 00:00:00 UTC; NaN is a gap. */
GEMLET_API gemlet_status gemlet_table_add_dates(gemlet_table *table, const char *name,
                                                const double *seconds, size_t stride);

/* The same of texts: levels (n_levels) are the distinct ones, codes (rows) say which of them each
 * row has; -1 is a gap, and nothing else is, whatever the text. GEMLET_E_RANGE for another code, or
 * more than 65,535 levels that are used. */
GEMLET_API gemlet_status gemlet_table_add_texts(gemlet_table *table, const char *name,
                                                const char *const *levels, uint32_t n_levels,
                                                const int32_t *codes);

GEMLET_API gemlet_dim gemlet_table_rows(const gemlet_table *table);

/* NULL is allowed. */
GEMLET_API void gemlet_table_destroy(gemlet_table *table);

/* ---- what a model knows of the table that it was trained on ---------------------------------- */

/* What a column of a model holds. */
typedef enum gemlet_column {
    GEMLET_COLUMN_NUMBERS,
    GEMLET_COLUMN_DATES,
    GEMLET_COLUMN_TEXTS
} gemlet_column;

/* Number of columns that the model takes; 0 for a model of items. */
GEMLET_API gemlet_dim gemlet_model_columns(const gemlet_model *model);

/* The name of column `place` (from 0) that the model takes, and *kind out, which may be NULL. NULL
 * if there is no such column. Belongs to the model. */
GEMLET_API const char *gemlet_model_column(const gemlet_model *model, gemlet_dim place,
                                           gemlet_column *kind);

/* The name of the column that the model predicts; NULL for a model of items. Belongs to the model.
 */
GEMLET_API const char *gemlet_model_target(const gemlet_model *model);

/* The name of a class (from 0), and *kind out: what the target held, numbers or texts; it may be
 * NULL. NULL if there is no such class, or it has no name but its number. Belongs to the model. */
GEMLET_API const char *gemlet_model_class(const gemlet_model *model, gemlet_dim class_,
                                          gemlet_column *kind);

#ifdef __cplusplus
}
#endif
#endif

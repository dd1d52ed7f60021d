/* SPDX-License-Identifier: MIT
 * What gemlet inspect says, as text and as JSON. */
#ifndef GM_CLI_INSPECT_H
#define GM_CLI_INSPECT_H

#include <stdio.h>

#include "gemlet/gemlet.h"
#include "table/schema.h"

/* A table and what would be made of it. */
typedef struct gm_inspected_table {
    const char *path;
    const gm_table *table;
    const gm_column_role *roles; /* (table->n_columns) */
    const gm_target *target;     /* NULL: none was named */
    const gm_schema *schema;     /* of all rows that have a target */
} gm_inspected_table;

gemlet_status gm_inspect_print_table(const gm_inspected_table *inspected, FILE *stream);
gemlet_status gm_inspect_print_table_json(const gm_inspected_table *inspected, FILE *stream);

/* Prints network, schema and, where a stats.json lies beside the file, the training of a model. */
gemlet_status gm_inspect_print_model(const gemlet_model *model, const char *path, FILE *stream);
gemlet_status gm_inspect_print_model_json(const gemlet_model *model, const char *path,
                                          FILE *stream);

/* Size of texts that the following write. */
#define GM_INSPECT_TEXT_SIZE 256u

/* "number", "boolean", "category", "date", "-". Static text. */
const char *gm_inspect_type(const gm_column *column);

/* What the inputs of a column of a schema are: "18: scaled, 16 bins, gap". */
void gm_inspect_inputs(char text[GM_INSPECT_TEXT_SIZE], const gm_schema_column *column,
                       gm_scaling scaling);

/* A number, or a date for a column of dates, as short as can be. */
void gm_inspect_value(char *text, size_t size, gm_column_kind kind, double value);

#endif

/* SPDX-License-Identifier: MIT
 * Fuzz target of reading tables: what is read gives a schema, which is the same after it was
 * written and read, and inputs of a network that are finite. The first byte chooses options. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "backend/cpu/cpu_backend.h"
#include "fuzz/fuzz.h"
#include "table/compact.h"
#include "table/encode.h"
#include "table/load.h"
#include "table/target.h"

/* Encoding what a wide table says row by row would take longer than reading it. */
#define MAX_ENCODED 4096u

static void check_inputs(const gm_schema *schema, const gm_compact *compact)
{
    gm_encoding *encoding;
    float *inputs = malloc(schema->n_inputs * sizeof *inputs);
    FUZZ_CHECK(inputs != NULL);
    FUZZ_CHECK(gm_encode_schema(&encoding, schema) == GEMLET_OK);
    for (gemlet_dim row = 0; row < compact->rows; ++row) {
        gm_cpu32_encode_row(inputs, compact->values + (size_t)row * compact->n_columns,
                            encoding->codes, schema->n_inputs, schema->n_inputs);
        for (gemlet_dim i = 0; i < schema->n_inputs; ++i)
            FUZZ_CHECK(isfinite(inputs[i]));
    }
    gm_encoding_release(encoding);
    free(inputs);
}

static void check_schema(const gm_schema *schema, const gm_table *table, const gemlet_dim *rows,
                         gemlet_dim n_rows)
{
    gm_schema *read;
    gm_compact compact;
    char *text;
    char *again;
    FUZZ_CHECK(gm_schema_to_json(&text, schema) == GEMLET_OK);
    FUZZ_CHECK(gm_schema_from_json(&read, text, "schema") == GEMLET_OK);
    FUZZ_CHECK(gm_schema_to_json(&again, read) == GEMLET_OK);
    FUZZ_CHECK(strcmp(text, again) == 0);
    FUZZ_CHECK(read->n_inputs == schema->n_inputs);
    if (fuzz_succeeded(gm_compact_make(&compact, read, table, rows, n_rows, "table"))) {
        if ((size_t)n_rows * schema->n_inputs <= MAX_ENCODED)
            check_inputs(read, &compact);
        gm_compact_free(&compact);
    }
    gm_schema_destroy(read);
    free(again);
    free(text);
}

static void check_table(gm_table *table, const gm_column_choice *choice)
{
    gm_column_role *roles = calloc(table->n_columns, sizeof *roles);
    gemlet_dim *rows = malloc(table->rows * sizeof *rows);
    gemlet_dim n_rows = 0;
    gemlet_dim column;
    gm_target *target = NULL;
    gm_schema *schema;
    gm_schema_options options;
    FUZZ_CHECK(roles != NULL && rows != NULL);
    gm_schema_options_init(&options);
    int ok = fuzz_succeeded(gm_roles_find(roles, table, choice, "table"));
    if (ok && choice->target != NULL)
        ok = fuzz_succeeded(gm_table_find(table, &column, choice->target, "table", "--target")) &&
             fuzz_succeeded(gm_target_find(&target, table, column, GM_TASK_FIND, "table")) &&
             fuzz_succeeded(gm_target_check_inputs(target, table, roles));
    for (gemlet_dim row = 0; row < table->rows; ++row) {
        if (target == NULL || gm_target_is_known(target, table, row))
            rows[n_rows++] = row;
    }
    if (ok && fuzz_succeeded(
                  gm_schema_fit(&schema, table, roles, target, rows, n_rows, &options, "table"))) {
        check_schema(schema, table, rows, n_rows);
        gm_schema_destroy(schema);
    }
    gm_target_destroy(target);
    free(rows);
    free(roles);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    gm_table *table;
    const unsigned bits = size > 0 ? data[0] : 0;
    const gm_table_settings settings = {
        .choice = {.target = (bits & 1) != 0 ? "1" : NULL,
                   .categorical = (bits & 2) != 0 ? "2" : NULL,
                   .numeric = (bits & 4) != 0 ? "3" : NULL},
        .header = (bits >> 3) % 3,
        .missing = (bits & 32) != 0 ? "-1,x" : NULL,
    };
    const char *path = fuzz_file("input", data + (size > 0), size - (size > 0));
    if (fuzz_succeeded(gm_table_load(&table, path, &settings))) {
        FUZZ_CHECK(table->rows > 0 && table->n_columns > 0);
        check_table(table, &settings.choice);
        gm_table_destroy(table);
    } else {
        FUZZ_CHECK(table == NULL);
    }
    return 0;
}

/* SPDX-License-Identifier: MIT
 * Reads a table, learns a schema from all its rows, sends it through a model file's text and back,
 * and writes the inputs of a network that follow, to be compared with NumPy's (check_encoding.py).
 *
 *   write_encoding TABLE SCALING N_BINS INPUTS64 INPUTS32
 *
 * Prints the number of inputs of each column. The files hold (rows, inputs), doubles and floats. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/cpu/cpu_backend.h"
#include "table/compact.h"
#include "table/encode.h"
#include "table/load.h"

static void check(gemlet_status status)
{
    if (status == GEMLET_OK)
        return;
    fprintf(stderr, "%s\n", gemlet_last_error());
    exit(EXIT_FAILURE);
}

static void *allocate(size_t n, size_t size)
{
    void *out = calloc(n, size);
    if (out == NULL)
        exit(EXIT_FAILURE);
    return out;
}

static gm_schema *reload(gm_schema *schema)
{
    gm_schema *read;
    char *text;
    char *again;
    check(gm_schema_to_json(&text, schema));
    check(gm_schema_from_json(&read, text, "schema"));
    check(gm_schema_to_json(&again, read));
    if (strcmp(text, again) != 0) {
        fprintf(stderr, "a schema is another one after it was read:\n%s\n%s\n", text, again);
        exit(EXIT_FAILURE);
    }
    free(again);
    free(text);
    gm_schema_destroy(schema);
    return read;
}

static void write_inputs(const gm_schema *schema, const gm_compact *compact, const char *path64,
                         const char *path32)
{
    gm_encoding *encoding;
    double *columns = allocate(schema->n_columns, sizeof *columns);
    double *codes = allocate(GM_CODE_N_PARTS * (size_t)schema->n_inputs, sizeof *codes);
    FILE *file64 = fopen(path64, "wb");
    FILE *file32 = fopen(path32, "wb");
    double *inputs64 = allocate(schema->n_inputs, sizeof *inputs64);
    float *inputs32 = allocate(schema->n_inputs, sizeof *inputs32);
    if (file64 == NULL || file32 == NULL)
        exit(EXIT_FAILURE);
    check(gm_encode_schema(&encoding, schema));
    for (size_t i = 0; i < GM_CODE_N_PARTS * (size_t)schema->n_inputs; ++i)
        codes[i] = (double)encoding->codes[i];
    for (gemlet_dim row = 0; row < compact->rows; ++row) {
        const float *values = compact->values + (size_t)row * compact->n_columns;
        for (gemlet_dim i = 0; i < schema->n_columns; ++i)
            columns[i] = (double)values[i];
        gm_cpu64_encode_row(inputs64, columns, codes, schema->n_inputs, schema->n_inputs);
        gm_cpu32_encode_row(inputs32, values, encoding->codes, schema->n_inputs, schema->n_inputs);
        fwrite(inputs64, sizeof *inputs64, schema->n_inputs, file64);
        fwrite(inputs32, sizeof *inputs32, schema->n_inputs, file32);
    }
    gm_encoding_release(encoding);
    free(codes);
    free(columns);
    free(inputs32);
    free(inputs64);
    if (fclose(file64) != 0 || fclose(file32) != 0)
        exit(EXIT_FAILURE);
}

int main(int argc, char **argv)
{
    gm_table *table;
    gm_schema *schema;
    gm_compact compact;
    gm_schema_options options;
    const gm_table_settings settings = {.header = GM_HEADER_YES};
    if (argc != 6)
        return EXIT_FAILURE;
    gm_schema_options_init(&options);
    options.scaling = strcmp(argv[2], "robust") == 0 ? GM_SCALING_ROBUST : GM_SCALING_STANDARD;
    options.n_bins = (unsigned)atoi(argv[3]);
    check(gm_table_load(&table, argv[1], &settings));
    gm_column_role *roles = allocate(table->n_columns, sizeof *roles);
    gemlet_dim *rows = allocate(table->rows, sizeof *rows);
    for (gemlet_dim row = 0; row < table->rows; ++row)
        rows[row] = row;
    check(gm_schema_fit(&schema, table, roles, NULL, rows, table->rows, &options, argv[1]));
    schema = reload(schema);
    check(gm_compact_make(&compact, schema, table, rows, table->rows, argv[1]));
    write_inputs(schema, &compact, argv[4], argv[5]);
    for (gemlet_dim i = 0; i < schema->n_columns; ++i)
        printf("%s %u\n", schema->columns[i].name, schema->columns[i].n_inputs);
    gm_compact_free(&compact);
    gm_schema_destroy(schema);
    free(rows);
    free(roles);
    gm_table_destroy(table);
    return EXIT_SUCCESS;
}

/* SPDX-License-Identifier: MIT
 * What a C program needs of a table: from a row to the inputs of the network; see c_parts.h. The
 * formulas are those of encode_batch in backend/backend.h. */
#include <string.h>

#include "export/c_parts.h"
#include "table/encode.h"

int gm_c_has_texts(const gm_c_program *p)
{
    for (gemlet_dim i = 0; i < p->contents->schema->n_columns; ++i) {
        if (gm_export_is_text(p->contents, i))
            return 1;
    }
    return 0;
}

/* ---- columns -------------------------------------------------------------------------------- */

static gemlet_status write_column_names(const gm_c_program *p)
{
    const gm_schema *schema = p->contents->schema;
    gm_c_write(p, "const char *const @_column_names[^_N_COLUMNS] = {\n");
    for (gemlet_dim i = 0; i < schema->n_columns; ++i) {
        fputs("    ", p->stream);
        GEMLET_TRY(gm_c_put_text(p->stream, schema->columns[i].name, "column"));
        fputs(",\n", p->stream);
    }
    gm_c_write(p, "};\n\n"
                  "int @_column(const char *name)\n"
                  "{\n"
                  "    int column;\n"
                  "    for (column = 0; column < ^_N_COLUMNS; ++column) {\n"
                  "        if (strcmp(@_column_names[column], name) == 0)\n"
                  "            return column;\n"
                  "    }\n"
                  "    return -1;\n"
                  "}\n\n");
    return GEMLET_OK;
}

static void write_columns(const gm_c_program *p)
{
    const gm_export_contents *c = p->contents;
    fputs("struct column {\n"
          "    double centre; /* of numbers */\n"
          "    double scale;\n"
          "    float gap;   /* code of a gap in a column of texts */\n"
          "    float other; /* code of any other text; 0: a column of numbers */\n"
          "};\n\n",
          p->stream);
    gm_c_write(p, "static const struct column columns[^_N_COLUMNS] = {\n");
    for (gemlet_dim i = 0; i < c->schema->n_columns; ++i) {
        const gm_schema_column *column = &c->schema->columns[i];
        fputs("    {", p->stream);
        gm_c_put_double(p->stream, c->centres[i]);
        fputs(", ", p->stream);
        gm_c_put_double(p->stream, c->scales[i]);
        if (gm_export_is_text(c, i))
            fprintf(p->stream, ", %u.0f, %u.0f},\n", gm_export_gap_code(column),
                    gm_schema_n_codes(column) - 1);
        else
            fputs(", 0.0f, 0.0f},\n", p->stream);
    }
    fputs("};\n\n", p->stream);
}

/* ---- texts ---------------------------------------------------------------------------------- */

static gemlet_status write_levels(const gm_c_program *p)
{
    const gm_export_contents *c = p->contents;
    char declaration[64];
    for (gemlet_dim i = 0; i < c->schema->n_columns; ++i) {
        const gm_schema_column *column = &c->schema->columns[i];
        if (column->n_levels == 0)
            continue;
        snprintf(declaration, sizeof declaration, "static const char *const levels_%u[%u]", i,
                 column->n_levels);
        GEMLET_TRY(gm_c_write_texts(p, declaration, column->levels, column->n_levels, "category"));
    }
    fputs("struct levels {\n"
          "    const char *const *texts; /* (n) ascending */\n"
          "    int n;\n"
          "};\n\n",
          p->stream);
    gm_c_write(p, "static const struct levels levels_of[^_N_COLUMNS] = {\n");
    for (gemlet_dim i = 0; i < c->schema->n_columns; ++i) {
        const uint32_t n = c->schema->columns[i].n_levels;
        if (n > 0)
            fprintf(p->stream, "    {levels_%u, %u},\n", i, n);
        else
            fputs("    {NULL, 0},\n", p->stream);
    }
    fprintf(p->stream, "};\n\n#define N_GAP_WORDS %u\n", c->n_gap_words);
    return gm_c_write_texts(p, "static const char *const gap_words[N_GAP_WORDS]", c->gap_words,
                            c->n_gap_words, "word for gaps");
}

static const char level_function[] =
    "double @_level(int column, const char *text)\n"
    "{\n"
    "    int low = 0, high, i;\n"
    "    if (column < 0 || column >= ^_N_COLUMNS || columns[column].other == 0)\n"
    "        return -1;\n"
    "    for (i = 0; text != NULL && i < N_GAP_WORDS; ++i) {\n"
    "        if (strcmp(gap_words[i], text) == 0)\n"
    "            text = NULL;\n"
    "    }\n"
    "    if (text == NULL)\n"
    "        return (double)columns[column].gap;\n"
    "    high = levels_of[column].n;\n"
    "    while (low < high) {\n"
    "        const int middle = low + (high - low) / 2;\n"
    "        const int order = strcmp(levels_of[column].texts[middle], text);\n"
    "        if (order == 0)\n"
    "            return middle;\n"
    "        if (order < 0)\n"
    "            low = middle + 1;\n"
    "        else\n"
    "            high = middle;\n"
    "    }\n"
    "    return (double)columns[column].other;\n"
    "}\n\n";

/* ---- inputs --------------------------------------------------------------------------------- */

static void write_codes(const gm_c_program *p)
{
    const gm_export_contents *c = p->contents;
    const float *a = c->encoding->codes + (size_t)GM_CODE_A * c->n_inputs;
    const float *b = c->encoding->codes + (size_t)GM_CODE_B * c->n_inputs;
    fputs("enum kind { VALUE, CLIPPED, RAMP, STEP, GAP, LEVEL };\n\n"
          "struct code {\n"
          "    unsigned column;\n"
          "    enum kind kind;\n"
          "    float a;\n"
          "    float b;\n"
          "};\n\n",
          p->stream);
    fprintf(p->stream, "#define N_INPUTS %u\nstatic const struct code codes[N_INPUTS] = {\n",
            c->n_inputs);
    for (gemlet_dim f = 0; f < c->n_inputs; ++f) {
        static const char *const kinds[] = {
            [GM_CODE_VALUE] = "VALUE", [GM_CODE_CLIPPED] = "CLIPPED", [GM_CODE_RAMP] = "RAMP",
            [GM_CODE_STEP] = "STEP",   [GM_CODE_GAP] = "GAP",         [GM_CODE_LEVEL] = "LEVEL"};
        fprintf(p->stream, "    {%u, %s, ", gm_export_code(c, GM_CODE_COLUMN, f),
                kinds[gm_export_code(c, GM_CODE_KIND, f)]);
        gm_c_put_float(p->stream, a[f]);
        fputs(", ", p->stream);
        gm_c_put_float(p->stream, b[f]);
        fputs("},\n", p->stream);
    }
    fputs("};\n\n", p->stream);
}

static const char input_functions[] = "#define MAX_Z " GM_C_TEXT(
    GM_MAX_Z) "\n\n"
              "/* The code of a text; of a number its place, (value - centre) scale, or NaN for a "
              "gap. */\n"
              "static float compact(const struct column *column, double value)\n"
              "{\n"
              "    const double z = (value - column->centre) * column->scale;\n"
              "    if (column->other > 0) {\n"
              "        if (value != value)\n"
              "            return column->gap;\n"
              "        if (value >= 0 && value <= (double)column->other)\n"
              "            return (float)floor(value);\n"
              "        return column->other;\n"
              "    }\n"
              "    if (value != value)\n"
              "        return (float)value;\n"
              "    if (fabs(z) < (double)FLT_MIN)\n"
              "        return 0;\n"
              "    return (float)(z > MAX_Z ? MAX_Z : z < -MAX_Z ? -MAX_Z : z);\n"
              "}\n\n"
              "static float input(const struct code *code, float value)\n"
              "{\n"
              "    const float z = value != value ? 0 : value;\n"
              "    float place;\n"
              "    switch (code->kind) {\n"
              "    case CLIPPED:\n"
              "        place = z / 3;\n"
              "        return 3 * z / (float)sqrt(1 + (double)place * (double)place);\n"
              "    case RAMP:\n"
              "        place = (z - code->a) / (code->b - code->a);\n"
              "        return (place < 0 ? 0 : place > 1 ? 1 : place) - 0.5f;\n"
              "    case STEP:\n"
              "        return z < code->a ? -0.5f : 0.5f;\n"
              "    case GAP:\n"
              "        return value != value ? 1.0f : 0.0f;\n"
              "    case LEVEL:\n"
              "        return value == code->a ? 1.0f : 0.0f;\n"
              "    case VALUE:\n"
              "        break;\n"
              "    }\n"
              "    return z;\n"
              "}\n\n";

gemlet_status gm_c_write_table(const gm_c_program *p)
{
    GEMLET_TRY(write_column_names(p));
    write_columns(p);
    if (gm_c_has_texts(p)) {
        GEMLET_TRY(write_levels(p));
        gm_c_write(p, level_function);
    }
    write_codes(p);
    gm_c_write(p, input_functions);
    return GEMLET_OK;
}

/* SPDX-License-Identifier: MIT
 * See encode.h. */
#include "table/encode.h"

#include <float.h>
#include <math.h>

/* Edges that are closer are a step: their distance must be a float far from the smallest. */
#define MIN_RAMP 0x1p-100f

float gm_encode_number(double value, double centre, double scale)
{
    const double z = (value - centre) * scale;
    if (isnan(value))
        return NAN;
    if (fabs(z) < (double)FLT_MIN)
        return 0;
    return (float)(z > GM_MAX_Z ? GM_MAX_Z : z < -GM_MAX_Z ? -GM_MAX_Z : z);
}

/* Fills the codes one after the other. */
typedef struct code_writer {
    gm_encoding *encoding;
    gemlet_dim column;
    gemlet_dim input;
} code_writer;

static void add(code_writer *w, gm_input_code_kind kind, float a, float b)
{
    float *code = w->encoding->codes + w->input++;
    const size_t n = w->encoding->n_inputs;
    code[GM_CODE_COLUMN * n] = (float)w->column;
    code[GM_CODE_KIND * n] = (float)kind;
    code[GM_CODE_A * n] = a;
    code[GM_CODE_B * n] = b;
}

static void add_number(code_writer *w, const gm_schema_column *column, gm_scaling scaling)
{
    const double centre = gm_schema_centre(column, scaling);
    const double scale = gm_schema_scale(column, scaling);
    if (column->max > column->min)
        add(w, scaling == GM_SCALING_ROBUST ? GM_CODE_CLIPPED : GM_CODE_VALUE, 0, 0);
    for (unsigned i = 0; i + 1 < column->n_edges; ++i) {
        const float low = gm_encode_number(column->edges[i], centre, scale);
        const float high = gm_encode_number(column->edges[i + 1], centre, scale);
        add(w, high - low < MIN_RAMP ? GM_CODE_STEP : GM_CODE_RAMP, low, high);
    }
    if (column->has_gaps)
        add(w, GM_CODE_GAP, 0, 0);
}

static void add_texts(code_writer *w, const gm_schema_column *column)
{
    const uint32_t n_codes = gm_schema_n_codes(column);
    for (uint32_t code = 0; code < n_codes; ++code)
        add(w, GM_CODE_LEVEL, (float)code, 0);
}

gemlet_status gm_encode_schema(gm_encoding **out, const gm_schema *schema)
{
    GEMLET_TRY(gm_encoding_allocate(out, schema->n_columns, schema->n_inputs));
    code_writer w = {.encoding = *out};
    for (; w.column < schema->n_columns; ++w.column) {
        const gm_schema_column *column = &schema->columns[w.column];
        if (column->kind == GM_COLUMN_TEXTS)
            add_texts(&w, column);
        else
            add_number(&w, column, schema->scaling);
    }
    return GEMLET_OK;
}

/* SPDX-License-Identifier: MIT
 * From a schema to an encoding; see encode.h. */
#include "table/encode.h"

#include <math.h>
#include <stdlib.h>

#include "core/memory.h"

float gm_encode_number(double value, double centre, double scale)
{
    const double z = (value - centre) * scale;
    if (isnan(value))
        return NAN;
    return (float)(z > GM_MAX_Z ? GM_MAX_Z : z < -GM_MAX_Z ? -GM_MAX_Z : z);
}

static void take_edges(gm_encoding *encoding, gm_encode_column *to, const gm_schema_column *from,
                       uint32_t first_edge)
{
    const double centre = gm_schema_centre(from, encoding->scaling);
    const double scale = gm_schema_scale(from, encoding->scaling);
    to->first_edge = first_edge;
    to->n_edges = from->n_edges;
    for (unsigned i = 0; i < from->n_edges; ++i)
        encoding->edges[first_edge + i] = gm_encode_number(from->edges[i], centre, scale);
}

static gemlet_status fill(gm_encoding *encoding, const gm_schema *schema)
{
    size_t n_edges = 0;
    for (gemlet_dim i = 0; i < schema->n_columns; ++i)
        n_edges += schema->columns[i].n_edges;
    GEMLET_TRY(GM_ALLOC(encoding->columns, schema->n_columns, "encoding"));
    GEMLET_TRY(GM_ALLOC(encoding->edges, n_edges, "encoding"));
    encoding->scaling = schema->scaling;
    encoding->n_columns = schema->n_columns;
    encoding->n_inputs = schema->n_inputs;
    uint32_t first_edge = 0;
    for (gemlet_dim i = 0; i < schema->n_columns; ++i) {
        const gm_schema_column *from = &schema->columns[i];
        gm_encode_column *to = &encoding->columns[i];
        to->is_code = from->kind == GM_COLUMN_TEXTS;
        to->n_codes = to->is_code ? gm_schema_n_codes(from) : 0;
        to->has_value = !to->is_code && from->max > from->min;
        to->has_gap = from->has_gaps;
        if (!to->is_code)
            take_edges(encoding, to, from, first_edge);
        first_edge += to->n_edges;
    }
    return GEMLET_OK;
}

gemlet_status gm_encoding_create(gm_encoding **out, const gm_schema *schema)
{
    gm_encoding *encoding;
    *out = NULL;
    GEMLET_TRY(GM_ALLOC(encoding, 1, "encoding"));
    const gemlet_status status = fill(encoding, schema);
    if (status == GEMLET_OK)
        *out = encoding;
    else
        gm_encoding_destroy(encoding);
    return status;
}

void gm_encoding_destroy(gm_encoding *encoding)
{
    if (encoding == NULL)
        return;
    free(encoding->columns);
    free(encoding->edges);
    free(encoding);
}

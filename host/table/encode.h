/* SPDX-License-Identifier: MIT
 * The inputs of a network from the compact form of a row: the formulas, in double, to compare with,
 * and in float. The source is built twice. */
#ifndef GM_TABLE_ENCODE_H
#define GM_TABLE_ENCODE_H

#include "table/schema.h"

/* One column of an encoding. */
typedef struct gm_encode_column {
    int is_code;   /* the compact form is a code, else z, or NaN for a gap */
    int has_value; /* an input holds the scaled value */
    int has_gap;   /* the last input is 1 for a gap, else 0 */
    uint32_t n_codes;
    uint32_t first_edge; /* in gm_encoding.edges */
    uint32_t n_edges;
} gm_encode_column;

/* A schema without names and texts: what calculating needs, as a device can hold it. */
typedef struct gm_encoding {
    gm_scaling scaling;
    gemlet_dim n_columns;
    gemlet_dim n_inputs;
    gm_encode_column *columns; /* (n_columns) */
    float *edges;              /* as z, of all columns */
} gm_encoding;

/* On failure *out = NULL. Release with gm_encoding_destroy(). */
gemlet_status gm_encoding_create(gm_encoding **out, const gm_schema *schema);

/* NULL is allowed. */
void gm_encoding_destroy(gm_encoding *encoding);

/* Beyond this z is cut: its square must be a float, and 9 is reached long before. */
#define GM_MAX_Z 1e18

/* The compact form of a number, z = (value - centre) * scale; NaN for NaN. */
float gm_encode_number(double value, double centre, double scale);

/* compact (n_columns) in, inputs (n_inputs) out. With z = 0 for a gap:
 *   value    3 z / sqrt(1 + (z / 3)^2) under robust scaling, z under standard scaling
 *   code     min(1, max(0, (z - e[j]) / (e[j+1] - e[j]))) - 0.5 for each pair of edges: piecewise-
 *            linear, after Gorishniy et al., "On embeddings for numerical features", NeurIPS 2022
 *   gap      1 or 0
 * and of a code c: input c is 1, the others 0. */
void gm_encode32_row(const gm_encoding *encoding, const float *compact, float *inputs);
void gm_encode64_row(const gm_encoding *encoding, const float *compact, double *inputs);

#endif

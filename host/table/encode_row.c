/* SPDX-License-Identifier: MIT
 * See encode.h. Built twice: with GM_ENCODE_DOUBLE it is the reference. */
#include <math.h>

#include "table/encode.h"

#ifdef GM_ENCODE_DOUBLE
typedef double real;
#define ENCODE(name) gm_encode64_##name
#define SQRT(x)      sqrt(x)
#else
typedef float real;
#define ENCODE(name) gm_encode32_##name
#define SQRT(x)      sqrtf(x)
#endif

static real clip(real z)
{
    const real third = z / 3;
    return 3 * z / SQRT(1 + third * third);
}

/* Edges may be one as floats that were two as doubles. */
static real ramp(real z, real low, real high)
{
    if (high <= low)
        return z < low ? (real)-0.5 : (real)0.5;
    const real place = (z - low) / (high - low);
    const real within = place < 0 ? 0 : place > 1 ? 1 : place;
    return within - (real)0.5;
}

/* Both: the inputs of one column; return where those of the next begin. */
static real *encode_number(const gm_encoding *encoding, const gm_encode_column *c, float compact,
                           real *inputs)
{
    const int is_gap = isnan(compact);
    const real z = is_gap ? 0 : (real)compact;
    const float *edges = encoding->edges + c->first_edge;
    if (c->has_value)
        *inputs++ = encoding->scaling == GM_SCALING_ROBUST ? clip(z) : z;
    for (uint32_t j = 0; j + 1 < c->n_edges; ++j)
        *inputs++ = ramp(z, (real)edges[j], (real)edges[j + 1]);
    if (c->has_gap)
        *inputs++ = is_gap ? 1 : 0;
    return inputs;
}

static real *encode_code(const gm_encode_column *c, float compact, real *inputs)
{
    const uint32_t code = (uint32_t)compact;
    for (uint32_t j = 0; j < c->n_codes; ++j)
        *inputs++ = j == code ? 1 : 0;
    return inputs;
}

void ENCODE(row)(const gm_encoding *encoding, const float *compact, real *inputs)
{
    for (gemlet_dim i = 0; i < encoding->n_columns; ++i) {
        const gm_encode_column *c = &encoding->columns[i];
        inputs = c->is_code ? encode_code(c, compact[i], inputs)
                            : encode_number(encoding, c, compact[i], inputs);
    }
}

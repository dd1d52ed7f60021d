/* SPDX-License-Identifier: MIT
 * From a schema to the codes of its inputs (data/encoding.h), which a device applies to the compact
 * form of a row. */
#ifndef GM_TABLE_ENCODE_H
#define GM_TABLE_ENCODE_H

#include "data/encoding.h"
#include "table/schema.h"

/* The codes of all inputs, in the order of the columns: of a number its scaled value, then a
 * piecewise-linear code of its place between the edges (Gorishniy et al., "On embeddings for
 * numerical features", NeurIPS 2022), then whether it was a gap; of a text one input for each code.
 * On failure *out = NULL. Release with gm_encoding_release(). */
gemlet_status gm_encode_schema(gm_encoding **out, const gm_schema *schema);

/* Beyond this z is cut: its square must be a float, and 9 is reached long before. */
#define GM_MAX_Z 1e18

/* The compact form of a number, z = (value - centre) * scale; NaN for NaN. What is below the normal
 * floats, which devices may take for 0, is 0. */
float gm_encode_number(double value, double centre, double scale);

#endif

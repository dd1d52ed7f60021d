/* SPDX-License-Identifier: MIT
 * The codes of all inputs that rows of a data set give: what is kept of a row is fewer values than
 * the inputs which a device makes of them, batch by batch. */
#ifndef GM_DATA_ENCODING_H
#define GM_DATA_ENCODING_H

#include "core/error.h"
#include "core/input_code.h"
#include "gemlet/dataset.h"

typedef struct gm_encoding {
    unsigned n_owners;
    gemlet_dim n_columns; /* values of a row */
    gemlet_dim n_inputs;
    float *codes; /* (GM_CODE_N_PARTS, n_inputs) */
} gm_encoding;

/* Zeroed codes. On failure *out = NULL. Release with gm_encoding_release(). */
gemlet_status gm_encoding_allocate(gm_encoding **out, gemlet_dim n_columns, gemlet_dim n_inputs);

/* Another owner, who releases it too. Not for several threads at a time. */
gm_encoding *gm_encoding_share(gm_encoding *encoding);

/* Goes with its last owner. NULL is allowed. */
void gm_encoding_release(gm_encoding *encoding);

#endif

/* SPDX-License-Identifier: MIT
 * See encoding.h. */
#include "data/encoding.h"

#include <stdlib.h>

#include "core/memory.h"

gemlet_status gm_encoding_allocate(gm_encoding **out, gemlet_dim n_columns, gemlet_dim n_inputs)
{
    gm_encoding *encoding;
    *out = NULL;
    GEMLET_TRY(GM_ALLOC(encoding, 1, "encoding"));
    *encoding = (gm_encoding){.n_owners = 1, .n_columns = n_columns, .n_inputs = n_inputs};
    const gemlet_status status =
        GM_ALLOC(encoding->codes, (size_t)GM_CODE_N_PARTS * n_inputs, "codes of inputs");
    if (status == GEMLET_OK)
        *out = encoding;
    else
        free(encoding);
    return status;
}

gm_encoding *gm_encoding_share(gm_encoding *encoding)
{
    ++encoding->n_owners;
    return encoding;
}

void gm_encoding_release(gm_encoding *encoding)
{
    if (encoding == NULL || --encoding->n_owners > 0)
        return;
    free(encoding->codes);
    free(encoding);
}

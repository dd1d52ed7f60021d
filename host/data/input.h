/* SPDX-License-Identifier: MIT
 * A file read as a stream of bytes, plain or gzip, told apart by content and not by name.
 *
 * Knows nothing of what the bytes mean. Bytes behind the end of the last gzip member that are not
 * a member themselves are ignored, as gzip does. */
#ifndef GM_DATA_INPUT_H
#define GM_DATA_INPUT_H

#include <stddef.h>

#include "core/error.h"

typedef struct gm_input {
    void *gz;         /* gzFile; NULL when not open */
    const char *path; /* the caller's; outlives the stream */
    size_t n_read;    /* bytes of content so far */
} gm_input;

/* GEMLET_E_IO if `path` cannot be opened or is a directory; nothing to close then. */
gemlet_status gm_input_open(gm_input *input, const char *path);

/* Reads up to n_bytes; *n_read is smaller only at the end of the file. GEMLET_E_IO if reading
 * fails, GEMLET_E_FORMAT if gzip data is corrupt or ends early. */
gemlet_status gm_input_read(gm_input *input, void *bytes, size_t n_bytes, size_t *n_read);

/* Harmless when not open. */
void gm_input_close(gm_input *input);

#endif

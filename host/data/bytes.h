/* SPDX-License-Identifier: MIT
 * Memory that grows as the bytes of a file arrive.
 *
 * A reader never allocates what a header merely announces: it asks for room as it goes, and what
 * is allocated stays within a factor of two of what was read. */
#ifndef GM_DATA_BYTES_H
#define GM_DATA_BYTES_H

#include <stddef.h>

#include "core/error.h"

typedef struct gm_bytes {
    unsigned char *data; /* from malloc(); NULL while capacity is 0 */
    size_t n_bytes;      /* in use */
    size_t capacity;
} gm_bytes;

/* Makes room for n_more bytes behind those in use. Grows by doubling, but not beyond `limit` bytes
 * in all (SIZE_MAX: no limit), which must be >= n_bytes + n_more. `what` names the thing in the
 * message. On failure the bytes are as before. */
gemlet_status gm_bytes_reserve(gm_bytes *bytes, size_t n_more, size_t limit, const char *what);

/* Hands the memory, cut to what is in use, over to the caller, who frees it; *bytes is empty. */
void *gm_bytes_take(gm_bytes *bytes);

/* Harmless on an empty one. */
void gm_bytes_free(gm_bytes *bytes);

#endif

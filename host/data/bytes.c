/* SPDX-License-Identifier: MIT
 * Growing memory; see bytes.h. */
#include "data/bytes.h"

#include <stdint.h>
#include <stdlib.h>

#include "core/memory.h"
#include "core/memory_limit.h"

#define FIRST_CAPACITY ((size_t)64 * 1024)

gemlet_status gm_bytes_reserve(gm_bytes *bytes, size_t n_more, size_t limit, const char *what)
{
    if (n_more <= bytes->capacity - bytes->n_bytes)
        return GEMLET_OK;
    size_t needed;
    GEMLET_TRY(gm_checked_add(&needed, bytes->n_bytes, n_more, what));
    GEMLET_TRY(gm_memory_limit_check(needed, what));
    size_t capacity = bytes->capacity > 0 ? bytes->capacity : FIRST_CAPACITY;
    while (capacity < needed)
        capacity = capacity > SIZE_MAX / 2 ? SIZE_MAX : capacity * 2;
    if (capacity > limit)
        capacity = limit;
    unsigned char *data = realloc(bytes->data, capacity);
    if (data == NULL)
        return gm_error(GEMLET_E_MEMORY, "%s: cannot allocate %zu bytes", what, capacity);
    bytes->data = data;
    bytes->capacity = capacity;
    return GEMLET_OK;
}

void *gm_bytes_take(gm_bytes *bytes)
{
    unsigned char *data = bytes->data;
    if (bytes->n_bytes > 0 && bytes->n_bytes < bytes->capacity) {
        unsigned char *cut = realloc(data, bytes->n_bytes);
        if (cut != NULL)
            data = cut;
    }
    *bytes = (gm_bytes){0};
    return data;
}

void gm_bytes_free(gm_bytes *bytes)
{
    free(bytes->data);
    *bytes = (gm_bytes){0};
}

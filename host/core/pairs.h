/* SPDX-License-Identifier: MIT
 * A list of named texts, in the order in which they were added. */
#ifndef GM_CORE_PAIRS_H
#define GM_CORE_PAIRS_H

#include <stddef.h>

#include "core/error.h"

typedef struct gm_pair {
    char *name;
    char *value;
} gm_pair;

/* Starts as {0}; release with gm_pairs_free(). */
typedef struct gm_pairs {
    gm_pair *items; /* (count) */
    size_t count;
    size_t capacity;
} gm_pairs;

/* Adds a pair at the end, or gives the pair of this name another value. On failure the list is as
 * before. */
gemlet_status gm_pairs_set(gm_pairs *pairs, const char *name, const char *format, ...)
    GM_PRINTF(3, 4);

/* The value; NULL if there is no such name. Belongs to the list. */
const char *gm_pairs_get(const gm_pairs *pairs, const char *name);

/* *out = a copy. On failure it is empty. */
gemlet_status gm_pairs_copy(gm_pairs *out, const gm_pairs *pairs);

/* Empties the list. */
void gm_pairs_free(gm_pairs *pairs);

#endif

/* SPDX-License-Identifier: MIT
 * The distinct texts of a column, numbered in the order in which they first appear. */
#ifndef GM_TABLE_LEVELS_H
#define GM_TABLE_LEVELS_H

#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

/* With the level "missing" 65,536, as many as there can be classes. */
#define GM_MAX_LEVELS 65535u

/* Starts as {0}. Release with gm_levels_free(). */
typedef struct gm_levels {
    uint32_t n;
    char *texts; /* all, each with a zero byte at its end */
    size_t n_bytes;
    size_t capacity;
    size_t *starts;  /* (n) in texts */
    uint32_t *slots; /* (n_slots) level + 1, or 0: none; open addressing, at most half full */
    uint32_t n_slots;
} gm_levels;

/* No level: a gap, or no room for another text. */
#define GM_NO_LEVEL UINT32_MAX

/* *level out = the number of the text (length bytes), which is added if it is new; GM_NO_LEVEL, and
 * nothing added, if there are `most` already. `what` names the file in a message. */
gemlet_status gm_levels_add(gm_levels *levels, uint32_t *level, const char *text, size_t length,
                            uint32_t most, const char *what);

/* 1 and *level out if the text is there, else 0. */
int gm_levels_find(const gm_levels *levels, uint32_t *level, const char *text, size_t length);

/* The text of a level (< n). Valid until the next one is added. */
const char *gm_levels_text(const gm_levels *levels, uint32_t level);

/* Empties them. */
void gm_levels_free(gm_levels *levels);

#endif

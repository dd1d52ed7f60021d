/* SPDX-License-Identifier: MIT
 * A hash table with linear probing; see levels.h. */
#include "table/levels.h"

#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "core/memory.h"
#include "core/memory_limit.h"

#define FIRST_SLOTS 16u /* a power of two, as all numbers of slots */

static int is_text(const gm_levels *levels, uint32_t level, const char *text, size_t length)
{
    const size_t start = levels->starts[level];
    const size_t end = level + 1 < levels->n ? levels->starts[level + 1] : levels->n_bytes;
    return end - start - 1 == length && memcmp(levels->texts + start, text, length) == 0;
}

/* The slot of the text, or the empty one where it belongs. There are slots. */
static uint32_t find_slot(const gm_levels *levels, const char *text, size_t length)
{
    const uint64_t hash = gm_hash(GM_HASH_BEGIN, text, length);
    uint32_t slot = (uint32_t)(hash ^ hash >> 32) & (levels->n_slots - 1);
    while (levels->slots[slot] != 0 && !is_text(levels, levels->slots[slot] - 1, text, length))
        slot = (slot + 1) & (levels->n_slots - 1);
    return slot;
}

/* As many more slots, and room for half as many levels. */
static gemlet_status grow_slots(gm_levels *levels)
{
    const uint32_t n_slots = levels->n_slots > 0 ? 2 * levels->n_slots : FIRST_SLOTS;
    uint32_t *slots;
    GEMLET_TRY(GM_ALLOC(slots, n_slots, "levels of a column"));
    size_t *starts = realloc(levels->starts, (size_t)n_slots / 2 * sizeof *starts);
    if (starts == NULL) {
        free(slots);
        return gm_error(GEMLET_E_MEMORY, "levels of a column: out of memory");
    }
    free(levels->slots);
    levels->starts = starts;
    levels->slots = slots;
    levels->n_slots = n_slots;
    for (uint32_t level = 0; level < levels->n; ++level) {
        const char *text = gm_levels_text(levels, level);
        const size_t end = level + 1 < levels->n ? levels->starts[level + 1] : levels->n_bytes;
        slots[find_slot(levels, text, end - levels->starts[level] - 1)] = level + 1;
    }
    return GEMLET_OK;
}

static gemlet_status append_text(gm_levels *levels, const char *text, size_t length,
                                 const char *what)
{
    const size_t needed = levels->n_bytes + length + 1;
    if (needed > levels->capacity) {
        const size_t capacity = 2 * needed;
        GEMLET_TRY(gm_memory_limit_check(capacity, what));
        char *texts = realloc(levels->texts, capacity);
        if (texts == NULL)
            return gm_error(GEMLET_E_MEMORY, "%s: out of memory", what);
        levels->texts = texts;
        levels->capacity = capacity;
    }
    levels->starts[levels->n] = levels->n_bytes;
    memcpy(levels->texts + levels->n_bytes, text, length);
    levels->texts[needed - 1] = '\0';
    levels->n_bytes = needed;
    return GEMLET_OK;
}

gemlet_status gm_levels_add(gm_levels *levels, uint32_t *level, const char *text, size_t length,
                            uint32_t most, const char *what)
{
    if (gm_levels_find(levels, level, text, length))
        return GEMLET_OK;
    *level = GM_NO_LEVEL;
    if (levels->n == most)
        return GEMLET_OK;
    if (2 * levels->n >= levels->n_slots)
        GEMLET_TRY(grow_slots(levels));
    const uint32_t slot = find_slot(levels, text, length);
    GEMLET_TRY(append_text(levels, text, length, what));
    *level = levels->n++;
    levels->slots[slot] = *level + 1;
    return GEMLET_OK;
}

int gm_levels_find(const gm_levels *levels, uint32_t *level, const char *text, size_t length)
{
    if (levels->n == 0)
        return 0;
    const uint32_t found = levels->slots[find_slot(levels, text, length)];
    *level = found - 1;
    return found != 0;
}

const char *gm_levels_text(const gm_levels *levels, uint32_t level)
{
    return levels->texts + levels->starts[level];
}

void gm_levels_free(gm_levels *levels)
{
    free(levels->texts);
    free(levels->starts);
    free(levels->slots);
    *levels = (gm_levels){0};
}

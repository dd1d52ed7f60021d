/* SPDX-License-Identifier: MIT
 * See pairs.h. */
#include "core/pairs.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

#define FIRST_CAPACITY 16u

static gm_pair *find(const gm_pairs *pairs, const char *name)
{
    for (size_t i = 0; i < pairs->count; ++i) {
        if (strcmp(pairs->items[i].name, name) == 0)
            return &pairs->items[i];
    }
    return NULL;
}

static gemlet_status make_room(gm_pairs *pairs)
{
    if (pairs->count < pairs->capacity)
        return GEMLET_OK;
    const size_t capacity = pairs->capacity > 0 ? 2 * pairs->capacity : FIRST_CAPACITY;
    gm_pair *items;
    GEMLET_TRY(GM_ALLOC(items, capacity, "list of texts"));
    if (pairs->count > 0)
        memcpy(items, pairs->items, pairs->count * sizeof *items);
    free(pairs->items);
    pairs->items = items;
    pairs->capacity = capacity;
    return GEMLET_OK;
}

static gemlet_status set(gm_pairs *pairs, const char *name, char *value)
{
    gm_pair *pair = find(pairs, name);
    if (pair != NULL) {
        free(pair->value);
        pair->value = value;
        return GEMLET_OK;
    }
    GEMLET_TRY(make_room(pairs));
    GEMLET_TRY(gm_copy_string(&pairs->items[pairs->count].name, name));
    pairs->items[pairs->count++].value = value;
    return GEMLET_OK;
}

gemlet_status gm_pairs_set(gm_pairs *pairs, const char *name, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *value;
    GEMLET_TRY(GM_ALLOC(value, (size_t)length + 1, name));
    va_start(arguments, format);
    vsnprintf(value, (size_t)length + 1, format, arguments);
    va_end(arguments);
    const gemlet_status status = set(pairs, name, value);
    if (status != GEMLET_OK)
        free(value);
    return status;
}

const char *gm_pairs_get(const gm_pairs *pairs, const char *name)
{
    const gm_pair *pair = find(pairs, name);
    return pair != NULL ? pair->value : NULL;
}

gemlet_status gm_pairs_copy(gm_pairs *out, const gm_pairs *pairs)
{
    *out = (gm_pairs){0};
    for (size_t i = 0; i < pairs->count; ++i) {
        const gemlet_status status =
            gm_pairs_set(out, pairs->items[i].name, "%s", pairs->items[i].value);
        if (status != GEMLET_OK) {
            gm_pairs_free(out);
            return status;
        }
    }
    return GEMLET_OK;
}

void gm_pairs_free(gm_pairs *pairs)
{
    for (size_t i = 0; i < pairs->count; ++i) {
        free(pairs->items[i].name);
        free(pairs->items[i].value);
    }
    free(pairs->items);
    *pairs = (gm_pairs){0};
}

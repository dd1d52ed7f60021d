/* SPDX-License-Identifier: MIT
 * Edit distance with three rows of the table; see nearest_word.h. */
#include "core/nearest_word.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#define MAX_WORD 63u

static size_t min_size(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t gm_edit_distance(const char *a, const char *b)
{
    const size_t a_length = strlen(a);
    const size_t b_length = strlen(b);
    if (a_length > MAX_WORD || b_length > MAX_WORD)
        return SIZE_MAX;

    size_t rows[3][MAX_WORD + 1];
    for (size_t j = 0; j <= b_length; ++j)
        rows[0][j] = j;
    for (size_t i = 1; i <= a_length; ++i) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i + 2) % 3];
        const size_t *two_above = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b_length; ++j) {
            const size_t replace = above[j - 1] + (a[i - 1] != b[j - 1]);
            row[j] = min_size(replace, min_size(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = min_size(row[j], two_above[j - 2] + 1);
        }
    }
    return rows[a_length % 3][b_length];
}

int gm_word_is_nearer(const char *text, const char *candidate, size_t *best)
{
    /* A third of the letters may be wrong: enough for a slip in a short word and two in a long one,
     * too little to offer something unrelated. The beginning of a word is as good as one slip, the
     * same in other letters better than any. */
    const size_t length = strlen(text);
    size_t distance = gm_edit_distance(text, candidate);
    if (length >= 2 && strncmp(text, candidate, length) == 0)
        distance = min_size(distance, 1);
    if (strcasecmp(text, candidate) == 0)
        distance = 0;
    if (length > MAX_WORD || distance > (length + 2) / 3 || distance >= *best)
        return 0;
    *best = distance;
    return 1;
}

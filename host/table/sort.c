/* SPDX-License-Identifier: MIT
 * Radix sort from the lowest byte up, on the bits of doubles mapped so that they compare as whole
 * numbers; see sort.h. Bytes that are the same in all values, as low ones of short numbers
 * are, cost one pass of counting together. */
#include "table/sort.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

#define N_BYTES 8u
#define SIGN    (UINT64_C(1) << 63)

static uint64_t to_key(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits & SIGN ? ~bits : bits | SIGN;
}

static double from_key(uint64_t key)
{
    double value;
    const uint64_t bits = key & SIGN ? key & ~SIGN : ~key;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static void sort_by_byte(uint64_t *to, const uint64_t *from, size_t n, unsigned byte,
                         const size_t counts[256])
{
    size_t places[256];
    size_t place = 0;
    for (unsigned i = 0; i < 256; ++i) {
        places[i] = place;
        place += counts[i];
    }
    for (size_t i = 0; i < n; ++i)
        to[places[from[i] >> (8 * byte) & 0xff]++] = from[i];
}

gemlet_status gm_sort_numbers(double *values, size_t n)
{
    uint64_t *keys;
    static const size_t no_counts[256];
    size_t counts[N_BYTES][256];
    GEMLET_TRY(GM_ALLOC(keys, 2 * n, "sorting of a column"));
    for (unsigned byte = 0; byte < N_BYTES; ++byte)
        memcpy(counts[byte], no_counts, sizeof no_counts);
    for (size_t i = 0; i < n; ++i) {
        keys[i] = to_key(values[i]);
        for (unsigned byte = 0; byte < N_BYTES; ++byte)
            ++counts[byte][keys[i] >> (8 * byte) & 0xff];
    }
    uint64_t *from = keys;
    uint64_t *to = keys + n;
    for (unsigned byte = 0; byte < N_BYTES && n > 0; ++byte) {
        if (counts[byte][from[0] >> (8 * byte) & 0xff] == n)
            continue;
        sort_by_byte(to, from, n, byte, counts[byte]);
        uint64_t *swap = from;
        from = to;
        to = swap;
    }
    for (size_t i = 0; i < n; ++i)
        values[i] = from_key(from[i]);
    free(keys);
    return GEMLET_OK;
}

size_t gm_lower_bound(const double *sorted, size_t n, double value)
{
    size_t low = 0;
    for (size_t high = n; low < high;) {
        const size_t middle = low + (high - low) / 2;
        if (sorted[middle] < value)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void gm_sort_texts(char **texts, size_t n)
{
    if (n > 0)
        qsort(texts, n, sizeof *texts, compare_texts);
}

double gm_quantile(const double *sorted, size_t n, double q)
{
    const double place = (double)(n - 1) * q;
    const size_t below = (size_t)floor(place);
    const size_t above = below + 1 < n ? below + 1 : n - 1;
    const double t = place - floor(place);
    const double difference = sorted[above] - sorted[below];
    /* From the nearer of the two, as numpy does. */
    return t >= 0.5 ? sorted[above] - difference * (1 - t) : sorted[below] + difference * t;
}

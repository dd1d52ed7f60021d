/* SPDX-License-Identifier: MIT
 * See thin.h. */
#include "report/thin.h"

#include <math.h>

/* Appends the lowest and the highest of values first..end-1, in their order. Returns the number. */
static size_t keep_extremes(size_t *kept, const double *values, size_t first, size_t end)
{
    size_t low = end;
    size_t high = end;
    for (size_t i = first; i < end; ++i) {
        if (isnan(values[i]))
            continue;
        low = low == end || values[i] < values[low] ? i : low;
        high = high == end || values[i] > values[high] ? i : high;
    }
    if (low == end)
        return 0;
    kept[0] = low < high ? low : high;
    kept[1] = low < high ? high : low;
    return low == high ? 1 : 2;
}

size_t gm_thin(size_t *kept, size_t max, const double *values, size_t n)
{
    size_t n_kept = 0;
    if (n <= max) {
        for (size_t i = 0; i < n; ++i) {
            if (!isnan(values[i]))
                kept[n_kept++] = i;
        }
        return n_kept;
    }
    const size_t n_runs = max / 2;
    const size_t length = n / n_runs;
    const size_t n_longer = n % n_runs; /* runs with one value more */
    size_t first = 0;
    for (size_t run = 0; run < n_runs; ++run) {
        const size_t end = first + length + (run < n_longer);
        n_kept += keep_extremes(kept + n_kept, values, first, end);
        first = end;
    }
    return n_kept;
}

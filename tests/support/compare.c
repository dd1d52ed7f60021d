/* SPDX-License-Identifier: MIT
 * The comparator; see compare.h. */
#include "support/compare.h"

#include <math.h>

comparison compare(const double *got, const double *ref, const double *bound, size_t n,
                   int nan_allowed)
{
    comparison result = {0};
    for (size_t i = 0; i < n; ++i) {
        if (nan_allowed && isnan(ref[i]) && isnan(got[i]))
            continue;
        const double error = fabs(got[i] - ref[i]);
        if (bound[i] > 0 && error / bound[i] > result.worst)
            result.worst = error / bound[i];
        /* Not "error > bound": that would accept NaN. */
        if (!(error <= bound[i])) {
            if (result.n_wrong == 0)
                result.first_wrong = i;
            ++result.n_wrong;
        }
    }
    return result;
}

/* SPDX-License-Identifier: MIT
 * Sorting the numbers of a column, and texts. */
#ifndef GM_TABLE_SORT_H
#define GM_TABLE_SORT_H

#include <stddef.h>

#include "core/error.h"

/* values (n) in and out: ascending; none is NaN. -0 comes before 0. */
gemlet_status gm_sort_numbers(double *values, size_t n);

/* The place of the first of the sorted values (n) that is not below `value`; n if all are. */
size_t gm_lower_bound(const double *sorted, size_t n, double value);

/* texts (n) in and out: ascending by their bytes. */
void gm_sort_texts(char **texts, size_t n);

/* The quantile q (0 to 1) of sorted values (n > 0), with linear interpolation between neighbours:
 * number 7 of Hyndman & Fan, "Sample quantiles in statistical packages", 1996, which is what
 * numpy.quantile does; rounded as there. */
double gm_quantile(const double *sorted, size_t n, double q);

#endif

/* SPDX-License-Identifier: MIT
 * Which points of a long curve a picture needs: a line drawn through them looks as through all. */
#ifndef GM_REPORT_THIN_H
#define GM_REPORT_THIN_H

#include <stddef.h>

/* Points of one curve in a picture at most: some for every column of its pixels. */
#define GM_THIN_POINTS 4000u

/* kept (max) out: ascending positions of at most `max` (even, > 0) of the n values; returns their
 * number. All are kept if they are so few, but for those that are NAN. Else they are cut into
 * max / 2 runs of equal length, and of each run the lowest and the highest are kept: spikes stay.
 */
size_t gm_thin(size_t *kept, size_t max, const double *values, size_t n);

#endif

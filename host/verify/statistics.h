/* SPDX-License-Identifier: MIT
 * Sums up the comparison of many calls, one line for every output of every operation of every
 * layer. Single errors are not kept: a histogram with four bins to the octave gives percentiles. */
#ifndef GM_VERIFY_STATISTICS_H
#define GM_VERIFY_STATISTICS_H

#include <stdint.h>

#include "core/error.h"
#include "backend/ops.h"

#define GM_STATISTICS_BINS  160
#define GM_STATISTICS_LABEL (GM_OP_SHAPE_SIZE + 24) /* a shape behind the name of an operation */

/* "GEMM" etc. Static text. */
const char *gm_family_name(gm_family family);

/* Errors of one way to calculate, in units of the bound. */
typedef struct gm_errors {
    double largest;
    double largest_ulp; /* in ulp of the largest magnitude of the reference in that call */
    uint64_t bins[GM_STATISTICS_BINS];
} gm_errors;

/* Where something was seen. */
typedef struct gm_place {
    uint64_t step; /* counted from 1 */
    size_t row;
    size_t col;
    double got;
    double ref;
    double bound;
} gm_place;

typedef struct gm_statistics_line {
    char label[GM_STATISTICS_LABEL];  /* "layer 2 dense_fwd" */
    char tensor[GM_STATISTICS_LABEL]; /* "y" */
    gm_family family;
    gemlet_dim rows;
    gemlet_dim cols;
    uint64_t n_calls;
    uint64_t n_values;
    gm_errors device;
    gm_errors cpu;    /* the float CPU path, for comparison */
    gm_place largest; /* of the device's errors */
    uint64_t n_wrong;
    gm_place first_wrong;
    uint64_t n_not_finite; /* on the device and on the host alike */
} gm_statistics_line;

typedef struct gm_statistics {
    gm_statistics_line *lines; /* in the order of their first call */
    size_t n_lines;
    size_t capacity;
    int is_wrong;
    size_t first_wrong_line; /* of the call that was wrong first, if is_wrong */
} gm_statistics;

/* Values of one output, as arrays of `length` elements, rows `ld` apart. Elements between the rows
 * must be right too, but do not count for the percentiles. */
typedef struct gm_compared {
    gemlet_dim rows;
    gemlet_dim cols;
    size_t ld;
    size_t length;
    const double *got;
    const double *ref;
    const double *cpu;
    const double *bound;
} gm_compared;

/* Adds a call. *n_not_finite = its elements that are not finite on the device nor on the host: no
 * fault of the device. */
gemlet_status gm_statistics_add(gm_statistics *statistics, const char *label, const char *tensor,
                                gm_family family, const gm_compared *values, uint64_t step,
                                uint64_t *n_not_finite);

/* The error that a fraction of the values does not exceed, to the width of a bin. */
double gm_errors_percentile(const gm_errors *errors, double fraction);

/* Largest error of a family; 0 if it was never called. */
double gm_statistics_largest(const gm_statistics *statistics, gm_family family);

/* The line with the largest error of all; NULL if there is none. */
const gm_statistics_line *gm_statistics_worst(const gm_statistics *statistics);

/* Harmless on a zeroed object. */
void gm_statistics_free(gm_statistics *statistics);

#endif

/* SPDX-License-Identifier: MIT
 * What a device can do at most, as measured on it, and which of these limits a piece of work meets:
 * for benchmarks and profiles only. */
#ifndef GM_BACKEND_LIMITS_H
#define GM_BACKEND_LIMITS_H

#include "backend/op_cost.h"

/* Copies are measured within working sets of 64 KiB, 512 KiB, 4 MiB, 32 MiB and 256 MiB: between
 * the caches of the cores and the memory. */
#define GM_LIMITS_N_SIZES 5u

typedef struct gm_device_limits {
    double flops_per_second;                    /* fused multiply-adds, each two */
    double bytes_per_second[GM_LIMITS_N_SIZES]; /* read and written */
    double launch_seconds;                      /* of a kernel with one work-group */
    double split_launch_seconds;                /* of one with a work-group per compute unit */
} gm_device_limits;

/* Bytes of working set `i`. */
uint64_t gm_limits_size(unsigned i);

/* Of the smallest measured working set that holds n_bytes; else of the largest. */
double gm_limits_bytes_per_second(const gm_device_limits *limits, uint64_t n_bytes);

typedef enum gm_bound {
    GM_BOUND_LAUNCH,
    GM_BOUND_COMPUTE,
    GM_BOUND_MEMORY
} gm_bound;

/* Least time for work that costs so much in one launch of n_groups work-groups, and in *bound which
 * limit gives it: the largest of the three. */
double gm_limits_least_seconds(const gm_device_limits *limits, gm_op_cost cost, size_t n_groups,
                               gm_bound *bound);

/* "launch", "compute", "memory". Static text. */
const char *gm_bound_name(gm_bound bound);

#endif

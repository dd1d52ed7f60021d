/* SPDX-License-Identifier: MIT
 * See limits.h. */
#include "backend/limits.h"

uint64_t gm_limits_size(unsigned i)
{
    return (uint64_t)1 << (16 + 3 * i);
}

double gm_limits_bytes_per_second(const gm_device_limits *limits, uint64_t n_bytes)
{
    unsigned i = 0;
    while (i + 1 < GM_LIMITS_N_SIZES && gm_limits_size(i) < n_bytes)
        ++i;
    return limits->bytes_per_second[i];
}

double gm_limits_least_seconds(const gm_device_limits *limits, gm_op_cost cost, size_t n_groups,
                               gm_bound *bound)
{
    const double launch = n_groups > 1 ? limits->split_launch_seconds : limits->launch_seconds;
    const double compute = (double)cost.n_flops / limits->flops_per_second;
    const double memory = (double)cost.n_bytes / gm_limits_bytes_per_second(limits, cost.n_bytes);
    double least = launch;
    *bound = GM_BOUND_LAUNCH;
    if (compute > least) {
        least = compute;
        *bound = GM_BOUND_COMPUTE;
    }
    if (memory > least) {
        least = memory;
        *bound = GM_BOUND_MEMORY;
    }
    return least;
}

const char *gm_bound_name(gm_bound bound)
{
    static const char *const names[] = {
        [GM_BOUND_LAUNCH] = "launch",
        [GM_BOUND_COMPUTE] = "compute",
        [GM_BOUND_MEMORY] = "memory",
    };
    return names[bound];
}

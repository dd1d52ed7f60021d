/* SPDX-License-Identifier: MIT
 * A profile as a table, as CSV and as a trace. */
#ifndef GM_CLI_PROFILE_REPORT_H
#define GM_CLI_PROFILE_REPORT_H

#include "bench/profile.h"

/* The rows, which the caller has sorted, and the sums below them. */
gemlet_status gm_profile_print_table(const gm_profile *profile);

/* One line of names, then one for each row; times in seconds. Atomically. */
gemlet_status gm_profile_write_csv(const char *path, const gm_profile *profile);

/* Every launch, as the "trace event format" that chrome://tracing and Perfetto open. Call it before
 * the rows are sorted. Atomically. */
gemlet_status gm_profile_write_trace(const char *path, const gm_profile *profile,
                                     const char *device);

#endif

/* SPDX-License-Identifier: MIT
 * The results of gemlet bench as a table and as a file. */
#ifndef GM_CLI_BENCH_REPORT_H
#define GM_CLI_BENCH_REPORT_H

#include "bench/bench.h"

/* "fused", "ops", "cpu": what --modes and the file call them. Static text. */
const char *gm_bench_mode_name(gm_bench_mode mode);

/* What was measured on. */
typedef struct gm_bench_subject {
    const char *data;
    const char *spec_text;
    const gemlet_spec *spec;
    const gemlet_dataset *dataset;
    gemlet_dim batch;
} gm_bench_subject;

/* A line or two. */
void gm_bench_print_limits(const gm_device_limits *limits);

/* The lines above the table, and what the machine can do at most. */
void gm_bench_print_subject(const gm_bench_subject *subject, const gm_bench_result *result);

/* The table, and a last line that says which mode wins and by how much. */
gemlet_status gm_bench_print_table(const gm_bench_subject *subject, const gm_bench_result *result);

/* Atomically. */
gemlet_status gm_bench_write_json(const char *path, const gm_bench_subject *subject,
                                  const gm_bench_result *result);

#endif

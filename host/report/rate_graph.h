/* SPDX-License-Identifier: MIT
 * The picture of a schedule: learning rate against step, drawn by gnuplot. */
#ifndef GM_REPORT_RATE_GRAPH_H
#define GM_REPORT_RATE_GRAPH_H

#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

/* Name within the directory of the results. */
#define GM_RATE_GRAPH_NAME "schedule"

typedef struct gm_rate_point {
    uint64_t step; /* from 0 */
    double rate;
} gm_rate_point;

typedef struct gm_rate_graph {
    const char *directory;       /* exists */
    const gm_rate_point *points; /* (n), steps ascending */
    size_t n;
    const char *title;
} gm_rate_graph;

/* Writes the script, which holds its data, and runs it: a PNG and an SVG. *note is as of
 * gm_gnuplot_draw(). */
gemlet_status gm_rate_graph_draw(char **note, const gm_rate_graph *graph);

#endif

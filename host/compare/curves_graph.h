/* SPDX-License-Identifier: MIT
 * The picture of a comparison: the losses of every group against its steps, overlaid. */
#ifndef GM_COMPARE_CURVES_GRAPH_H
#define GM_COMPARE_CURVES_GRAPH_H

#include "compare/run_groups.h"
#include "report/loss_curve.h"

/* Names within the directory of the picture, which gm_gnuplot_draw() completes. */
#define GM_CURVES_GRAPH_NAME "compare"
#define GM_CURVES_GRAPH_DATA GM_CURVES_GRAPH_NAME ".csv"

typedef struct gm_curves_graph {
    const gm_run_groups *groups;
    const gm_loss_curve *curves;     /* (groups->n), over the runs of each */
    const gm_loss_curve *validation; /* the same of their validation losses; of some n is 0 */
    size_t n_smoothed;               /* reports in the moving mean; 1: none */
    const char *directory;           /* exists */
} gm_curves_graph;

/* Writes data and script and draws, as PNG and SVG. *note is as of gm_gnuplot_draw(). */
gemlet_status gm_curves_graph_draw(char **note, const gm_curves_graph *graph);

#endif

/* SPDX-License-Identifier: MIT
 * The picture of a run: training loss against step, drawn by gnuplot from metrics.csv. */
#ifndef GM_REPORT_LOSS_GRAPH_H
#define GM_REPORT_LOSS_GRAPH_H

#include "core/error.h"

/* Names within the directory of a run. */
#define GM_LOSS_GRAPH_DATA    "metrics.csv"
#define GM_LOSS_GRAPH_NAME    "training_loss_graph"
#define GM_LOSS_GRAPH_SCRIPT  GM_LOSS_GRAPH_NAME ".gp"
#define GM_LOSS_GRAPH_PICTURE GM_LOSS_GRAPH_NAME ".png"

typedef struct gm_loss_graph {
    const char *directory; /* holds GM_LOSS_GRAPH_DATA, as gm_history_write_csv() makes it */
    const char *network;
    const char *device;
    double test_accuracy; /* 0..1 */
    double test_loss;     /* NAN: not tested; no line is drawn */
} gm_loss_graph;

/* Writes the script, which draws the picture again when gnuplot runs it in its directory, and runs
 * it: a PNG and, beside it, an SVG. *note is as of gm_gnuplot_draw(): where nothing can be drawn,
 * script and data stay. */
gemlet_status gm_loss_graph_draw(char **note, const gm_loss_graph *graph);

#endif

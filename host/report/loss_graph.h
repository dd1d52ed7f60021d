/* SPDX-License-Identifier: MIT
 * The picture of a run: training loss, and validation loss if there is any, against step, drawn by
 * gnuplot. */
#ifndef GM_REPORT_LOSS_GRAPH_H
#define GM_REPORT_LOSS_GRAPH_H

#include "core/error.h"
#include "report/history.h"

/* Names within the directory of a run. */
#define GM_LOSS_GRAPH_NAME    "training_loss_graph"
#define GM_LOSS_GRAPH_SCRIPT  GM_LOSS_GRAPH_NAME ".gp"
#define GM_LOSS_GRAPH_PICTURE GM_LOSS_GRAPH_NAME ".png"

typedef struct gm_loss_graph {
    const char *directory; /* exists */
    const gm_history *history;
    const char *network;
    const char *device;
    int is_regression;
    double test_accuracy; /* 0..1; NAN of a regression */
    double test_loss;     /* NAN: not tested; no line is drawn */
    double seconds;       /* time limit, as of gm_gnuplot_picture */
} gm_loss_graph;

/* Writes the script, which holds its data, thinned, and draws the picture again when gnuplot runs
 * it in its directory, and runs it: a PNG and, beside it, an SVG. *note is as of gm_gnuplot_draw():
 * where nothing can be drawn, the script stays. */
gemlet_status gm_loss_graph_draw(char **note, const gm_loss_graph *graph);

#endif

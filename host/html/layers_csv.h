/* SPDX-License-Identifier: MIT
 * What was seen of the layers of a run, read from layers.csv. */
#ifndef GM_HTML_LAYERS_CSV_H
#define GM_HTML_LAYERS_CSV_H

#include "report/loss_curve.h"

/* Each a column of the file, of the name in report/layer_history.c. */
typedef enum gm_layer_metric {
    GM_LAYER_OUTPUT_STD,
    GM_LAYER_SATURATED,
    GM_LAYER_GRADIENT_NORM,
    GM_N_LAYER_METRICS
} gm_layer_metric;

#define GM_MAX_SHOWN_LAYERS 16u

/* Starts as {0}. */
typedef struct gm_layers {
    unsigned n; /* layers; 0: they were not watched */
    gm_loss_curve curves[GM_N_LAYER_METRICS][GM_MAX_SHOWN_LAYERS]; /* of the first n layers */
} gm_layers;

/* Reads `directory`/layers.csv, if there is one; curves are thinned to what a chart needs. Failures
 * name that file and the line. On failure *layers is all zero. Release with gm_layers_free(). */
gemlet_status gm_layers_read(gm_layers *layers, const char *directory);

/* Harmless on zeroed ones. */
void gm_layers_free(gm_layers *layers);

#endif

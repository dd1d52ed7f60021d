/* SPDX-License-Identifier: MIT
 * What was seen of the layers during training, its file layers.csv and its picture. */
#ifndef GM_REPORT_LAYER_HISTORY_H
#define GM_REPORT_LAYER_HISTORY_H

#include "core/error.h"
#include "gemlet/train.h"

/* Names within the directory of a run. */
#define GM_LAYER_HISTORY_DATA "layers.csv"
#define GM_LAYER_HISTORY_NAME "layers" /* .gp, .png, .svg */

/* Starts as {0}; release with gm_layer_history_free(). */
typedef struct gm_layer_history {
    unsigned n_layers;
    size_t count; /* steps that were watched */
    size_t capacity;
    uint64_t *steps;             /* (count) */
    gemlet_layer_report *layers; /* (count x n_layers) */
} gm_layer_history;

/* Copies the reports of one step, of as many layers as those before, to the end. */
gemlet_status gm_layer_history_append(gm_layer_history *history, uint64_t step,
                                      const gemlet_layer_report *layers, unsigned n_layers);

/* Writes a line per step and layer under a header; reals with 9 significant digits. Atomic. */
gemlet_status gm_layer_history_write_csv(const gm_layer_history *history, const char *path);

/* Writes the picture's script, which holds its data, thinned, into `directory` and draws it. There
 * must be a step. A note as in gm_gnuplot_draw(). */
gemlet_status gm_layer_history_draw(char **note, const gm_layer_history *history,
                                    const char *directory, const char *network);

void gm_layer_history_free(gm_layer_history *history);

#endif

/* SPDX-License-Identifier: MIT
 * The points of a sweep: options of gemlet train of which the command line gives several values. */
#ifndef GM_CLI_SWEEP_GRID_H
#define GM_CLI_SWEEP_GRID_H

#include "core/pairs.h"
#include "options/options.h"

#define GM_SWEEP_MAX_AXES   8u
#define GM_SWEEP_MAX_POINTS 100000u

/* An option with its values, as texts. */
typedef struct gm_sweep_axis {
    const char *name; /* of the table of options */
    char *text;       /* which holds the values */
    char **values;    /* (n) */
    size_t n;
} gm_sweep_axis;

/* Starts as {0}. The last axis changes fastest. */
typedef struct gm_sweep_grid {
    gm_sweep_axis axes[GM_SWEEP_MAX_AXES];
    size_t n_axes;
    char **argv; /* (argc) the command line without them */
    int argc;
} gm_sweep_grid;

/* Reads the command line: an option of a network or a training that is a number or a choice and
 * has several values, separated by commas, is an axis; so are widths of hidden layers, separated by
 * '/'. Axes that change what a step launches come first. options: the table, options (n_options).
 * GEMLET_E_ARGUMENT for an axis that is given twice, and for too many of them, or of points. */
gemlet_status gm_sweep_grid_read(gm_sweep_grid *grid, const gm_option *options, size_t n_options,
                                 int argc, char **argv);

/* Number of points; 1 without axes. */
size_t gm_sweep_grid_n_points(const gm_sweep_grid *grid);

/* Adds the options of a point. */
gemlet_status gm_sweep_grid_point(gm_pairs *pairs, const gm_sweep_grid *grid, size_t point);

void gm_sweep_grid_free(gm_sweep_grid *grid);

#endif

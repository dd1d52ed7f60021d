/* SPDX-License-Identifier: MIT
 * A chart as SVG within a page: two axes with grid and ticks, and what is drawn between them.
 * Colours and strokes are those of the classes in style.c, so that a chart follows the page into
 * dark mode and onto paper. */
#ifndef GM_HTML_CHART_H
#define GM_HTML_CHART_H

#include <stddef.h>
#include <stdio.h>

#include "report/loss_curve.h"

/* Of a curve in a chart, which has about 350 pixels in a column of the page. */
#define GM_CHART_POINTS 700u

/* Classes c1..cN of series. */
#define GM_CHART_COLOURS 6u

typedef enum gm_axis_kind {
    GM_AXIS_NUMBERS,
    GM_AXIS_SHARES, /* 0..1, shown in % */
    GM_AXIS_LOGARITHMIC
} gm_axis_kind;

/* low < high; of a logarithmic one 0 < low. */
typedef struct gm_axis {
    const char *label; /* text; may be NULL */
    gm_axis_kind kind;
    double low;
    double high;
} gm_axis;

typedef struct gm_chart {
    const char *title; /* what it shows, for those who cannot see it */
    gm_axis x;
    gm_axis y;
} gm_chart;

/* Sets the ends of an axis so that it holds the values from low to high and a little more, and 0
 * where that is near. A logarithmic axis becomes one of numbers unless the values are positive and
 * span more than a factor of ten. */
void gm_axis_fit(gm_axis *axis, double low, double high);

/* Begins the picture: axes, grid and ticks. */
void gm_chart_begin(FILE *stream, const gm_chart *chart);
void gm_chart_end(FILE *stream);

/* A line through the points of a curve, broken where a value cannot be drawn. style: classes, e.g.
 * "c1" or "c1 faint". */
void gm_chart_curve(FILE *stream, const gm_chart *chart, const gm_loss_curve *curve,
                    const char *style);

/* A straight line. */
void gm_chart_line(FILE *stream, const gm_chart *chart, double x0, double y0, double x1, double y1,
                   const char *style);

/* A bar from y = 0 (or the low end of the axis) to y between x0 and x1. */
void gm_chart_bar(FILE *stream, const gm_chart *chart, double x0, double x1, double y,
                  const char *style);

/* Dots x[i], y[i] (n), as one path. Those outside of the axes are left out. */
void gm_chart_dots(FILE *stream, const gm_chart *chart, const double *x, const double *y, size_t n,
                   const char *style);

#endif

/* SPDX-License-Identifier: MIT
 * A loss of a run against its steps, made fit for a picture. */
#ifndef GM_REPORT_LOSS_CURVE_H
#define GM_REPORT_LOSS_CURVE_H

#include <stddef.h>
#include <stdio.h>

#include "core/error.h"
#include "report/history.h"

typedef struct gm_loss_point {
    double step;
    double loss; /* mean since the point before; NAN: was not finite */
    double low;  /* over several runs; of one run the loss itself */
    double high;
} gm_loss_point;

typedef struct gm_loss_curve {
    gm_loss_point *points; /* (n), steps ascending */
    size_t n;
} gm_loss_curve;

/* The training losses of a run. Release with gm_loss_curve_free(). */
gemlet_status gm_loss_curve_create(gm_loss_curve *curve, const gm_history *history);

/* The same of its validation losses, each of the state at its step. */
gemlet_status gm_loss_curve_create_validation(gm_loss_curve *curve, const gm_history *history);

/* Replaces each loss by the mean over the steps of n_reports reports around it; of fewer near the
 * ends. Near the start, where the loss falls fast, the mean reaches half the way back, and as far
 * ahead. */
gemlet_status gm_loss_curve_smooth(gm_loss_curve *curve, size_t n_reports);

/* *mean = mean, lowest and highest loss of n >= 1 curves at each step of the first, over those that
 * have a finite loss there. On failure *mean is all zero. */
gemlet_status gm_loss_curve_mean(gm_loss_curve *mean, const gm_loss_curve *curves, size_t n);

/* Leaves at most `max` points (even, > 0), those that thin.h says, with bands as wide as those of all
 * points up to the next; and none that is NAN. */
gemlet_status gm_loss_curve_thin(gm_loss_curve *curve, size_t max);

/* What the axes of a picture must hold. Starts as {0}. */
typedef struct gm_loss_range {
    double last; /* step */
    double low;  /* positive loss; 0: none */
    double high;
} gm_loss_range;

void gm_loss_range_include(gm_loss_range *range, const gm_loss_curve *curve);

/* Sets the axes of a script of gnuplot, and its variables `last`, `unit` (steps in one of the x
 * axis) and `is_logarithmic`: the y axis is so where the losses span more than a factor of 10. */
void gm_loss_range_write(FILE *stream, const gm_loss_range *range);

/* Harmless on a zeroed curve. */
void gm_loss_curve_free(gm_loss_curve *curve);

#endif

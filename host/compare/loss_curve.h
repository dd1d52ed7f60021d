/* SPDX-License-Identifier: MIT
 * The training loss of a run against its steps, read from metrics.csv and made fit for a picture.
 */
#ifndef GM_COMPARE_LOSS_CURVE_H
#define GM_COMPARE_LOSS_CURVE_H

#include <stddef.h>

#include "core/error.h"

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

/* Reads `directory`/metrics.csv: the columns "step" and "train_loss", wherever they stand. Failures
 * name that file and the line. On failure *curve is all zero. */
gemlet_status gm_loss_curve_read(gm_loss_curve *curve, const char *directory);

/* The same from the content of the file, n_bytes of `text`, which is changed, and a zero byte
 * behind them; `path` names it in messages. */
gemlet_status gm_loss_curve_parse(gm_loss_curve *curve, char *text, size_t n_bytes,
                                  const char *path);

/* Replaces each loss by the mean over the steps of n_reports reports around it; of fewer near the
 * ends. Near the start, where the loss falls fast, the mean reaches half the way back, and as far
 * ahead. */
gemlet_status gm_loss_curve_smooth(gm_loss_curve *curve, size_t n_reports);

/* *mean = mean, lowest and highest loss of n >= 1 curves at each step of the first, over those that
 * have a finite loss there. On failure *mean is all zero. */
gemlet_status gm_loss_curve_mean(gm_loss_curve *mean, const gm_loss_curve *curves, size_t n);

/* Harmless on a zeroed curve. */
void gm_loss_curve_free(gm_loss_curve *curve);

#endif

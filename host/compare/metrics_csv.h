/* SPDX-License-Identifier: MIT
 * What a run reported against its steps, read from metrics.csv. */
#ifndef GM_COMPARE_METRICS_CSV_H
#define GM_COMPARE_METRICS_CSV_H

#include "report/loss_curve.h"

/* Each a column of the file, of the name in report/history.h. */
typedef enum gm_metric {
    GM_METRIC_TRAIN_LOSS,
    GM_METRIC_TRAIN_ACCURACY,
    GM_METRIC_VALIDATION_LOSS,
    GM_METRIC_VALIDATION_ACCURACY,
    GM_METRIC_LEARNING_RATE,
    GM_N_METRICS
} gm_metric;

/* Reads `directory`/metrics.csv: a curve for each metric, of the lines in which it is not empty;
 * n = 0 where there is no such column. Columns may stand anywhere; "step" and "train_loss" must be
 * there. Failures name that file and the line. On failure all are zero. Release with
 * gm_metrics_curves_free(). */
gemlet_status gm_metrics_csv_read(gm_loss_curve curves[GM_N_METRICS], const char *directory);

/* The same from the content of the file, n_bytes of `text`, which is changed, and a zero byte
 * behind them; `path` names it in messages. */
gemlet_status gm_metrics_csv_parse(gm_loss_curve curves[GM_N_METRICS], char *text, size_t n_bytes,
                                   const char *path);

/* Harmless on zeroed ones. */
void gm_metrics_curves_free(gm_loss_curve curves[GM_N_METRICS]);

#endif

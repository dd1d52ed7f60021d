/* SPDX-License-Identifier: MIT
 * The training loss of a run against its steps, read from metrics.csv. */
#ifndef GM_COMPARE_METRICS_CSV_H
#define GM_COMPARE_METRICS_CSV_H

#include "report/loss_curve.h"

/* Reads `directory`/metrics.csv: the columns "step" and "train_loss", wherever they stand. Failures
 * name that file and the line. On failure *curve is all zero. */
gemlet_status gm_metrics_csv_read(gm_loss_curve *curve, const char *directory);

/* The same from the content of the file, n_bytes of `text`, which is changed, and a zero byte
 * behind them; `path` names it in messages. */
gemlet_status gm_metrics_csv_parse(gm_loss_curve *curve, char *text, size_t n_bytes,
                                   const char *path);

#endif

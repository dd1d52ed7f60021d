/* SPDX-License-Identifier: MIT
 * The losses of a run against its steps, read from metrics.csv. */
#ifndef GM_COMPARE_METRICS_CSV_H
#define GM_COMPARE_METRICS_CSV_H

#include "report/loss_curve.h"

/* Reads `directory`/metrics.csv: the columns "step" and "train_loss", wherever they stand, into
 * *curve, and "validation_loss", where there is such a column, into *validation: the lines in which
 * it is not empty. Failures name that file and the line. On failure both are all zero. Release with
 * gm_loss_curve_free(). */
gemlet_status gm_metrics_csv_read(gm_loss_curve *curve, gm_loss_curve *validation,
                                  const char *directory);

/* The same from the content of the file, n_bytes of `text`, which is changed, and a zero byte
 * behind them; `path` names it in messages. */
gemlet_status gm_metrics_csv_parse(gm_loss_curve *curve, gm_loss_curve *validation, char *text,
                                   size_t n_bytes, const char *path);

#endif

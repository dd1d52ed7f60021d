/* SPDX-License-Identifier: MIT
 * The progress reports of a run, in order, and their file metrics.csv. */
#ifndef GM_REPORT_HISTORY_H
#define GM_REPORT_HISTORY_H

#include "core/error.h"
#include "gemlet/train.h"

/* Name within the directory of a run. */
#define GM_HISTORY_CSV_NAME "metrics.csv"

/* Starts as {0}; release with gm_history_free(). */
typedef struct gm_history {
    gemlet_progress *reports; /* (count) */
    size_t count;
    size_t capacity;
} gm_history;

/* Copies one report to the end, or over the last one if that is of the same step. On failure the
 * history is as before. */
gemlet_status gm_history_append(gm_history *history, const gemlet_progress *report);

/* Empties the history. */
void gm_history_free(gm_history *history);

/* 1 if the run was validated up to its last report. */
int gm_history_is_validated(const gm_history *history);

/* Writes a line per report under the header step,epoch,learning_rate,train_loss,train_accuracy,
 * seconds; of a run that was validated with validation_loss,validation_accuracy before the last,
 * which are empty in reports without a validation. Reals with 9 significant digits. Atomic. */
gemlet_status gm_history_write_csv(const gm_history *history, const char *path);

#endif

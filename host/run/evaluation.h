/* SPDX-License-Identifier: MIT
 * evaluation.json: what the test rows showed of a model beyond its figures, kept so that a report
 * can be made without the data. */
#ifndef GM_RUN_EVALUATION_H
#define GM_RUN_EVALUATION_H

#include "run/run.h"

/* Raised when a key changes its meaning or goes away. */
#define GM_EVALUATION_SCHEMA 1

/* Writes the file of a run that was tested; nothing otherwise. Its keys:
 *   rows, classes: of the test; classes 0 of a regression
 *   calibration: expected_error and bins, each with rows, confidence, accuracy (train/outcomes.h)
 *   worst_rows: those with the largest loss, each with row (of the test, from 1), file_row (of the
 *     table, from 1; null where the test rows are a file of their own), target, answer, loss; of
 *     classes confidence; and picture, a PNG in base64, of items in two dimensions, or values,
 * texts, of a table, whose names stand in columns importance: rows (of the test, from 0, in the
 * order of train/importance.h), repeats, and columns with name, accuracy_fall, accuracy_std,
 * loss_rise, loss_std, in the unit of the target residuals: of a regression, targets and answers of
 * rows, every so many-th where there are many */
gemlet_status gm_run_save_evaluation(const gm_run *run);

#endif

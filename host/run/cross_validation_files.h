/* SPDX-License-Identifier: MIT
 * What a cross-validation leaves beside its folds. */
#ifndef GM_RUN_CROSS_VALIDATION_FILES_H
#define GM_RUN_CROSS_VALIDATION_FILES_H

#include "run/cross_validation.h"

/* Writes two files for its results, all folds being done.
 *   predictions.csv: a line per row in the order of the data: row (from 0), fold (from 1), known
 * and answer, the classes or numbers; of classes the probability of each, under its name, or p0, p1
 *     ... where they have none
 *   folds.csv: a line per fold: fold, test_rows and its figures; then lines mean, deviation (n - 1)
 *     and all, of all rows together, empty where that is no mean over rows */
gemlet_status gm_cross_validation_write(gm_cross_validation *validation);

#endif

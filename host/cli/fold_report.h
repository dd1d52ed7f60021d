/* SPDX-License-Identifier: MIT
 * What is printed of a cross-validation at its end. */
#ifndef GM_CLI_FOLD_REPORT_H
#define GM_CLI_FOLD_REPORT_H

#include <stdio.h>

#include "run/cross_validation.h"

/* A table of the folds, their mean and deviation, and of all rows together. */
gemlet_status gm_fold_report_print(const gm_cross_validation *validation, FILE *stream);

#endif

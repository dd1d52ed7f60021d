/* SPDX-License-Identifier: MIT
 * Where the validation rows of a run come from: some of its training rows, or files of their own.
 */
#ifndef GM_RUN_VALIDATION_ROWS_H
#define GM_RUN_VALIDATION_ROWS_H

#include "run/rows.h"

typedef struct gm_validation_source {
    double part;      /* of the training rows: a share if below 1, else a number; 0: none of them */
    const char *path; /* file or directory; NULL: neither */
} gm_validation_source;

/* What --validation TEXT says; text NULL: nothing. A number is a part, anything else a path.
 * GEMLET_E_RANGE for a number that is no part of any rows. */
gemlet_status gm_validation_source_parse(gm_validation_source *source, const char *text);

/* *n out: how many of n_rows rows to train on become validation rows; 0: none. GEMLET_E_RANGE if
 * --validation asks for more than leaves one to train on. */
gemlet_status gm_validation_rows_count(gemlet_dim *n, const gm_run_settings *settings,
                                       gemlet_dim n_rows);

/* Loads the validation rows of a file, or of a directory its validation split. The rows to train on
 * are there. GEMLET_E_SHAPE if they have other features, or no labels. Else leaves rows->validation
 * as it is. */
gemlet_status gm_validation_rows_load(gm_rows *rows, const gm_run_settings *settings);

/* Takes validation rows out of those to train on, if the settings want that: by class, or for
 * --hold-out whatever their classes. */
gemlet_status gm_validation_rows_split(gm_rows *rows, const gm_run_settings *settings);

#endif

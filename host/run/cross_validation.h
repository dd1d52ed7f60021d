/* SPDX-License-Identifier: MIT
 * Cross-validation: as many runs as folds, each of which tests with one fold what it has trained on
 * the others, in the directory "folds" of the results, named by its number from 1. A run is byte
 * for byte what `gemlet train --folds K --fold I` makes alone. The answers to all rows, each by the
 * network that has not seen it, and the figures of the folds become two files. */
#ifndef GM_RUN_CROSS_VALIDATION_H
#define GM_RUN_CROSS_VALIDATION_H

#include "run/parts.h"

/* Names within the directory. The first is the last to appear. */
#define GM_FOLDS_NAME            "folds.csv"
#define GM_FOLD_PREDICTIONS_NAME "predictions.csv"

/* What a test told; NAN where it is not known. */
#define GM_MAX_FOLD_FIGURES 5u
typedef struct gm_fold {
    uint64_t test_rows;
    double figures[GM_MAX_FOLD_FIGURES];
} gm_fold;

/* The answer to a row, by a network that has not seen it. */
typedef struct gm_fold_answer {
    gemlet_dim row; /* of the data, from 0 */
    gemlet_dim fold;
    double known;    /* class, or number in its unit, as the answer */
    size_t position; /* of its outputs, in the list of all */
} gm_fold_answer;

typedef struct gm_cross_validation {
    /* given */
    gm_run_settings settings; /* folds > 1, fold 0 */
    gm_run_events events;
    gm_run_whole whole; /* but for `out` */

    /* made */
    char *out;
    gm_result_directory results;
    gemlet_dim n;
    gm_run_part *parts;   /* (n) of which two at most have rows and a device */
    gm_fold *folds;       /* (n) */
    gemlet_dim n_done;    /* folds that are tested */
    int stopped;          /* 1: by whole.stop */
    gemlet_dim n_outputs; /* classes, or 1 */
    gm_schema *schema;    /* of the first fold; NULL: the data are no table */
    int is_regression;
    gm_fold_answer *answers; /* (n_answers) */
    double *outputs;         /* (n_answers, n_outputs) probabilities, or numbers in their unit */
    size_t n_answers;
    size_t capacity;
} gm_cross_validation;

/* All of it. One that is stopped is no failure: the folds that are done are kept, and one whose
 * whole.is_resumed is set goes on with them. */
gemlet_status gm_cross_validation_execute(gm_cross_validation *validation);

/* Figures of a fold: how many, the name of each, and whether it is a share. */
unsigned gm_fold_n_figures(int is_regression);
const char *gm_fold_figure_name(int is_regression, unsigned figure);

/* Of the folds that are done, or NAN: their mean, standard deviation (n - 1), and the figure of all
 * their rows together, where it is a mean over rows. */
double gm_fold_mean(const gm_cross_validation *validation, unsigned figure);
double gm_fold_deviation(const gm_cross_validation *validation, unsigned figure);
double gm_fold_pooled(const gm_cross_validation *validation, unsigned figure);

/* Releases what was made. */
void gm_cross_validation_close(gm_cross_validation *validation);

#endif

/* SPDX-License-Identifier: MIT
 * How good a model is on rows with answers, beyond accuracy and loss. All are as scikit-learn
 * defines them, of rows that count alike, and calculated on the host in double from the outputs of
 * the evaluation itself. */
#ifndef GM_TRAIN_METRICS_H
#define GM_TRAIN_METRICS_H

#include "gemlet/train.h"
#include "train/outcomes.h"

/* Beyond so many classes there is no confusion matrix. */
#define GM_MAX_CONFUSION 100u
/* Scores of rows and classes, 64 MiB, beyond which there is no area under the curve. */
#define GM_MAX_SCORES (1u << 24)

/* NAN where it is not known, as of the other task. Zero-initialised: nothing is. */
typedef struct gm_metrics {
    gemlet_dim n_classes; /* 0: of a regression */

    double balanced_accuracy; /* mean over the classes that have rows of the share that is right */
    double
        macro_f1; /* mean over the classes that have rows or answers of 2 tp / (2 tp + fp + fn) */
    double auc;   /* area under the ROC curve: of the second of two classes; of more classes the
                     mean over each against all others, without those of no row or of every */
    uint64_t *confusion; /* (n_classes, n_classes) rows by their class and the answer; NULL beyond
                            GM_MAX_CONFUSION */

    double rmse; /* of targets in their unit */
    double mae;
    double r2; /* 1 - squared errors / squared deviations from the mean of these rows; NAN where
                  all have the same target */
} gm_metrics;

/* gemlet_evaluate() and the metrics of the same outputs. unit: what 1 in the targets of a
 * regression stands for. *outcomes out, which may be NULL: of each row. On failure both are empty.
 * Release with gm_metrics_free() and gm_outcomes_free(). */
gemlet_status gm_metrics_evaluate(gm_metrics *metrics, gm_outcomes *outcomes,
                                  gemlet_evaluation *evaluation, const gemlet_model *model,
                                  gemlet_device *device, const gemlet_dataset *dataset,
                                  double unit);

/* Harmless on an empty one. */
void gm_metrics_free(gm_metrics *metrics);

#endif

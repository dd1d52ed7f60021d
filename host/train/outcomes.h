/* SPDX-License-Identifier: MIT
 * What a model answered to rows whose answers are known, row by row, and how well its probabilities
 * are calibrated. */
#ifndef GM_TRAIN_OUTCOMES_H
#define GM_TRAIN_OUTCOMES_H

#include "core/error.h"
#include "gemlet/dataset.h"

/* Starts as {0}; release with gm_outcomes_free(). */
typedef struct gm_outcomes {
    gemlet_dim n_rows;
    gemlet_dim n_classes; /* 0: of a regression */
    uint32_t *answers;    /* (n_rows) classes; NULL of a regression */
    float *confidences;   /* (n_rows) the probability of the answer; of a regression the output */
    float *losses;        /* (n_rows) -ln of the probability of the row's class; of a regression the
                             squared error */
} gm_outcomes;

gemlet_status gm_outcomes_allocate(gm_outcomes *outcomes, gemlet_dim n_rows, gemlet_dim n_classes);

/* Takes in a row of class `label` from its logits (n_classes). */
void gm_outcomes_take_logits(gm_outcomes *outcomes, gemlet_dim row, const float *logits,
                             uint32_t label);

/* Takes in a row of a regression. */
void gm_outcomes_take_output(gm_outcomes *outcomes, gemlet_dim row, float output, float target);

/* Harmless on a zeroed one. */
void gm_outcomes_free(gm_outcomes *outcomes);

/* Rows whose answer has a probability in ((i) / 10, (i + 1) / 10]. */
#define GM_CALIBRATION_BINS 10u

typedef struct gm_calibration_bin {
    gemlet_dim n_rows;
    double confidence; /* mean probability of the answers; NAN without rows, as the accuracy */
    double accuracy;   /* share of the answers that are right */
} gm_calibration_bin;

/* The bins of a reliability diagram (DeGroot and Fienberg 1983), and *error out: the expected
 * calibration error, the mean over the rows of |confidence - accuracy| of their bins (Naeini,
 * Cooper and Hauskrecht 2015; Guo, Pleiss, Sun and Weinberger 2017, equations 2 and 3). labels
 * (n_rows); of classes. */
void gm_calibration_measure(gm_calibration_bin bins[GM_CALIBRATION_BINS], double *error,
                            const gm_outcomes *outcomes, const uint32_t *labels);

#endif

/* SPDX-License-Identifier: MIT
 * Validation in the course of a training: how good the model is on rows that it never sees, which
 * state was the best so far, and whether it is time to stop. Nothing here changes the training. */
#ifndef GM_TRAIN_VALIDATION_H
#define GM_TRAIN_VALIDATION_H

#include "train/evaluate.h"

/* With the model of `best_step` all that a training that is taken up again must know. Zero:
 * nothing was validated yet. */
typedef struct gm_validation_state {
    uint64_t n_done;         /* validations */
    uint64_t n_without_gain; /* in a row, up to the last */
    uint64_t best_step;      /* after how many steps the loss was lowest */
    gemlet_evaluation best;
    uint64_t last_step;
    gemlet_evaluation last;
} gm_validation_state;

typedef struct gm_validation {
    const gemlet_train_options *options;
    gm_evaluator *evaluator; /* NULL: the training has no validation rows */
    gm_validation_state state;
    gemlet_model *best; /* of state.best_step */
    double seconds;     /* spent so far */
} gm_validation;

/* GEMLET_E_RANGE or _SHAPE for options that are impossible, without rows or with these. */
gemlet_status gm_validation_check(const gemlet_model *model, const gemlet_train_options *options);

/* Uploads the validation rows of the options, if there are any. The options must outlive it.
 * Release with gm_validation_destroy(), also after a failure. */
gemlet_status gm_validation_create(gm_validation *validation, gm_backend *backend,
                                   const gemlet_model *model, const gemlet_train_options *options);

/* 1 if the state after `step` steps is to be validated, whether it is the last or not: at each end
 * of an epoch, or as the options say. */
int gm_validation_is_due(const gm_validation *validation, uint64_t step, uint64_t steps_per_epoch);

/* *evaluation = how good the state in `network` is. Rows that had a finite loss before and have
 * none now say that the training goes wrong: the loss is infinite then, the worst there is, and it
 * is no failure. Waits for the device. */
gemlet_status gm_validation_measure(gm_validation *validation, gemlet_evaluation *evaluation,
                                    const gm_network *network);

/* 1 if it is better than all that were added. */
int gm_validation_is_gain(const gm_validation *validation, const gemlet_evaluation *evaluation);

/* Adds what was measured after `step` steps. model: the state then; of a gain only, else it may be
 * NULL. On failure the state is as before. */
gemlet_status gm_validation_add(gm_validation *validation, const gemlet_evaluation *evaluation,
                                const gemlet_model *model, uint64_t step);

/* 1 if the loss has not fallen for as many validations as the options have patience for. */
int gm_validation_is_over(const gm_validation *validation);

/* Takes the state of another training, and the model of its best validation, NULL if it has none.
 */
gemlet_status gm_validation_load(gm_validation *validation, const gm_validation_state *state,
                                 const gemlet_model *best);

/* The end: the options' last_model gets the values of `model`, and `model` those of the best, if
 * anything was validated. The result tells so. */
gemlet_status gm_validation_finish(const gm_validation *validation, gemlet_model *model,
                                   gemlet_train_result *result);

/* Harmless on a zeroed object. */
void gm_validation_destroy(gm_validation *validation);

#endif

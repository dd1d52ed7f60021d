/* SPDX-License-Identifier: MIT
 * The head of a model: what its outputs are compared with, the operation that does it, and what is
 * made of the outputs when the model predicts. */
#ifndef GM_TRAIN_HEAD_H
#define GM_TRAIN_HEAD_H

#include "backend/backend.h"
#include "gemlet/train.h"

/* What the operations of all heads work on, B rows. */
typedef struct gm_head_args {
    gm_matrix outputs;  /* (B,C) in: of the last layer */
    gm_vector labels;   /* (B) U32 in; or targets, the bits of floats */
    gm_vector weights;  /* (B) REAL in, of the rows; none: 1 */
    gm_vector record;   /* (GM_RECORD_SIZE) in; none: the plain loss, as of tests */
    gm_matrix doutputs; /* (B,C) out, may alias outputs */
    gm_vector loss;     /* (1) REAL out: mean over the rows */
    gm_vector correct;  /* (1) U32 out: rows classified rightly; left as it is where there are no
                           classes */
} gm_head_args;

gm_head gm_head_of(const gemlet_model *model);

/* GEMLET_E_RANGE for a number of the head that is impossible, or is with these data. */
gemlet_status gm_head_check(const gemlet_train_options *options, const gemlet_dataset *dataset);

/* Its numbers in the record of a step. */
void gm_head_fill_record(float record[GM_RECORD_SIZE], const gemlet_train_options *options);

/* Loss and gradient of the outputs. Only enqueues. */
gemlet_status gm_head_run(gm_head head, gm_backend *backend, const gm_head_args *args);

/* Share of n_rows rows that are right; NAN where none can be. */
double gm_head_accuracy(gm_head head, uint64_t n_correct, double n_rows);

/* outputs in and out: becomes what the model predicts, probabilities of classes or
 * numbers. Only enqueues. */
gemlet_status gm_head_predict(gm_head head, gm_backend *backend, gm_matrix outputs);

#endif

/* SPDX-License-Identifier: MIT
 * Evaluation of models on rows that stay on the device: what gemlet_evaluate() does once, and
 * validation again and again. */
#ifndef GM_TRAIN_EVALUATE_H
#define GM_TRAIN_EVALUATE_H

#include "gemlet/train.h"
#include "model/network.h"

/* Rows per forward pass; the last pass may have fewer. Large enough to fill a device, small enough
 * for the activations of wide networks. */
#define GM_EVALUATION_BATCH 512u

typedef struct gm_evaluator gm_evaluator;

/* Uploads the rows, and the model to be evaluated on them. GEMLET_E_SHAPE if they do not fit each
 * other. The data set and the backend must outlive the evaluator. On failure *out = NULL. Release
 * with gm_evaluator_destroy(). */
gemlet_status gm_evaluator_create(gm_evaluator **out, gm_backend *backend,
                                  const gemlet_model *model, const gemlet_dataset *dataset);

/* As gemlet_evaluate() of the model that gm_network_download() would make of `network`, one of the
 * same spec and backend; NULL: of the model it was created with. Nothing is copied. Waits for the
 * device. */
gemlet_status gm_evaluator_run(gm_evaluator *evaluator, const gm_network *network,
                               gemlet_evaluation *evaluation);

/* Told of rows first..first + n - 1, in order: outputs (n, width of the last layer), of classes
 * logits, valid during the call. Another result than GEMLET_OK ends the evaluation, which returns
 * it. */
typedef gemlet_status (*gm_outputs_callback)(gemlet_dim first, gemlet_dim n, const float *outputs,
                                             void *user);

/* gemlet_evaluate() that tells of the outputs on the way. on_outputs may be NULL. */
gemlet_status gm_evaluate_outputs(gemlet_evaluation *evaluation, const gemlet_model *model,
                                  gemlet_device *device, const gemlet_dataset *dataset,
                                  gm_outputs_callback on_outputs, void *user);

void gm_evaluator_destroy(gm_evaluator *evaluator); /* NULL is allowed */

/* GEMLET_E_MEMORY if the limit of device memory that was set is too low for an evaluation. */
gemlet_status gm_evaluation_check(const gm_backend *backend, const gemlet_dataset *dataset);

#endif

/* SPDX-License-Identifier: MIT
 * A run that begins with the weights of a model instead of new ones: --from. */
#ifndef GM_RUN_START_H
#define GM_RUN_START_H

#include "run/events.h"
#include "run/settings.h"

/* *spec = the network of a run from the model in `from`, a model file or the directory of a run:
 * that of the model, with an output for each of the n_classes classes of the data. GEMLET_E_SHAPE
 * if it takes another number of features. */
gemlet_status gm_start_spec(gemlet_spec *spec, const char *from, gemlet_dim n_features,
                            gemlet_dim n_classes);

/* 1 if any layer of the model has batch-norm, or if it cannot be read. */
int gm_start_has_batch_norm(const char *from);

/* Parameters and running statistics of the model in `from` go to `model`, of the same network; but
 * an output layer for another number of classes keeps its new weights, of which a note tells. So
 * does the input scale unless one was chosen (NAN: none was). States of an optimizer stay behind.
 */
gemlet_status gm_start_take(gemlet_model *model, const char *from, double chosen_scale,
                            const gm_run_events *events);

#endif

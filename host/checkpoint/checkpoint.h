/* SPDX-License-Identifier: MIT
 * A checkpoint: everything that a run needs to go on as if it had never been interrupted; and its
 * file.
 *
 * The file is a sealed npz archive (npz/npz_seal.h). It holds the arrays of a model, so that it
 * can be used as one, and besides
 *   checkpoint          bytes: JSON, whose every value is a text: "version", and the objects
 *                       "state", "options", "job" and "device"
 *   checkpoint.history  float64 (reports, columns): the run's reports, a row each
 *   checkpoint.best     float32: all values of the model of the best validation, if there was one,
 *                       in the order of the model's arrays; checkpoint.best_states: the same of the
 *                       states of the optimizer
 *   checkpoint.layers   float64 (steps, 1 + 8 layers): the step and the layers' reports; where
 *                       layers were watched */
#ifndef GM_CHECKPOINT_CHECKPOINT_H
#define GM_CHECKPOINT_CHECKPOINT_H

#include "core/pairs.h"
#include "npz/npz.h"
#include "report/history.h"
#include "report/layer_history.h"
#include "train/train_state.h"

/* Zero-initialise it; release with gm_checkpoint_free(). */
typedef struct gm_checkpoint {
    gm_train_state state;
    gemlet_model *model; /* with the states of its optimizer */
    gemlet_model *best;  /* of the best validation; NULL: there was none */
    gm_history history;
    gm_layer_history layers;
    gm_pairs options; /* of the run, named and written as on a command line */
    gm_pairs job;     /* what is trained on which rows: with others it would be another run */
    gm_pairs device;  /* on what and how it was trained: others may give other bits */
} gm_checkpoint;

/* Writes the file atomically. */
gemlet_status gm_checkpoint_save(const gm_checkpoint *checkpoint, const char *path);

/* Writes a model as checkpoints are written: sealed, and quickly. */
gemlet_status gm_checkpoint_save_model(const gemlet_model *model, const char *path);

/* Reads a file that may come from anywhere. GEMLET_E_FORMAT if it is no checkpoint, if a bit of it
 * has changed, or if it holds what no run can have left. On failure *checkpoint is empty. */
gemlet_status gm_checkpoint_load(gm_checkpoint *checkpoint, const char *path);

/* The same without the check of the seal. */
gemlet_status gm_checkpoint_read(gm_checkpoint *checkpoint, gm_npz_reader *reader,
                                 const char *path);

void gm_checkpoint_free(gm_checkpoint *checkpoint);

#endif

/* SPDX-License-Identifier: MIT
 * Training from memory as `gemlet train` does it from files: with its recipes and options, rows
 * held out for validation and a device that is tried first; and what the model answers for other
 * rows.
 *
 * The same values, options, seed and device give the same model, byte for byte, as the command line
 * gives for a file with these values whose rows are all trained on (--test FILE with others),
 * unless it uses what `gemlet tune` found. */
#ifndef GEMLET_FIT_H
#define GEMLET_FIT_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>

#include "gemlet/dataset.h"
#include "gemlet/device.h"
#include "gemlet/model.h"
#include "gemlet/status.h"
#include "gemlet/table.h"
#include "gemlet/train.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Opens a device as the program does, see gemlet_device_open(): its drivers are tried in a child
 * process first (gemlet_device_check_drivers()), and compiled programs are kept in the user's cache
 * directory. selector NULL: "auto". On failure *out = NULL. Release with gemlet_device_close(). */
GEMLET_API gemlet_status gemlet_device_open_usual(gemlet_device **out, const char *selector);

typedef struct gemlet_fit_options {
    size_t struct_size; /* set by gemlet_fit_options_init() */
    /* options (n_options): those of `gemlet train --help` under Data, A table, Network and
     * Training, without "--": "lr=0.01", "hidden=64,64", "recipe=table", "target=y"; a flag is its
     * name, "nesterov". The last of several of a name counts. NULL if there are none. */
    const char *const *options;
    size_t n_options;
    gemlet_progress_callback on_progress; /* may be NULL */
    gemlet_note_callback on_note;         /* may be NULL; of anything that one would not expect */
    void *user;                           /* handed to both */
    /* May be NULL; non-zero ends the training behind the step that is being taken. */
    const volatile sig_atomic_t *stop;
} gemlet_fit_options;

/* The same for a structure of which the caller knows struct_size bytes. */
GEMLET_API void gemlet_fit_options_init_sized(void *options, size_t struct_size);

/* Sets all members to their defaults, and struct_size. To be called before others are set, so that
 * a program goes on working with a library that knows more of them. */
static inline void gemlet_fit_options_init(gemlet_fit_options *options)
{
    gemlet_fit_options_init_sized(options, sizeof *options);
}

/* Of an ensemble (option ensemble=N): steps and seconds of all its networks together, losses and
 * accuracies as means over them. */
typedef struct gemlet_fit_result {
    uint64_t steps;       /* taken */
    uint64_t n_steps;     /* that were to be taken */
    uint64_t model_steps; /* after which the model was as it is: those of the best validation */
    double epochs;        /* that the steps taken are */
    double seconds;       /* of these, without set-up and validation */
    double train_loss;    /* of the last report */
    double train_accuracy;
    uint64_t validation_rows; /* 0: none, and the following say nothing */
    double validation_loss; /* of the model; of a regression in squared deviations of the target */
    double validation_accuracy;
    int stopped;       /* 1: by `stop` */
    int stopped_early; /* 1: by the option patience */
} gemlet_fit_result;

/* Trains a new model on the rows of a table; the option target names the column to predict. All
 * other columns are inputs but those that the options drop or use otherwise, that are all gaps, or
 * that hold one value. The device is the caller's, so the options of devices are none of these.
 *
 * A stopped training is no failure: the model is as it was then, or the best so far, an ensemble of
 * the networks that had begun, or the one that had; *out = NULL if it was stopped before its first
 * step. GEMLET_E_ARGUMENT for an option that is unknown or does not
 * go with others; else fails as gemlet_train(). On failure *out = NULL. Release with
 * gemlet_model_destroy(). */
GEMLET_API gemlet_status gemlet_fit_table(gemlet_model **out, gemlet_device *device,
                                          const gemlet_table *table,
                                          const gemlet_fit_options *options,
                                          gemlet_fit_result *result);

/* The same on a data set with labels, by the recipe "default" unless the options say another. */
GEMLET_API gemlet_status gemlet_fit_items(gemlet_model **out, gemlet_device *device,
                                          const gemlet_dataset *items,
                                          const gemlet_fit_options *options,
                                          gemlet_fit_result *result);

/* What the model answers for each row of a table with its columns, found by their names: answers
 * (rows, classes) out, row-major, the probabilities of the classes; or of a regression (rows), in
 * the unit of the target. The device is tried first with what this does. Texts that the model does
 * not know are told to on_note, which may be NULL. GEMLET_E_ARGUMENT if columns are missing or the
 * model is none of a table; GEMLET_E_FORMAT if a column is of another kind than in training. */
GEMLET_API gemlet_status gemlet_answer_table(const gemlet_model *model, gemlet_device *device,
                                             const gemlet_table *table,
                                             gemlet_note_callback on_note, void *user,
                                             double *answers);

/* The same for the rows of a data set and a model of items. */
GEMLET_API gemlet_status gemlet_answer_items(const gemlet_model *model, gemlet_device *device,
                                             const gemlet_dataset *items, double *answers);

/* The same of an ensemble with its doubt: spread (rows) out, as of gemlet_predict_with_spread(), of
 * a regression in the unit of the target. GEMLET_E_ARGUMENT for a model that is no ensemble. */
GEMLET_API gemlet_status gemlet_answer_table_with_spread(const gemlet_model *model,
                                                         gemlet_device *device,
                                                         const gemlet_table *table,
                                                         gemlet_note_callback on_note, void *user,
                                                         double *answers, double *spread);
GEMLET_API gemlet_status gemlet_answer_items_with_spread(const gemlet_model *model,
                                                         gemlet_device *device,
                                                         const gemlet_dataset *items,
                                                         double *answers, double *spread);

/* Reads the model of a file, or of the directory of a run, see gemlet_model_load(). */
GEMLET_API gemlet_status gemlet_model_load_from(gemlet_model **out, const char *place);

#ifdef __cplusplus
}
#endif
#endif

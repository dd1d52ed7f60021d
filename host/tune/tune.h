/* SPDX-License-Identifier: MIT
 * Tries variants of a training step on a device, and keeps the fastest that is right.
 *
 * Each candidate runs in a process of its own: what it does to CLBlast and to the driver ends with
 * it, and one that crashes loses. Before its time counts, its steps are compared with the reference
 * operation by operation, as gemlet verify does. Then it and the best so far take turns; it must be
 * faster by more than the turns differ among themselves. Prints nothing. */
#ifndef GM_TUNE_TUNE_H
#define GM_TUNE_TUNE_H

#include <signal.h>

#include "gemlet/train.h"
#include "tune/tuned.h"

typedef enum gm_tune_outcome {
    GM_TUNE_FIRST,      /* what the others are measured against */
    GM_TUNE_BETTER,     /* and kept */
    GM_TUNE_NOT_BETTER, /* or not by more than the noise */
    GM_TUNE_SAME,       /* launches what the best so far does */
    GM_TUNE_WRONG,      /* `note`: where it differs from the reference */
    GM_TUNE_FAILED      /* `note`: why */
} gm_tune_outcome;

typedef struct gm_tune_trial {
    gm_tuning tuning;
    gm_tune_outcome outcome;
    int is_checked;     /* its steps are right */
    double us_per_step; /* median; 0: not measured */
    double ratio;       /* of its time to that of the first */
    char note[512];
} gm_tune_trial;

typedef struct gm_tune_device {
    char name[256];
    char driver[256];
    char choice[512];
} gm_tune_device;

typedef struct gm_tune_options {
    const gemlet_model *model;
    const gemlet_dataset *dataset;
    gemlet_train_options train; /* batch, learning rate, seed; not the kind of step */
    gemlet_device_options device;
    const char *directory;             /* where the best is kept; NULL: nowhere */
    double budget_seconds;             /* no candidate is begun later, once one is right */
    const volatile sig_atomic_t *stop; /* may be NULL; non-zero: the same */
    void (*on_device)(const gm_tune_device *device, void *user); /* may be NULL, as the next */
    void (*on_trial)(const gm_tune_trial *trial, void *user);
    void *user;
} gm_tune_options;

typedef struct gm_tune_result {
    gm_tuning best;
    double best_ratio; /* of its time to that of the first */
    unsigned n_trials;
    int is_complete; /* the whole list was tried */
    int is_kept;
} gm_tune_result;

/* The caller must not have touched OpenCL: it is forked. A wrong or failing candidate is no
 * failure; GEMLET_E_DEVICE if none is right, or the device leaves no choice. What was found is kept
 * after each improvement; at the end also that nothing is better than no tuning. That it cannot be
 * kept is no failure. */
gemlet_status gm_tune_run(gm_tune_result *result, const gm_tune_options *options);

#endif

/* SPDX-License-Identifier: MIT
 * A run: a model that is trained on some rows of a data set and tested on others, on one device,
 * behind the gate. Prints nothing: the callbacks of the options are told. */
#ifndef GM_RUN_RUN_H
#define GM_RUN_RUN_H

#include "gemlet/gemlet.h"

typedef struct gm_run {
    /* given */
    const char *data; /* the data set's name, for messages */
    const gemlet_dataset *train;
    const gemlet_dataset *held_out; /* NULL: no rows are */
    const gemlet_dataset *test;
    gemlet_device *device;
    gemlet_model *model;
    gemlet_train_options options;
    /* Told once what multiplies the matrices of the run: before its steps, or where these are fused
     * before its test. Gets options.user; may be NULL. */
    void (*on_gemm)(const char *name, void *user);

    /* what comes of it */
    gemlet_train_result result;
    gemlet_evaluation validation; /* on the held-out rows */
    gemlet_evaluation tested;
    double test_seconds;
} gm_run;

/* As gemlet_train(); the products of the test are tried with those of the steps. */
gemlet_status gm_run_train(gm_run *run);

/* Evaluates the trained model on the held-out rows and the test rows. Behind fused steps, which
 * multiply for themselves, the products of the test are tried first. */
gemlet_status gm_run_test(gm_run *run);

#endif

/* SPDX-License-Identifier: MIT
 * gemlet_train() with what only a whole run knows. */
#ifndef GM_RUN_TRAIN_H
#define GM_RUN_TRAIN_H

#include "gemlet/gemlet.h"
#include "train/session.h"
#include "train/trainer.h"
#include "verify/qualify_gemm.h"

typedef struct gm_gated_options {
    gemlet_dim test_rows[GM_QUALIFY_MAX_TESTS]; /* as in gm_gate */
    /* Told once, when the device is tried and all is set up for the first step. May be NULL. */
    void (*on_begin)(int is_fused, const void *run);
    /* Chooses how the products of steps that are not fused are made, before they are tried. May be
     * NULL. */
    gemlet_status (*choose_products)(const void *run);
    const void *run;                /* handed to both */
    const gm_train_state *start;    /* of the model, which goes on from it; NULL: it is new */
    const gemlet_model *start_best; /* as in gm_train_state_callback */
    const gm_train_states *states;  /* who is told of states to go on from; NULL: nobody */
    /* Told when all steps are taken and the model is as it will be. Steps that are taken in the
     * session then count for nothing. May be NULL. */
    void (*on_end)(gm_session *session, void *user);
    void *end_user;
} gm_gated_options;

/* As gemlet_train(), with options of this version. */
gemlet_status gm_gated_train(gemlet_model *model, gemlet_device *device,
                             const gemlet_dataset *dataset, const gemlet_train_options *options,
                             const gm_gated_options *gated, gemlet_train_result *result);

#endif

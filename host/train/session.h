/* SPDX-License-Identifier: MIT
 * A network in training on one backend: everything that a step works on, and the stepper that
 * carries it out. gemlet_train() drives one; so does whatever repeats, compares or times its steps.
 */
#ifndef GM_TRAIN_SESSION_H
#define GM_TRAIN_SESSION_H

#include "train/device_data.h"
#include "train/step_plan.h"
#include "train/stepper.h"

typedef struct gm_session {
    gm_backend *backend;
    gm_network *network;
    gm_device_data data;
    gm_step_plan plan;
    gm_stepper *stepper;
    gm_buffer *losses;   /* (n_slots) REAL */
    gm_buffer *corrects; /* (n_slots) U32 */
    uint64_t n_slots;
} gm_session;

/* A session of the steps that gemlet_train() would do with these options, from the values of
 * `model`. n_slots: steps whose losses and counts are kept. density: share of the features that is
 * not 0, which decides how steps are fused; 0: that of the data. Everything passed must outlive the
 * session. GEMLET_E_RANGE for options that do not fit the data. On failure *out = NULL. Release
 * with gm_session_destroy(). */
gemlet_status gm_session_create(gm_session **out, gm_backend *backend, const gemlet_model *model,
                                const gemlet_dataset *dataset, const gemlet_train_options *options,
                                uint64_t n_slots, double density);

/* Enqueues step `step` (from 0), whose loss and count go into slot `slot`. */
gemlet_status gm_session_enqueue(gm_session *session, uint64_t step, uint64_t slot);

/* Takes the steps first..first+n-1, the loss of step i into slot i % n_slots, and waits for them.
 */
gemlet_status gm_session_run(gm_session *session, uint64_t first, uint64_t n);

/* losses, corrects (n): those of the slots first..first+n-1. Waits for the device. `corrects` may
 * be NULL. */
gemlet_status gm_session_read(gm_session *session, uint64_t first, uint64_t n, float *losses,
                              uint32_t *corrects);

/* model = the state after the last step. Waits for the device. */
gemlet_status gm_session_store(gm_session *session, gemlet_model *model);

/* Goes on from the state `model`. */
gemlet_status gm_session_load(gm_session *session, const gemlet_model *model);

void gm_session_destroy(gm_session *session); /* NULL is allowed */

#endif

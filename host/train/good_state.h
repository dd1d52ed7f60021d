/* SPDX-License-Identifier: MIT
 * The last state of a training in which everything is finite: what it returns to when it diverges,
 * and what is left of it when the device fails.
 *
 * It is looked at and kept on the device. The host fetches it when somebody asks for it, and now
 * and then in case the device is lost: so rarely that this takes at most a fiftieth of the time.
 * Where the device has no room for a second state, the host fetches every one. */
#ifndef GM_TRAIN_GOOD_STATE_H
#define GM_TRAIN_GOOD_STATE_H

#include "model/network_copy.h"
#include "train/session.h"

typedef struct gm_good_state {
    gm_session *session;
    gm_network_copy copy; /* all zero: no room */
    gemlet_model *newest; /* to be looked at by the host; NULL: not yet */
    gemlet_model *model;  /* the caller's: the state after model_steps */
    uint64_t steps;       /* after which the last good state was kept */
    uint64_t model_steps;
    double fetched_seconds; /* when the last fetch was over */
    double fetch_seconds;   /* how long it took */
} gm_good_state;

/* `model` is the state after 0 steps. Everything passed must outlive it. Release with
 * gm_good_state_free(), also after a failure. */
gemlet_status gm_good_state_create(gm_good_state *good, gm_session *session, gemlet_model *model);

/* The model is the state after so many steps, and nothing else is kept. */
void gm_good_state_begin(gm_good_state *good, uint64_t steps);

/* Keeps the state of the session, after n_done steps. GEMLET_E_DIVERGED if something in it is not
 * finite: so a gradient that is not is noticed even where no loss shows it any more. */
gemlet_status gm_good_state_keep(gm_good_state *good, uint64_t n_done);

/* The model becomes the last good state. Waits for the device, unless it is so already. */
gemlet_status gm_good_state_fetch(gm_good_state *good);

void gm_good_state_free(gm_good_state *good); /* harmless on all zero */

#endif

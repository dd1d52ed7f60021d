/* SPDX-License-Identifier: MIT
 * Who is told what happens in a run. Nothing in host/run prints. */
#ifndef GM_RUN_EVENTS_H
#define GM_RUN_EVENTS_H

#include "gemlet/device.h"
#include "gemlet/train.h"

struct gm_run;

/* Stages of a run, in their order. */
typedef enum gm_run_stage {
    GM_RUN_READY,         /* data, device, network and model are there; training is next */
    GM_RUN_TRAINING_OVER, /* however it ended */
    GM_RUN_NOT_BEGUN,     /* stopped before its first step: it leaves nothing */
    GM_RUN_TESTED,        /* its figures are known; saving is next */
    GM_RUN_UNTESTED,      /* it failed, and its last good state is worth saving, which is next */
    GM_RUN_PLACING,       /* until GM_RUN_PLACED the process had better not be ended */
    GM_RUN_PLACED,
    GM_RUN_SAVED,    /* model, metrics and statistics are where they belong; pictures are next */
    GM_RUN_DRAWN,    /* as is the graph; not told where none was drawn */
    GM_RUN_RESUMABLE /* it ended before its end: another run can go on from its checkpoint */
} gm_run_stage;

/* Callbacks get `user`; each may be NULL. */
typedef struct gm_run_events {
    void (*on_stage)(gm_run_stage stage, const struct gm_run *run, void *user);
    /* One line of text of anything that the user would not expect. */
    gemlet_note_callback on_note;
    /* A device was opened: from now on its driver may end the process. is_chosen: the settings name
     * it; 0: it was found. */
    void (*on_device)(const gemlet_device_info *info, int is_chosen, void *user);
    /* Once: what multiplies the matrices of the run. Before its steps, or where these are fused
     * before its test. */
    void (*on_gemm)(const char *name, void *user);
    /* While the rows of a large data set come to the device: so many bytes of `total` are there. */
    void (*on_upload)(uint64_t done, uint64_t total, void *user);
    gemlet_plan_callback on_plan;
    gemlet_progress_callback on_progress;
    void *user;
} gm_run_events;

void gm_run_tell(const gm_run_events *events, gm_run_stage stage, const struct gm_run *run);

#endif

/* SPDX-License-Identifier: MIT
 * See writer.h. */
#include "checkpoint/writer.h"

#include <signal.h>
#include <stdio.h>

#include "checkpoint/directory.h"

static void *write_checkpoint(void *user)
{
    gm_checkpoint_writer *w = user;
    w->status = gm_checkpoints_write(w->run, &w->checkpoint, w->is_first ? 1 : w->keep);
    if (w->status != GEMLET_OK)
        snprintf(w->message, sizeof w->message, "%s", gemlet_last_error());
    return NULL;
}

/* Signals are for the thread that trains. Returns 0 where the system has no thread left. */
static int start_thread(gm_checkpoint_writer *w)
{
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const int is_started = pthread_create(&w->thread, NULL, write_checkpoint, w) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return is_started;
}

/* Takes over what the thread has left. */
static gemlet_status finish(gm_checkpoint_writer *w)
{
    if (w->status == GEMLET_OK) {
        w->steps = w->checkpoint.state.n_done;
        w->is_first = 0;
    }
    gm_checkpoint_free(&w->checkpoint);
    return w->status != GEMLET_OK ? gm_error(w->status, "%s", w->message) : GEMLET_OK;
}

gemlet_status gm_checkpoint_writer_begin(gm_checkpoint_writer *w, gm_checkpoint *checkpoint)
{
    const gemlet_status before = gm_checkpoint_writer_wait(w);
    w->checkpoint = *checkpoint;
    *checkpoint = (gm_checkpoint){0};
    w->is_writing = start_thread(w);
    if (w->is_writing)
        return before;
    write_checkpoint(w);
    const gemlet_status status = finish(w);
    return before != GEMLET_OK ? before : status;
}

gemlet_status gm_checkpoint_writer_wait(gm_checkpoint_writer *w)
{
    if (!w->is_writing)
        return GEMLET_OK;
    pthread_join(w->thread, NULL);
    w->is_writing = 0;
    return finish(w);
}

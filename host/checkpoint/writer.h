/* SPDX-License-Identifier: MIT
 * Checkpoints that are written by a thread of their own while the training goes on: it only waits
 * for a disk that has not finished the one before. */
#ifndef GM_CHECKPOINT_WRITER_H
#define GM_CHECKPOINT_WRITER_H

#include <pthread.h>

#include "checkpoint/checkpoint.h"

/* Zero-initialise it but for what is given; gm_checkpoint_writer_wait() releases all. */
typedef struct gm_checkpoint_writer {
    /* given */
    const char *run; /* directory of the run */
    unsigned keep;   /* checkpoints; above 0 */
    int is_first;    /* the run is a new one: its first checkpoint takes the place of all others */

    uint64_t steps; /* of the last that is whole on the disk; 0: none. Right after a wait */

    pthread_t thread;
    int is_writing;
    gm_checkpoint checkpoint; /* that is written */
    gemlet_status status;
    char message[1024]; /* of a failure */
} gm_checkpoint_writer;

/* Takes the content of *checkpoint, which is empty then, and begins to write it. Returns how the
 * one before it ended. */
gemlet_status gm_checkpoint_writer_begin(gm_checkpoint_writer *writer, gm_checkpoint *checkpoint);

/* Waits until nothing is being written. Returns how that ended; GEMLET_OK if nothing was. */
gemlet_status gm_checkpoint_writer_wait(gm_checkpoint_writer *writer);

#endif

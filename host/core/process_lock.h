/* SPDX-License-Identifier: MIT
 * A directory for one process at a time. The lock is on a file in it (flock), which holds the
 * number of the process: the system gives it up when the process ends, however it ends, and the
 * next one takes the file over. */
#ifndef GM_CORE_PROCESS_LOCK_H
#define GM_CORE_PROCESS_LOCK_H

#include "core/error.h"

#define GM_PROCESS_LOCK_NAME ".gemlet.lock"

/* Starts as {0}. */
typedef struct gm_process_lock {
    int is_held;
    int descriptor;
} gm_process_lock;

/* Takes the lock on a directory. *is_busy out: 1 if another process has it: GEMLET_E_IO with a
 * message that begins with `what` and names the process. On file systems without locks it
 * succeeds. Release with gm_process_lock_release(). */
gemlet_status gm_process_lock_take(gm_process_lock *lock, int *is_busy, const char *directory,
                                   const char *what);

/* Gives the lock a second place: `directory` is about to become the one that is locked. Returns 0
 * if that cannot be. */
int gm_process_lock_extend(const gm_process_lock *lock, const char *from, const char *directory);

/* Removes the file from the directory, if it is this lock's, and gives it up. Harmless if none is
 * held. */
void gm_process_lock_release(gm_process_lock *lock, const char *directory);

#endif

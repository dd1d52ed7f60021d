/* SPDX-License-Identifier: MIT
 * Runs another program for a limited time and captures its output. No shell is involved. */
#ifndef GM_REPORT_CHILD_PROCESS_H
#define GM_REPORT_CHILD_PROCESS_H

#include "core/error.h"

typedef struct gm_child_result {
    int found;        /* 0: there is no such program, or no such directory */
    int timed_out;    /* 1: it was killed at its time limit */
    int exit_code;    /* -1: ended by a signal */
    int signal;       /* that ended it, else 0 */
    char output[512]; /* start of its stdout and stderr, as one line */
} gm_child_result;

/* Runs argv[0], looked up in PATH, in `directory` with empty input, and waits for its end, at most
 * `seconds`. argv ends with NULL. It is the head of a process group of its own; when it has ended,
 * or its time is over, whatever is left of the group is killed. GEMLET_E_IO only if no process can
 * be started at all. */
gemlet_status gm_child_process_run(gm_child_result *result, const char *directory,
                                   char *const *argv, double seconds);

#endif

/* SPDX-License-Identifier: MIT
 * Loads OpenCL drivers in a child process: one that aborts, exits, crashes or hangs does so there.
 */
#ifndef GM_OPENCL_DRIVER_PROBE_H
#define GM_OPENCL_DRIVER_PROBE_H

#include <stddef.h>
#include <sys/types.h>

typedef enum gm_probe_state {
    GM_PROBE_RUNS,
    GM_PROBE_GOOD,   /* queried to the end */
    GM_PROBE_EXITED, /* code: its exit code */
    GM_PROBE_KILLED, /* code: the signal */
    GM_PROBE_HANGS,  /* code: the seconds that were waited */
    GM_PROBE_NONE    /* no process could be made, or its end not be seen. code: errno */
} gm_probe_state;

typedef struct gm_probe {
    gm_probe_state state;
    int code;
    pid_t child;
} gm_probe;

/* Starts a child that calls query(), which loads and asks all drivers there are. vendors: what it
 * gets as OCL_ICD_VENDORS; NULL: what this process has. */
void gm_probe_start(gm_probe *probe, const char *vendors, void (*query)(void));

/* Waits until all have ended, at most for the time limit: GEMLET_DRIVER_SECONDS from the
 * environment, else 10 seconds. Ends what still runs then. */
void gm_probe_wait(gm_probe *probes, size_t n_probes);

/* text out: "aborted (signal 6) when it was loaded" and the like. */
#define GM_PROBE_TEXT_SIZE 160u
void gm_probe_describe(char *text, const gm_probe *probe);

#endif

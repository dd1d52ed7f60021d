/* SPDX-License-Identifier: MIT
 * Keeps the host from running far ahead of the device.
 *
 * Drivers reset a context whose queue takes too long (15 to 20 s on Intel under Linux, 2 s on
 * displays), and a queue that is never read grows. So at most GM_PACE_MAX_COMMANDS commands, and of
 * slow ones no more than take GM_PACE_MAX_SECONDS, wait in the queue: every so many commands get a
 * marker, and before more are enqueued the host waits for an earlier marker, while the later
 * commands keep the device busy. How long commands take is measured at the markers. Results do not
 * depend on it. Every GM_PACE_FLUSH commands are handed to the device, or it would wait for a whole
 * stretch after each time that the host has waited for it. */
#ifndef GM_OPENCL_PACE_H
#define GM_OPENCL_PACE_H

#include <CL/cl.h>

#include "core/error.h"

#define GM_PACE_MAX_COMMANDS 512u
#define GM_PACE_MAX_SECONDS  0.25
#define GM_PACE_N_MARKS      4u
#define GM_PACE_FLUSH        16u

/* All zero: nothing is enqueued, nothing is known. */
typedef struct gm_pace {
    cl_event marks[GM_PACE_N_MARKS]; /* behind the stretches that wait, the oldest first */
    unsigned sizes[GM_PACE_N_MARKS]; /* commands of each */
    double starts[GM_PACE_N_MARKS];  /* when the first command of each was enqueued */
    unsigned n_marks;
    unsigned n_commands;    /* behind the last mark */
    double start;           /* when the first of these was enqueued */
    double command_seconds; /* measured; 0: not yet */
    double last_seconds;    /* when the last stretch was over */
    unsigned most_in_queue; /* commands: the most there ever were */
} gm_pace;

/* Commands that a stretch gets, if one takes so long: GM_PACE_N_MARKS stretches are the most that
 * may wait. */
unsigned gm_pace_stretch(double command_seconds);

struct gm_opencl;

/* To be called when n_commands that run kernels were enqueued: waits if there is too much in the
 * queue. A failure is sticky. */
gemlet_status gm_pace_count(struct gm_opencl *opencl, unsigned n_commands);

/* To be called when the queue is known to be empty, and before it is released. */
void gm_pace_forget(struct gm_opencl *opencl);

#endif

/* SPDX-License-Identifier: MIT
 * Compares a device with a portable reference (trace_file.h), which another machine wrote.
 *
 * The steps are done by gm_train_step() over a checked backend, so the operations have the places
 * and leading dimensions of training; but each takes its inputs from the file, and its outputs are
 * compared with the file's. Where both are off their exact values by their bounds at most, they
 * differ by the sum of the bounds at most: that of this device, and that of the device that wrote,
 * which is the same bound for another device in float and one rounding for the reference.
 * No data set is needed. */
#ifndef GM_VERIFY_REPLAY_H
#define GM_VERIFY_REPLAY_H

#include "gemlet/gemlet.h"
#include "verify/lockstep.h"
#include "verify/trace_reader.h"

typedef struct gm_replay_options {
    const char *op;                    /* only operations whose label contains it; NULL: all */
    const volatile sig_atomic_t *stop; /* may be NULL; non-zero ends the run after this step */
} gm_replay_options;

/* As gm_lockstep_run(); result->steps counts the steps of the file. GEMLET_E_FORMAT if the file has
 * not the tensors of its network. */
gemlet_status gm_replay_run(gm_lockstep_result *result, gm_trace_reader *reader,
                            gemlet_device *device, const gm_replay_options *options);

#endif

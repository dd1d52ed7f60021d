/* SPDX-License-Identifier: MIT
 * A backend that checks another one while it works.
 *
 * It wraps the backend of a device. Whatever runs over it, the network and the training step,
 * cannot tell the difference; but every operation is carried out three times from the same inputs:
 * on the device, on the double-precision reference, and on the float CPU path. The device's outputs
 * are compared with the reference, each element within the bound that follows from the operation,
 * and are then copied to the other two, so that all three go on from the device's state. Errors
 * therefore never accumulate, and the first wrong operation is the one that is named.
 *
 * Outputs that are not inputs too are filled with NaN first: an element that is not written shows.
 * What the device reads, and what lies between the rows of its outputs, must be what was written
 * there: a write outside of a view shows, at the latest where the damaged values are read.
 *
 * An operation that the device does as part of something larger is not carried out here: its sink
 * hands its outputs in. One that it never shows, as the gradient of a weight in a fused step, is
 * taken from the reference; what is calculated from it is then allowed the error that the hidden
 * value may have, within its own bound. */
#ifndef GM_VERIFY_CHECKED_BACKEND_H
#define GM_VERIFY_CHECKED_BACKEND_H

#include "verify/bounds.h"

/* A value that changed although no operation writes it. */
typedef struct gm_check_stray {
    const char *tensor; /* name of the operand */
    size_t row;
    size_t col; /* >= cols: between the rows */
    double found;
    double expected;
    int is_output; /* written by this operation outside its view; else found on reading */
} gm_check_stray;

/* Receives what is found. A call belongs to the checked backend and is valid during the function
 * only. */
typedef struct gm_check_sink {
    void *user;
    /* 0: carry this one out on the device only. No arrays are filled yet. */
    int (*wants)(void *user, const gm_check_call *call);
    gemlet_status (*take)(void *user, const gm_check_call *call);
    void (*take_stray)(void *user, const gm_check_call *call, const gm_check_stray *stray);
    /* May be NULL. Fills `got` of all outputs, in place of the operation on the device, but for
     * n_hidden, which it sets. */
    gemlet_status (*perform)(void *user, gm_check_call *call);
} gm_check_sink;

/* The three backends must outlive it; `reference` calculates in double, `cpu` in float. On failure
 * *out = NULL. Release with gm_backend_destroy(). */
gemlet_status gm_checked_backend_create(gm_backend **out, gm_backend *device, gm_backend *reference,
                                        gm_backend *cpu, const gm_check_sink *sink);

#endif

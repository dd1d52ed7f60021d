/* SPDX-License-Identifier: MIT
 * The gate before a training run: lets no GEMM train that is wrong at the shapes of the job.
 *
 * A GEMM that is wrong, or whose calls fail, is replaced by the next in the backend's list. Prints
 * nothing: the report says what happened. */
#ifndef GM_VERIFY_QUALIFY_H
#define GM_VERIFY_QUALIFY_H

#include "verify/qualify_gemm.h"

/* Longest list of GEMMs of a backend. */
#define GM_QUALIFY_MAX_GEMMS 4

typedef struct gm_qualify_trial {
    const char *gemm; /* belongs to the backend */
    int is_cached;    /* the verdict is from an earlier run */
    gm_gemm_verdict verdict;
} gm_qualify_trial;

/* In the order of the trials; every one but the last was rejected. */
typedef struct gm_qualify_report {
    gm_qualify_trial trials[GM_QUALIFY_MAX_GEMMS];
    unsigned n_trials;
    const char
        *note; /* what is odd about the way the device works; NULL: nothing, as known so far */
} gm_qualify_report;

/* Tries the backend's GEMM, then those behind it, until one is right, and leaves that one in use.
 * Verdicts are kept in cache_directory; NULL, or a directory that cannot be written, means that
 * they are not. A backend with but one GEMM is not tried: n_trials = 0. GEMLET_E_DEVICE if none is
 * right: the last trial is rejected, too. */
gemlet_status gm_qualify(gm_backend *backend, const gm_qualify_job *job,
                         const char *cache_directory, gm_qualify_report *report);

/* The same for the backend of an open device. */
gemlet_status gm_qualify_device(gemlet_device *device, const gm_qualify_job *job,
                                const char *cache_directory, gm_qualify_report *report);

#endif

/* SPDX-License-Identifier: MIT
 * Does this device multiply the matrices of this job rightly?
 *
 * The job's own network is laid out on the device, so that shapes, leading dimensions, offsets and
 * epilogues are those of the run; each product is calculated once from random data and every
 * element is compared with the product in double precision, within the bound of bounds.h. */
#ifndef GM_VERIFY_QUALIFY_GEMM_H
#define GM_VERIFY_QUALIFY_GEMM_H

#include "backend/backend.h"

/* Data sets that a job evaluates at most. */
#define GM_QUALIFY_MAX_TESTS 2

typedef struct gm_qualify_job {
    const gemlet_spec *spec;
    gemlet_dim batch;                           /* rows of a training step; 0: none */
    gemlet_dim test_rows[GM_QUALIFY_MAX_TESTS]; /* of the data sets evaluated; 0: none */
} gm_qualify_job;

typedef enum gm_gemm_state {
    GM_GEMM_RIGHT,
    GM_GEMM_WRONG, /* an element is out of its bound */
    GM_GEMM_BROKEN /* an OpenCL call failed: it may be another time, or the device's fault */
} gm_gemm_state;

typedef struct gm_gemm_verdict {
    gm_gemm_state state;
    unsigned n_products; /* calculated */
    double worst;        /* largest error in units of its bound */
    char fault[512];     /* what is wrong, one line; empty if nothing is */
} gm_gemm_verdict;

/* Calculates the products with the backend's present GEMM, up to the first fault. A fault is a
 * verdict, not a failure; a failure is, e.g., GEMLET_E_MEMORY. */
gemlet_status gm_qualify_gemm(gm_backend *backend, const gm_qualify_job *job,
                              gm_gemm_verdict *verdict);

#endif

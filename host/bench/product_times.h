/* SPDX-License-Identifier: MIT
 * Which tile of the GPU kernels makes each product of a network fastest, or whether CLBlast does,
 * by the clock. What the device would choose by its model stays where nothing is faster by more
 * than the noise. */
#ifndef GM_BENCH_PRODUCT_TIMES_H
#define GM_BENCH_PRODUCT_TIMES_H

#include <signal.h>

#include "backend/backend.h"

/* Products with fewer floating-point operations wait for the host, whatever the tile. */
#define GM_PRODUCT_TIMES_LEAST_FLOP 1e7

/* From here on CLBlast's calls, which take longer, may be worth it. */
#define GM_PRODUCT_TIMES_CLBLAST_FLOP  1e8

#define GM_PRODUCT_TIMES_MAX_EVALUATED 4u

typedef struct gm_product_times_job {
    gm_backend *backend;
    const gemlet_spec *spec;
    gemlet_dim batch; /* rows of a training step */
    /* Rows of batches of evaluations; 0: none. What is said of a model must not depend on where it
     * was trained: products of so many rows stay as the device chooses. */
    gemlet_dim evaluated[GM_PRODUCT_TIMES_MAX_EVALUATED];
    double budget_seconds; /* when it is over, the rest stays as the device chooses */
    unsigned n_candidates; /* of a product at most, those first of which the model expects most */
    const volatile sig_atomic_t *stop; /* may be NULL; non-zero ends the search like the budget */
} gm_product_times_job;

/* Times the products of the steps of a network, the largest layers first. Only for the GPU kernels:
 * GEMLET_E_DEVICE without. Afterwards the choices are not in force. After a failure, for which
 * CLBlast may be to blame, the one that failed is: gm_backend_next_gemm() takes it back. */
gemlet_status gm_product_times_choose(gm_product_choices *choices, const gm_product_times_job *job);

#endif

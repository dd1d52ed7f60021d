/* SPDX-License-Identifier: MIT
 * The products of one dense layer, with random values, by the clock. */
#ifndef GM_BENCH_PRODUCT_TIMER_H
#define GM_BENCH_PRODUCT_TIMER_H

#include "backend/backend.h"

typedef struct gm_product_timer {
    gm_backend *backend;
    gm_matrix x; /* (batch, inputs) */
    gm_matrix w; /* (inputs, outputs) */
    gm_matrix y; /* (batch, outputs) */
    gm_vector bias;
} gm_product_timer;

/* Release with gm_product_timer_free(), also after a failure. */
gemlet_status gm_product_timer_create(gm_product_timer *timer, gm_backend *backend,
                                      gemlet_dim batch, gemlet_dim n_in, gemlet_dim n_out);

/* *seconds = of one call among n_calls that are queued. Waits before and behind them. */
gemlet_status gm_product_timer_run(double *seconds, const gm_product_timer *timer,
                                   gm_product_kind kind, unsigned n_calls);

/* Floating-point operations of each of the products. */
double gm_product_timer_flop(const gm_product_timer *timer);

void gm_product_timer_free(gm_product_timer *timer); /* harmless on all zero */

#endif

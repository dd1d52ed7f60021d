/* SPDX-License-Identifier: MIT
 * See product_timer.h. */
#include "bench/product_timer.h"

#include <stdlib.h>

#include "core/clock.h"
#include "core/memory.h"
#include "core/rng.h"

/* As the rows of parameters and activations are padded. */
#define ROW_PADDING 16u

/* Values that are drawn; they repeat. No product is faster for it, and drawing takes its time. */
#define N_DRAWN 65521u

/* rows x cols small values in a buffer of its own. */
static gemlet_status create_matrix(gm_matrix *out, gm_backend *backend, gemlet_dim rows,
                                   gemlet_dim cols)
{
    const size_t ld = ((size_t)cols + ROW_PADDING - 1) / ROW_PADDING * ROW_PADDING;
    const size_t n = ld * rows;
    float *values = NULL;
    gm_rng rng;
    gemlet_status status = GEMLET_OK;
    *out = (gm_matrix){.ld = ld, .rows = rows, .cols = cols};
    GEMLET_TRY(GM_ALLOC(values, n, "matrix to multiply"));
    gm_rng_init(&rng, 1, GM_RNG_BENCH, 0);
    for (size_t i = 0; i < n; ++i)
        values[i] = i < N_DRAWN ? (float)(gm_rng_uniform(&rng) - 0.5) : values[i - N_DRAWN];
    GEMLET_TRY_CLEANUP(status,
                       gm_backend_alloc(backend, &out->buffer, GM_REAL, n, "matrix to multiply"));
    GEMLET_TRY_CLEANUP(status, gm_backend_upload(backend, out->buffer, 0, n, values));
cleanup:
    free(values);
    return status;
}

gemlet_status gm_product_timer_create(gm_product_timer *timer, gm_backend *backend,
                                      gemlet_dim batch, gemlet_dim n_in, gemlet_dim n_out)
{
    gm_matrix bias;
    *timer = (gm_product_timer){.backend = backend};
    GEMLET_TRY(create_matrix(&timer->x, backend, batch, n_in));
    GEMLET_TRY(create_matrix(&timer->w, backend, n_in, n_out));
    GEMLET_TRY(create_matrix(&timer->y, backend, batch, n_out));
    const gemlet_status status = create_matrix(&bias, backend, 1, n_out);
    timer->bias = (gm_vector){.buffer = bias.buffer, .length = n_out};
    return status;
}

/* The results take the place of the operand that the product does not read. */
static gemlet_status multiply(const gm_product_timer *t, gm_product_kind kind)
{
    switch (kind) {
    case GM_PRODUCT_FWD:
        return gm_dense_fwd(t->backend, &(gm_dense_fwd_args){.x = t->x, .w = t->w, .y = t->y});
    case GM_PRODUCT_BWD_W:
        return gm_dense_bwd_w(t->backend, &(gm_dense_bwd_w_args){
                                              .x = t->x, .dz = t->y, .dw = t->w, .dbias = t->bias});
    default:
        return gm_dense_bwd_x(t->backend,
                              &(gm_dense_bwd_x_args){.dz = t->y, .w = t->w, .dx = t->x});
    }
}

gemlet_status gm_product_timer_run(double *seconds, const gm_product_timer *timer,
                                   gm_product_kind kind, unsigned n_calls)
{
    GEMLET_TRY(gm_backend_sync(timer->backend));
    const double start = gm_clock_seconds();
    for (unsigned i = 0; i < n_calls; ++i)
        GEMLET_TRY(multiply(timer, kind));
    GEMLET_TRY(gm_backend_sync(timer->backend));
    *seconds = (gm_clock_seconds() - start) / n_calls;
    return GEMLET_OK;
}

double gm_product_timer_flop(const gm_product_timer *timer)
{
    return 2.0 * timer->x.rows * timer->x.cols * timer->y.cols;
}

void gm_product_timer_free(gm_product_timer *timer)
{
    gm_backend_free(timer->backend, timer->x.buffer);
    gm_backend_free(timer->backend, timer->w.buffer);
    gm_backend_free(timer->backend, timer->y.buffer);
    gm_backend_free(timer->backend, timer->bias.buffer);
    *timer = (gm_product_timer){0};
}

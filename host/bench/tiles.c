/* SPDX-License-Identifier: MIT
 * See tiles.h. */
#include "bench/tiles.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/device.h"
#include "core/clock.h"
#include "core/memory.h"
#include "core/rng.h"

/* Long enough for the clock and for a GPU to reach its frequency; the best of the trials counts,
 * because a disturbance only adds. */
#define TRIAL_SECONDS 2e-3
#define N_TRIALS      3u
#define N_WARM        2u
#define MIN_CALLS     2u
#define MAX_CALLS     200u

/* As the rows of parameters and activations are padded. */
#define ROW_PADDING 16u

/* Own kernels with tiles and splits; 0: as the model of gemm_local_tile.c has it. */
#define OWN(tile, n_splits)                                                                        \
    {                                                                                              \
        .gemm = GEMLET_GEMM_OWN, .local = { tile, n_splits }                                       \
    }

/* Each says who multiplies: a device keeps what it had where tuning does not. */
static const gm_tuning tunings[] = {
    OWN(0, 0),    OWN(128, 1),  OWN(128, 2), OWN(128, 4), OWN(128, 8),
    OWN(128, 16), OWN(128, 32), OWN(64, 1),  OWN(64, 2),  OWN(64, 4),
    OWN(64, 8),   OWN(64, 16),  OWN(64, 32), OWN(32, 1),  OWN(32, 2),
    OWN(32, 4),   OWN(32, 8),   OWN(32, 16), OWN(32, 32), {.gemm = GEMLET_GEMM_CLBLAST},
};

const gm_tiles_network gm_tiles_networks[GM_TILES_N_NETWORKS] = {
    {"784-150-relu-150-relu-10", 64},
    {"784-1024-relu-1024-relu-10", 256},
    {"784-2500-relu-2000-relu-1500-relu-1000-relu-500-relu-10", 128},
    {"784-4096-relu-4096-relu-10", 1024},
};

void gm_tile_describe_way(char way[GM_TILE_WAY_SIZE], const gm_tuning *tuning)
{
    if (tuning->gemm == GEMLET_GEMM_CLBLAST)
        snprintf(way, GM_TILE_WAY_SIZE, "CLBlast");
    else if (tuning->local.tile == 0)
        snprintf(way, GM_TILE_WAY_SIZE, "chosen");
    else
        snprintf(way, GM_TILE_WAY_SIZE, "%u / %u", tuning->local.tile, tuning->local.n_splits);
}

typedef struct layer_run {
    gm_backend *backend;
    gm_tiles_report *report;
    void *user;
    gm_matrix x;
    gm_matrix w;
    gm_matrix y;
    gm_vector bias;
} layer_run;

typedef gemlet_status product_call(const layer_run *r);

static gemlet_status call_fwd(const layer_run *r)
{
    return gm_dense_fwd(r->backend, &(gm_dense_fwd_args){.x = r->x, .w = r->w, .y = r->y});
}

/* The results take the place of the operand that the product does not read. */
static gemlet_status call_bwd_w(const layer_run *r)
{
    return gm_dense_bwd_w(
        r->backend, &(gm_dense_bwd_w_args){.x = r->x, .dz = r->y, .dw = r->w, .dbias = r->bias});
}

static gemlet_status call_bwd_x(const layer_run *r)
{
    return gm_dense_bwd_x(r->backend, &(gm_dense_bwd_x_args){.dz = r->y, .w = r->w, .dx = r->x});
}

/* rows x cols small values in a buffer of its own. */
static gemlet_status create_matrix(gm_matrix *out, gm_backend *backend, gemlet_dim rows,
                                   gemlet_dim cols)
{
    const size_t ld = ((size_t)cols + ROW_PADDING - 1) / ROW_PADDING * ROW_PADDING;
    float *values = NULL;
    gm_rng rng;
    gemlet_status status = GEMLET_OK;
    *out = (gm_matrix){.ld = ld, .rows = rows, .cols = cols};
    GEMLET_TRY(GM_ALLOC(values, ld * rows, "matrix to multiply"));
    gm_rng_init(&rng, 1, GM_RNG_BENCH, 0);
    for (size_t i = 0; i < ld * rows; ++i)
        values[i] = (float)(gm_rng_uniform(&rng) - 0.5);
    GEMLET_TRY_CLEANUP(
        status, gm_backend_alloc(backend, &out->buffer, GM_REAL, ld * rows, "matrix to multiply"));
    GEMLET_TRY_CLEANUP(status, gm_backend_upload(backend, out->buffer, 0, ld * rows, values));
cleanup:
    free(values);
    return status;
}

static gemlet_status time_calls(double *seconds, const layer_run *r, product_call *call,
                                unsigned n_calls)
{
    const double start = gm_clock_seconds();
    for (unsigned i = 0; i < n_calls; ++i)
        GEMLET_TRY(call(r));
    GEMLET_TRY(gm_backend_sync(r->backend));
    *seconds = (gm_clock_seconds() - start) / n_calls;
    return GEMLET_OK;
}

static gemlet_status time_product(double *best, const layer_run *r, product_call *call)
{
    double seconds = 0.0;
    for (unsigned i = 0; i < N_WARM; ++i)
        GEMLET_TRY(time_calls(&seconds, r, call, MIN_CALLS));
    const double wanted = TRIAL_SECONDS / seconds;
    const unsigned n_calls = wanted < MIN_CALLS   ? MIN_CALLS
                             : wanted > MAX_CALLS ? MAX_CALLS
                                                  : (unsigned)wanted;
    for (unsigned trial = 0; trial < N_TRIALS; ++trial) {
        GEMLET_TRY(time_calls(&seconds, r, call, n_calls));
        if (trial == 0 || seconds < *best)
            *best = seconds;
    }
    return GEMLET_OK;
}

static gemlet_status time_ways(const layer_run *r, const char *operation, product_call *call)
{
    for (size_t i = 0; i < sizeof tunings / sizeof tunings[0]; ++i) {
        double seconds = 0.0;
        GEMLET_TRY(gm_backend_tune(r->backend, &tunings[i]));
        GEMLET_TRY(time_product(&seconds, r, call));
        const double flop = 2.0 * r->x.rows * r->x.cols * r->y.cols;
        r->report(&(gm_tile_time){.operation = operation,
                                  .dims = {r->x.rows, r->x.cols, r->y.cols},
                                  .tuning = &tunings[i],
                                  .us = 1e6 * seconds,
                                  .gflops = 1e-9 * flop / seconds},
                  r->user);
    }
    return gm_backend_tune(r->backend, &tunings[0]);
}

static gemlet_status run_layer(layer_run *r, gemlet_dim batch, gemlet_dim n_in, gemlet_dim n_out,
                               int is_first)
{
    gm_matrix bias = {0};
    gemlet_status status = GEMLET_OK;
    r->x = r->w = r->y = bias;
    GEMLET_TRY_CLEANUP(status, create_matrix(&r->x, r->backend, batch, n_in));
    GEMLET_TRY_CLEANUP(status, create_matrix(&r->w, r->backend, n_in, n_out));
    GEMLET_TRY_CLEANUP(status, create_matrix(&r->y, r->backend, batch, n_out));
    GEMLET_TRY_CLEANUP(status, create_matrix(&bias, r->backend, 1, n_out));
    r->bias = (gm_vector){.buffer = bias.buffer, .length = n_out};
    GEMLET_TRY_CLEANUP(status, time_ways(r, "dense_fwd", call_fwd));
    GEMLET_TRY_CLEANUP(status, time_ways(r, "dense_bwd_w", call_bwd_w));
    if (!is_first)
        GEMLET_TRY_CLEANUP(status, time_ways(r, "dense_bwd_x", call_bwd_x));
cleanup:
    gm_backend_free(r->backend, r->x.buffer);
    gm_backend_free(r->backend, r->w.buffer);
    gm_backend_free(r->backend, r->y.buffer);
    gm_backend_free(r->backend, bias.buffer);
    return status;
}

double gm_tiles_flop(const gemlet_spec *spec, gemlet_dim batch)
{
    double weights = 0.0; /* of products, three for a layer but two for the first */
    gemlet_dim n_in = spec->n_inputs;
    for (unsigned i = 0; i < spec->n_layers; ++i) {
        weights += (i == 0 ? 2.0 : 3.0) * n_in * spec->layers[i].width;
        n_in = spec->layers[i].width;
    }
    const double n_ways = sizeof tunings / sizeof tunings[0];
    return 2.0 * batch * weights * n_ways * MIN_CALLS * (N_WARM + N_TRIALS);
}

gemlet_status gm_tiles_run(gemlet_device *device, const gemlet_spec *spec, gemlet_dim batch,
                           gm_tiles_report *report, void *user)
{
    gm_backend *backend = gm_device_backend(device);
    layer_run r = {.backend = backend, .report = report, .user = user};
    if (backend->kernels_id == NULL || strncmp(backend->kernels_id, "gpu", 3) != 0)
        return gm_error(GEMLET_E_DEVICE, "device %s: no tiles to time without the GPU kernels",
                        backend->info.name);
    gemlet_dim n_in = spec->n_inputs;
    for (unsigned i = 0; i < spec->n_layers; ++i) {
        GEMLET_TRY(run_layer(&r, batch, n_in, spec->layers[i].width, i == 0));
        n_in = spec->layers[i].width;
    }
    return GEMLET_OK;
}

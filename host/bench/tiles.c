/* SPDX-License-Identifier: MIT
 * See tiles.h. */
#include "bench/tiles.h"

#include <stdio.h>
#include <string.h>

#include "backend/device.h"
#include "backend/product_choice.h"
#include "bench/product_timer.h"

/* Long enough for the clock and for a GPU to reach its frequency; the best of the trials counts,
 * because a disturbance only adds. */
#define TRIAL_SECONDS 2e-3
#define N_TRIALS      3u
#define N_WARM        2u
#define MIN_CALLS     2u
#define MAX_CALLS     200u

/* All zero: as the device chooses. */
static const gm_product_choice ways[] = {
    {0},
    {.local = {128, 1}},
    {.local = {128, 2}},
    {.local = {128, 4}},
    {.local = {128, 8}},
    {.local = {128, 16}},
    {.local = {128, 32}},
    {.local = {64, 1}},
    {.local = {64, 2}},
    {.local = {64, 4}},
    {.local = {64, 8}},
    {.local = {64, 16}},
    {.local = {64, 32}},
    {.local = {32, 1}},
    {.local = {32, 2}},
    {.local = {32, 4}},
    {.local = {32, 8}},
    {.local = {32, 16}},
    {.local = {32, 32}},
    {.is_clblast = 1},
};

const gm_tiles_network gm_tiles_networks[GM_TILES_N_NETWORKS] = {
    {"784-150-relu-150-relu-10", 64},
    {"784-1024-relu-1024-relu-10", 256},
    {"784-2500-relu-2000-relu-1500-relu-1000-relu-500-relu-10", 128},
    {"784-4096-relu-4096-relu-10", 1024},
};

void gm_tile_describe_way(char way[GM_TILE_WAY_SIZE], const gm_product_choice *choice)
{
    if (choice->is_clblast)
        snprintf(way, GM_TILE_WAY_SIZE, "CLBlast");
    else if (choice->local.tile == 0)
        snprintf(way, GM_TILE_WAY_SIZE, "chosen");
    else
        snprintf(way, GM_TILE_WAY_SIZE, "%u / %u", choice->local.tile, choice->local.n_splits);
}

static gemlet_status time_product(double *best, const gm_product_timer *t, gm_product_kind kind)
{
    double seconds = 0.0;
    for (unsigned i = 0; i < N_WARM; ++i)
        GEMLET_TRY(gm_product_timer_run(&seconds, t, kind, MIN_CALLS));
    const double wanted = TRIAL_SECONDS / seconds;
    const unsigned n_calls = wanted < MIN_CALLS   ? MIN_CALLS
                             : wanted > MAX_CALLS ? MAX_CALLS
                                                  : (unsigned)wanted;
    for (unsigned trial = 0; trial < N_TRIALS; ++trial) {
        GEMLET_TRY(gm_product_timer_run(&seconds, t, kind, n_calls));
        if (trial == 0 || seconds < *best)
            *best = seconds;
    }
    return GEMLET_OK;
}

static gemlet_status time_ways(const gm_product_timer *t, gm_product_kind kind,
                               gm_tiles_report *report, void *user)
{
    const gm_product_choices none = {0};
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; ++i) {
        gm_product_choices choices = {.n = i > 0, .list = {ways[i]}};
        double seconds = 0.0;
        choices.list[0].kind = kind;
        choices.list[0].batch = t->x.rows;
        choices.list[0].n_in = t->x.cols;
        choices.list[0].n_out = t->y.cols;
        GEMLET_TRY(gm_backend_choose_products(t->backend, &choices));
        GEMLET_TRY(time_product(&seconds, t, kind));
        report(&(gm_tile_time){.operation = gm_product_names[kind],
                               .choice = &choices.list[0],
                               .us = 1e6 * seconds,
                               .gflops = 1e-9 * gm_product_timer_flop(t) / seconds},
               user);
    }
    return gm_backend_choose_products(t->backend, &none);
}

static gemlet_status run_layer(gm_backend *backend, const gemlet_dim dims[3], int is_first,
                               gm_tiles_report *report, void *user)
{
    gm_product_timer t;
    gemlet_status status = gm_product_timer_create(&t, backend, dims[0], dims[1], dims[2]);
    for (gm_product_kind kind = GM_PRODUCT_FWD; status == GEMLET_OK && kind < GM_N_PRODUCT_KINDS;
         ++kind) {
        if (kind != GM_PRODUCT_BWD_X || !is_first)
            status = time_ways(&t, kind, report, user);
    }
    gm_product_timer_free(&t);
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
    const double n_ways = sizeof ways / sizeof ways[0];
    return 2.0 * batch * weights * n_ways * MIN_CALLS * (N_WARM + N_TRIALS);
}

gemlet_status gm_tiles_run(gemlet_device *device, const gemlet_spec *spec, gemlet_dim batch,
                           gm_tiles_report *report, void *user)
{
    gm_backend *backend = gm_device_backend(device);
    if (backend->kernels_id == NULL || strncmp(backend->kernels_id, "gpu", 3) != 0)
        return gm_error(GEMLET_E_DEVICE, "device %s: no tiles to time without the GPU kernels",
                        backend->info.name);
    GEMLET_TRY(gm_backend_tune(backend, &(gm_tuning){.gemm = GEMLET_GEMM_OWN}));
    gemlet_dim n_in = spec->n_inputs;
    for (unsigned i = 0; i < spec->n_layers; ++i) {
        const gemlet_dim dims[3] = {batch, n_in, spec->layers[i].width};
        GEMLET_TRY(run_layer(backend, dims, i == 0, report, user));
        n_in = spec->layers[i].width;
    }
    return GEMLET_OK;
}

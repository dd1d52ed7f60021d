/* SPDX-License-Identifier: MIT
 * The products of one dense layer, made in every way that the GPU kernels know, and by CLBlast, by
 * the clock. */
#ifndef GM_BENCH_TILES_H
#define GM_BENCH_TILES_H

#include "backend/tuning.h"
#include "gemlet/device.h"
#include "gemlet/model.h"

typedef struct gm_tile_time {
    const char *operation;           /* dense_fwd, dense_bwd_w, dense_bwd_x */
    const gm_product_choice *choice; /* which product, and how: all zero as the device chooses */
    double us;                       /* of one call among many that are queued */
    double gflops;                   /* GFLOP/s */
} gm_tile_time;

#define GM_TILE_WAY_SIZE 32u

/* "128 / 4": tiles of 128, sums in 4 parts; "CLBlast"; "chosen". */
void gm_tile_describe_way(char way[GM_TILE_WAY_SIZE], const gm_product_choice *choice);

/* Networks whose products are worth timing, from small to large. */
typedef struct gm_tiles_network {
    const char *network; /* spec string */
    gemlet_dim batch;
} gm_tiles_network;

#define GM_TILES_N_NETWORKS 4u
extern const gm_tiles_network gm_tiles_networks[GM_TILES_N_NETWORKS];

/* What gm_tiles_run() has a device do at least, in floating-point operations. */
double gm_tiles_flop(const gemlet_spec *spec, gemlet_dim batch);

typedef void gm_tiles_report(const gm_tile_time *time, void *user);

/* Times the products of a network's layers, with random values. The last product needs no gradient
 * of its input, as in training. GEMLET_E_DEVICE unless the device has GPU kernels. Afterwards the
 * device multiplies with own kernels, as untuned. */
gemlet_status gm_tiles_run(gemlet_device *device, const gemlet_spec *spec, gemlet_dim batch,
                           gm_tiles_report *report, void *user);

#endif

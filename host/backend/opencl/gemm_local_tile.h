/* SPDX-License-Identifier: MIT
 * How gemm_local.cl makes a product: its tile, and in how many ranges k is split. A pure function
 * of shape and device: the order of sums, and with it the result, follows from nothing else. */
#ifndef GM_OPENCL_GEMM_LOCAL_TILE_H
#define GM_OPENCL_GEMM_LOCAL_TILE_H

#include <stddef.h>
#include <stdint.h>

#include "backend/tuning.h"
#include "gemlet/dataset.h"

typedef enum gm_local_tile {
    GM_LOCAL_TILE_128,
    GM_LOCAL_TILE_64,
    GM_LOCAL_TILE_32,
    GM_N_LOCAL_TILES
} gm_local_tile;

/* A product (m,k) x (k,n). */
typedef struct gm_local_size {
    gemlet_dim m;
    gemlet_dim n;
    gemlet_dim k;
} gm_local_size;

typedef struct gm_local_plan {
    gm_local_tile tile;
    unsigned n_splits;  /* 1: k is not split */
    gemlet_dim split_k; /* values of k of a split, but fewer of the last one */
} gm_local_plan;

/* The plan with which the product is expected to take least time. What `tuning` names is as it
 * says, as far as the product has so many blocks of k. */
gm_local_plan gm_gemm_local_plan(const gm_local_size *product, unsigned compute_units,
                                 const gm_local_tuning *tuning);

/* Microseconds that the model expects. */
double gm_gemm_local_estimate(const gm_local_plan *plan, const gm_local_size *product,
                              unsigned compute_units);

/* Rows and columns of a tile. */
unsigned gm_gemm_local_tile_side(gm_local_tile tile);

/* Tiles of a product: work-groups of a split. */
size_t gm_gemm_local_tile_count(gm_local_tile tile, const gm_local_size *product);

#endif

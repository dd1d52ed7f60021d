/* SPDX-License-Identifier: MIT
 * Which tile of gemm_local.cl a launch takes. A pure function of shapes and device: the order of
 * sums, and with it the result, follows from nothing else. */
#ifndef GM_OPENCL_GEMM_LOCAL_TILE_H
#define GM_OPENCL_GEMM_LOCAL_TILE_H

#include <stddef.h>
#include <stdint.h>

#include "gemlet/dataset.h"

typedef enum gm_local_tile {
    GM_LOCAL_TILE_64,
    GM_LOCAL_TILE_32,
    GM_LOCAL_TILE_16,
    GM_N_LOCAL_TILES
} gm_local_tile;

/* A product (m,k) x (k,n). */
typedef struct gm_local_size {
    gemlet_dim m;
    gemlet_dim n;
    gemlet_dim k;
} gm_local_size;

/* The tile with which one launch of these products takes least time. */
gm_local_tile gm_gemm_local_tile_choose(const gm_local_size *products, size_t n_products,
                                        unsigned compute_units);

/* Rows and columns of a tile. */
unsigned gm_gemm_local_tile_side(gm_local_tile tile);

/* Tiles of a product: work-groups of its launch. */
size_t gm_gemm_local_tile_count(gm_local_tile tile, const gm_local_size *product);

#endif

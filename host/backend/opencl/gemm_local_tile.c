/* SPDX-License-Identifier: MIT
 * See gemm_local_tile.h.
 *
 * The model: a work-group spends, for each block of k, a wait for memory and then its instructions.
 * The groups of one compute unit wait together but calculate one after another. So a launch takes
 *
 *   blocks of the deepest product * WAIT + blocks of all groups / compute units * instructions
 *
 * or, where there are fewer groups than units, as long as one group. A deep product with few tiles
 * waits most: there small tiles win, which have few blocks of k and many groups. A large product
 * calculates most: there large tiles win, which load least per multiply-add. Counted from the
 * source, not measured: no GPU was there. */
#include "backend/opencl/gemm_local_tile.h"

/* Cycles until a block's values are in local memory. */
#define WAIT 800u

typedef struct tile_shape {
    unsigned side;
    unsigned depth;  /* k of a block */
    unsigned cycles; /* of a group per block, on a unit with 64 lanes: 4 per instruction of an item,
                        which has 80 for loading, 1 for each value read and multiply-add */
} tile_shape;

static const tile_shape shapes[GM_N_LOCAL_TILES] = {
    [GM_LOCAL_TILE_64] = {64, 16, 4 * (80 + 16 * (8 + 16))},
    [GM_LOCAL_TILE_32] = {32, 32, 4 * (80 + 32 * (4 + 4))},
    [GM_LOCAL_TILE_16] = {16, 64, 4 * (80 + 16 * (4 + 4))},
};

static uint64_t divide_up(uint64_t a, uint64_t b)
{
    return (a + b - 1) / b;
}

unsigned gm_gemm_local_tile_side(gm_local_tile tile)
{
    return shapes[tile].side;
}

size_t gm_gemm_local_tile_count(gm_local_tile tile, const gm_local_size *product)
{
    const unsigned side = shapes[tile].side;
    return (size_t)(divide_up(product->m, side) * divide_up(product->n, side));
}

/* In double: the largest products have more than 2^64 cycles. */
static double estimate_cycles(gm_local_tile tile, const gm_local_size *products, size_t n_products,
                              unsigned compute_units)
{
    double deepest = 0.0; /* blocks of k */
    double n_blocks = 0.0;
    for (size_t i = 0; i < n_products; ++i) {
        const double depth = (double)divide_up(products[i].k, shapes[tile].depth);
        deepest = depth > deepest ? depth : deepest;
        n_blocks += depth * (double)gm_gemm_local_tile_count(tile, &products[i]);
    }
    const double of_unit = n_blocks / (compute_units > 0 ? compute_units : 1);
    return deepest * WAIT + (of_unit > deepest ? of_unit : deepest) * shapes[tile].cycles;
}

gm_local_tile gm_gemm_local_tile_choose(const gm_local_size *products, size_t n_products,
                                        unsigned compute_units)
{
    gm_local_tile best = GM_LOCAL_TILE_64;
    double best_cycles = 0.0;
    for (gm_local_tile tile = GM_LOCAL_TILE_64; tile < GM_N_LOCAL_TILES; ++tile) {
        const double cycles = estimate_cycles(tile, products, n_products, compute_units);
        if (tile == GM_LOCAL_TILE_64 || cycles < best_cycles) {
            best_cycles = cycles;
            best = tile;
        }
    }
    return best;
}

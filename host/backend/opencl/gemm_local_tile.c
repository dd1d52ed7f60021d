/* SPDX-License-Identifier: MIT
 * See gemm_local_tile.h.
 *
 * The model: a work-group spends a time for each block of k in which it waits for memory and then
 * calculates. The groups of one compute unit wait together but calculate one after another, and a
 * unit holds only so many. So a launch takes
 *
 *   START + blocks of a group * max(rounds * waiting, groups of a unit * calculating)
 *
 * but not less than the host needs for it. Split-K divides the blocks of a group and multiplies the
 * groups; it costs a second launch, which reads what the first one has written. A deep product with
 * few tiles waits most: there small tiles and many splits win. A large product calculates most:
 * there large tiles win, which load least per multiply-add.
 *
 * The times are those of an NVIDIA H200 (132 compute units), where `gemlet qualify --tiles` showed
 * the plan to be within 5 % of the best one for all but small products. */
#include "backend/opencl/gemm_local_tile.h"

/* Microseconds: of a launch without work, of the second one with its gap, and what the host needs
 * for a launch. */
#define START     2.5
#define SUM_START 4.5
#define HOST      6.8

/* The second launch: bytes per microsecond and compute unit, of writing and reading. */
#define SUM_RATE 20000.0

/* So many splits at most, and about so many values of their C: 128 MiB. */
#define MAX_SPLITS       32u
#define MAX_SPLIT_VALUES (32u << 20)

typedef struct tile_shape {
    unsigned side;
    unsigned depth;     /* k of a block */
    unsigned most;      /* groups that a unit holds at a time: by registers */
    double waiting;     /* microseconds of a group alone on a unit, per block */
    double calculating; /* the same of each of many groups */
} tile_shape;

static const tile_shape shapes[GM_N_LOCAL_TILES] = {
    [GM_LOCAL_TILE_128] = {128, 16, 1, 1.50, 1.50},
    [GM_LOCAL_TILE_64] = {64, 16, 4, 0.60, 0.40},
    [GM_LOCAL_TILE_32] = {32, 32, 4, 0.42, 0.31},
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

/* In double: the largest products have more than 2^64 of everything. */
double gm_gemm_local_estimate(const gm_local_plan *plan, const gm_local_size *product,
                              unsigned compute_units)
{
    const tile_shape *shape = &shapes[plan->tile];
    const double n_units = compute_units > 0 ? compute_units : 1;
    const double n_groups = (double)gm_gemm_local_tile_count(plan->tile, product) * plan->n_splits;
    const double n_blocks = (double)divide_up(plan->split_k, shape->depth);
    double of_unit = n_groups / n_units; /* groups; a part of one takes as long as one */
    if (of_unit < 8.0)
        of_unit = (double)divide_up((uint64_t)n_groups, (uint64_t)n_units);
    const double n_rounds = of_unit / shape->most;
    const double calculating = of_unit * shape->calculating;
    const double waiting = (n_rounds > 1.0 ? n_rounds : 1.0) * shape->waiting;
    double us = START + n_blocks * (calculating > waiting ? calculating : waiting);
    if (plan->n_splits > 1)
        us += SUM_START +
              4.0 * (double)product->m * product->n * (plan->n_splits + 1) / (SUM_RATE * n_units);
    const double host = HOST * (plan->n_splits > 1 ? 2 : 1);
    if (us < host) /* of two that wait for the host the faster one */
        us = host + 1e-6 * us;
    return us;
}

/* The plan with so many splits, or fewer: there are only so many blocks, and so much memory. */
static gm_local_plan split(gm_local_tile tile, const gm_local_size *product, unsigned n_splits)
{
    const unsigned depth = shapes[tile].depth;
    const uint64_t n_blocks = divide_up(product->k, depth);
    const uint64_t most = MAX_SPLIT_VALUES / ((uint64_t)product->m * product->n) + 1;
    const uint64_t of_split = divide_up(n_blocks, n_splits < most ? n_splits : most);
    const uint64_t split_k = of_split * depth;
    return (gm_local_plan){
        .tile = tile,
        .n_splits = (unsigned)divide_up(n_blocks, of_split),
        .split_k = (gemlet_dim)(split_k < product->k ? split_k : product->k),
    };
}

gm_local_plan gm_gemm_local_plan(const gm_local_size *product, unsigned compute_units,
                                 const gm_local_tuning *tuning)
{
    static const unsigned splits[] = {1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, MAX_SPLITS};
    gm_local_plan best = {0};
    double best_us = 0.0;
    for (gm_local_tile tile = GM_LOCAL_TILE_128; tile < GM_N_LOCAL_TILES; ++tile) {
        if (tuning->tile != 0 && tuning->tile != shapes[tile].side)
            continue;
        for (size_t i = 0; i < sizeof splits / sizeof splits[0]; ++i) {
            const unsigned n_splits = tuning->n_splits != 0 ? tuning->n_splits : splits[i];
            const gm_local_plan plan = split(tile, product, n_splits);
            const double us = gm_gemm_local_estimate(&plan, product, compute_units);
            if (best.n_splits == 0 || us < best_us) {
                best = plan;
                best_us = us;
            }
        }
    }
    return best;
}

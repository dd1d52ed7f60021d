/* SPDX-License-Identifier: MIT
 * The one random number generator: counter-based Philox 4x32-10.
 *
 * Source: J. Salmon, M. Moraes, R. Dror, D. Shaw, "Parallel random numbers: as easy as 1, 2, 3",
 * SC'11. A stream is named by (seed, purpose, index), so that what one part of the program draws
 * never depends on what another part drew, and nothing has to be saved to resume a run. Numbers
 * are made on the host only, in double, and so are the same whatever device trains; but for the
 * bits of a step's own numbers, which cl_kernels/philox.cl draws under a key from here. */
#ifndef GM_CORE_RNG_H
#define GM_CORE_RNG_H

#include <stdint.h>

/* What a stream is for. The values are part of the file format of a run: never renumber. */
typedef enum gm_rng_purpose {
    GM_RNG_INIT = 1,       /* initial weights; index = layer */
    GM_RNG_SHUFFLE = 2,    /* order of the rows of an epoch; index = epoch */
    GM_RNG_SPLIT = 3,      /* rows held out for validation; index = 0 */
    GM_RNG_TEST = 4,       /* data of the tests; index = free */
    GM_RNG_BENCH = 5,      /* made-up data of benchmarks; index 0: marks, 1: rows */
    GM_RNG_STEP = 6,       /* the key of a step's own numbers, which the device draws */
    GM_RNG_SEARCH = 7,     /* trials of a search; index = number of the trial */
    GM_RNG_MIXUP = 8,      /* parts of rows that are mixed; index = step */
    GM_RNG_IMPORTANCE = 9, /* rows that an importance is measured on; index = 0 */
    GM_RNG_FOLDS = 10      /* folds of a cross-validation; index = 0 */
} gm_rng_purpose;

typedef struct gm_rng {
    uint32_t key[2];
    uint32_t counter[4];
    uint32_t block[4]; /* the numbers of the current counter */
    unsigned n_used;   /* of block */
    double spare_normal;
    int has_spare_normal;
} gm_rng;

/* out (4) = Philox 4x32-10 of counter (4) under key (2). */
void gm_philox4x32(uint32_t out[4], const uint32_t counter[4], const uint32_t key[2]);

/* Starts the stream (seed, purpose, index). */
void gm_rng_init(gm_rng *rng, uint64_t seed, gm_rng_purpose purpose, uint32_t index);

/* Next 32 bits of the stream. */
uint32_t gm_rng_u32(gm_rng *rng);

/* Uniform on the open interval (0,1), 52 bits. */
double gm_rng_uniform(gm_rng *rng);

/* Standard normal N(0,1), Box-Muller. */
double gm_rng_normal(gm_rng *rng);

/* Uniform on {0, ..., bound-1}, bound >= 1, without modulo bias. */
uint32_t gm_rng_below(gm_rng *rng, uint32_t bound);

/* order (n) out: a uniformly random permutation of 0..n-1 (Fisher-Yates). */
void gm_rng_permutation(gm_rng *rng, uint32_t *order, uint32_t n);

#endif

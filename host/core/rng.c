/* SPDX-License-Identifier: MIT
 * Philox 4x32-10 and what is drawn from it; see rng.h. */
#include "core/rng.h"

#include <math.h>

/* Multipliers and Weyl constants of Salmon et al., table 2 and section 3.3. */
#define PHILOX_M0     UINT32_C(0xD2511F53)
#define PHILOX_M1     UINT32_C(0xCD9E8D57)
#define PHILOX_W0     UINT32_C(0x9E3779B9)
#define PHILOX_W1     UINT32_C(0xBB67AE85)
#define PHILOX_ROUNDS 10

static const double two_pi = 6.283185307179586476925286766559;

void gm_philox4x32(uint32_t out[4], const uint32_t counter[4], const uint32_t key[2])
{
    uint32_t c0 = counter[0];
    uint32_t c1 = counter[1];
    uint32_t c2 = counter[2];
    uint32_t c3 = counter[3];
    uint32_t k0 = key[0];
    uint32_t k1 = key[1];
    for (int round = 0; round < PHILOX_ROUNDS; ++round) {
        const uint64_t product0 = (uint64_t)PHILOX_M0 * c0;
        const uint64_t product1 = (uint64_t)PHILOX_M1 * c2;
        c0 = (uint32_t)(product1 >> 32) ^ c1 ^ k0;
        c1 = (uint32_t)product1;
        c2 = (uint32_t)(product0 >> 32) ^ c3 ^ k1;
        c3 = (uint32_t)product0;
        k0 += PHILOX_W0;
        k1 += PHILOX_W1;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

void gm_rng_init(gm_rng *rng, uint64_t seed, gm_rng_purpose purpose, uint32_t index)
{
    *rng = (gm_rng){
        .key = {(uint32_t)seed, (uint32_t)(seed >> 32)},
        .counter = {0, 0, index, (uint32_t)purpose},
        .n_used = 4,
    };
}

uint32_t gm_rng_u32(gm_rng *rng)
{
    if (rng->n_used == 4) {
        gm_philox4x32(rng->block, rng->counter, rng->key);
        rng->n_used = 0;
        if (++rng->counter[0] == 0)
            ++rng->counter[1];
    }
    return rng->block[rng->n_used++];
}

double gm_rng_uniform(gm_rng *rng)
{
    const uint64_t high = gm_rng_u32(rng) >> 6; /* 26 bits */
    const uint64_t low = gm_rng_u32(rng) >> 6;  /* 26 bits */
    return ((double)(high << 26 | low) + 0.5) * 0x1p-52;
}

double gm_rng_normal(gm_rng *rng)
{
    if (rng->has_spare_normal) {
        rng->has_spare_normal = 0;
        return rng->spare_normal;
    }
    const double radius = sqrt(-2.0 * log(gm_rng_uniform(rng)));
    const double angle = two_pi * gm_rng_uniform(rng);
    rng->spare_normal = radius * sin(angle);
    rng->has_spare_normal = 1;
    return radius * cos(angle);
}

uint32_t gm_rng_below(gm_rng *rng, uint32_t bound)
{
    /* The lowest (2^32 mod bound) values would make the small results more likely: draw again. */
    const uint32_t threshold = (0u - bound) % bound;
    uint32_t draw = gm_rng_u32(rng);
    while (draw < threshold)
        draw = gm_rng_u32(rng);
    return draw % bound;
}

void gm_rng_permutation(gm_rng *rng, uint32_t *order, uint32_t n)
{
    for (uint32_t i = 0; i < n; ++i)
        order[i] = i;
    for (uint32_t i = n; i > 1; --i) {
        const uint32_t j = gm_rng_below(rng, i);
        const uint32_t swapped = order[i - 1];
        order[i - 1] = order[j];
        order[j] = swapped;
    }
}

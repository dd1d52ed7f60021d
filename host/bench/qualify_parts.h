/* SPDX-License-Identifier: MIT
 * The parts of gemlet qualify --full. Each opens the device, adds what it found to an object, with
 * a "verdict" ("pass", "fail", or "measured" where nothing can be wrong) and a "summary", one line,
 * and closes the device again. */
#ifndef GM_BENCH_QUALIFY_PARTS_H
#define GM_BENCH_QUALIFY_PARTS_H

#include <cjson/cJSON.h>

#include "backend/tuning.h"
#include "gemlet/train.h"

/* What a part works on; not every part takes all of it. */
typedef struct gm_qualify_part {
    gemlet_status (*open)(gemlet_device **out, const gemlet_device_options *options);
    gemlet_device_options device;
    gm_tuning tuning;    /* all zero: none */
    const char *network; /* spec string */
    gemlet_dim batch;
    gemlet_fused fused;
    uint64_t n_steps;
} gm_qualify_part;

/* The device with its kernels, and what it can do at most. */
gemlet_status gm_qualify_part_device(cJSON *results, const void *part);

/* The table of `gemlet qualify`. */
gemlet_status gm_qualify_part_operations(cJSON *results, const void *part);

/* n_steps steps as `gemlet verify` does them. */
gemlet_status gm_qualify_part_steps(cJSON *results, const void *part);

/* A training with all that belongs to it, on data that can be learned. */
gemlet_status gm_qualify_part_training(cJSON *results, const void *part);

/* Every product of the network in every way, by the clock. */
gemlet_status gm_qualify_part_tiles(cJSON *results, const void *part);

#endif

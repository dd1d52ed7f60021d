/* SPDX-License-Identifier: MIT
 * A data set made up for measuring: any number of features and classes, any density. */
#ifndef GM_BENCH_SYNTHETIC_H
#define GM_BENCH_SYNTHETIC_H

#include "core/error.h"
#include "gemlet/dataset.h"

typedef struct gm_synthetic_options {
    gemlet_dim rows;     /* >= classes, so that every class occurs */
    gemlet_dim features; /* >= 1 */
    gemlet_dim classes;  /* 1 to GEMLET_MAX_CLASSES */
    double density;      /* share of the values that is not 0, 0..1 */
    uint64_t seed;
} gm_synthetic_options;

/* Bytes. A value that is not 0 lies between 1 and 255, higher where the class of the row has its
 * mark: a network can learn the classes, so the loss tells whether a step does its work.
 * GEMLET_E_RANGE for options beyond the ranges above. Release with gemlet_dataset_destroy(). */
gemlet_status gm_synthetic_create(gemlet_dataset **out, const gm_synthetic_options *options);

#endif

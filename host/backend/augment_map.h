/* SPDX-License-Identifier: MIT
 * The random maps of augment, in double: what the CPU calculates with, and bounds are made of. */
#ifndef GM_BACKEND_AUGMENT_MAP_H
#define GM_BACKEND_AUGMENT_MAP_H

#include <stddef.h>
#include <stdint.h>

/* A pixel at (u, v) takes its value at column x0 + xx u + xy v and row y0 + yx u + yy v. */
typedef struct gm_augment_map {
    double xx;
    double xy;
    double x0;
    double yx;
    double yy;
    double y0;
} gm_augment_map;

/* That of image `image` of a batch, height x width. record (GM_RECORD_SIZE) in. */
gm_augment_map gm_augment_map_draw(const double *record, size_t image, size_t height, size_t width);

/* The key of the step's random numbers. */
void gm_record_key(uint32_t key[2], const double *record);

#endif

/* SPDX-License-Identifier: MIT
 * The list of what tuning tries. A pure function. */
#ifndef GM_TUNE_CANDIDATES_H
#define GM_TUNE_CANDIDATES_H

#include "backend/tuning.h"

/* What the device can do with steps of the network. */
typedef struct gm_candidates_device {
    int can_fuse;
    int has_tiles; /* the GPU kernels */
} gm_candidates_device;

/* *candidate = number `position` of the list, which is one change of the best tuning so far: what
 * won before stays. Returns 0 at the end of the
 * list; a candidate that makes no sense with `best` comes out equal to it. */
int gm_candidates_get(gm_tuning *candidate, unsigned position, const gm_tuning *best,
                      const gm_candidates_device *device);

#endif

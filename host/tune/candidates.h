/* SPDX-License-Identifier: MIT
 * The list of what tuning tries. A pure function. */
#ifndef GM_TUNE_CANDIDATES_H
#define GM_TUNE_CANDIDATES_H

#include "backend/tuning.h"

/* *candidate = number `position` of the list, which is one change of the best tuning so far: what
 * won before stays. can_fuse: the device fuses steps of this network. Returns 0 at the end of the
 * list; a candidate that makes no sense with `best` comes out equal to it. */
int gm_candidates_get(gm_tuning *candidate, unsigned position, const gm_tuning *best, int can_fuse);

#endif

/* SPDX-License-Identifier: MIT
 * An empty place for everything that programs and drivers keep from run to run, so that a start can
 * be measured as on the first day. */
#ifndef GM_BENCH_FRESH_CACHES_H
#define GM_BENCH_FRESH_CACHES_H

#include "core/scratch.h"

/* From now on this process and its drivers cache there. Before the first OpenCL call only. */
gemlet_status gm_fresh_caches_use(const gm_scratch *place);

#endif

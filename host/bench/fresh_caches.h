/* SPDX-License-Identifier: MIT
 * An empty place for everything that programs and drivers keep from run to run, so that a start can
 * be measured as on the first day. */
#ifndef GM_BENCH_FRESH_CACHES_H
#define GM_BENCH_FRESH_CACHES_H

#include "core/error.h"

typedef struct gm_fresh_caches {
    char *path; /* NULL: there is none */
    int lock;   /* shows other processes that it is in use */
} gm_fresh_caches;

/* Makes an empty directory in TMPDIR, or in /tmp without it, and removes those of ended processes
 * there. On failure the caches are all zero. */
gemlet_status gm_fresh_caches_create(gm_fresh_caches *caches);

/* From now on this process and its drivers cache there. Before the first OpenCL call only. */
gemlet_status gm_fresh_caches_use(const gm_fresh_caches *caches);

/* Removes the directory with all that is in it. Harmless if there is none. */
void gm_fresh_caches_remove(gm_fresh_caches *caches);

#endif

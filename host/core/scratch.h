/* SPDX-License-Identifier: MIT
 * Places for what lives no longer than this process. */
#ifndef GM_CORE_SCRATCH_H
#define GM_CORE_SCRATCH_H

#include "core/error.h"

/* The directory for temporary files: TMPDIR, or /tmp without it. */
const char *gm_scratch_parent(void);

/* An empty directory there. */
typedef struct gm_scratch {
    char *path; /* NULL: there is none */
    int lock;   /* shows other processes that it is in use */
} gm_scratch;

/* Also removes those of ended processes. On failure the scratch is all zero. */
gemlet_status gm_scratch_create(gm_scratch *scratch);

/* Removes the directory with all that is in it. Harmless if there is none. */
void gm_scratch_remove(gm_scratch *scratch);

#endif

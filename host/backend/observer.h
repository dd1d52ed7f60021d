/* SPDX-License-Identifier: MIT
 * An observer is notified of what a backend does, in that order: first the operation, then the
 * launches that carry it out. For reports only; no result depends on it.
 *
 * Set gm_backend.observer to begin, NULL to end. Text belongs to the caller and is valid during the
 * function only. */
#ifndef GM_BACKEND_OBSERVER_H
#define GM_BACKEND_OBSERVER_H

#include "backend/op_cost.h"

/* One entry into the device's queue. */
typedef struct gm_observed_launch {
    const char *name;   /* of the kernel, or of a library's function that launches what it likes */
    size_t n_groups[2]; /* work-groups; 0: the library decides */
    size_t n_items[2];  /* work-items of each */
    uint64_t n_extra_bytes; /* moved beyond what the operation itself must move */
} gm_observed_launch;

typedef struct gm_observer {
    void *user;
    /* `shape`: the extents of the matrices that are read, "64x784 784x150", or a vector's length.
     */
    void (*on_operation)(void *user, const char *op, const char *shape, gm_op_cost cost);
    void (*on_launch)(void *user, const gm_observed_launch *launch);
} gm_observer;

#endif

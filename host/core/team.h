/* SPDX-License-Identifier: MIT
 * A few threads that share the ranges of a loop with the thread that has it: fork and join.
 *
 * Each has its place among the ranges, so that what it has written in one loop is in its cache in
 * the next. The caller, once through with its own, takes those that their threads have not begun: a
 * thread that is asleep, or has lost its processor to another process, is not waited for. Where the
 * ranges begin and end depends on the loop and on the number of threads alone. */
#ifndef GM_CORE_TEAM_H
#define GM_CORE_TEAM_H

#include <stddef.h>

#include "core/error.h"

typedef struct gm_team gm_team;

/* Items first .. end - 1 of a loop. Several are called at the same time. */
typedef void (*gm_team_loop)(const void *context, size_t first, size_t end);

/* A team of n_threads (>= 1), the caller among them, or of as many as the system allows. On failure
 * (memory) *out = NULL. Release with gm_team_destroy(). */
gemlet_status gm_team_create(gm_team **out, unsigned n_threads);

/* team may be NULL. No loop may be under way. */
void gm_team_destroy(gm_team *team);

/* With the caller; 1 for NULL. */
unsigned gm_team_n_threads(const gm_team *team);

/* Calls `loop` for items 0 .. n_items - 1 in at most n_parts ranges, and no more than there are
 * threads, about as long as each other. They begin at multiples of `unit` (> 0). Returns when all
 * have been gone through. One host thread at a time. team may be NULL: one range. */
void gm_team_run(gm_team *team, size_t n_items, size_t unit, size_t n_parts, gm_team_loop loop,
                 const void *context);

#endif

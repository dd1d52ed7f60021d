/* SPDX-License-Identifier: MIT
 * The threads of the CPU path. OpenBLAS shares a product among threads of its own, which the loops
 * between the products cannot use, and gains little by it where products are small. So a team of
 * ours goes through loops and products alike, and as long as there is one, OpenBLAS multiplies on
 * the thread that calls it. */
#ifndef GM_BACKEND_CPU_BLAS_TEAM_H
#define GM_BACKEND_CPU_BLAS_TEAM_H

#include "core/team.h"

/* A team of as many threads as OpenBLAS has (OPENBLAS_NUM_THREADS). *out = NULL, no error, where it
 * has one, or where it must multiply by itself: its build is not that for POSIX threads, or the
 * memory or the threads of the process are limited (ulimit -v, -u), and OpenBLAS asks for ever for
 * a buffer that it does not get. Its own threads have theirs from their start. */
gemlet_status gm_blas_team_create(gm_team **out);

/* team may be NULL. The last one gives OpenBLAS its threads back. */
void gm_blas_team_destroy(gm_team *team);

/* Threads that OpenBLAS has or would have without a team. */
unsigned gm_blas_n_threads(void);

#endif

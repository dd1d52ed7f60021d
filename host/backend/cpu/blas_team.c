/* SPDX-License-Identifier: MIT
 * See blas_team.h. */
#include "backend/cpu/blas_team.h"

#include <cblas.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "backend/cpu/blas_buffer.h"
#include "core/memory.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of the following */
static unsigned n_teams;
static int n_threads_before; /* the first team */

/* OpenBLAS multiplies on the thread that calls it. */
static void begin_single(void)
{
    pthread_mutex_lock(&lock);
    if (n_teams++ == 0) {
        n_threads_before = openblas_get_num_threads();
        openblas_set_num_threads(1);
    }
    pthread_mutex_unlock(&lock);
}

static void end_single(void)
{
    pthread_mutex_lock(&lock);
    if (--n_teams == 0)
        openblas_set_num_threads(n_threads_before);
    pthread_mutex_unlock(&lock);
}

unsigned gm_blas_n_threads(void)
{
    pthread_mutex_lock(&lock);
    const int n = n_teams > 0 ? n_threads_before : openblas_get_num_threads();
    pthread_mutex_unlock(&lock);
    return n > 0 ? (unsigned)n : 1;
}

/* Room for a buffer for each thread, beside those that OpenBLAS's own threads have. Within a limit
 * something else may take it before the threads come to multiply at the same time. */
static gemlet_status has_room(int *out, unsigned n_threads)
{
    struct rlimit limit;
    void **buffers;
    unsigned n = 0;
    *out = 0;
    if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur != RLIM_INFINITY)
        return GEMLET_OK;
    GEMLET_TRY(GM_ALLOC(buffers, n_threads, "OpenBLAS"));
    while (n < n_threads && (buffers[n] = gm_blas_buffer_map()) != NULL)
        ++n;
    *out = n == n_threads;
    while (n > 0)
        gm_blas_buffer_unmap(buffers[--n]);
    free(buffers);
    return GEMLET_OK;
}

gemlet_status gm_blas_team_create(gm_team **out)
{
    const unsigned n_threads = gm_blas_n_threads();
    int has_buffers;
    *out = NULL;
    if (n_threads == 1 || openblas_get_parallel() != OPENBLAS_THREAD)
        return GEMLET_OK;
    GEMLET_TRY(has_room(&has_buffers, n_threads));
    if (!has_buffers)
        return GEMLET_OK;
    GEMLET_TRY(gm_team_create(out, n_threads));
    if (gm_team_n_threads(*out) < n_threads) {
        gm_team_destroy(*out);
        *out = NULL;
        return GEMLET_OK;
    }
    begin_single();
    return GEMLET_OK;
}

void gm_blas_team_destroy(gm_team *team)
{
    if (team == NULL)
        return;
    gm_team_destroy(team);
    end_single();
}

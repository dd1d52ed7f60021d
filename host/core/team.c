/* SPDX-License-Identifier: MIT
 * See team.h. */
#include "core/team.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "core/memory.h"

/* Looks for work that follow each other at once, and then those that let others run in between:
 * loops of a training step come within microseconds, and a thread that sleeps takes tens of them to
 * wake. After some hundred microseconds without work a thread sleeps. */
#define N_QUICK_LOOKS 500
#define N_LOOKS       1500

/* What one thread looks at, in a cache line of its own. */
typedef struct post {
    atomic_int
        has_part; /* whoever makes it 0 goes through the part. Making it 1 publishes the loop */
    char gap[64 - sizeof(atomic_int)];
} post;

typedef struct member {
    gm_team *team;
    unsigned number; /* of its part; 0 is the caller's */
    pthread_t thread;
} member;

struct gm_team {
    member *members; /* (n_threads), but the caller's is unused */
    post *posts;     /* (n_threads) */
    unsigned n_threads;

    /* The loop under way. Written while no part is unfinished, when no thread reads them. */
    gm_team_loop loop;
    const void *context;
    size_t n_items;
    size_t unit;
    size_t n_parts;
    atomic_size_t n_unfinished;

    atomic_int n_asleep;
    atomic_int is_ending;
    pthread_mutex_t mutex;
    pthread_cond_t has_work;
};

/* For a thread that looks again and again: leaves the core to its other thread. */
static void relax(void)
{
#if defined(__x86_64__) && defined(__GNUC__)
    __builtin_ia32_pause();
#endif
}

/* Takes a part, if nobody else has. */
static int claim(gm_team *team, size_t part)
{
    atomic_int *has_part = &team->posts[part].has_part;
    return atomic_load_explicit(has_part, memory_order_relaxed) &&
           atomic_exchange_explicit(has_part, 0, memory_order_acquire);
}

/* The loop cannot change before this part is finished. */
static void go_through(gm_team *team, size_t part)
{
    const size_t n_units = (team->n_items + team->unit - 1) / team->unit;
    const size_t first = n_units * part / team->n_parts * team->unit;
    const size_t end = n_units * (part + 1) / team->n_parts * team->unit;
    team->loop(team->context, first, end < team->n_items ? end : team->n_items);
    atomic_fetch_sub_explicit(&team->n_unfinished, 1, memory_order_release);
}

static void sleep_until_work(gm_team *team, const post *own)
{
    pthread_mutex_lock(&team->mutex);
    atomic_fetch_add(&team->n_asleep, 1); /* before the look: gm_team_run() does it the other way */
    while (!atomic_load(&own->has_part) && !atomic_load(&team->is_ending))
        pthread_cond_wait(&team->has_work, &team->mutex);
    atomic_fetch_sub(&team->n_asleep, 1);
    pthread_mutex_unlock(&team->mutex);
}

static void *work(void *user)
{
    const member *self = user;
    gm_team *team = self->team;
    unsigned n_looks = 0;
    while (!atomic_load_explicit(&team->is_ending, memory_order_relaxed)) {
        if (claim(team, self->number)) {
            go_through(team, self->number);
            n_looks = 0;
        } else if (++n_looks < N_QUICK_LOOKS) {
            relax();
        } else if (n_looks < N_LOOKS) {
            sched_yield();
        } else {
            sleep_until_work(team, &team->posts[self->number]);
            n_looks = 0;
        }
    }
    return NULL;
}

static void wake(gm_team *team)
{
    pthread_mutex_lock(&team->mutex);
    pthread_cond_broadcast(&team->has_work);
    pthread_mutex_unlock(&team->mutex);
}

/* Signals are for the thread that has the team. Returns how many threads there are now. */
static unsigned start_threads(gm_team *team, unsigned n_threads)
{
    sigset_t all;
    sigset_t before;
    unsigned n = 1;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (; n < n_threads; ++n) {
        team->members[n] = (member){.team = team, .number = n};
        if (pthread_create(&team->members[n].thread, NULL, work, &team->members[n]) != 0)
            break;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return n;
}

static void free_team(gm_team *team)
{
    free(team->posts);
    free(team->members);
    free(team);
}

gemlet_status gm_team_create(gm_team **out, unsigned n_threads)
{
    *out = NULL;
    gm_team *team;
    gemlet_status status = GEMLET_OK;
    GEMLET_TRY(GM_ALLOC(team, 1, "team of threads"));
    GEMLET_TRY_CLEANUP(status, GM_ALLOC(team->members, n_threads, "team of threads"));
    GEMLET_TRY_CLEANUP(status, GM_ALLOC(team->posts, n_threads, "team of threads"));
    pthread_mutex_init(&team->mutex, NULL);
    pthread_cond_init(&team->has_work, NULL);
    team->n_threads = start_threads(team, n_threads);
    *out = team;
    return GEMLET_OK;
cleanup:
    free_team(team);
    return status;
}

void gm_team_destroy(gm_team *team)
{
    if (team == NULL)
        return;
    atomic_store(&team->is_ending, 1);
    wake(team);
    for (unsigned i = 1; i < team->n_threads; ++i)
        pthread_join(team->members[i].thread, NULL);
    pthread_cond_destroy(&team->has_work);
    pthread_mutex_destroy(&team->mutex);
    free_team(team);
}

unsigned gm_team_n_threads(const gm_team *team)
{
    return team != NULL ? team->n_threads : 1;
}

/* Parts that others have begun are soon done: no sleep. */
static void wait_for_others(gm_team *team)
{
    for (unsigned n_looks = 0; atomic_load_explicit(&team->n_unfinished, memory_order_acquire) > 0;
         ++n_looks) {
        if (n_looks < N_QUICK_LOOKS)
            relax();
        else
            sched_yield();
    }
}

void gm_team_run(gm_team *team, size_t n_items, size_t unit, size_t n_parts, gm_team_loop loop,
                 const void *context)
{
    const size_t n_units = (n_items + unit - 1) / unit;
    size_t n = n_parts < n_units ? n_parts : n_units;
    n = n < gm_team_n_threads(team) ? n : gm_team_n_threads(team);
    if (n <= 1) {
        loop(context, 0, n_items);
        return;
    }
    team->loop = loop;
    team->context = context;
    team->n_items = n_items;
    team->unit = unit;
    team->n_parts = n;
    atomic_store_explicit(&team->n_unfinished, n, memory_order_relaxed);
    for (size_t part = 1; part < n; ++part)
        atomic_store(&team->posts[part].has_part, 1);
    if (atomic_load(&team->n_asleep) > 0)
        wake(team);
    go_through(team, 0);
    for (size_t part = 1; part < n; ++part) {
        if (claim(team, part))
            go_through(team, part);
    }
    wait_for_others(team);
}

/* SPDX-License-Identifier: MIT
 * Loops of the CPU backend, shared among its threads. */
#include "backend/cpu/cpu_real.h"

/* Less is done before another thread has heard of it, about a microsecond. */
#define LEAST_COST 4096u

void GM_CPU(for_each)(gm_backend *backend, size_t n_items, size_t unit, size_t cost,
                      gm_team_loop loop, const void *context)
{
    gm_team *team = ((gm_cpu_backend *)backend)->team;
    const size_t n_threads = gm_team_n_threads(team);
    const size_t n_worth = n_items * cost / LEAST_COST;
    gm_team_run(team, n_items, unit, n_worth < n_threads ? n_worth : n_threads, loop, context);
}

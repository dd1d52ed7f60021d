/* SPDX-License-Identifier: MIT
 * See product_times.h. */
#include "bench/product_times.h"

#include <stdlib.h>
#include <string.h>

#include "backend/opencl/gemm_local_tile.h"
#include "backend/product_choice.h"
#include "bench/product_timer.h"
#include "bench/sample.h"
#include "core/clock.h"

/* Of a trial, long enough for the clock; the best one counts, because a disturbance only adds. */
#define TRIAL_SECONDS 1e-3
#define N_TRIALS      3u
#define MIN_CALLS     2u
#define MAX_CALLS     100u

/* A candidate that is slower by this factor at first has no trials. */
#define HOPELESS 1.5

/* Turns of the best candidate against what the device would choose, and what it must gain. */
#define N_TURNS  5u
#define MIN_GAIN 0.05

static const unsigned tiles[] = {128, 64, 32};
static const unsigned splits[] = {1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32};
#define N_TILES        (sizeof tiles / sizeof tiles[0])
#define N_SPLITS       (sizeof splits / sizeof splits[0])
#define MAX_CANDIDATES (N_TILES * N_SPLITS + 1)

typedef struct candidate {
    gm_product_choice choice;
    double estimate; /* microseconds, of the model; CLBlast: 0, it comes first */
} candidate;

typedef struct search {
    const gm_product_times_job *job;
    gm_product_choices *choices;
    double end; /* when the time for the product is over */
    const gm_product_timer *timer;
    gm_product_kind kind;
    candidate candidates[MAX_CANDIDATES];
    unsigned n_candidates;
} search;

static int is_over(const search *s)
{
    return (s->job->stop != NULL && *s->job->stop != 0) || gm_clock_seconds() > s->end;
}

/* ---- candidates ----------------------------------------------------------------------------- */

static gm_local_size size_of(const search *s)
{
    const gemlet_dim batch = s->timer->x.rows;
    const gemlet_dim n_in = s->timer->x.cols;
    const gemlet_dim n_out = s->timer->y.cols;
    switch (s->kind) {
    case GM_PRODUCT_FWD:
        return (gm_local_size){.m = batch, .n = n_out, .k = n_in};
    case GM_PRODUCT_BWD_W:
        return (gm_local_size){.m = n_in, .n = n_out, .k = batch};
    default:
        return (gm_local_size){.m = batch, .n = n_in, .k = n_out};
    }
}

static gm_product_choice new_choice(const search *s)
{
    return (gm_product_choice){.kind = s->kind,
                               .batch = s->timer->x.rows,
                               .n_in = s->timer->x.cols,
                               .n_out = s->timer->y.cols};
}

static int by_estimate(const void *a, const void *b)
{
    const double first = ((const candidate *)a)->estimate;
    const double second = ((const candidate *)b)->estimate;
    return (first > second) - (first < second);
}

/* A product has only so many blocks of k: of splits that come out equal one is enough, and what the
 * device would choose is none. */
static int is_new(const search *s, unsigned tile, unsigned n_splits, const gm_local_plan *guess)
{
    if (gm_gemm_local_tile_side(guess->tile) == tile && guess->n_splits == n_splits)
        return 0;
    for (unsigned i = 0; i < s->n_candidates; ++i) {
        const gm_local_tuning *other = &s->candidates[i].choice.local;
        if (other->tile == tile && other->n_splits == n_splits)
            return 0;
    }
    return 1;
}

static void list_candidates(search *s)
{
    const gm_local_size size = size_of(s);
    const gm_local_tuning none = {0};
    const unsigned n_units = s->job->backend->info.compute_units;
    const gm_local_plan guess = gm_gemm_local_plan(&size, n_units, &none);
    s->n_candidates = 0;
    for (size_t i = 0; i < N_TILES * N_SPLITS; ++i) {
        const gm_local_tuning wanted = {tiles[i / N_SPLITS], splits[i % N_SPLITS]};
        const gm_local_plan plan = gm_gemm_local_plan(&size, n_units, &wanted);
        candidate *c = &s->candidates[s->n_candidates];
        if (!is_new(s, wanted.tile, plan.n_splits, &guess))
            continue;
        *c = (candidate){new_choice(s), gm_gemm_local_estimate(&plan, &size, n_units)};
        c->choice.local = (gm_local_tuning){wanted.tile, plan.n_splits};
        ++s->n_candidates;
    }
    if (gm_product_timer_flop(s->timer) >= GM_PRODUCT_TIMES_CLBLAST_FLOP) {
        candidate *c = &s->candidates[s->n_candidates++];
        *c = (candidate){.choice = new_choice(s)};
        c->choice.is_clblast = 1;
    }
    qsort(s->candidates, s->n_candidates, sizeof s->candidates[0], by_estimate);
    if (s->n_candidates > s->job->n_candidates)
        s->n_candidates = s->job->n_candidates;
}

/* ---- times ---------------------------------------------------------------------------------- */

/* NULL: as the device chooses. */
static gemlet_status use(const search *s, const gm_product_choice *choice)
{
    gm_product_choices only = {.n = choice != NULL};
    if (choice != NULL)
        only.list[0] = *choice;
    return gm_backend_choose_products(s->job->backend, &only);
}

/* *best stays what it is, and *seconds too, unless the candidate is faster. The first call may
 * compile. */
static gemlet_status try_candidate(search *s, const gm_product_choice *choice,
                                   const gm_product_choice **best, double *seconds)
{
    double own = 0.0;
    GEMLET_TRY(use(s, choice));
    GEMLET_TRY(gm_product_timer_run(&own, s->timer, s->kind, 1));
    GEMLET_TRY(gm_product_timer_run(&own, s->timer, s->kind, 1));
    if (*seconds > 0.0 && own > HOPELESS * *seconds)
        return GEMLET_OK;
    const double wanted = TRIAL_SECONDS / own;
    const unsigned n_calls = wanted < MIN_CALLS   ? MIN_CALLS
                             : wanted > MAX_CALLS ? MAX_CALLS
                                                  : (unsigned)wanted;
    for (unsigned i = 0; i < N_TRIALS; ++i) {
        GEMLET_TRY(gm_product_timer_run(&own, s->timer, s->kind, n_calls));
        if (*seconds == 0.0 || own < *seconds) {
            *seconds = own;
            *best = choice;
        }
    }
    return GEMLET_OK;
}

/* In turn. *ratio = the median of the candidate's times to those of what the device would choose.
 */
static gemlet_status confirm(double *ratio, const search *s, const gm_product_choice *choice,
                             double seconds)
{
    const double wanted = TRIAL_SECONDS / seconds;
    const unsigned n_calls = wanted < 1.0 ? 1 : wanted > MAX_CALLS ? MAX_CALLS : (unsigned)wanted;
    double ratios[N_TURNS];
    for (unsigned i = 0; i < N_TURNS; ++i) {
        double with = 0.0;
        double without = 0.0;
        GEMLET_TRY(use(s, choice));
        GEMLET_TRY(gm_product_timer_run(&with, s->timer, s->kind, n_calls));
        GEMLET_TRY(use(s, NULL));
        GEMLET_TRY(gm_product_timer_run(&without, s->timer, s->kind, n_calls));
        ratios[i] = with / without;
    }
    *ratio = gm_sample_median(ratios, N_TURNS);
    return GEMLET_OK;
}

static gemlet_status time_product(search *s)
{
    const gm_product_choice *best = NULL;
    double seconds = 0.0;
    double ratio = 1.0;
    list_candidates(s);
    GEMLET_TRY(try_candidate(s, NULL, &best, &seconds));
    for (unsigned i = 0; i < s->n_candidates && !is_over(s); ++i)
        GEMLET_TRY(try_candidate(s, &s->candidates[i].choice, &best, &seconds));
    if (best != NULL)
        GEMLET_TRY(confirm(&ratio, s, best, seconds));
    if (ratio < 1.0 - MIN_GAIN)
        s->choices->list[s->choices->n++] = *best;
    return use(s, NULL);
}

/* ---- the network ---------------------------------------------------------------------------- */

typedef struct layer_size {
    gemlet_dim n_in;
    gemlet_dim n_out;
    int is_first; /* needs no gradient of its inputs */
} layer_size;

static int by_weights(const void *a, const void *b)
{
    const layer_size *first = a;
    const layer_size *second = b;
    const uint64_t n = (uint64_t)first->n_in * first->n_out;
    const uint64_t m = (uint64_t)second->n_in * second->n_out;
    return (n < m) - (n > m);
}

/* The largest first; of equal ones one, which is the first layer only if no other is so large.
 * Returns their number. */
static unsigned list_layers(layer_size layers[GEMLET_MAX_LAYERS], const gemlet_spec *spec)
{
    unsigned n = 0;
    for (unsigned l = spec->n_layers; l-- > 0;) {
        const layer_size layer = {l > 0 ? spec->layers[l - 1].width : spec->n_inputs,
                                  spec->layers[l].width, l == 0};
        unsigned i = 0;
        while (i < n && (layers[i].n_in != layer.n_in || layers[i].n_out != layer.n_out))
            ++i;
        if (i == n)
            layers[n++] = layer;
    }
    qsort(layers, n, sizeof layers[0], by_weights);
    return n;
}

static int is_evaluated(const gm_product_times_job *job)
{
    for (unsigned i = 0; i < GM_PRODUCT_TIMES_MAX_EVALUATED; ++i) {
        if (job->evaluated[i] == job->batch)
            return 1;
    }
    return 0;
}

static gemlet_status time_layer(search *s, const layer_size *layer)
{
    const gm_product_times_job *job = s->job;
    gm_product_timer timer;
    gemlet_status status =
        gm_product_timer_create(&timer, job->backend, job->batch, layer->n_in, layer->n_out);
    s->timer = &timer;
    const double share = (s->end - gm_clock_seconds()) / GM_N_PRODUCT_KINDS;
    for (s->kind = GM_PRODUCT_FWD; status == GEMLET_OK && s->kind < GM_N_PRODUCT_KINDS; ++s->kind) {
        const int is_left_out = s->kind == GM_PRODUCT_FWD     ? is_evaluated(job)
                                : s->kind == GM_PRODUCT_BWD_X ? layer->is_first
                                                              : 0;
        s->end = gm_clock_seconds() + share;
        if (!is_left_out && s->choices->n < GM_MAX_PRODUCT_CHOICES)
            status = time_product(s);
    }
    gm_product_timer_free(&timer);
    return status;
}

gemlet_status gm_product_times_choose(gm_product_choices *choices, const gm_product_times_job *job)
{
    search s = {.job = job, .choices = choices};
    layer_size layers[GEMLET_MAX_LAYERS];
    *choices = (gm_product_choices){0};
    const unsigned n = list_layers(layers, job->spec);
    const double end = gm_clock_seconds() + job->budget_seconds;
    GEMLET_TRY(use(&s, NULL));
    for (unsigned l = 0; l < n; ++l) {
        const double flop = 2.0 * job->batch * layers[l].n_in * layers[l].n_out;
        const double now = gm_clock_seconds();
        s.end = now + (end - now) / (n - l);
        if (flop < GM_PRODUCT_TIMES_LEAST_FLOP || is_over(&s))
            break;
        GEMLET_TRY(time_layer(&s, &layers[l]));
    }
    return GEMLET_OK;
}

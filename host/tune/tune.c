/* SPDX-License-Identifier: MIT
 * See tune.h. */
#include "tune/tune.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/sample.h"
#include "bench/worker.h"
#include "core/clock.h"
#include "core/memory.h"
#include "tune/candidates.h"

/* Long enough that a step more or less does not count; five of each are a second and a half. */
#define ROUND_SECONDS 0.15
#define N_ROUNDS      5u
#define MIN_STEPS     3u
#define MAX_STEPS     5000u

/* Steps before the time counts. */
#define N_WARM 2u

/* A candidate that is slower by this factor in the first round has no further one. */
#define HOPELESS 1.5

/* What a gain must exceed at least: the quartiles of five turns may lie closer by chance. */
#define MIN_GAIN 0.02

/* Of the budget, for the products of one step. */
#define TIMING_SHARE 0.3

/* Threads of OpenBLAS look for more work for about 25 ms before they sleep. */
#define PAUSE_NANOSECONDS 30000000L

typedef struct runner {
    gm_tuning tuning;
    gemlet_train_options train;
    gm_worker worker;
    gm_worker_answer start;
    double us_per_step;
} runner;

typedef struct tune_run {
    const gm_tune_options *options;
    gm_tune_result *result;
    gm_qualify_job qualify;
    double started;
    runner best;
    int has_best;
    gm_candidates_device can;
    uint64_t n_steps; /* of a round */
    char *key;
} tune_run;

/* The budget ends the search once there is something to keep. */
static int is_over(const tune_run *t)
{
    const gm_tune_options *options = t->options;
    return (options->stop != NULL && *options->stop != 0) ||
           (t->has_best && gm_clock_seconds() - t->started > options->budget_seconds);
}

/* ---- processes ------------------------------------------------------------------------------ */

/* Starts the candidate; its steps are right if that succeeds. */
static gemlet_status start(tune_run *t, runner *r, const gm_tuning *tuning)
{
    const gm_tune_options *options = t->options;
    const gm_tuning none = {0};
    *r = (runner){.tuning = *tuning, .train = options->train};
    /* Only what is the default may be less than it says. */
    r->train.fused = tuning->is_unfused                 ? GEMLET_FUSED_OFF
                     : gm_tuned_is_equal(tuning, &none) ? GEMLET_FUSED_AUTO
                                                        : GEMLET_FUSED_ON;
    const gm_worker_job job = {
        .device = options->device,
        .tuning = tuning,
        .timing_seconds = TIMING_SHARE * options->budget_seconds,
        .is_checked = 1,
        .model = options->model,
        .dataset = options->dataset,
        .train = &r->train,
        .qualify = &t->qualify,
    };
    GEMLET_TRY(gm_worker_start(&r->worker, &job, &r->start));
    if (tuning->is_timed)
        r->tuning.products = r->start.products;
    return GEMLET_OK;
}

/* Seconds of a round. */
static gemlet_status run_round(runner *r, uint64_t n_steps, double *seconds)
{
    const struct timespec pause = {0, PAUSE_NANOSECONDS};
    gm_worker_answer answer;
    nanosleep(&pause, NULL);
    GEMLET_TRY(gm_worker_run(&r->worker, N_WARM, n_steps, &answer));
    *seconds = answer.seconds;
    return GEMLET_OK;
}

/* ---- comparing ------------------------------------------------------------------------------ */

typedef struct comparison {
    double candidate[N_ROUNDS];
    double best[N_ROUNDS];
    unsigned n;
} comparison;

/* In turn, each first every other time. */
static gemlet_status compare(tune_run *t, runner *candidate, comparison *c)
{
    for (c->n = 0; c->n < N_ROUNDS;) {
        const unsigned round = c->n;
        for (unsigned i = 0; i < 2; ++i) {
            if ((round + i) % 2 == 0)
                GEMLET_TRY(run_round(&t->best, t->n_steps, &c->best[round]));
            else
                GEMLET_TRY(run_round(candidate, t->n_steps, &c->candidate[round]));
        }
        ++c->n;
        if (c->candidate[round] > HOPELESS * c->best[round])
            break;
    }
    return GEMLET_OK;
}

/* 1 if the candidate is faster by more than the turns differ among themselves. */
static int is_better(const comparison *c)
{
    double ratios[N_ROUNDS];
    for (unsigned i = 0; i < c->n; ++i)
        ratios[i] = c->candidate[i] / c->best[i];
    const double noise =
        gm_sample_quantile(ratios, c->n, 0.75) - gm_sample_quantile(ratios, c->n, 0.25);
    return c->n == N_ROUNDS && gm_sample_median(ratios, c->n) < 1.0 - fmax(MIN_GAIN, noise);
}

static double us_per_step(const tune_run *t, double *seconds, unsigned n)
{
    return 1e6 * gm_sample_median(seconds, n) / (double)t->n_steps;
}

/* ---- the first ------------------------------------------------------------------------------ */

static gemlet_status name_key(tune_run *t)
{
    const gm_worker_device *device = &t->best.start.device;
    const gemlet_device_info info = {.name = device->name,
                                     .platform = device->platform,
                                     .version = device->version,
                                     .driver = device->driver};
    return gm_tuned_key(&t->key, &info, device->kernels_id, gemlet_model_spec(t->options->model),
                        t->options->train.batch);
}

/* How many steps a round has, and how long one takes. */
static gemlet_status time_first(tune_run *t, gm_tune_trial *trial)
{
    double seconds[N_ROUNDS];
    GEMLET_TRY(run_round(&t->best, MIN_STEPS, &seconds[0]));
    const double n_steps = ROUND_SECONDS * MIN_STEPS / seconds[0];
    t->n_steps = n_steps < MIN_STEPS   ? MIN_STEPS
                 : n_steps > MAX_STEPS ? MAX_STEPS
                                       : (uint64_t)n_steps;
    for (unsigned i = 0; i < N_ROUNDS; ++i)
        GEMLET_TRY(run_round(&t->best, t->n_steps, &seconds[i]));
    trial->us_per_step = t->best.us_per_step = us_per_step(t, seconds, N_ROUNDS);
    trial->ratio = t->result->best_ratio = 1.0;
    return GEMLET_OK;
}

static gemlet_status adopt_first(tune_run *t, gm_tune_trial *trial)
{
    const gm_worker_device *device = &t->best.start.device;
    gm_tune_device shown;
    t->has_best = 1;
    t->can =
        (gm_candidates_device){device->plan_hash != 0, strncmp(device->kernels_id, "gpu", 3) == 0};
    t->result->best = trial->tuning;
    trial->outcome = GM_TUNE_FIRST;
    trial->is_checked = 1;
    snprintf(shown.name, sizeof shown.name, "%s", device->name);
    snprintf(shown.driver, sizeof shown.driver, "%s", device->driver);
    snprintf(shown.choice, sizeof shown.choice, "%s", device->choice);
    if (t->options->on_device != NULL)
        t->options->on_device(&shown, t->options->user);
    GEMLET_TRY(name_key(t));
    return time_first(t, trial);
}

/* ---- the others ----------------------------------------------------------------------------- */

static void keep(tune_run *t)
{
    if (t->options->directory != NULL)
        t->result->is_kept =
            gm_tuned_store(t->options->directory, t->key, &t->result->best) == GEMLET_OK;
}

static void fail_trial(gm_tune_trial *trial)
{
    const char *message = gemlet_last_error();
    const size_t length = strlen(GM_WORKER_WRONG);
    const int is_wrong = strncmp(message, GM_WORKER_WRONG, length) == 0;
    trial->outcome = is_wrong ? GM_TUNE_WRONG : GM_TUNE_FAILED;
    snprintf(trial->note, sizeof trial->note, "%s", message + (is_wrong ? length : 0));
}

/* Lets a right candidate run against the best so far. */
static gemlet_status judge(tune_run *t, runner *candidate, gm_tune_trial *trial)
{
    comparison c;
    trial->is_checked = 1;
    const uint64_t plan = candidate->start.device.plan_hash;
    trial->outcome = GM_TUNE_SAME;
    if (plan != 0 && plan == t->best.start.device.plan_hash)
        return GEMLET_OK;
    GEMLET_TRY(compare(t, candidate, &c));
    const double ratio = gm_sample_median_ratio(c.candidate, c.best, c.n);
    trial->outcome = is_better(&c) ? GM_TUNE_BETTER : GM_TUNE_NOT_BETTER;
    trial->us_per_step = candidate->us_per_step = us_per_step(t, c.candidate, c.n);
    trial->ratio = ratio * t->result->best_ratio;
    if (trial->outcome != GM_TUNE_BETTER)
        return GEMLET_OK;
    gm_worker_end(&t->best.worker);
    t->best = *candidate;
    candidate->worker = (gm_worker){0};
    t->result->best = trial->tuning;
    t->result->best_ratio = trial->ratio;
    keep(t);
    return GEMLET_OK;
}

static gemlet_status try_candidate(tune_run *t, const gm_tuning *tuning)
{
    gm_tune_trial trial = {.tuning = *tuning};
    runner candidate;
    gemlet_status status = start(t, &candidate, tuning);
    trial.tuning = candidate.tuning;
    if (status != GEMLET_OK) {
        fail_trial(&trial);
        /* Without a device, or without memory, the others will not do better. */
        if (!t->has_best && trial.outcome == GM_TUNE_FAILED)
            goto cleanup;
        status = GEMLET_OK;
    } else if (!t->has_best) {
        t->best = candidate;
        candidate.worker = (gm_worker){0};
        status = adopt_first(t, &trial);
    } else {
        status = judge(t, &candidate, &trial);
    }
    ++t->result->n_trials;
    if (status == GEMLET_OK && t->options->on_trial != NULL)
        t->options->on_trial(&trial, t->options->user);
cleanup:
    gm_worker_end(&candidate.worker);
    return status;
}

static gemlet_status try_all(tune_run *t)
{
    gm_tuning candidate = {0};
    GEMLET_TRY(try_candidate(t, &candidate));
    for (unsigned i = 0; gm_candidates_get(&candidate, i, &t->result->best, &t->can); ++i) {
        if (is_over(t))
            return GEMLET_OK;
        if (!gm_tuned_is_equal(&candidate, &t->result->best))
            GEMLET_TRY(try_candidate(t, &candidate));
    }
    t->result->is_complete = 1;
    return GEMLET_OK;
}

gemlet_status gm_tune_run(gm_tune_result *result, const gm_tune_options *options)
{
    tune_run t = {.options = options, .result = result, .started = gm_clock_seconds()};
    *result = (gm_tune_result){0};
    t.qualify.spec = gemlet_model_spec(options->model);
    t.qualify.batch = options->train.batch;
    gemlet_status status = try_all(&t);
    if (status == GEMLET_OK && !t.has_best)
        status = gm_error(GEMLET_E_DEVICE, "no variant of a training step is right on this device; "
                                           "'gemlet verify' shows what is wrong");
    if (status == GEMLET_OK)
        keep(&t);
    gm_worker_end(&t.best.worker);
    free(t.key);
    return status;
}

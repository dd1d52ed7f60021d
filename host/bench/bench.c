/* SPDX-License-Identifier: MIT
 * See bench.h. */
#include "bench/bench.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "core/memory.h"
#include "model/spec.h"

/* Long enough that a step more or less does not count, short enough that a disturbance does not hit
 * one mode only. */
#define ROUND_SECONDS 0.25
#define MIN_STEPS     5u
#define MAX_STEPS     5000u

/* Steps before the time counts: the caches of the cores fill, threads wake. */
#define N_WARM 3u

/* Two trials, of which the second one is timed, tell how long a step takes. */
#define N_TRIAL 4u

/* Threads of OpenBLAS look for more work for about 25 ms before they sleep. */
#define PAUSE_NANOSECONDS 50000000L

typedef struct bench_run {
    const gm_bench_options *options;
    gm_bench_result *result;
    gm_qualify_job qualify;
    gemlet_train_options train[GM_BENCH_N_MODES];
    gm_scratch caches[GM_BENCH_N_MODES];
    gm_worker workers[GM_BENCH_N_MODES];
} bench_run;

static int is_stopped(bench_run *r)
{
    if (r->options->stop != NULL && *r->options->stop != 0)
        r->result->is_stopped = 1;
    return r->result->is_stopped;
}

/* ---- which modes there are ------------------------------------------------------------------ */

/* Takes a mode out, or returns the failure that it was demanded. */
static gemlet_status leave_out(bench_run *r, gm_bench_mode mode, const char *reason)
{
    if (r->options->must_measure_all)
        return gm_error(GEMLET_E_DEVICE, "%s", reason);
    gm_bench_measured *m = &r->result->modes[mode];
    m->is_measured = 0;
    snprintf(m->left_out, sizeof m->left_out, "%s", reason);
    return GEMLET_OK;
}

static gm_worker_job make_job(const bench_run *r, gm_bench_mode mode)
{
    gm_worker_job job = {
        .device = r->options->device,
        .caches = r->options->no_starts ? NULL : &r->caches[mode],
        .model = r->options->model,
        .dataset = r->options->dataset,
        .train = &r->train[mode],
        .qualify = &r->qualify,
    };
    if (mode == GM_BENCH_CPU_PATH)
        job.device.selector = "cpu";
    return job;
}

/* Without an OpenCL device the two modes that need one are left out. */
static gemlet_status find_device(bench_run *r)
{
    gm_bench_result *result = r->result;
    gm_worker_job job = make_job(r, GM_BENCH_FUSED);
    gm_worker worker;
    gm_worker_answer answer;
    job.only_measures_limits = 1;
    job.caches = NULL;
    const gemlet_status status = gm_worker_start(&worker, &job, &answer);
    gm_worker_end(&worker);
    GEMLET_TRY(status);
    if (answer.device.type == GEMLET_DEVICE_REFERENCE)
        return gm_error(GEMLET_E_DEVICE, "the reference is made to be right, not fast: name "
                                         "another device");
    result->device = answer.device;
    result->has_device = answer.device.type != GEMLET_DEVICE_CPU_PATH;
    char reason[sizeof answer.device.choice + 32];
    snprintf(reason, sizeof reason, "no OpenCL device: %s", answer.device.choice);
    for (gm_bench_mode mode = 0; mode < GM_BENCH_CPU_PATH; ++mode) {
        if (!result->has_device && result->modes[mode].is_measured)
            GEMLET_TRY(leave_out(r, mode, reason));
    }
    return GEMLET_OK;
}

/* ---- starts --------------------------------------------------------------------------------- */

static gemlet_status start_once(bench_run *r, gm_bench_mode mode, double *seconds)
{
    const gm_worker_job job = make_job(r, mode);
    gm_worker_answer answer;
    const gemlet_status status = gm_worker_start(&r->workers[mode], &job, &answer);
    *seconds = answer.seconds;
    /* This device is there and works: what it cannot do is fuse this network. */
    if (status == GEMLET_E_DEVICE && mode == GM_BENCH_FUSED)
        return leave_out(r, mode, gemlet_last_error());
    return status;
}

/* First with empty caches, then with those that this filled; the second process stays. */
static gemlet_status start(bench_run *r, gm_bench_mode mode)
{
    gm_bench_measured *m = &r->result->modes[mode];
    double ignored = 0.0;
    if (r->options->no_starts) {
        m->cold_start_seconds = m->warm_start_seconds = (double)NAN;
        return start_once(r, mode, &ignored);
    }
    GEMLET_TRY(gm_scratch_create(&r->caches[mode]));
    GEMLET_TRY(start_once(r, mode, &m->cold_start_seconds));
    gm_worker_end(&r->workers[mode]);
    return m->is_measured ? start_once(r, mode, &m->warm_start_seconds) : GEMLET_OK;
}

static gemlet_status start_all(bench_run *r)
{
    for (gm_bench_mode mode = 0; mode < GM_BENCH_N_MODES; ++mode) {
        if (r->result->modes[mode].is_measured && !is_stopped(r))
            GEMLET_TRY(start(r, mode));
    }
    return GEMLET_OK;
}

/* ---- rounds --------------------------------------------------------------------------------- */

static gemlet_status run_slice(bench_run *r, gm_bench_mode mode, uint64_t n_warm, uint64_t n_steps,
                               double *seconds)
{
    const struct timespec pause = {0, PAUSE_NANOSECONDS};
    gm_bench_measured *m = &r->result->modes[mode];
    gm_worker_answer answer;
    nanosleep(&pause, NULL);
    GEMLET_TRY(gm_worker_run(&r->workers[mode], n_warm, n_steps, &answer));
    m->peak_memory_bytes = answer.peak_memory_bytes;
    m->loss = answer.loss;
    *seconds = answer.seconds;
    return GEMLET_OK;
}

uint64_t gm_bench_choose_steps(double seconds_per_step)
{
    const double n_steps = ROUND_SECONDS / seconds_per_step;
    if (!(n_steps > MIN_STEPS))
        return MIN_STEPS;
    return n_steps < MAX_STEPS ? (uint64_t)n_steps : MAX_STEPS;
}

static gemlet_status try_steps(bench_run *r)
{
    gm_bench_result *result = r->result;
    double slowest = 0.0;
    for (gm_bench_mode mode = 0; mode < GM_BENCH_N_MODES; ++mode) {
        double seconds = 0.0;
        if (result->modes[mode].is_measured && !is_stopped(r))
            GEMLET_TRY(run_slice(r, mode, N_TRIAL, N_TRIAL, &seconds));
        if (seconds / N_TRIAL > slowest)
            slowest = seconds / N_TRIAL;
    }
    result->steps_per_round =
        r->options->steps > 0 ? r->options->steps : gm_bench_choose_steps(slowest);
    result->total_steps = 1 + 2 * N_TRIAL + result->n_rounds * (N_WARM + result->steps_per_round);
    return GEMLET_OK;
}

/* Every round begins with another mode, so that none has always the same one before it. */
static gemlet_status run_rounds(bench_run *r)
{
    gm_bench_result *result = r->result;
    for (unsigned round = 0; round < result->n_rounds; ++round) {
        for (unsigned i = 0; i < GM_BENCH_N_MODES; ++i) {
            const gm_bench_mode mode = (gm_bench_mode)((round + i) % GM_BENCH_N_MODES);
            gm_bench_measured *m = &result->modes[mode];
            if (is_stopped(r))
                return GEMLET_OK;
            if (m->is_measured)
                GEMLET_TRY(
                    run_slice(r, mode, N_WARM, result->steps_per_round, &m->round_seconds[round]));
        }
    }
    return GEMLET_OK;
}

static void summarise(gm_bench_result *result)
{
    const double us = 1e6 / (double)result->steps_per_round;
    for (gm_bench_mode mode = 0; mode < GM_BENCH_N_MODES; ++mode) {
        double sorted[GM_BENCH_MAX_ROUNDS];
        gm_bench_measured *m = &result->modes[mode];
        if (!m->is_measured)
            continue;
        memcpy(sorted, m->round_seconds, result->n_rounds * sizeof sorted[0]);
        m->us_per_step = us * gm_sample_median(sorted, result->n_rounds);
        m->lower_quartile = us * gm_sample_quantile(sorted, result->n_rounds, 0.25);
        m->upper_quartile = us * gm_sample_quantile(sorted, result->n_rounds, 0.75);
    }
}

/* ---- all of it ------------------------------------------------------------------------------ */

static void prepare(bench_run *r)
{
    static const gemlet_fused fused[GM_BENCH_N_MODES] = {GEMLET_FUSED_ON, GEMLET_FUSED_OFF,
                                                         GEMLET_FUSED_OFF};
    const gm_bench_options *options = r->options;
    r->qualify.spec = gemlet_model_spec(options->model);
    r->qualify.batch = options->train.batch;
    r->result->n_rounds = options->n_rounds;
    for (gm_bench_mode mode = 0; mode < GM_BENCH_N_MODES; ++mode) {
        r->train[mode] = options->train;
        r->train[mode].fused = fused[mode];
        r->result->modes[mode].is_measured = options->modes[mode];
    }
}

static gemlet_status measure(bench_run *r)
{
    const gm_bench_options *options = r->options;
    gm_bench_result *result = r->result;
    const int asks_for_device =
        options->modes[GM_BENCH_FUSED] || options->modes[GM_BENCH_OPERATIONS];
    /* The CPU path is compared with the peak of the device, too. */
    if (asks_for_device || strcasecmp(options->device.selector, "cpu") != 0)
        GEMLET_TRY(find_device(r));
    if (options->on_device != NULL)
        options->on_device(result, options->user);
    GEMLET_TRY(start_all(r));
    GEMLET_TRY(try_steps(r));
    if (options->on_rounds != NULL && !is_stopped(r))
        options->on_rounds(result, options->user);
    GEMLET_TRY(run_rounds(r));
    if (!is_stopped(r))
        summarise(result);
    return GEMLET_OK;
}

gemlet_status gm_bench_run(gm_bench_result *result, const gm_bench_options *options)
{
    bench_run r = {.options = options, .result = result};
    assert(options->n_rounds > 0 && options->n_rounds <= GM_BENCH_MAX_ROUNDS);
    *result = (gm_bench_result){0};
    prepare(&r);
    const gemlet_status status = measure(&r);
    for (gm_bench_mode mode = 0; mode < GM_BENCH_N_MODES; ++mode) {
        gm_worker_end(&r.workers[mode]);
        gm_scratch_remove(&r.caches[mode]);
    }
    return status;
}

gm_bench_mode gm_bench_fastest(const gm_bench_result *result)
{
    gm_bench_mode fastest = GM_BENCH_N_MODES;
    for (gm_bench_mode mode = 0; mode < GM_BENCH_N_MODES; ++mode) {
        const gm_bench_measured *m = &result->modes[mode];
        if (m->is_measured &&
            (fastest == GM_BENCH_N_MODES || m->us_per_step < result->modes[fastest].us_per_step))
            fastest = mode;
    }
    return fastest;
}

double gm_bench_ratio(const gm_bench_result *result, gm_bench_mode mode, gm_bench_mode other)
{
    return gm_sample_median_ratio(result->modes[other].round_seconds,
                                  result->modes[mode].round_seconds, result->n_rounds);
}

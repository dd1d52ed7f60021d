/* SPDX-License-Identifier: MIT
 * See free_run.h. */
#include "verify/free_run.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "backend/cpu/cpu_backend.h"
#include "backend/device.h"
#include "core/clock.h"
#include "core/memory.h"
#include "train/session.h"

typedef enum side {
    REFERENCE,
    CPU,
    DEVICE,
    N_SIDES
} side;

/* One of the three, training on its own. */
typedef struct trainee {
    gm_session *session;
    double last_loss;
    int is_finite;
    double *values; /* parameters, then running statistics, as they lie in their buffers */
} trainee;

typedef struct free_run {
    const gm_free_run_options *options;
    gm_free_run_result *result;
    gemlet_train_options train; /* operation by operation */
    gm_backend *own[2];         /* REFERENCE and CPU */
    trainee sides[N_SIDES];
    size_t n_parameters;
    size_t n_running;
} free_run;

static gemlet_status set_up(free_run *run, const gemlet_model *model, gemlet_device *device,
                            const gemlet_dataset *dataset)
{
    run->train = *run->options->train;
    run->train.fused = GEMLET_FUSED_OFF;
    run->train.on_plan = NULL;
    GEMLET_TRY(gm_cpu64_backend_create(&run->own[REFERENCE]));
    GEMLET_TRY(gm_cpu32_backend_create(&run->own[CPU]));
    gm_backend *const backends[N_SIDES] = {run->own[REFERENCE], run->own[CPU],
                                           gm_device_backend(device)};
    for (side s = REFERENCE; s < N_SIDES; ++s)
        GEMLET_TRY(gm_session_create(&run->sides[s].session, backends[s], model, dataset,
                                     &run->train, 1, 0));
    const gm_network *network = run->sides[REFERENCE].session->network;
    run->n_parameters = network->n_parameters;
    run->n_running = network->n_values - network->n_parameters;
    for (side s = REFERENCE; s < N_SIDES; ++s) {
        run->sides[s].is_finite = 1;
        GEMLET_TRY(GM_ALLOC(run->sides[s].values, network->n_values, "copy of the parameters"));
    }
    return GEMLET_OK;
}

static void tear_down(free_run *run)
{
    for (side s = REFERENCE; s < N_SIDES; ++s) {
        trainee *t = &run->sides[s];
        free(t->values);
        gm_session_destroy(t->session);
    }
    gm_backend_destroy(run->own[CPU]);
    gm_backend_destroy(run->own[REFERENCE]);
}

/* Within the range of float: a double beyond it stands for a float that is infinite. */
static int is_finite_float(double value)
{
    return fabs(value) <= (double)FLT_MAX;
}

static gemlet_status run_step(trainee *t, uint64_t step)
{
    const gm_session *session = t->session;
    GEMLET_TRY(gm_session_enqueue(t->session, step, 0));
    GEMLET_TRY(gm_backend_download_double(session->backend, session->losses, 0, 1, &t->last_loss));
    t->is_finite &= is_finite_float(t->last_loss);
    return GEMLET_OK;
}

static gemlet_status read_values(trainee *t)
{
    gm_backend *backend = t->session->backend;
    const gm_network *network = t->session->network;
    GEMLET_TRY(gm_backend_download_double(backend, network->arenas[GM_STORAGE_PARAMETER], 0,
                                          network->n_values, t->values));
    for (size_t i = 0; i < network->n_values; ++i)
        t->is_finite &= is_finite_float(t->values[i]);
    return GEMLET_OK;
}

/* ||a - ref|| / ||ref||. Nothing overflows: both are squares of floats in double. */
static double relative_distance(const double *a, const double *ref, size_t n)
{
    double distance = 0;
    double norm = 0;
    for (size_t i = 0; i < n; ++i) {
        distance += (a[i] - ref[i]) * (a[i] - ref[i]);
        norm += ref[i] * ref[i];
    }
    return distance == 0 ? 0 : sqrt(distance / norm);
}

static gm_drift measure(const free_run *run, side which)
{
    const trainee *t = &run->sides[which];
    const trainee *reference = &run->sides[REFERENCE];
    const size_t n = run->n_parameters;
    return (gm_drift){
        .loss = t->last_loss,
        .loss_error = t->last_loss - reference->last_loss,
        .parameters = relative_distance(t->values, reference->values, n),
        .statistics = relative_distance(t->values + n, reference->values + n, run->n_running),
    };
}

static gemlet_status add_line(free_run *run)
{
    gm_free_run_result *result = run->result;
    for (side s = REFERENCE; s < N_SIDES; ++s)
        GEMLET_TRY(read_values(&run->sides[s]));
    result->lines[result->n_lines++] = (gm_free_run_line){
        .step = result->steps,
        .reference_loss = run->sides[REFERENCE].last_loss,
        .device = measure(run, DEVICE),
        .cpu = measure(run, CPU),
    };
    return GEMLET_OK;
}

/* 1, 2, 5, 10, 20, 50, ... */
static uint64_t next_report(uint64_t step)
{
    uint64_t decade = 1;
    while (decade <= step / 10)
        decade *= 10;
    if (step < 2 * decade)
        return 2 * decade;
    return step < 5 * decade ? 5 * decade : 10 * decade;
}

static gm_free_run_verdict judge(const free_run *run)
{
    if (!run->sides[REFERENCE].is_finite || !run->sides[CPU].is_finite)
        return GM_FREE_RUN_DIVERGED;
    return run->sides[DEVICE].is_finite ? GM_FREE_RUN_FINITE : GM_FREE_RUN_DEVICE_FAILED;
}

static gemlet_status run_steps(free_run *run)
{
    gm_free_run_result *result = run->result;
    const gm_free_run_options *options = run->options;
    const double started = gm_clock_seconds();
    uint64_t report_at = 1;
    int is_stopped = 0;
    while (result->steps < options->n_steps && !is_stopped &&
           result->verdict == GM_FREE_RUN_FINITE) {
        for (side s = REFERENCE; s < N_SIDES; ++s)
            GEMLET_TRY(run_step(&run->sides[s], result->steps));
        ++result->steps;
        is_stopped = options->stop != NULL && *options->stop != 0;
        result->verdict = judge(run);
        if (result->steps < report_at && result->steps < options->n_steps && !is_stopped &&
            result->verdict == GM_FREE_RUN_FINITE)
            continue;
        GEMLET_TRY(add_line(run));
        result->verdict = judge(run);
        report_at = next_report(result->steps);
    }
    result->seconds = gm_clock_seconds() - started;
    return GEMLET_OK;
}

gemlet_status gm_free_run(gm_free_run_result *result, const gemlet_model *model,
                          gemlet_device *device, const gemlet_dataset *dataset,
                          const gm_free_run_options *options)
{
    *result = (gm_free_run_result){0};
    free_run run = {.options = options, .result = result};
    gemlet_status status = set_up(&run, model, device, dataset);
    if (status == GEMLET_OK)
        status = run_steps(&run);
    tear_down(&run);
    return status;
}

double gm_free_run_ratio(const gm_free_run_line *line)
{
    return line->cpu.parameters > 0 ? line->device.parameters / line->cpu.parameters : (double)NAN;
}

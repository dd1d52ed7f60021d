/* SPDX-License-Identifier: MIT
 * See worker.h. Requests and answers are structures in a pair of pipes; a request for no steps, or
 * the end of the pipe, ends the child. */
#include "bench/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backend/device.h"
#include "bench/fresh_caches.h"
#include "bench/product_times.h"
#include "bench/trainee.h"
#include "core/clock.h"
#include "core/hash.h"
#include "train/evaluate.h"
#include "verify/qualify_steps.h"

typedef struct request {
    uint64_t n_warm;
    uint64_t n_steps;
} request;

/* Returns 1, or 0 at the end of the pipe or after a failure. */
static int read_all(int from, void *bytes, size_t n_bytes)
{
    char *next = bytes;
    while (n_bytes > 0) {
        const ssize_t n = read(from, next, n_bytes);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return 0;
        next += n;
        n_bytes -= (size_t)n;
    }
    return 1;
}

static int write_all(int to, const void *bytes, size_t n_bytes)
{
    const char *next = bytes;
    while (n_bytes > 0) {
        const ssize_t n = write(to, next, n_bytes);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return 0;
        next += n;
        n_bytes -= (size_t)n;
    }
    return 1;
}

/* ---- the child ------------------------------------------------------------------------------ */

static uint64_t peak_memory_bytes(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (uint64_t)usage.ru_maxrss * 1024; /* Linux counts in KiB */
}

static gemlet_status describe_device(gm_worker_device *out, gemlet_device *device, int measures)
{
    const gemlet_device_info *info = gemlet_device_get_info(device);
    gm_backend *backend = gm_device_backend(device);
    out->type = info->type;
    out->compute_units = info->compute_units;
    snprintf(out->name, sizeof out->name, "%s", info->name);
    snprintf(out->platform, sizeof out->platform, "%s", info->platform);
    snprintf(out->driver, sizeof out->driver, "%s", info->driver);
    snprintf(out->choice, sizeof out->choice, "%s", gemlet_device_choice(device));
    snprintf(out->gemm, sizeof out->gemm, "%s", gemlet_device_gemm_name(device));
    snprintf(out->version, sizeof out->version, "%s", info->version);
    snprintf(out->kernels_id, sizeof out->kernels_id, "%s",
             backend->kernels_id != NULL ? backend->kernels_id : "");
    if (!measures || backend->ops->measure_limits == NULL)
        return GEMLET_OK;
    out->has_limits = 1;
    return backend->ops->measure_limits(backend, &out->limits);
}

/* As gemlet train before its first step. A step that is wrong is a failure here, because training
 * would not take it; where steps are checked a GEMM that was replaced is one, too. */
static gemlet_status qualify(gemlet_device *device, const gm_worker_job *job)
{
    const char *directory = job->is_checked || job->caches == NULL ? NULL : job->caches->path;
    const gm_step_job steps = {job->model, job->dataset, job->train};
    gm_step_report fused;
    gm_step_report composed;
    gm_qualify_report gemm;
    GEMLET_TRY(gm_qualify_fused(&fused, device, &steps, directory));
    if (fused.is_wrong)
        return gm_error(GEMLET_E_DEVICE, "%s%s", GM_WORKER_WRONG, fused.fault);
    if (fused.is_tried)
        return GEMLET_OK;
    GEMLET_TRY(gm_qualify_device(device, job->qualify, directory, &gemm));
    if (job->is_checked && gemm.n_trials > 1)
        return gm_error(GEMLET_E_DEVICE, "%s%s", GM_WORKER_WRONG, gemm.trials[0].verdict.fault);
    GEMLET_TRY(gm_qualify_composed(&composed, device, &steps, directory));
    if (composed.is_wrong)
        return gm_error(GEMLET_E_DEVICE, "%s%s", GM_WORKER_WRONG, composed.fault);
    return GEMLET_OK;
}

/* Of a product there are few more candidates than that. */
#define N_TIMED_CANDIDATES 64u

/* Rows of an evaluation as in gate.c do not matter here: only steps are timed. */
static gemlet_status tune(gemlet_device *device, const gm_worker_job *job, gm_worker_answer *answer)
{
    gm_backend *backend = gm_device_backend(device);
    GEMLET_TRY(gm_backend_tune(backend, job->tuning));
    if (!job->tuning->is_timed || job->tuning->products.n > 0)
        return GEMLET_OK;
    GEMLET_TRY(gm_product_times_choose(
        &answer->products, &(gm_product_times_job){.backend = backend,
                                                   .spec = gemlet_model_spec(job->model),
                                                   .batch = job->train->batch,
                                                   .evaluated = {GM_EVALUATION_BATCH},
                                                   .budget_seconds = job->timing_seconds,
                                                   .n_candidates = N_TIMED_CANDIDATES}));
    return gm_backend_choose_products(backend, &answer->products);
}

static gemlet_status start_trainee(gm_trainee **trainee, gemlet_device **device,
                                   const gm_worker_job *job, gm_worker_answer *answer)
{
    gemlet_device_options options = job->device;
    if (job->caches != NULL) {
        GEMLET_TRY(gm_fresh_caches_use(job->caches));
        options.cache_directory = job->caches->path;
    }
    GEMLET_TRY(gemlet_device_open(device, &options));
    if (job->only_measures_limits)
        return describe_device(&answer->device, *device, 1);
    if (job->tuning != NULL)
        GEMLET_TRY(tune(*device, job, answer));
    GEMLET_TRY(qualify(*device, job));
    GEMLET_TRY(gm_trainee_create(trainee, job->model, *device, job->dataset, job->train));
    GEMLET_TRY(gm_trainee_run(*trainee, 1));
    GEMLET_TRY(gm_trainee_read_loss(*trainee, &answer->loss));
    const char *plan = gm_trainee_plan(*trainee);
    answer->device.plan_hash = plan != NULL ? gm_hash(GM_HASH_BEGIN, plan, strlen(plan)) : 0;
    return describe_device(&answer->device, *device, 0);
}

/* Returns 0 when the pipe is closed or the child has failed, else 1. */
static int send_answer(int answers, gm_worker_answer *answer, gemlet_status status)
{
    answer->status = status;
    answer->peak_memory_bytes = peak_memory_bytes();
    if (status != GEMLET_OK)
        snprintf(answer->message, sizeof answer->message, "%s", gemlet_last_error());
    return write_all(answers, answer, sizeof *answer) && status == GEMLET_OK;
}

_Noreturn static void be_child(const gm_worker_job *job, int requests, int answers, double started)
{
    gm_trainee *trainee = NULL;
    gemlet_device *device = NULL;
    gm_worker_answer answer = {.status = GEMLET_OK};
    request r;
    /* Compilers of drivers tell stderr how many warnings they have suppressed. */
    const int nowhere = open("/dev/null", O_WRONLY);
    if (nowhere >= 0)
        (void)dup2(nowhere, STDERR_FILENO);
    signal(SIGINT, SIG_IGN); /* the parent decides when it is over */
    signal(SIGTERM, SIG_DFL);
    signal(SIGPIPE, SIG_IGN);
    gemlet_status status = start_trainee(&trainee, &device, job, &answer);
    answer.seconds = gm_clock_seconds() - started;
    int goes_on = send_answer(answers, &answer, status);
    while (goes_on && read_all(requests, &r, sizeof r) && r.n_steps > 0) {
        status = gm_trainee_run(trainee, r.n_warm);
        const double begun = gm_clock_seconds();
        if (status == GEMLET_OK)
            status = gm_trainee_run(trainee, r.n_steps);
        answer.seconds = gm_clock_seconds() - begun;
        if (status == GEMLET_OK)
            status = gm_trainee_read_loss(trainee, &answer.loss);
        goes_on = send_answer(answers, &answer, status);
    }
    gm_trainee_destroy(trainee);
    gemlet_device_close(device);
    _exit(0); /* without the caller's handlers and half-written output */
}

/* ---- the parent ----------------------------------------------------------------------------- */

static gemlet_status receive_answer(gm_worker *worker, gm_worker_answer *answer)
{
    if (read_all(worker->answers, answer, sizeof *answer)) {
        if (answer->status != GEMLET_OK)
            return gm_error(answer->status, "%s", answer->message);
        return GEMLET_OK;
    }
    int ended = 0;
    const pid_t waited = waitpid(worker->child, &ended, 0);
    worker->child = 0;
    if (waited > 0 && WIFSIGNALED(ended))
        return gm_error(GEMLET_E_DEVICE,
                        "the measured process was ended by signal %d; 'gemlet train' "
                        "shows what the driver says",
                        WTERMSIG(ended));
    return gm_error(GEMLET_E_DEVICE, "the measured process ended without an answer");
}

static gemlet_status open_pipes(int requests[2], int answers[2])
{
    if (pipe(requests) != 0)
        return gm_error(GEMLET_E_IO, "cannot make a pipe: %s", strerror(errno));
    if (pipe(answers) == 0)
        return GEMLET_OK;
    const int code = errno;
    close(requests[0]);
    close(requests[1]);
    return gm_error(GEMLET_E_IO, "cannot make a pipe: %s", strerror(code));
}

gemlet_status gm_worker_start(gm_worker *worker, const gm_worker_job *job, gm_worker_answer *answer)
{
    int requests[2];
    int answers[2];
    *worker = (gm_worker){0};
    GEMLET_TRY(open_pipes(requests, answers));
    fflush(NULL); /* or the child would hold a copy of what is not written yet */
    const double started = gm_clock_seconds();
    const pid_t child = fork();
    const int fork_error = errno;
    if (child == 0) {
        close(requests[1]);
        close(answers[0]);
        be_child(job, requests[0], answers[1], started);
    }
    close(requests[0]);
    close(answers[1]);
    if (child < 0) {
        close(requests[1]);
        close(answers[0]);
        return gm_error(GEMLET_E_IO, "cannot start a process: %s", strerror(fork_error));
    }
    *worker = (gm_worker){child, requests[1], answers[0]};
    return receive_answer(worker, answer);
}

/* A child that is gone does not take it; then its answer is missing, too. */
static void send_request(const gm_worker *worker, request r)
{
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    struct sigaction before;
    sigaction(SIGPIPE, &ignore, &before);
    (void)write_all(worker->requests, &r, sizeof r);
    sigaction(SIGPIPE, &before, NULL);
}

gemlet_status gm_worker_run(gm_worker *worker, uint64_t n_warm, uint64_t n_steps,
                            gm_worker_answer *answer)
{
    send_request(worker, (request){n_warm, n_steps});
    return receive_answer(worker, answer);
}

void gm_worker_end(gm_worker *worker)
{
    if (worker->requests == 0 && worker->answers == 0)
        return;
    /* Children that were started later hold the pipe open, too: closing it would not do. */
    send_request(worker, (request){0, 0});
    close(worker->requests);
    close(worker->answers);
    if (worker->child > 0)
        (void)waitpid(worker->child, NULL, 0);
    *worker = (gm_worker){0};
}

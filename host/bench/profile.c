/* SPDX-License-Identifier: MIT
 * See profile.h. */
#include "bench/profile.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/device.h"
#include "core/clock.h"
#include "core/memory.h"

#define N_SLOTS 100u /* steps whose losses are kept, of which nobody asks */

/* ---- rows and launches ---------------------------------------------------------------------- */

/* Doubles an array whose elements are all in use. */
static gemlet_status grow(void **array, size_t *capacity, size_t n, size_t element_size)
{
    void *larger;
    if (n < *capacity)
        return GEMLET_OK;
    const size_t wanted = *capacity > 0 ? 2 * *capacity : 64;
    GEMLET_TRY(gm_alloc(&larger, wanted, element_size, "profile"));
    if (n > 0)
        memcpy(larger, *array, n * element_size);
    free(*array);
    *array = larger;
    *capacity = wanted;
    return GEMLET_OK;
}

static int is_same_row(const gm_profile_row *a, const gm_profile_row *b)
{
    return strcmp(a->operation, b->operation) == 0 && strcmp(a->shape, b->shape) == 0 &&
           strcmp(a->kernel, b->kernel) == 0 && a->n_groups == b->n_groups &&
           a->cost.n_flops == b->cost.n_flops && a->cost.n_bytes == b->cost.n_bytes;
}

static gemlet_status find_row(size_t *out, gm_profile *p, const gm_profile_row *wanted)
{
    for (*out = 0; *out < p->n_rows; ++*out) {
        if (is_same_row(&p->rows[*out], wanted))
            return GEMLET_OK;
    }
    GEMLET_TRY(grow((void **)&p->rows, &p->row_capacity, p->n_rows, sizeof *p->rows));
    p->rows[p->n_rows++] = *wanted;
    return GEMLET_OK;
}

gemlet_status gm_profile_add(gm_profile *p, const char *operation, const char *shape,
                             gm_op_cost cost, const gm_observed_launch *launch)
{
    gm_profile_row row = {.n_groups = launch->n_groups[0] * launch->n_groups[1], .cost = cost};
    snprintf(row.operation, sizeof row.operation, "%s", operation);
    snprintf(row.shape, sizeof row.shape, "%s", shape);
    snprintf(row.kernel, sizeof row.kernel, "%s", launch->name);
    GEMLET_TRY(
        grow((void **)&p->launches, &p->launch_capacity, p->n_launches, sizeof *p->launches));
    GEMLET_TRY(find_row(&p->launches[p->n_launches].row, p, &row));
    ++p->n_launches;
    return GEMLET_OK;
}

void gm_profile_set_times(gm_profile *p, const gm_launch_time *times)
{
    uint64_t last_end = p->n_launches > 0 ? times[0].started : 0;
    for (size_t i = 0; i < p->n_launches; ++i) {
        gm_profile_row *row = &p->rows[p->launches[i].row];
        gm_launch_time time = times[i];
        if (time.started < last_end || (row->n_groups == 0 && time.queued < last_end))
            time.started = last_end;
        else if (row->n_groups == 0)
            time.started = time.queued;
        if (time.ended < time.started)
            time.ended = time.started;
        p->launches[i].time = time;
        ++row->n_launches;
        row->seconds += 1e-9 * (double)(time.ended - time.started);
        row->gap_seconds += 1e-9 * (double)(time.started - last_end);
        last_end = time.ended;
    }
}

static int compare_rows(const void *a, const void *b)
{
    const gm_profile_row *x = a;
    const gm_profile_row *y = b;
    return (x->seconds < y->seconds) - (x->seconds > y->seconds);
}

void gm_profile_sort(gm_profile *p)
{
    if (p->n_rows > 0)
        qsort(p->rows, p->n_rows, sizeof *p->rows, compare_rows);
}

double gm_profile_bound_share(const gm_profile *p, const gm_profile_row *row, gm_bound *bound)
{
    if (!p->has_limits || row->n_launches == 0)
        return (double)NAN;
    /* What a library launches fills the device. */
    const size_t n_groups = row->n_groups > 0 ? row->n_groups : SIZE_MAX;
    const double least = gm_limits_least_seconds(&p->limits, row->cost, n_groups, bound);
    return least * (double)row->n_launches / (row->seconds + row->gap_seconds);
}

void gm_profile_free(gm_profile *p)
{
    free(p->launches);
    free(p->rows);
    *p = (gm_profile){0};
}

/* ---- recording ------------------------------------------------------------------------------ */

typedef struct recorder {
    gm_profile *profile;
    gemlet_status status; /* the first failure */
    int has_launches;     /* 0: an operation is over when the next one begins */
    char operation[sizeof((gm_profile_row *)0)->operation];
    char shape[sizeof((gm_profile_row *)0)->shape];
    gm_op_cost cost;
    int is_counted; /* 1: the cost is with an earlier launch of the operation */
    /* Without launches: */
    gm_launch_time *times;
    size_t n_times, time_capacity;
} recorder;

static uint64_t now_nanoseconds(void)
{
    return (uint64_t)(1e9 * gm_clock_seconds());
}

/* The host's clock stands for the device's. */
static gemlet_status begin_timed_operation(recorder *r)
{
    const gm_observed_launch nothing = {.name = "", .n_groups = {1, 1}};
    const uint64_t now = now_nanoseconds();
    GEMLET_TRY(gm_profile_add(r->profile, r->operation, r->shape, r->cost, &nothing));
    GEMLET_TRY(grow((void **)&r->times, &r->time_capacity, r->n_times, sizeof *r->times));
    if (r->n_times > 0)
        r->times[r->n_times - 1].ended = now;
    r->times[r->n_times++] = (gm_launch_time){now, now, now};
    return GEMLET_OK;
}

static void note_operation(void *user, const char *op, const char *shape, gm_op_cost cost)
{
    recorder *r = user;
    snprintf(r->operation, sizeof r->operation, "%s", op);
    snprintf(r->shape, sizeof r->shape, "%s", shape);
    r->cost = cost;
    r->is_counted = 0;
    if (!r->has_launches && r->status == GEMLET_OK)
        r->status = begin_timed_operation(r);
}

static void note_launch(void *user, const gm_observed_launch *launch)
{
    recorder *r = user;
    const gm_op_cost extra = {0, launch->n_extra_bytes};
    const gm_op_cost cost = r->is_counted ? extra : gm_op_cost_add(r->cost, extra);
    r->is_counted = 1;
    if (r->status == GEMLET_OK)
        r->status = gm_profile_add(r->profile, r->operation, r->shape, cost, launch);
}

static gemlet_status read_times(recorder *r, gm_backend *backend)
{
    gm_profile *p = r->profile;
    if (r->has_launches) {
        GEMLET_TRY(GM_ALLOC(r->times, p->n_launches, "profile"));
        GEMLET_TRY(backend->ops->read_launch_times(backend, r->times, p->n_launches));
    }
    gm_profile_set_times(p, r->times);
    return GEMLET_OK;
}

static gemlet_status record(recorder *r, gm_session *session, uint64_t first)
{
    const gm_observer observer = {r, note_operation, note_launch};
    gm_backend *backend = session->backend;
    gm_profile *p = r->profile;
    if (r->has_launches)
        GEMLET_TRY(backend->ops->start_profiling(backend));
    const double started = gm_clock_seconds();
    backend->observer = &observer;
    const gemlet_status status = gm_session_run(session, first, p->n_steps);
    backend->observer = NULL;
    if (r->n_times > 0)
        r->times[r->n_times - 1].ended = now_nanoseconds();
    p->wall_seconds = gm_clock_seconds() - started;
    GEMLET_TRY(status);
    GEMLET_TRY(r->status);
    return read_times(r, backend);
}

gemlet_status gm_profile_session(gm_profile *p, gm_session *session, uint64_t first,
                                 uint64_t n_steps)
{
    recorder r = {.profile = p, .has_launches = session->backend->ops->start_profiling != NULL};
    p->n_steps = n_steps;
    p->is_fused = gm_stepper_is_fused(session->stepper);
    const gemlet_status status = record(&r, session, first);
    free(r.times);
    return status;
}

static gemlet_status train(gm_profile *p, gm_session *session, uint64_t n_warm, uint64_t n_steps)
{
    GEMLET_TRY(gm_session_run(session, 0, n_warm));
    const double started = gm_clock_seconds();
    GEMLET_TRY(gm_session_run(session, n_warm, n_steps));
    p->plain_seconds = gm_clock_seconds() - started;
    return gm_profile_session(p, session, n_warm + n_steps, n_steps);
}

gemlet_status gm_profile_run(gm_profile *p, const gemlet_model *model, gemlet_device *device,
                             const gemlet_dataset *dataset, const gemlet_train_options *options,
                             uint64_t n_warm, uint64_t n_steps)
{
    gm_backend *backend = gm_device_backend(device);
    gm_session *session;
    p->has_limits = backend->ops->measure_limits != NULL;
    if (p->has_limits)
        GEMLET_TRY(backend->ops->measure_limits(backend, &p->limits));
    GEMLET_TRY(gm_session_create(&session, backend, model, dataset, options, N_SLOTS, 0));
    const gemlet_status status = train(p, session, n_warm, n_steps);
    gm_session_destroy(session);
    return status;
}

/* SPDX-License-Identifier: MIT
 * See profiling.h. */
#include "backend/opencl/profiling.h"

#include <stdlib.h>

#include "backend/opencl/cl_error.h"
#include "core/memory.h"

#define FIRST_CAPACITY 1024u

/* A queue tells times only if it was made for it. */
gemlet_status gm_profiling_start(gm_backend *backend)
{
    gm_opencl *opencl = (gm_opencl *)backend;
    cl_int code = CL_SUCCESS;
    GEMLET_TRY(gm_context_check(opencl));
    GEMLET_TRY(gm_context_stick(opencl, GM_CL_CHECK(clFinish(opencl->queue), "clFinish", NULL)));
    cl_command_queue queue =
        clCreateCommandQueue(opencl->context, opencl->device, CL_QUEUE_PROFILING_ENABLE, &code);
    GEMLET_CL_RESULT(code, "clCreateCommandQueue(CL_QUEUE_PROFILING_ENABLE)");
    gm_pace_forget(opencl);
    clReleaseCommandQueue(opencl->queue);
    opencl->queue = queue;
    opencl->is_profiled = 1;
    return GEMLET_OK;
}

static gemlet_status grow(gm_opencl *opencl)
{
    const size_t capacity =
        opencl->event_capacity > 0 ? 2 * opencl->event_capacity : FIRST_CAPACITY;
    cl_event *events = NULL;
    GEMLET_TRY(GM_ALLOC(events, capacity, "events of a profile"));
    for (size_t i = 0; i < opencl->n_events; ++i)
        events[i] = opencl->events[i];
    free(opencl->events);
    opencl->events = events;
    opencl->event_capacity = capacity;
    return GEMLET_OK;
}

cl_event *gm_profiling_next_event(gm_opencl *opencl)
{
    if (!opencl->is_profiled)
        return NULL;
    if (opencl->n_events == opencl->event_capacity &&
        gm_context_stick(opencl, grow(opencl)) != GEMLET_OK)
        return NULL;
    return &opencl->events[opencl->n_events++];
}

void gm_profiling_clear(gm_opencl *opencl)
{
    for (size_t i = 0; i < opencl->n_events; ++i) {
        if (opencl->events[i] != NULL) /* else the launch failed */
            clReleaseEvent(opencl->events[i]);
    }
    free(opencl->events);
    opencl->events = NULL;
    opencl->n_events = opencl->event_capacity = 0;
}

static gemlet_status read_time(uint64_t *out, cl_event event, cl_profiling_info what)
{
    cl_ulong value = 0;
    GEMLET_CL(clGetEventProfilingInfo(event, what, sizeof value, &value, NULL));
    *out = value;
    return GEMLET_OK;
}

static gemlet_status read_times(const gm_opencl *opencl, gm_launch_time *times, size_t n_times)
{
    if (n_times != opencl->n_events)
        return gm_error(GEMLET_E_DEVICE, "device %s: %zu launches, but times of %zu",
                        opencl->base.info.name, n_times, opencl->n_events);
    for (size_t i = 0; i < n_times; ++i) {
        cl_event event = opencl->events[i];
        GEMLET_TRY(read_time(&times[i].queued, event, CL_PROFILING_COMMAND_QUEUED));
        GEMLET_TRY(read_time(&times[i].started, event, CL_PROFILING_COMMAND_START));
        GEMLET_TRY(read_time(&times[i].ended, event, CL_PROFILING_COMMAND_END));
    }
    return GEMLET_OK;
}

gemlet_status gm_profiling_read(gm_backend *backend, gm_launch_time *times, size_t n_times)
{
    gm_opencl *opencl = (gm_opencl *)backend;
    GEMLET_TRY(gm_context_check(opencl));
    GEMLET_TRY(gm_context_stick(opencl, GM_CL_CHECK(clFinish(opencl->queue), "clFinish", NULL)));
    const gemlet_status status = read_times(opencl, times, n_times);
    gm_profiling_clear(opencl);
    opencl->is_profiled = 0;
    return status;
}

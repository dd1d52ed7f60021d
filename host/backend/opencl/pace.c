/* SPDX-License-Identifier: MIT
 * See pace.h. */
#include "backend/opencl/pace.h"

#include <string.h>

#include "backend/opencl/cl_error.h"
#include "backend/opencl/context.h"
#include "core/clock.h"

#define MAX_STRETCH (GM_PACE_MAX_COMMANDS / GM_PACE_N_MARKS)

unsigned gm_pace_stretch(double command_seconds)
{
    const double most = GM_PACE_MAX_SECONDS / GM_PACE_N_MARKS;
    if (command_seconds <= 0.0)
        return 1; /* not measured yet */
    if (command_seconds * MAX_STRETCH <= most)
        return MAX_STRETCH;
    return command_seconds < most ? (unsigned)(most / command_seconds) : 1;
}

/* Stretches that may wait: fewer where a single command takes longer than a stretch should, or may
 * do so. */
static unsigned most_marks(const gm_pace *pace)
{
    if (pace->command_seconds <= 0.0)
        return 1;
    const double stretch_seconds = pace->command_seconds * gm_pace_stretch(pace->command_seconds);
    if (stretch_seconds * GM_PACE_N_MARKS <= GM_PACE_MAX_SECONDS)
        return GM_PACE_N_MARKS;
    const unsigned n = (unsigned)(GM_PACE_MAX_SECONDS / stretch_seconds);
    return n > 1 ? n : 1;
}

static void drop_oldest(gm_pace *pace)
{
    clReleaseEvent(pace->marks[0]);
    --pace->n_marks;
    memmove(pace->marks, pace->marks + 1, pace->n_marks * sizeof pace->marks[0]);
    memmove(pace->sizes, pace->sizes + 1, pace->n_marks * sizeof pace->sizes[0]);
    memmove(pace->starts, pace->starts + 1, pace->n_marks * sizeof pace->starts[0]);
}

/* Waits for the oldest stretch and learns from it. The device worked on it since it was enqueued,
 * or since the one before was over. */
static gemlet_status wait_for_oldest(gm_opencl *opencl)
{
    gm_pace *pace = &opencl->pace;
    const cl_int code = clWaitForEvents(1, &pace->marks[0]);
    const double now = gm_clock_seconds();
    const double began =
        pace->starts[0] > pace->last_seconds ? pace->starts[0] : pace->last_seconds;
    pace->command_seconds = (now - began) / pace->sizes[0];
    pace->last_seconds = now;
    drop_oldest(pace);
    return gm_context_stick(opencl, GM_CL_CHECK(code, "clWaitForEvents", NULL));
}

static gemlet_status flush(gm_opencl *opencl)
{
    return gm_context_stick(opencl, GM_CL_CHECK(clFlush(opencl->queue), "clFlush", NULL));
}

static gemlet_status set_mark(gm_opencl *opencl)
{
    gm_pace *pace = &opencl->pace;
    cl_event mark = NULL;
    cl_int code = clEnqueueMarkerWithWaitList(opencl->queue, 0, NULL, &mark);
    GEMLET_TRY(gm_context_stick(opencl, GM_CL_CHECK(code, "clEnqueueMarkerWithWaitList", NULL)));
    pace->marks[pace->n_marks] = mark;
    pace->sizes[pace->n_marks] = pace->n_commands;
    pace->starts[pace->n_marks] = pace->start;
    ++pace->n_marks;
    pace->n_commands = 0;
    return flush(opencl);
}

gemlet_status gm_pace_count(gm_opencl *opencl, unsigned n_commands)
{
    gm_pace *pace = &opencl->pace;
    if (pace->n_commands == 0)
        pace->start = gm_clock_seconds();
    const unsigned n_flushed = pace->n_commands / GM_PACE_FLUSH;
    pace->n_commands += n_commands;
    unsigned n_queued = pace->n_commands;
    for (unsigned i = 0; i < pace->n_marks; ++i)
        n_queued += pace->sizes[i];
    if (n_queued > pace->most_in_queue)
        pace->most_in_queue = n_queued;
    if (pace->n_commands < gm_pace_stretch(pace->command_seconds))
        return pace->n_commands / GM_PACE_FLUSH == n_flushed ? GEMLET_OK : flush(opencl);
    GEMLET_TRY(set_mark(opencl));
    while (pace->n_marks >= most_marks(pace))
        GEMLET_TRY(wait_for_oldest(opencl));
    return GEMLET_OK;
}

void gm_pace_forget(gm_opencl *opencl)
{
    gm_pace *pace = &opencl->pace;
    while (pace->n_marks > 0)
        drop_oldest(pace);
    pace->n_commands = 0;
}

/* SPDX-License-Identifier: MIT
 * How far the host runs ahead of a device: of a made-up one, whose commands take as long as the
 * test says, by a clock that the test moves. */
#include "backend/opencl/context.h"
#include "support/run_suite.h"

static double now;
static double command_seconds;
static double busy_until;   /* when the device will be done with what is enqueued */
static double marked[4096]; /* when each marker is reached */
static size_t n_marked;
static size_t n_released;
static size_t n_waits;
static cl_int wait_code;

/* An event stands for its position in `marked`. */
static size_t position_of(cl_event event)
{
    return (size_t)(uintptr_t)event - 1;
}

double __wrap_gm_clock_seconds(void);
double __wrap_gm_clock_seconds(void)
{
    return now;
}

cl_int __wrap_clFlush(cl_command_queue queue);
cl_int __wrap_clFlush(cl_command_queue queue)
{
    (void)queue;
    return CL_SUCCESS;
}

cl_int __wrap_clEnqueueMarkerWithWaitList(cl_command_queue queue, cl_uint n_events,
                                          const cl_event *events, cl_event *event);
cl_int __wrap_clEnqueueMarkerWithWaitList(cl_command_queue queue, cl_uint n_events,
                                          const cl_event *events, cl_event *event)
{
    (void)queue;
    (void)n_events;
    (void)events;
    ck_assert_uint_lt(n_marked, sizeof marked / sizeof marked[0]);
    marked[n_marked++] = busy_until;
    *event = (cl_event)(uintptr_t)n_marked;
    return CL_SUCCESS;
}

cl_int __wrap_clWaitForEvents(cl_uint n, const cl_event *events);
cl_int __wrap_clWaitForEvents(cl_uint n, const cl_event *events)
{
    ck_assert_uint_eq(n, 1);
    ++n_waits;
    if (marked[position_of(events[0])] > now)
        now = marked[position_of(events[0])];
    return wait_code;
}

cl_int __wrap_clReleaseEvent(cl_event event);
cl_int __wrap_clReleaseEvent(cl_event event)
{
    ck_assert_uint_eq(position_of(event), n_released); /* in their order, each once */
    ++n_released;
    return CL_SUCCESS;
}

static gm_opencl opencl;

static void set_up(void)
{
    opencl = (gm_opencl){0};
    now = busy_until = 100.0;
    n_marked = n_released = n_waits = 0;
    wait_code = CL_SUCCESS;
}

/* The host takes 2 us for a command. */
static gemlet_status enqueue(void)
{
    now += 2e-6;
    busy_until = (busy_until > now ? busy_until : now) + command_seconds;
    return gm_pace_count(&opencl, 1);
}

static const double speeds[] = {1e-6, 2e-5, 1e-4, 5e-4, 2e-3, 1e-2, 0.06, 0.1, 0.2, 0.6, 5.0};

START_TEST(no_more_waits_than_may)
{
    command_seconds = speeds[_i];
    double most_ahead = 0.0;
    for (unsigned i = 0; i < 2000; ++i) {
        ck_assert_int_eq(enqueue(), GEMLET_OK);
        if (busy_until - now > most_ahead)
            most_ahead = busy_until - now;
    }
    ck_assert_uint_le(opencl.pace.most_in_queue, GM_PACE_MAX_COMMANDS);
    /* Or the one command that is under way. */
    const double allowed =
        command_seconds > GM_PACE_MAX_SECONDS ? command_seconds : GM_PACE_MAX_SECONDS;
    ck_assert_msg(most_ahead <= allowed * 1.001, "%g s ahead", most_ahead);
    gm_pace_forget(&opencl);
    ck_assert_uint_eq(n_released, n_marked);
}
END_TEST

/* What the bounds leave free is used: the device never waits for the host. */
START_TEST(fast_commands_keep_the_device_busy)
{
    command_seconds = 1e-4;
    for (unsigned i = 0; i < 500; ++i)
        ck_assert_int_eq(enqueue(), GEMLET_OK);
    for (unsigned i = 0; i < 2000; ++i) {
        ck_assert_int_eq(enqueue(), GEMLET_OK);
        ck_assert_double_gt(busy_until - now, 100 * command_seconds);
    }
    ck_assert_uint_lt(n_waits, 60);
}
END_TEST

/* The compiling of a kernel at its first launch, or a slow one among others. */
START_TEST(a_slow_command_is_forgotten)
{
    command_seconds = 3.0;
    ck_assert_int_eq(enqueue(), GEMLET_OK);
    command_seconds = 1e-4;
    for (unsigned i = 0; i < 1000; ++i)
        ck_assert_int_eq(enqueue(), GEMLET_OK);
    const size_t n_before = n_waits;
    for (unsigned i = 0; i < 1280; ++i)
        ck_assert_int_eq(enqueue(), GEMLET_OK);
    ck_assert_uint_le(n_waits - n_before, 11);
}
END_TEST

START_TEST(a_failed_wait_is_sticky)
{
    command_seconds = 0.1;
    wait_code = CL_OUT_OF_RESOURCES;
    gemlet_status status = GEMLET_OK;
    for (unsigned i = 0; i < 100 && status == GEMLET_OK; ++i)
        status = enqueue();
    ck_assert_int_eq(status, GEMLET_E_OPENCL);
    ck_assert_int_eq(opencl.sticky, GEMLET_E_OPENCL);
    gm_pace_forget(&opencl);
    ck_assert_uint_eq(n_released, n_marked);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("pace");
    TCase *tests = tcase_create("all");
    tcase_add_checked_fixture(tests, set_up, NULL);
    tcase_add_loop_test(tests, no_more_waits_than_may, 0, (int)(sizeof speeds / sizeof speeds[0]));
    tcase_add_test(tests, fast_commands_keep_the_device_busy);
    tcase_add_test(tests, a_slow_command_is_forgotten);
    tcase_add_test(tests, a_failed_wait_is_sticky);
    suite_add_tcase(suite, tests);
    return suite;
}

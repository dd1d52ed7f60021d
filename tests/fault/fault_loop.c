/* SPDX-License-Identifier: MIT
 * Failure after failure; see fault_loop.h. */
#include "fault/fault_loop.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "fault/fault.h"

static const char *broken_expectation;

void fault_expect(int condition, const char *what)
{
    if (!condition && broken_expectation == NULL)
        broken_expectation = what;
}

/* Calls whose failure is no failure of any work, and why; or not of this one. */
static int is_tolerated(const fault_work *work, const char *function)
{
    static const char *const functions[] = {
        "realloc", /* of gm_bytes_take(): what is not cut to size is only larger */
        /* Of platform.c: what cannot be asked is passed over, and may not have been needed. */
        "clGetPlatformInfo", "clGetDeviceIDs", "clGetDeviceInfo",
        "clFinish", /* before everything is released */
    };
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; ++i) {
        if (strcmp(functions[i], function) == 0)
            return 1;
    }
    for (const char *const *name = work->tolerated; name != NULL && *name != NULL; ++name) {
        if (strcmp(*name, function) == 0)
            return 1;
    }
    return 0;
}

static void expect_message(const fault_work *work, size_t n, const char *function)
{
    const char *message = gemlet_last_error();
    ck_assert_msg(message[0] != '\0' && strcmp(message, "stale") != 0,
                  "%s: call %zu (%s) failed without a message", work->name, n, function);
    ck_assert_msg(strchr(message, '\n') == NULL, "%s: call %zu: more than one line: %s", work->name,
                  n, message);
}

/* Returns the function that failed, NULL if the run made fewer than n calls. */
static const char *fail_call(const fault_work *work, size_t n, unsigned kinds, fault_extent extent,
                             uint32_t expected)
{
    uint32_t digest = 0;
    if (work->prepare != NULL)
        work->prepare();
    gm_error(GEMLET_E_ARGUMENT, "stale");
    fault_arm(n, kinds, extent);
    const gemlet_status status = work->run(&digest);
    const char *function = fault_disarm();
    ck_assert_msg(broken_expectation == NULL, "%s: call %zu (%s): not so: %s", work->name, n,
                  function, broken_expectation);
    ck_assert_msg(fault_n_opencl_objects() == 0, "%s: call %zu (%s): %ld OpenCL objects left",
                  work->name, n, function, fault_n_opencl_objects());
    if (status == GEMLET_OK) {
        ck_assert_msg(function == NULL || is_tolerated(work, function),
                      "%s: call %zu (%s) failed and nobody noticed", work->name, n, function);
        ck_assert_msg(digest == expected, "%s: call %zu (%s) failed and changed the result",
                      work->name, n, function);
    } else {
        ck_assert_msg(function != NULL, "%s: failed by itself: %s", work->name,
                      gemlet_last_error());
        expect_message(work, n, function);
    }
    if (work->inspect != NULL)
        work->inspect(status);
    return function;
}

void fault_each_call(const fault_work *work, unsigned kinds, fault_extent extent, size_t stride)
{
    uint32_t expected = 0;
    size_t n = 1;
    if (work->prepare != NULL)
        work->prepare();
    ck_assert_msg(work->run(&expected) == GEMLET_OK, "%s: %s", work->name, gemlet_last_error());
    while (fail_call(work, n, kinds, extent, expected) != NULL)
        n += stride;
    printf("%s: %zu runs\n", work->name, n / stride);
    ck_assert_msg(n > 1, "%s: no call was redirected", work->name);
}

void fault_every_call(const fault_work *work, unsigned kinds)
{
    fault_each_call(work, kinds, FAULT_ONCE, 1);
    fault_each_call(work, kinds, FAULT_ON, 1);
}

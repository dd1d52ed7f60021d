/* SPDX-License-Identifier: MIT
 * Preloaded into the program: something happens to it in the middle of a run.
 *
 *   STRIKE=CALL   the function that is struck, or "file" for all that change files
 *   STRIKE_AT=N   its N-th call, from 1
 *   STRIKE_BY=    fail: the call fails; on: so do all after it; kill, int, term, hup: the program
 *                 gets the signal before the call
 *
 * Without STRIKE_AT nothing happens. At its end the program says on stderr how many calls there
 * were: "calls: N". */
#define _GNU_SOURCE /* RTLD_NEXT, renameat2 */
#include <CL/cl.h>
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static long n_calls;

__attribute__((destructor)) static void report(void)
{
    if (getenv("STRIKE") != NULL && getenv("STRIKE_AT") == NULL)
        fprintf(stderr, "calls: %ld\n", n_calls);
}

static int signal_of(const char *what)
{
    static const struct {
        const char *name;
        int number;
    } signals[] = {{"kill", SIGKILL}, {"int", SIGINT}, {"term", SIGTERM}, {"hup", SIGHUP}};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; ++i) {
        if (strcmp(signals[i].name, what) == 0)
            return signals[i].number;
    }
    return 0;
}

/* 1 if this call is to fail. */
static int strikes(const char *call, const char *group)
{
    const char *target = getenv("STRIKE");
    const char *at = getenv("STRIKE_AT");
    const char *by = getenv("STRIKE_BY");
    if (target == NULL || (strcmp(target, call) != 0 && strcmp(target, group) != 0))
        return 0;
    const long n = __atomic_add_fetch(&n_calls, 1, __ATOMIC_SEQ_CST);
    if (at == NULL || by == NULL)
        return 0;
    if (strcmp(by, "on") == 0)
        return n >= atol(at);
    if (n != atol(at))
        return 0;
    if (signal_of(by) != 0)
        kill(getpid(), signal_of(by));
    return strcmp(by, "fail") == 0;
}

/* ISO C has no conversion from what dlsym() returns. */
#define NEXT(name)                                                                                 \
    __typeof__(&name) next;                                                                        \
    void *const symbol = dlsym(RTLD_NEXT, #name);                                                  \
    memcpy(&next, &symbol, sizeof next)

#define FILE_CALL(name, parameters, arguments)                                                     \
    __attribute__((visibility("default"))) int name parameters                                     \
    {                                                                                              \
        NEXT(name);                                                                                \
        if (!strikes(#name, "file"))                                                               \
            return next arguments;                                                                 \
        errno = EIO;                                                                               \
        return -1;                                                                                 \
    }

#define DEVICE_CALL(name, parameters, arguments)                                                   \
    __attribute__((visibility("default"))) cl_int name parameters                                  \
    {                                                                                              \
        NEXT(name);                                                                                \
        return strikes(#name, "device") ? CL_OUT_OF_RESOURCES : next arguments;                    \
    }

FILE_CALL(fsync, (int file), (file))
FILE_CALL(link, (const char *from, const char *to), (from, to))
FILE_CALL(unlink, (const char *path), (path))
FILE_CALL(unlinkat, (int parent, const char *name, int flags), (parent, name, flags))
FILE_CALL(rename, (const char *from, const char *to), (from, to))
FILE_CALL(renameat2, (int a, const char *from, int b, const char *to, unsigned flags),
          (a, from, b, to, flags))
FILE_CALL(mkdir, (const char *path, mode_t mode), (path, mode))
FILE_CALL(rmdir, (const char *path), (path))
FILE_CALL(chmod, (const char *path, mode_t mode), (path, mode))

DEVICE_CALL(clEnqueueNDRangeKernel,
            (cl_command_queue queue, cl_kernel kernel, cl_uint dims, const size_t *offset,
             const size_t *global, const size_t *local, cl_uint n_waits, const cl_event *waits,
             cl_event *event),
            (queue, kernel, dims, offset, global, local, n_waits, waits, event))
DEVICE_CALL(clEnqueueReadBuffer,
            (cl_command_queue queue, cl_mem buffer, cl_bool blocking, size_t offset, size_t size,
             void *bytes, cl_uint n_waits, const cl_event *waits, cl_event *event),
            (queue, buffer, blocking, offset, size, bytes, n_waits, waits, event))
DEVICE_CALL(clEnqueueWriteBuffer,
            (cl_command_queue queue, cl_mem buffer, cl_bool blocking, size_t offset, size_t size,
             const void *bytes, cl_uint n_waits, const cl_event *waits, cl_event *event),
            (queue, buffer, blocking, offset, size, bytes, n_waits, waits, event))
DEVICE_CALL(clEnqueueCopyBuffer,
            (cl_command_queue queue, cl_mem from, cl_mem to, size_t from_offset, size_t to_offset,
             size_t size, cl_uint n_waits, const cl_event *waits, cl_event *event),
            (queue, from, to, from_offset, to_offset, size, n_waits, waits, event))
DEVICE_CALL(clFinish, (cl_command_queue queue), (queue))
DEVICE_CALL(clWaitForEvents, (cl_uint n, const cl_event *events), (n, events))

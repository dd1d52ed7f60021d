/* SPDX-License-Identifier: MIT
 * When a call fails, and the C library's functions that can; see fault.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fault/fault.h"

static struct {
    size_t n_calls;
    size_t nth; /* 0: not armed */
    unsigned kinds;
    fault_extent extent;
    const char *function; /* which failed first */
} state;

void fault_arm(size_t nth, unsigned kinds, fault_extent extent)
{
    memset(&state, 0, sizeof state);
    state.nth = nth;
    state.kinds = kinds;
    state.extent = extent;
}

const char *fault_disarm(void)
{
    state.nth = 0;
    return state.function;
}

int fault_strikes(fault_kind kind, const char *function)
{
    if (state.nth == 0 || (state.kinds & (unsigned)kind) == 0)
        return 0;
    ++state.n_calls;
    const int is_struck =
        state.extent == FAULT_ONCE ? state.n_calls == state.nth : state.n_calls >= state.nth;
    if (is_struck && state.function == NULL)
        state.function = function;
    return is_struck;
}

/* `--wrap=f` makes f of the library __wrap_f and f itself __real_f. */
#define WRAPPED(result, name, parameters, arguments, kind, code, failure)                          \
    result __real_##name parameters;                                                               \
    result __wrap_##name parameters;                                                               \
    result __wrap_##name parameters                                                                \
    {                                                                                              \
        if (!fault_strikes(kind, #name))                                                           \
            return __real_##name arguments;                                                        \
        errno = code;                                                                              \
        return failure;                                                                            \
    }

WRAPPED(void *, malloc, (size_t size), (size), FAULT_MEMORY, ENOMEM, NULL)
WRAPPED(void *, calloc, (size_t n, size_t size), (n, size), FAULT_MEMORY, ENOMEM, NULL)
WRAPPED(void *, realloc, (void *memory, size_t size), (memory, size), FAULT_MEMORY, ENOMEM, NULL)
WRAPPED(FILE *, fopen, (const char *path, const char *mode), (path, mode), FAULT_FILE, EMFILE, NULL)
WRAPPED(FILE *, fdopen, (int descriptor, const char *mode), (descriptor, mode), FAULT_FILE, EMFILE,
        NULL)
WRAPPED(int, fflush, (FILE * stream), (stream), FAULT_FILE, ENOSPC, EOF)
WRAPPED(int, fsync, (int descriptor), (descriptor), FAULT_FILE, EIO, -1)
WRAPPED(int, rename, (const char *from, const char *to), (from, to), FAULT_RENAME, EACCES, -1)

int __real_fclose(FILE *stream);
int __wrap_fclose(FILE *stream);

/* Closes the stream in any case, as fclose() does when it fails. */
int __wrap_fclose(FILE *stream)
{
    const int code = __real_fclose(stream);
    if (!fault_strikes(FAULT_FILE, "fclose"))
        return code;
    errno = EIO;
    return EOF;
}

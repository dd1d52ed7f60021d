/* SPDX-License-Identifier: MIT
 * Makes the N-th call of a kind fail, as if memory, device or disk had run out.
 *
 * The linker redirects the calls of the static library to the functions of fault_host.c and
 * fault_opencl.c (--wrap, see CMakeLists.txt): the library under test is the one that is shipped,
 * without hooks of its own, and the allocations of other libraries and of drivers, which nobody
 * here could repair, do not take part. */
#ifndef GM_TESTS_FAULT_FAULT_H
#define GM_TESTS_FAULT_FAULT_H

#include <stddef.h>

typedef enum fault_kind {
    FAULT_MEMORY = 1, /* calloc, malloc, realloc */
    FAULT_FILE = 2,   /* fopen, fdopen, fflush, fsync, fclose */
    FAULT_RENAME = 4,
    FAULT_OPENCL = 8 /* every OpenCL call but releases */
} fault_kind;

typedef enum fault_extent {
    FAULT_ONCE, /* the call fails, later ones work: a moment of pressure */
    FAULT_ON    /* and so do all after it: the resource is gone */
} fault_extent;

/* From now on call number `nth` (from 1) of those whose kind is in `kinds` fails. */
void fault_arm(size_t nth, unsigned kinds, fault_extent extent);

/* No more failures. Returns the name of the function that failed first, NULL if none did. */
const char *fault_disarm(void);

/* For the wrapping functions: 1 if this call, of `function`, is to fail. */
int fault_strikes(fault_kind kind, const char *function);

/* Number of OpenCL objects that the library made and did not release. */
long fault_n_opencl_objects(void);

#endif

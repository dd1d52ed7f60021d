/* SPDX-License-Identifier: MIT
 * Runs a piece of work again and again, with the first call failing, then the second, ..., until
 * a run gets through without a failure. */
#ifndef GM_TESTS_FAULT_FAULT_LOOP_H
#define GM_TESTS_FAULT_FAULT_LOOP_H

#include <stdint.h>

#include "core/error.h"
#include "fault/fault.h"

typedef struct fault_work {
    const char *name;
    /* Before each run; NULL: nothing. */
    void (*prepare)(void);
    /* Does the work, releases everything and returns the first failure. *digest, 0 before: of the
     * result, the same in every run that ends well. Checks with fault_expect(): libcheck allocates,
     * and its calls would fail too. */
    gemlet_status (*run)(uint32_t *digest);
    /* After each run: ends the test if something is damaged. NULL: nothing. */
    void (*inspect)(gemlet_status status);
    /* Calls whose failure is no failure of the whole, ended with NULL; NULL: none. */
    const char *const *tolerated;
} fault_work;

/* The loop ends the test if a condition did not hold. */
void fault_expect(int condition, const char *what);

/* Ends the test unless every failure comes back as a status with a message of one line and leaves
 * no OpenCL object behind, or is on the list of the tolerated calls and leaves the result as it is.
 * Call 1, 1 + stride, 1 + 2 stride, ... fails, until a run makes fewer. Leaks of host memory are
 * for the address sanitizer to find. */
void fault_each_call(const fault_work *work, unsigned kinds, fault_extent extent, size_t stride);

/* With FAULT_ONCE and with FAULT_ON, every call. */
void fault_every_call(const fault_work *work, unsigned kinds);

#endif

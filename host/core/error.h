/* SPDX-License-Identifier: MIT
 * How a failure is recorded and passed on inside the library.
 *
 * The function that detects a failure records it once, with the facts, and returns the status.
 * Everything above only passes the status on (GEMLET_TRY) and never replaces the message. */
#ifndef GM_CORE_ERROR_H
#define GM_CORE_ERROR_H

#include "gemlet/status.h"

#if defined(__GNUC__)
#define GM_PRINTF(format_index, first_arg) __attribute__((format(printf, format_index, first_arg)))
#else
#define GM_PRINTF(format_index, first_arg)
#endif

/* Records the message of the calling thread (one line, cleaned as by gm_clean_text(); longer
 * than 1023 bytes is cut) and returns `status`, so that a check reads:
 *   return gm_error(GEMLET_E_SHAPE, "...");
 * Drops any detail. */
gemlet_status gm_error(gemlet_status status, const char *format, ...) GM_PRINTF(2, 3);

/* Attaches longer text (copied, any length, cleaned as by gm_clean_lines_in_place()) to the failure
 * just recorded. */
void gm_error_set_detail(const char *text);

/* Returns from the calling function if `expression` is not GEMLET_OK. */
#define GEMLET_TRY(expression)                                                                     \
    do {                                                                                           \
        const gemlet_status try_status_ = (expression);                                            \
        if (try_status_ != GEMLET_OK)                                                              \
            return try_status_;                                                                    \
    } while (0)

/* The same for functions that hold resources: sets `status` and jumps to the label cleanup. */
#define GEMLET_TRY_CLEANUP(status, expression)                                                     \
    do {                                                                                           \
        (status) = (expression);                                                                   \
        if ((status) != GEMLET_OK)                                                                 \
            goto cleanup;                                                                          \
    } while (0)

#endif

/* SPDX-License-Identifier: MIT
 * Host allocation and size arithmetic that cannot overflow silently. */
#ifndef GM_CORE_MEMORY_H
#define GM_CORE_MEMORY_H

#include <stddef.h>

#include "core/error.h"

/* *out = a * b, or GEMLET_E_RANGE (message: "<what>: a x b overflows") with *out untouched. */
gemlet_status gm_checked_mul(size_t *out, size_t a, size_t b, const char *what);

/* *out = a + b, or GEMLET_E_RANGE with *out untouched. */
gemlet_status gm_checked_add(size_t *out, size_t a, size_t b, const char *what);

/* Smallest multiple of `multiple` (> 0) that is >= value. The caller rules out overflow. */
size_t gm_round_up(size_t value, size_t multiple);

/* Allocates n_elements * element_size zeroed bytes (at least 1). On failure *out = NULL and
 * GEMLET_E_MEMORY or GEMLET_E_RANGE; `what` names the thing in the message. Release with free(). */
gemlet_status gm_alloc(void **out, size_t n_elements, size_t element_size, const char *what);

/* Copies a string. On failure *out = NULL. Release with free(). */
gemlet_status gm_copy_string(char **out, const char *text);

/* printf into a new string. On failure *out = NULL. Release with free(). */
gemlet_status gm_format_string(char **out, const char *format, ...) GM_PRINTF(2, 3);

/* gm_alloc for a typed pointer variable: GEMLET_TRY(GM_ALLOC(rows, n_rows, "row index")); */
#define GM_ALLOC(pointer, n_elements, what)                                                        \
    gm_alloc((void **)&(pointer), (n_elements), sizeof *(pointer), (what))

#endif

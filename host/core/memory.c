/* SPDX-License-Identifier: MIT
 * Checked allocation and size arithmetic; see memory.h. */
#include "core/memory.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

gemlet_status gm_checked_mul(size_t *out, size_t a, size_t b, const char *what)
{
    if (b != 0 && a > SIZE_MAX / b)
        return gm_error(GEMLET_E_RANGE, "%s: %zu x %zu overflows", what, a, b);
    *out = a * b;
    return GEMLET_OK;
}

gemlet_status gm_checked_add(size_t *out, size_t a, size_t b, const char *what)
{
    if (a > SIZE_MAX - b)
        return gm_error(GEMLET_E_RANGE, "%s: %zu + %zu overflows", what, a, b);
    *out = a + b;
    return GEMLET_OK;
}

size_t gm_round_up(size_t value, size_t multiple)
{
    return (value + multiple - 1) / multiple * multiple;
}

static size_t physical_memory(void)
{
    const long n_pages = sysconf(_SC_PHYS_PAGES);
    const long page_size = sysconf(_SC_PAGESIZE);
    return n_pages > 0 && page_size > 0 ? (size_t)n_pages * (size_t)page_size : SIZE_MAX;
}

gemlet_status gm_alloc(void **out, size_t n_elements, size_t element_size, const char *what)
{
    *out = NULL;
    size_t n_bytes = 0;
    GEMLET_TRY(gm_checked_mul(&n_bytes, n_elements, element_size, what));
    /* More than the machine's memory is refused here: calloc may promise it and the kernel kill the
     * process when it is used. */
    if (n_bytes <= physical_memory())
        *out = calloc(n_bytes > 0 ? n_bytes : 1, 1);
    if (*out == NULL)
        return gm_error(GEMLET_E_MEMORY, "%s: cannot allocate %zu bytes", what, n_bytes);
    return GEMLET_OK;
}

gemlet_status gm_copy_string(char **out, const char *text)
{
    const size_t size = strlen(text) + 1;
    GEMLET_TRY(gm_alloc((void **)out, size, 1, "string"));
    memcpy(*out, text, size);
    return GEMLET_OK;
}

gemlet_status gm_format_string(char **out, const char *format, ...)
{
    *out = NULL;
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0)
        return gm_error(GEMLET_E_ARGUMENT, "cannot format a string");
    GEMLET_TRY(gm_alloc((void **)out, (size_t)length + 1, 1, "string"));
    va_start(arguments, format);
    vsnprintf(*out, (size_t)length + 1, format, arguments);
    va_end(arguments);
    return GEMLET_OK;
}

/* SPDX-License-Identifier: MIT
 * Memory of the CPU backend: alloc, free, and copies. */
#include <stdlib.h>
#include <string.h>

#include "backend/cpu/cpu_real.h"
#include "core/memory.h"

static size_t element_size(gm_element element)
{
    switch (element) {
    case GM_U8:
        return sizeof(uint8_t);
    case GM_U32:
        return sizeof(uint32_t);
    case GM_REAL:
        break;
    }
    return sizeof(real);
}

/* Bytes of a cache line. Rows are multiples of it: where they begin at one, OpenBLAS and the loops
 * of the backend touch half as many lines. */
#define CACHE_LINE 64u

gemlet_status GM_CPU(alloc)(gm_backend *backend, gm_buffer **out, gm_element element, size_t length,
                            const char *what)
{
    (void)backend;
    *out = NULL;
    size_t n_elements;
    GEMLET_TRY(gm_checked_add(&n_elements, length, GM_BUFFER_SLACK + CACHE_LINE, what));
    gm_cpu_buffer *buffer;
    GEMLET_TRY(GM_ALLOC(buffer, 1, what));
    const gemlet_status status = gm_alloc(&buffer->memory, n_elements, element_size(element), what);
    if (status != GEMLET_OK) {
        free(buffer);
        return status;
    }
    buffer->base = (gm_buffer){element, length};
    buffer->data = (char *)buffer->memory + (CACHE_LINE - (uintptr_t)buffer->memory % CACHE_LINE);
    *out = &buffer->base;
    return GEMLET_OK;
}

void GM_CPU(free)(gm_backend *backend, gm_buffer *buffer)
{
    (void)backend;
    if (buffer == NULL)
        return;
    free(((gm_cpu_buffer *)buffer)->memory);
    free(buffer);
}

gemlet_status GM_CPU(upload)(gm_backend *backend, gm_buffer *buffer, size_t offset, size_t length,
                             const void *values)
{
    (void)backend;
    if (buffer->element == GM_REAL) {
        real *to = gm_cpu_start(buffer, offset);
        const float *from = values;
        for (size_t i = 0; i < length; ++i)
            to[i] = (real)from[i];
    } else {
        memcpy(gm_cpu_start(buffer, offset), values, length * element_size(buffer->element));
    }
    return GEMLET_OK;
}

gemlet_status GM_CPU(download)(gm_backend *backend, const gm_buffer *buffer, size_t offset,
                               size_t length, void *values)
{
    (void)backend;
    if (buffer->element == GM_REAL) {
        float *to = values;
        const real *from = gm_cpu_start(buffer, offset);
        for (size_t i = 0; i < length; ++i)
            to[i] = (float)from[i];
    } else {
        memcpy(values, gm_cpu_start(buffer, offset), length * element_size(buffer->element));
    }
    return GEMLET_OK;
}

gemlet_status GM_CPU(download_double)(gm_backend *backend, const gm_buffer *buffer, size_t offset,
                                      size_t length, double *values)
{
    (void)backend;
    const real *from = gm_cpu_start(buffer, offset);
    for (size_t i = 0; i < length; ++i)
        values[i] = (double)from[i];
    return GEMLET_OK;
}

gemlet_status GM_CPU(copy)(gm_backend *backend, const gm_matrix *to, const gm_matrix *from)
{
    const size_t n_bytes = to->cols * element_size(to->buffer->element);
    (void)backend;
    for (size_t row = 0; row < to->rows; ++row)
        memcpy(gm_cpu_start(to->buffer, to->offset + row * to->ld),
               gm_cpu_start(from->buffer, from->offset + row * from->ld), n_bytes);
    return GEMLET_OK;
}

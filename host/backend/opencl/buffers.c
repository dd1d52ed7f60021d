/* SPDX-License-Identifier: MIT
 * Buffers of the OpenCL backend; see buffers.h. Copies to and from the host block, so no copy
 * of the caller's values is ever kept on the host, however large a data set is. */
#include "backend/opencl/buffers.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/opencl/cl_error.h"
#include "backend/opencl/context.h"
#include "backend/opencl/quirks.h"
#include "core/memory.h"

/* Of one transfer: drivers pin a transfer's memory as a whole, and some fail for gigabytes. */
#define COPY_BYTES ((size_t)256 << 20)

static size_t element_size(gm_element element)
{
    switch (element) {
    case GM_U8:
        return sizeof(cl_uchar);
    case GM_U32:
        return sizeof(cl_uint);
    case GM_REAL:
        break;
    }
    return sizeof(cl_float);
}

/* Intel's flag for buffers above what its driver reports as the largest. */
#define MEM_ALLOW_UNRESTRICTED_SIZE_INTEL (1u << 23)

/* What the driver gives in one buffer is its to say: NVIDIA's allow more than the quarter of the
 * memory that they report as the most. */
static gemlet_status create_memory(gm_opencl *opencl, cl_mem *out, size_t n_bytes, const char *what)
{
    const gemlet_device_info *info = &opencl->base.info;
    const int is_large = n_bytes > info->max_allocation_bytes;
    cl_mem_flags flags = CL_MEM_READ_WRITE;
    cl_int code = CL_SUCCESS;
    const cl_uint zero = 0;
    if (is_large && gm_quirks_needs_large_buffer_flag(info)) {
        flags |= MEM_ALLOW_UNRESTRICTED_SIZE_INTEL;
        GEMLET_TRY(gm_context_use_large_buffers(opencl));
    }
    cl_mem memory = clCreateBuffer(opencl->context, flags, n_bytes, NULL, &code);
    if (code == CL_SUCCESS)
        code = clEnqueueFillBuffer(opencl->queue, memory, &zero, sizeof zero, 0, n_bytes, 0, NULL,
                                   NULL);
    if (code != CL_SUCCESS) {
        char limit[96] = "";
        if (memory != NULL)
            clReleaseMemObject(memory);
        if (is_large)
            snprintf(limit, sizeof limit, "; it reports %llu bytes as the most in one buffer",
                     (unsigned long long)info->max_allocation_bytes);
        return gm_error(GEMLET_E_OPENCL, "%s: device %s cannot allocate %zu bytes: %s (%d)%s", what,
                        info->name, n_bytes, gm_cl_error_name(code), code, limit);
    }
    ++opencl->n_buffers;
    *out = memory;
    return GEMLET_OK;
}

gemlet_status gm_buffers_alloc(gm_backend *backend, gm_buffer **out, gm_element element,
                               size_t length, const char *what)
{
    gm_opencl *opencl = (gm_opencl *)backend;
    gm_opencl_buffer *buffer = NULL;
    size_t n_elements = 0;
    size_t n_bytes = 0;
    gemlet_status status = GEMLET_OK;
    *out = NULL;
    GEMLET_TRY(gm_context_check(opencl));
    GEMLET_TRY(gm_checked_add(&n_elements, length, GM_BUFFER_SLACK, what));
    GEMLET_TRY(gm_checked_mul(&n_bytes, n_elements, element_size(element), what));
    GEMLET_TRY(gm_checked_add(&n_bytes, n_bytes, sizeof(cl_uint) - 1, what));
    n_bytes -= n_bytes % sizeof(cl_uint); /* filled in words */
    GEMLET_TRY(GM_ALLOC(buffer, 1, what));
    GEMLET_TRY_CLEANUP(status, create_memory(opencl, &buffer->memory, n_bytes, what));
    buffer->base.element = element;
    buffer->base.length = length;
    *out = &buffer->base;
    buffer = NULL;
cleanup:
    free(buffer);
    return status;
}

void gm_buffers_free(gm_backend *backend, gm_buffer *buffer)
{
    if (buffer == NULL)
        return;
    gm_opencl_buffer *own = (gm_opencl_buffer *)buffer;
    clReleaseMemObject(own->memory);
    --((gm_opencl *)backend)->n_buffers;
    free(own);
}

/* Writes values to a buffer: waits for that, or, where `written` is given, does not wait, and
 * *written becomes the event of its last part. */
static gemlet_status write_values(gm_opencl *opencl, gm_buffer *buffer, size_t offset,
                                  size_t length, const void *values, cl_event *written)
{
    const size_t size = element_size(buffer->element);
    const size_t n_bytes = length * size;
    for (size_t done = 0; done < n_bytes; done += COPY_BYTES) {
        const size_t n = n_bytes - done < COPY_BYTES ? n_bytes - done : COPY_BYTES;
        const int is_last = done + n == n_bytes;
        const cl_int code = clEnqueueWriteBuffer(
            opencl->queue, gm_context_memory(buffer), written == NULL ? CL_TRUE : CL_FALSE,
            offset * size + done, n, (const unsigned char *)values + done, 0, NULL,
            is_last ? written : NULL);
        GEMLET_TRY(gm_context_stick(opencl, GM_CL_CHECK(code, "clEnqueueWriteBuffer", NULL)));
    }
    return GEMLET_OK;
}

gemlet_status gm_buffers_upload(gm_backend *backend, gm_buffer *buffer, size_t offset,
                                size_t length, const void *values)
{
    gm_opencl *opencl = (gm_opencl *)backend;
    GEMLET_TRY(gm_context_check(opencl));
    return write_values(opencl, buffer, offset, length, values, NULL);
}

void gm_buffers_forget_uploads(gm_opencl *opencl)
{
    if (opencl->upload_ahead != NULL)
        clReleaseEvent(opencl->upload_ahead);
    opencl->upload_ahead = NULL;
}

/* In the one queue, between the commands before and those after it. A queue of its own would let a
 * device copy and calculate at once, but rusticl loses the order of commands in two queues. */
gemlet_status gm_buffers_upload_ahead(gm_backend *backend, gm_buffer *buffer, size_t offset,
                                      size_t length, const void *values)
{
    gm_opencl *opencl = (gm_opencl *)backend;
    GEMLET_TRY(gm_context_check(opencl));
    gm_buffers_forget_uploads(opencl); /* those before are over when this one is */
    GEMLET_TRY(write_values(opencl, buffer, offset, length, values, &opencl->upload_ahead));
    return gm_context_stick(opencl, GM_CL_CHECK(clFlush(opencl->queue), "clFlush", NULL));
}

/* After a failure the driver may still read the caller's values: then until nothing is left. */
gemlet_status gm_buffers_join_uploads(gm_backend *backend)
{
    gm_opencl *opencl = (gm_opencl *)backend;
    if (opencl->sticky != GEMLET_OK)
        clFinish(opencl->queue);
    if (opencl->upload_ahead == NULL)
        return GEMLET_OK;
    const cl_int code = clWaitForEvents(1, &opencl->upload_ahead);
    gm_buffers_forget_uploads(opencl);
    return gm_context_stick(opencl, GM_CL_CHECK(code, "clWaitForEvents", "uploads ahead"));
}

gemlet_status gm_buffers_download(gm_backend *backend, const gm_buffer *buffer, size_t offset,
                                  size_t length, void *values)
{
    gm_opencl *opencl = (gm_opencl *)backend;
    const size_t size = element_size(buffer->element);
    GEMLET_TRY(gm_context_check(opencl));
    if (length == 0)
        return gm_buffers_sync(backend);
    const size_t n_bytes = length * size;
    for (size_t done = 0; done < n_bytes; done += COPY_BYTES) {
        const cl_int code = clEnqueueReadBuffer(
            opencl->queue, gm_context_memory(buffer), CL_TRUE, offset * size + done,
            n_bytes - done < COPY_BYTES ? n_bytes - done : COPY_BYTES,
            (unsigned char *)values + done, 0, NULL, NULL);
        GEMLET_TRY(gm_context_stick(opencl, GM_CL_CHECK(code, "clEnqueueReadBuffer", NULL)));
    }
    gm_pace_forget(opencl);
    return GEMLET_OK;
}

gemlet_status gm_buffers_download_double(gm_backend *backend, const gm_buffer *buffer,
                                         size_t offset, size_t length, double *values)
{
    float *floats = NULL;
    gemlet_status status = GEMLET_OK;
    GEMLET_TRY_CLEANUP(status, GM_ALLOC(floats, length, "download"));
    GEMLET_TRY_CLEANUP(status, gm_buffers_download(backend, buffer, offset, length, floats));
    for (size_t i = 0; i < length; ++i)
        values[i] = (double)floats[i];
cleanup:
    free(floats);
    return status;
}

/* A copy without gaps is one of so many bytes: drivers are faster at it. */
gemlet_status gm_buffers_copy(gm_backend *backend, const gm_matrix *to, const gm_matrix *from)
{
    gm_opencl *opencl = (gm_opencl *)backend;
    const size_t size = element_size(to->buffer->element);
    const size_t to_origin[3] = {to->offset * size, 0, 0};
    const size_t from_origin[3] = {from->offset * size, 0, 0};
    const size_t region[3] = {to->cols * size, to->rows, 1};
    const cl_mem from_memory = gm_context_memory(from->buffer);
    const cl_mem to_memory = gm_context_memory(to->buffer);
    const int has_gaps = to->rows > 1 && (to->ld > to->cols || from->ld > from->cols);
    GEMLET_TRY(gm_context_check(opencl));
    const cl_int code =
        has_gaps
            ? clEnqueueCopyBufferRect(opencl->queue, from_memory, to_memory, from_origin, to_origin,
                                      region, from->ld * size, 0, to->ld * size, 0, 0, NULL, NULL)
            : clEnqueueCopyBuffer(opencl->queue, from_memory, to_memory, from_origin[0],
                                  to_origin[0], region[0] * region[1], 0, NULL, NULL);
    GEMLET_TRY(gm_context_stick(
        opencl,
        GM_CL_CHECK(code, has_gaps ? "clEnqueueCopyBufferRect" : "clEnqueueCopyBuffer", NULL)));
    return gm_pace_count(opencl, 1);
}

gemlet_status gm_buffers_sync(gm_backend *backend)
{
    gm_opencl *opencl = (gm_opencl *)backend;
    GEMLET_TRY(gm_context_check(opencl));
    const cl_int code = clFinish(opencl->queue);
    gm_pace_forget(opencl);
    return gm_context_stick(opencl, GM_CL_CHECK(code, "clFinish", NULL));
}

/* SPDX-License-Identifier: MIT
 * Buffers of the OpenCL backend; see buffers.h. Copies block, so no copy of the caller's values is
 * ever kept on the host, however large a data set is. */
#include "backend/opencl/buffers.h"

#include <stdlib.h>

#include "backend/opencl/cl_error.h"
#include "backend/opencl/context.h"
#include "core/memory.h"

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

static gemlet_status create_memory(gm_opencl *opencl, cl_mem *out, size_t n_bytes, const char *what)
{
    const uint64_t limit = opencl->base.info.max_allocation_bytes;
    if (n_bytes > limit)
        return gm_error(GEMLET_E_RANGE, "%s: %zu bytes, device %s allows %llu in one buffer", what,
                        n_bytes, opencl->base.info.name, (unsigned long long)limit);
    cl_int code = CL_SUCCESS;
    const cl_uchar zero = 0;
    cl_mem memory = clCreateBuffer(opencl->context, CL_MEM_READ_WRITE, n_bytes, NULL, &code);
    if (code == CL_SUCCESS)
        code = clEnqueueFillBuffer(opencl->queue, memory, &zero, sizeof zero, 0, n_bytes, 0, NULL,
                                   NULL);
    if (code != CL_SUCCESS) {
        if (memory != NULL)
            clReleaseMemObject(memory);
        return gm_error(GEMLET_E_OPENCL, "%s: device %s cannot allocate %zu bytes: %s (%d)", what,
                        opencl->base.info.name, n_bytes, gm_cl_error_name(code), code);
    }
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
    (void)backend;
    if (buffer == NULL)
        return;
    gm_opencl_buffer *own = (gm_opencl_buffer *)buffer;
    clReleaseMemObject(own->memory);
    free(own);
}

gemlet_status gm_buffers_upload(gm_backend *backend, gm_buffer *buffer, size_t offset,
                                size_t length, const void *values)
{
    gm_opencl *opencl = (gm_opencl *)backend;
    const size_t size = element_size(buffer->element);
    GEMLET_TRY(gm_context_check(opencl));
    if (length == 0)
        return GEMLET_OK;
    const cl_int code = clEnqueueWriteBuffer(opencl->queue, gm_context_memory(buffer), CL_TRUE,
                                             offset * size, length * size, values, 0, NULL, NULL);
    return gm_context_stick(opencl, GM_CL_CHECK(code, "clEnqueueWriteBuffer", NULL));
}

gemlet_status gm_buffers_download(gm_backend *backend, const gm_buffer *buffer, size_t offset,
                                  size_t length, void *values)
{
    gm_opencl *opencl = (gm_opencl *)backend;
    const size_t size = element_size(buffer->element);
    GEMLET_TRY(gm_context_check(opencl));
    if (length == 0)
        return gm_buffers_sync(backend);
    const cl_int code = clEnqueueReadBuffer(opencl->queue, gm_context_memory(buffer), CL_TRUE,
                                            offset * size, length * size, values, 0, NULL, NULL);
    return gm_context_stick(opencl, GM_CL_CHECK(code, "clEnqueueReadBuffer", NULL));
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

gemlet_status gm_buffers_sync(gm_backend *backend)
{
    gm_opencl *opencl = (gm_opencl *)backend;
    GEMLET_TRY(gm_context_check(opencl));
    return gm_context_stick(opencl, GM_CL_CHECK(clFinish(opencl->queue), "clFinish", NULL));
}

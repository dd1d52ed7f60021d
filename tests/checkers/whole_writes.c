/* SPDX-License-Identifier: MIT
 * Preloaded under oclgrind, makes every write of the host to a buffer one of the whole buffer.
 *
 * oclgrind 21.10 keeps wrong books of what is initialised: it does not count clEnqueueFillBuffer,
 * and a clEnqueueWriteBuffer of a part makes it forget what was written elsewhere in the buffer.
 * Nor does it count copies between buffers. gemlet fills each buffer when it makes it, so oclgrind
 * would report most first reads. Here a write, a fill or a copy reads the buffer, changes the part
 * and writes it all. What kernels leave uninitialised in
 * private, local or global memory oclgrind reports when they use or store it, as before.
 *
 * It also says that the device's native vectors have 16 floats: oclgrind simulates vectors but says
 * 1, and then no step is fused. */
#define _GNU_SOURCE /* RTLD_NEXT */
#include <CL/cl.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

typedef cl_int write_function(cl_command_queue, cl_mem, cl_bool, size_t, size_t, const void *,
                              cl_uint, const cl_event *, cl_event *);

static write_function *find_write(void)
{
    /* POSIX wants this conversion; C11 has none from an object to a function pointer. */
    void *const symbol = dlsym(RTLD_NEXT, "clEnqueueWriteBuffer");
    write_function *found;
    memcpy(&found, &symbol, sizeof found);
    return found;
}

cl_int clEnqueueWriteBuffer(cl_command_queue queue, cl_mem buffer, cl_bool blocking, size_t offset,
                            size_t size, const void *values, cl_uint n_events,
                            const cl_event *events, cl_event *event)
{
    size_t whole_size = 0;
    (void)blocking;
    cl_int code = clGetMemObjectInfo(buffer, CL_MEM_SIZE, sizeof whole_size, &whole_size, NULL);
    if (code != CL_SUCCESS || offset > whole_size || size > whole_size - offset)
        return find_write()(queue, buffer, CL_TRUE, offset, size, values, n_events, events, event);
    unsigned char *bytes = malloc(whole_size);
    if (bytes == NULL)
        return CL_OUT_OF_HOST_MEMORY;
    code =
        clEnqueueReadBuffer(queue, buffer, CL_TRUE, 0, whole_size, bytes, n_events, events, NULL);
    memcpy(bytes + offset, values, size);
    if (code == CL_SUCCESS)
        code = find_write()(queue, buffer, CL_TRUE, 0, whole_size, bytes, 0, NULL, event);
    free(bytes);
    return code;
}

cl_int clEnqueueFillBuffer(cl_command_queue queue, cl_mem buffer, const void *pattern,
                           size_t pattern_size, size_t offset, size_t size, cl_uint n_events,
                           const cl_event *events, cl_event *event)
{
    if (pattern_size == 0 || size % pattern_size != 0)
        return CL_INVALID_VALUE;
    unsigned char *bytes = malloc(size);
    if (bytes == NULL)
        return CL_OUT_OF_HOST_MEMORY;
    for (size_t i = 0; i < size; i += pattern_size)
        memcpy(bytes + i, pattern, pattern_size);
    const cl_int code =
        clEnqueueWriteBuffer(queue, buffer, CL_TRUE, offset, size, bytes, n_events, events, event);
    free(bytes);
    return code;
}

/* The bytes of a buffer. Release with free(). */
static cl_int read_all(cl_command_queue queue, cl_mem buffer, unsigned char **bytes, size_t *size)
{
    cl_int code = clGetMemObjectInfo(buffer, CL_MEM_SIZE, sizeof *size, size, NULL);
    *bytes = code == CL_SUCCESS ? malloc(*size) : NULL;
    if (*bytes == NULL)
        return code == CL_SUCCESS ? CL_OUT_OF_HOST_MEMORY : code;
    return clEnqueueReadBuffer(queue, buffer, CL_TRUE, 0, *size, *bytes, 0, NULL, NULL);
}

/* Without slices, and within both buffers, as gemlet copies. */
cl_int clEnqueueCopyBufferRect(cl_command_queue queue, cl_mem from, cl_mem to,
                               const size_t *from_origin, const size_t *to_origin,
                               const size_t *region, size_t from_pitch, size_t from_slice,
                               size_t to_pitch, size_t to_slice, cl_uint n_events,
                               const cl_event *events, cl_event *event)
{
    unsigned char *values = NULL;
    unsigned char *changed = NULL;
    size_t n_values = 0;
    size_t n_changed = 0;
    (void)from_slice, (void)to_slice, (void)n_events, (void)events;
    cl_int code = read_all(queue, from, &values, &n_values);
    if (code == CL_SUCCESS)
        code = read_all(queue, to, &changed, &n_changed);
    for (size_t row = 0; code == CL_SUCCESS && row < region[1]; ++row) {
        const size_t read = from_origin[0] + row * from_pitch;
        const size_t written = to_origin[0] + row * to_pitch;
        if (read + region[0] > n_values || written + region[0] > n_changed)
            code = CL_INVALID_VALUE;
        else
            memcpy(changed + written, values + read, region[0]);
    }
    if (code == CL_SUCCESS)
        code = find_write()(queue, to, CL_TRUE, 0, n_changed, changed, 0, NULL, event);
    free(changed);
    free(values);
    return code;
}

cl_int clEnqueueCopyBuffer(cl_command_queue queue, cl_mem from, cl_mem to, size_t from_offset,
                           size_t to_offset, size_t size, cl_uint n_events, const cl_event *events,
                           cl_event *event)
{
    const size_t region[3] = {size, 1, 1};
    return clEnqueueCopyBufferRect(queue, from, to, &from_offset, &to_offset, region, 0, 0, 0, 0,
                                   n_events, events, event);
}

typedef cl_int info_function(cl_device_id, cl_device_info, size_t, void *, size_t *);

cl_int clGetDeviceInfo(cl_device_id device, cl_device_info what, size_t size, void *value,
                       size_t *size_needed)
{
    void *const symbol = dlsym(RTLD_NEXT, "clGetDeviceInfo");
    info_function *found;
    memcpy(&found, &symbol, sizeof found);
    const cl_int code = found(device, what, size, value, size_needed);
    const cl_uint native_floats = 16;
    if (code == CL_SUCCESS && what == CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT && value != NULL)
        memcpy(value, &native_floats, sizeof native_floats);
    return code;
}

/* SPDX-License-Identifier: MIT
 * Preloaded under oclgrind, makes every write of the host to a buffer one of the whole buffer.
 *
 * oclgrind 21.10 keeps wrong books of what is initialised: it does not count clEnqueueFillBuffer,
 * and a clEnqueueWriteBuffer of a part makes it forget what was written elsewhere in the buffer.
 * This library fills each buffer when it makes it, so oclgrind would report most first reads. Here
 * a write reads the buffer, changes the part and writes it all. What kernels leave uninitialised in
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

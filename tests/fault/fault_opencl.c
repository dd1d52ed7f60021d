/* SPDX-License-Identifier: MIT
 * The OpenCL calls of the library, which fail when they are told to, and a count of the objects
 * that they make; see fault.h. */
#include <CL/cl.h>

#include "fault/fault.h"

#define FAILURE CL_OUT_OF_RESOURCES

static long n_objects;

long fault_n_opencl_objects(void)
{
    return n_objects;
}

/* `--wrap=f` makes f of the library __wrap_f and f itself __real_f. */
#define WRAPPED_CALL(name, parameters, arguments)                                                  \
    cl_int __real_##name parameters;                                                               \
    cl_int __wrap_##name parameters;                                                               \
    cl_int __wrap_##name parameters                                                                \
    {                                                                                              \
        return fault_strikes(FAULT_OPENCL, #name) ? FAILURE : __real_##name arguments;             \
    }

/* A call that returns an object and puts its result into *code, its last parameter. */
#define WRAPPED_CREATE(object, name, parameters, arguments)                                        \
    object __real_##name parameters;                                                               \
    object __wrap_##name parameters;                                                               \
    object __wrap_##name parameters                                                                \
    {                                                                                              \
        if (fault_strikes(FAULT_OPENCL, #name)) {                                                  \
            *code = FAILURE;                                                                       \
            return NULL;                                                                           \
        }                                                                                          \
        const object made = __real_##name arguments;                                               \
        n_objects += made != NULL;                                                                 \
        return made;                                                                               \
    }

#define WRAPPED_RELEASE(object, name)                                                              \
    cl_int __real_##name(object released);                                                         \
    cl_int __wrap_##name(object released);                                                         \
    cl_int __wrap_##name(object released)                                                          \
    {                                                                                              \
        --n_objects;                                                                               \
        return __real_##name(released);                                                            \
    }

WRAPPED_CALL(clGetPlatformIDs, (cl_uint n, cl_platform_id *ids, cl_uint *n_all), (n, ids, n_all))
WRAPPED_CALL(clGetPlatformInfo,
             (cl_platform_id platform, cl_platform_info what, size_t size, void *value,
              size_t *needed),
             (platform, what, size, value, needed))
WRAPPED_CALL(clGetDeviceIDs,
             (cl_platform_id platform, cl_device_type type, cl_uint n, cl_device_id *ids,
              cl_uint *n_all),
             (platform, type, n, ids, n_all))
WRAPPED_CALL(clGetDeviceInfo,
             (cl_device_id device, cl_device_info what, size_t size, void *value, size_t *needed),
             (device, what, size, value, needed))
WRAPPED_CALL(clGetProgramInfo,
             (cl_program program, cl_program_info what, size_t size, void *value, size_t *needed),
             (program, what, size, value, needed))
WRAPPED_CALL(clGetProgramBuildInfo,
             (cl_program program, cl_device_id device, cl_program_build_info what, size_t size,
              void *value, size_t *needed),
             (program, device, what, size, value, needed))
WRAPPED_CALL(clGetKernelWorkGroupInfo,
             (cl_kernel kernel, cl_device_id device, cl_kernel_work_group_info what, size_t size,
              void *value, size_t *needed),
             (kernel, device, what, size, value, needed))
WRAPPED_CALL(clBuildProgram,
             (cl_program program, cl_uint n_devices, const cl_device_id *devices,
              const char *options, void(CL_CALLBACK *notify)(cl_program, void *), void *user),
             (program, n_devices, devices, options, notify, user))
WRAPPED_CALL(clSetKernelArg, (cl_kernel kernel, cl_uint index, size_t size, const void *value),
             (kernel, index, size, value))
WRAPPED_CALL(clEnqueueReadBuffer,
             (cl_command_queue queue, cl_mem buffer, cl_bool blocking, size_t offset, size_t size,
              void *values, cl_uint n_events, const cl_event *events, cl_event *event),
             (queue, buffer, blocking, offset, size, values, n_events, events, event))
WRAPPED_CALL(clEnqueueFillBuffer,
             (cl_command_queue queue, cl_mem buffer, const void *pattern, size_t pattern_size,
              size_t offset, size_t size, cl_uint n_events, const cl_event *events,
              cl_event *event),
             (queue, buffer, pattern, pattern_size, offset, size, n_events, events, event))
WRAPPED_CALL(clEnqueueCopyBuffer,
             (cl_command_queue queue, cl_mem from, cl_mem to, size_t from_offset, size_t to_offset,
              size_t size, cl_uint n_events, const cl_event *events, cl_event *event),
             (queue, from, to, from_offset, to_offset, size, n_events, events, event))
WRAPPED_CALL(clEnqueueCopyBufferRect,
             (cl_command_queue queue, cl_mem from, cl_mem to, const size_t *from_origin,
              const size_t *to_origin, const size_t *region, size_t from_row, size_t from_slice,
              size_t to_row, size_t to_slice, cl_uint n_events, const cl_event *events,
              cl_event *event),
             (queue, from, to, from_origin, to_origin, region, from_row, from_slice, to_row,
              to_slice, n_events, events, event))
WRAPPED_CALL(clFinish, (cl_command_queue queue), (queue))
WRAPPED_CALL(clFlush, (cl_command_queue queue), (queue))
WRAPPED_CALL(clWaitForEvents, (cl_uint n, const cl_event *events), (n, events))
WRAPPED_CALL(clGetEventProfilingInfo,
             (cl_event event, cl_profiling_info what, size_t size, void *value, size_t *needed),
             (event, what, size, value, needed))

/* Returns an object too, where it is asked to. */
cl_int __real_clEnqueueNDRangeKernel(cl_command_queue queue, cl_kernel kernel, cl_uint n_dims,
                                     const size_t *offset, const size_t *global,
                                     const size_t *local, cl_uint n_events, const cl_event *events,
                                     cl_event *event);
cl_int __wrap_clEnqueueNDRangeKernel(cl_command_queue queue, cl_kernel kernel, cl_uint n_dims,
                                     const size_t *offset, const size_t *global,
                                     const size_t *local, cl_uint n_events, const cl_event *events,
                                     cl_event *event);
cl_int __wrap_clEnqueueNDRangeKernel(cl_command_queue queue, cl_kernel kernel, cl_uint n_dims,
                                     const size_t *offset, const size_t *global,
                                     const size_t *local, cl_uint n_events, const cl_event *events,
                                     cl_event *event)
{
    if (fault_strikes(FAULT_OPENCL, "clEnqueueNDRangeKernel"))
        return FAILURE;
    const cl_int code = __real_clEnqueueNDRangeKernel(queue, kernel, n_dims, offset, global, local,
                                                      n_events, events, event);
    n_objects += event != NULL && code == CL_SUCCESS;
    return code;
}

cl_int __real_clEnqueueWriteBuffer(cl_command_queue queue, cl_mem buffer, cl_bool blocking,
                                   size_t offset, size_t size, const void *values, cl_uint n_events,
                                   const cl_event *events, cl_event *event);
cl_int __wrap_clEnqueueWriteBuffer(cl_command_queue queue, cl_mem buffer, cl_bool blocking,
                                   size_t offset, size_t size, const void *values, cl_uint n_events,
                                   const cl_event *events, cl_event *event);
cl_int __wrap_clEnqueueWriteBuffer(cl_command_queue queue, cl_mem buffer, cl_bool blocking,
                                   size_t offset, size_t size, const void *values, cl_uint n_events,
                                   const cl_event *events, cl_event *event)
{
    if (fault_strikes(FAULT_OPENCL, "clEnqueueWriteBuffer"))
        return FAILURE;
    const cl_int code = __real_clEnqueueWriteBuffer(queue, buffer, blocking, offset, size, values,
                                                    n_events, events, event);
    n_objects += event != NULL && code == CL_SUCCESS;
    return code;
}

cl_int __real_clEnqueueMarkerWithWaitList(cl_command_queue queue, cl_uint n_events,
                                          const cl_event *events, cl_event *event);
cl_int __wrap_clEnqueueMarkerWithWaitList(cl_command_queue queue, cl_uint n_events,
                                          const cl_event *events, cl_event *event);
cl_int __wrap_clEnqueueMarkerWithWaitList(cl_command_queue queue, cl_uint n_events,
                                          const cl_event *events, cl_event *event)
{
    if (fault_strikes(FAULT_OPENCL, "clEnqueueMarkerWithWaitList"))
        return FAILURE;
    const cl_int code = __real_clEnqueueMarkerWithWaitList(queue, n_events, events, event);
    n_objects += code == CL_SUCCESS;
    return code;
}

WRAPPED_CREATE(cl_context, clCreateContext,
               (const cl_context_properties *properties, cl_uint n_devices,
                const cl_device_id *devices,
                void(CL_CALLBACK *notify)(const char *, const void *, size_t, void *), void *user,
                cl_int *code),
               (properties, n_devices, devices, notify, user, code))
WRAPPED_CREATE(cl_command_queue, clCreateCommandQueue,
               (cl_context context, cl_device_id device, cl_command_queue_properties properties,
                cl_int *code),
               (context, device, properties, code))
WRAPPED_CREATE(cl_program, clCreateProgramWithSource,
               (cl_context context, cl_uint n, const char **texts, const size_t *lengths,
                cl_int *code),
               (context, n, texts, lengths, code))
WRAPPED_CREATE(cl_program, clCreateProgramWithBinary,
               (cl_context context, cl_uint n, const cl_device_id *devices, const size_t *lengths,
                const unsigned char **binaries, cl_int *accepted, cl_int *code),
               (context, n, devices, lengths, binaries, accepted, code))
WRAPPED_CREATE(cl_kernel, clCreateKernel, (cl_program program, const char *name, cl_int *code),
               (program, name, code))
WRAPPED_CREATE(cl_mem, clCreateBuffer,
               (cl_context context, cl_mem_flags flags, size_t size, void *values, cl_int *code),
               (context, flags, size, values, code))

WRAPPED_RELEASE(cl_context, clReleaseContext)
WRAPPED_RELEASE(cl_command_queue, clReleaseCommandQueue)
WRAPPED_RELEASE(cl_program, clReleaseProgram)
WRAPPED_RELEASE(cl_kernel, clReleaseKernel)
WRAPPED_RELEASE(cl_mem, clReleaseMemObject)
WRAPPED_RELEASE(cl_event, clReleaseEvent)

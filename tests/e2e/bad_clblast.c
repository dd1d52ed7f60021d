/* SPDX-License-Identifier: MIT
 * A CLBlast with a defect, preloaded by qualify.sh: at one shape its SGEMM leaves one element of C
 * wrong by half. With BAD_CLBLAST=status it fails there instead; with BAD_CLBLAST=dead it does so,
 * and from then on nothing works in its context any more, as after a kernel that crashed. Known
 * defects of real versions are of this kind: wrong for few shapes on few devices.
 *
 * BAD_CLBLAST_SHAPE=ROWSxCOLUMNS of C is another shape. BAD_CLBLAST_TRACE names a file that gets a
 * line when the caches are cleared and one when a context is released. */
#define _GNU_SOURCE /* RTLD_NEXT */
#include <clblast_c.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef CLBlastStatusCode sgemm(CLBlastLayout, CLBlastTranspose, CLBlastTranspose, size_t, size_t,
                                size_t, float, cl_mem, size_t, size_t, cl_mem, size_t, size_t,
                                float, cl_mem, size_t, size_t, cl_command_queue *, cl_event *);

static cl_context dead_context;

/* The next definition of a function, as a pointer: ISO C has no cast between the two kinds. */
#define FIND_REAL(pointer, name)                                                                   \
    do {                                                                                           \
        void *symbol = dlsym(RTLD_NEXT, name);                                                     \
        memcpy(&(pointer), &symbol, sizeof(pointer));                                              \
    } while (0)

static int is_mode(const char *mode)
{
    const char *found = getenv("BAD_CLBLAST");
    return found != NULL && strcmp(found, mode) == 0;
}

static void trace(const char *line)
{
    const char *path = getenv("BAD_CLBLAST_TRACE");
    FILE *file = path != NULL ? fopen(path, "a") : NULL;
    if (file == NULL)
        return;
    fprintf(file, "%s\n", line);
    fclose(file);
}

static cl_context context_of(cl_command_queue queue)
{
    cl_context context = NULL;
    clGetCommandQueueInfo(queue, CL_QUEUE_CONTEXT, sizeof context, &context, NULL);
    return context;
}

/* By default dense_bwd_w of the first layer of a network 784-48-10. */
static int is_bad_shape(size_t m, size_t n)
{
    const char *shape = getenv("BAD_CLBLAST_SHAPE");
    size_t bad_m = 784;
    size_t bad_n = 48;
    return (shape == NULL || sscanf(shape, "%zux%zu", &bad_m, &bad_n) == 2) && m == bad_m &&
           n == bad_n;
}

static CLBlastStatusCode spoil(cl_mem c, size_t index, cl_command_queue queue)
{
    float value;
    if (clEnqueueReadBuffer(queue, c, CL_TRUE, index * sizeof value, sizeof value, &value, 0, NULL,
                            NULL) != CL_SUCCESS)
        return CLBlastUnexpectedError;
    value += 0.5f;
    if (clEnqueueWriteBuffer(queue, c, CL_TRUE, index * sizeof value, sizeof value, &value, 0, NULL,
                             NULL) != CL_SUCCESS)
        return CLBlastUnexpectedError;
    return CLBlastSuccess;
}

__attribute__((visibility("default"))) CLBlastStatusCode CLBlastSgemm(
    const CLBlastLayout layout, const CLBlastTranspose a_transpose,
    const CLBlastTranspose b_transpose, const size_t m, const size_t n, const size_t k,
    const float alpha, const cl_mem a, const size_t a_offset, const size_t a_ld, const cl_mem b,
    const size_t b_offset, const size_t b_ld, const float beta, cl_mem c, const size_t c_offset,
    const size_t c_ld, cl_command_queue *queue, cl_event *event)
{
    sgemm *real;
    FIND_REAL(real, "CLBlastSgemm");
    if (is_bad_shape(m, n) && is_mode("dead"))
        dead_context = context_of(*queue);
    if (is_bad_shape(m, n) && (is_mode("status") || is_mode("dead")))
        return CLBlastInvalidLocalMemUsage;
    const CLBlastStatusCode status =
        real(layout, a_transpose, b_transpose, m, n, k, alpha, a, a_offset, a_ld, b, b_offset, b_ld,
             beta, c, c_offset, c_ld, queue, event);
    if (status != CLBlastSuccess || !is_bad_shape(m, n))
        return status;
    return spoil(c, c_offset + 17 * c_ld + 5, *queue);
}

/* Its header declares it without parameters. */
CLBlastStatusCode CLBlastClearCache(void);

__attribute__((visibility("default"))) CLBlastStatusCode CLBlastClearCache(void)
{
    CLBlastStatusCode (*real)(void);
    FIND_REAL(real, "CLBlastClearCache");
    trace("cleared");
    return real();
}

__attribute__((visibility("default"))) cl_int clReleaseContext(cl_context context)
{
    cl_int (*real)(cl_context);
    FIND_REAL(real, "clReleaseContext");
    trace("released");
    if (context == dead_context)
        dead_context = NULL; /* the next one may have its address */
    return real(context);
}

__attribute__((visibility("default"))) cl_int clEnqueueNDRangeKernel(
    cl_command_queue queue, cl_kernel kernel, cl_uint n_dimensions, const size_t *offset,
    const size_t *global, const size_t *local, cl_uint n_events, const cl_event *events,
    cl_event *event)
{
    cl_int (*real)(cl_command_queue, cl_kernel, cl_uint, const size_t *, const size_t *,
                   const size_t *, cl_uint, const cl_event *, cl_event *);
    FIND_REAL(real, "clEnqueueNDRangeKernel");
    if (dead_context != NULL && context_of(queue) == dead_context)
        return CL_OUT_OF_RESOURCES;
    return real(queue, kernel, n_dimensions, offset, global, local, n_events, events, event);
}

/* SPDX-License-Identifier: MIT
 * A CLBlast with a defect, preloaded by qualify.sh: at one shape its SGEMM leaves one element of C
 * wrong by half. With BAD_CLBLAST=status it fails there instead. Known defects of real versions are
 * of this kind: wrong for few shapes on few devices. */
#define _GNU_SOURCE /* RTLD_NEXT */
#include <clblast_c.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

typedef CLBlastStatusCode sgemm(CLBlastLayout, CLBlastTranspose, CLBlastTranspose, size_t, size_t,
                                size_t, float, cl_mem, size_t, size_t, cl_mem, size_t, size_t,
                                float, cl_mem, size_t, size_t, cl_command_queue *, cl_event *);

/* dense_bwd_w of the first layer of a network 784-48-10. */
static int is_bad_shape(size_t m, size_t n)
{
    return m == 784 && n == 48;
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
    void *symbol = dlsym(RTLD_NEXT, "CLBlastSgemm");
    memcpy(&real, &symbol, sizeof real); /* ISO C has no cast between the two kinds of pointer */
    const char *mode = getenv("BAD_CLBLAST");
    if (is_bad_shape(m, n) && mode != NULL && strcmp(mode, "status") == 0)
        return CLBlastInvalidLocalMemUsage;
    const CLBlastStatusCode status =
        real(layout, a_transpose, b_transpose, m, n, k, alpha, a, a_offset, a_ld, b, b_offset, b_ld,
             beta, c, c_offset, c_ld, queue, event);
    if (status != CLBlastSuccess || !is_bad_shape(m, n))
        return status;
    return spoil(c, c_offset + 17 * c_ld + 5, *queue);
}

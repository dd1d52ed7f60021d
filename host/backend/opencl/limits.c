/* SPDX-License-Identifier: MIT
 * See limits.h. Every figure is the best of several runs: other work on the machine only makes one
 * slower. Runs are long enough that the clock and the launch do not count, short enough that all
 * takes well under a second. */
#include "backend/opencl/limits.h"

#include <stdio.h>

#include "backend/opencl/cl_error.h"
#include "backend/opencl/context.h"
#include "backend/opencl/program.h"
#include "core/clock.h"
#include "core/memory.h"

#define N_RUNS      8u
#define RUN_SECONDS 4e-3 /* at least, of a run that is timed */
#define N_LAUNCHES  100u

/* Work of a group whose launch is timed: as much as a kernel of a small network has. */
#define SPLIT_SECONDS 50e-6

/* Work-groups per compute unit of a GPU, so that it can hide the latency of its memory. */
#define GPU_GROUPS_PER_UNIT 32u

/* Vectors of 16 floats that fit the registers beside the two factors: of 32 registers of 16 floats,
 * of 16 of 8. GPUs have more than enough for either. */
#define WIDE_CHAINS   16
#define NARROW_CHAINS 6

typedef struct measurement {
    gm_opencl *opencl;
    cl_program program;
    cl_kernel fma, copy, nothing;
    cl_mem from, to;
    size_t n_floats; /* in each of the two */
    size_t n_groups; /* that fill the device */
    size_t group_items;
    int n_chains;
} measurement;

static gemlet_status create_kernel(cl_kernel *out, const measurement *m, const char *name)
{
    cl_int code = CL_SUCCESS;
    *out = clCreateKernel(m->program, name, &code);
    return GM_CL_CHECK(code, "clCreateKernel", name);
}

static gemlet_status create_buffer(cl_mem *out, const measurement *m)
{
    cl_int code = CL_SUCCESS;
    const cl_uint zero = 0;
    const size_t n_bytes = m->n_floats * sizeof(cl_float);
    *out = clCreateBuffer(m->opencl->context, CL_MEM_READ_WRITE, n_bytes, NULL, &code);
    GEMLET_CL_RESULT(code, "clCreateBuffer");
    GEMLET_CL(
        clEnqueueFillBuffer(m->opencl->queue, *out, &zero, sizeof zero, 0, n_bytes, 0, NULL, NULL));
    return GEMLET_OK;
}

static gemlet_status set_up(measurement *m)
{
    gm_opencl *opencl = m->opencl;
    char options[GM_PROGRAM_OPTIONS_SIZE];
    char more[GM_PROGRAM_OPTIONS_SIZE + 32];
    m->group_items = opencl->cpu_kernels ? 1 : 64; /* WG_FLAT */
    m->n_groups = opencl->base.info.compute_units;
    if (!opencl->cpu_kernels)
        m->n_groups *= GPU_GROUPS_PER_UNIT;
    m->n_chains = opencl->cpu_kernels && !opencl->wide_registers ? NARROW_CHAINS : WIDE_CHAINS;
    uint64_t n_bytes = gm_limits_size(GM_LIMITS_N_SIZES - 1) / 2;
    if (n_bytes > opencl->base.info.max_allocation_bytes)
        n_bytes = opencl->base.info.max_allocation_bytes;
    m->n_floats = (size_t)n_bytes / sizeof(cl_float);
    gm_program_format_options(options, opencl->cpu_kernels, opencl->wide_registers != 0,
                              opencl->base.info.local_memory_bytes);
    snprintf(more, sizeof more, "%s -DFMA_CHAINS=%d", options, m->n_chains);
    gm_program_source source;
    GEMLET_TRY(gm_program_source_create_limits(&source, more));
    const gemlet_status status =
        gm_program_build(&m->program, opencl->context, opencl->device, &source);
    gm_program_source_free(&source);
    GEMLET_TRY(status);
    GEMLET_TRY(create_kernel(&m->fma, m, "limits_fma"));
    GEMLET_TRY(create_kernel(&m->copy, m, "limits_copy"));
    GEMLET_TRY(create_kernel(&m->nothing, m, "limits_nothing"));
    GEMLET_TRY(create_buffer(&m->from, m));
    return create_buffer(&m->to, m);
}

static void tear_down(measurement *m)
{
    clFinish(m->opencl->queue);
    cl_mem const buffers[] = {m->to, m->from};
    cl_kernel const kernels[] = {m->nothing, m->copy, m->fma};
    for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; ++i) {
        if (buffers[i] != NULL)
            clReleaseMemObject(buffers[i]);
    }
    for (size_t i = 0; i < sizeof kernels / sizeof kernels[0]; ++i) {
        if (kernels[i] != NULL)
            clReleaseKernel(kernels[i]);
    }
    if (m->program != NULL)
        clReleaseProgram(m->program);
}

/* Seconds that n_launches of the kernel take, one behind the other. */
static gemlet_status time_launches(double *seconds, const measurement *m, cl_kernel kernel,
                                   size_t n_groups, unsigned n_launches)
{
    const size_t n_items = n_groups * m->group_items;
    const double started = gm_clock_seconds();
    for (unsigned i = 0; i < n_launches; ++i)
        GEMLET_CL(clEnqueueNDRangeKernel(m->opencl->queue, kernel, 1, NULL, &n_items,
                                         &m->group_items, 0, NULL, NULL));
    GEMLET_CL(clFinish(m->opencl->queue));
    *seconds = gm_clock_seconds() - started;
    return GEMLET_OK;
}

/* Rounds per second of a kernel whose argument `position` is their number: as many of them as take
 * RUN_SECONDS, then the best run. */
static gemlet_status measure_rounds(double *rounds_per_second, const measurement *m,
                                    cl_kernel kernel, cl_uint position, size_t n_groups)
{
    cl_uint n_rounds = 1;
    double seconds = 0.0;
    *rounds_per_second = 0.0;
    for (unsigned n_timed = 0; n_timed < N_RUNS;) {
        GEMLET_CL(clSetKernelArg(kernel, position, sizeof n_rounds, &n_rounds));
        GEMLET_TRY(time_launches(&seconds, m, kernel, n_groups, 1));
        if (seconds < RUN_SECONDS && n_rounds < (1u << 30)) {
            n_rounds *= 2;
            continue;
        }
        ++n_timed;
        if (n_rounds / seconds > *rounds_per_second)
            *rounds_per_second = n_rounds / seconds;
    }
    return GEMLET_OK;
}

static gemlet_status measure_fma(double *flops_per_second, const measurement *m)
{
    /* Sums converge to 1: no overflow, no denormal numbers. */
    const cl_float factor = 0.5f;
    const cl_float summand = 0.5f;
    double rounds = 0.0;
    GEMLET_CL(clSetKernelArg(m->fma, 0, sizeof m->to, &m->to));
    GEMLET_CL(clSetKernelArg(m->fma, 2, sizeof factor, &factor));
    GEMLET_CL(clSetKernelArg(m->fma, 3, sizeof summand, &summand));
    GEMLET_TRY(measure_rounds(&rounds, m, m->fma, 1, m->n_groups));
    const double n_items = (double)(m->n_groups * m->group_items);
    *flops_per_second = 2.0 * rounds * n_items * m->n_chains * (double)m->opencl->vector_columns;
    return GEMLET_OK;
}

static gemlet_status measure_copy(double *bytes_per_second, const measurement *m, uint64_t n_bytes)
{
    const size_t group_floats = m->group_items * m->opencl->vector_columns;
    size_t n_floats = (size_t)n_bytes / 2 / sizeof(cl_float);
    if (n_floats > m->n_floats)
        n_floats = m->n_floats;
    /* Small working sets do not fill all groups of a GPU. */
    size_t n_groups = n_floats / group_floats;
    if (n_groups > m->n_groups)
        n_groups = m->n_groups;
    if (n_groups == 0)
        n_groups = 1;
    const cl_ulong vectors_per_group = n_floats / n_groups / m->opencl->vector_columns;
    double rounds = 0.0;
    GEMLET_CL(clSetKernelArg(m->copy, 0, sizeof m->from, &m->from));
    GEMLET_CL(clSetKernelArg(m->copy, 1, sizeof m->to, &m->to));
    GEMLET_CL(clSetKernelArg(m->copy, 2, sizeof vectors_per_group, &vectors_per_group));
    GEMLET_TRY(measure_rounds(&rounds, m, m->copy, 3, n_groups));
    const double n_copied = (double)(vectors_per_group * n_groups * m->opencl->vector_columns);
    *bytes_per_second = 2.0 * rounds * n_copied * sizeof(cl_float);
    return GEMLET_OK;
}

/* Least time of one of many launches. */
static gemlet_status measure_launch(double *best, const measurement *m, cl_kernel kernel,
                                    size_t n_groups)
{
    for (unsigned run = 0; run < N_RUNS; ++run) {
        double seconds = 0.0;
        GEMLET_TRY(time_launches(&seconds, m, kernel, n_groups, N_LAUNCHES));
        seconds /= N_LAUNCHES;
        if (run == 0 || seconds < *best)
            *best = seconds;
    }
    return GEMLET_OK;
}

/* A launch that does nothing is over before a second core is awake. So the groups get as much to do
 * as takes one of them SPLIT_SECONDS: what a launch of all takes beyond that is what it costs. */
static gemlet_status measure_split_launch(double *cost, const measurement *m, double launch_seconds)
{
    double rounds_per_second = 0.0;
    double alone = 0.0;
    double all = 0.0;
    GEMLET_TRY(measure_rounds(&rounds_per_second, m, m->fma, 1, 1));
    const cl_uint n_rounds = (cl_uint)(rounds_per_second * SPLIT_SECONDS) + 1;
    GEMLET_CL(clSetKernelArg(m->fma, 1, sizeof n_rounds, &n_rounds));
    GEMLET_TRY(measure_launch(&alone, m, m->fma, 1));
    GEMLET_TRY(measure_launch(&all, m, m->fma, m->opencl->base.info.compute_units));
    *cost = launch_seconds + (all > alone ? all - alone : 0.0);
    return GEMLET_OK;
}

static gemlet_status measure_all(gm_device_limits *limits, const measurement *m)
{
    GEMLET_TRY(measure_fma(&limits->flops_per_second, m));
    for (unsigned i = 0; i < GM_LIMITS_N_SIZES; ++i)
        GEMLET_TRY(measure_copy(&limits->bytes_per_second[i], m, gm_limits_size(i)));
    GEMLET_CL(clSetKernelArg(m->nothing, 0, sizeof m->to, &m->to));
    GEMLET_TRY(measure_launch(&limits->launch_seconds, m, m->nothing, 1));
    return measure_split_launch(&limits->split_launch_seconds, m, limits->launch_seconds);
}

gemlet_status gm_opencl_limits_measure(gm_backend *backend, gm_device_limits *limits)
{
    measurement m = {.opencl = (gm_opencl *)backend};
    *limits = (gm_device_limits){0};
    GEMLET_TRY(gm_context_check(m.opencl));
    gemlet_status status = set_up(&m);
    if (status == GEMLET_OK)
        status = measure_all(limits, &m);
    tear_down(&m);
    return status;
}

/* SPDX-License-Identifier: MIT
 * Arguments, work sizes and the one place that enqueues kernels; see launch.h. */
#include "backend/opencl/launch.h"

#include <assert.h>
#include <string.h>

#include "backend/observer.h"
#include "backend/opencl/cl_error.h"
#include "backend/opencl/profiling.h"
#include "backend/opencl/quirks.h"
#include "core/memory.h"

/* Work for which a CPU-type device gets another work-group. Waking a second thread costs POCL 20
 * to 45 us, in which one core reads about this many elements from its cache. */
#define ELEMENTS_PER_CPU_GROUP 65536u

/* Enough groups per core that one that is late does not hold up all. */
#define MAX_GROUPS_PER_CPU_CORE 4u

static const char *const kernel_names[GM_N_KERNELS] = {
#define KERNEL_NAME(name) [GM_KERNEL_##name] = #name,
    GM_KERNEL_MAP(KERNEL_NAME)
#undef KERNEL_NAME
};

gm_launch gm_launch_begin(gm_opencl *opencl, gm_kernel_id id)
{
    gemlet_status status = gm_context_check(opencl);
    if (status == GEMLET_OK)
        status = gm_context_build_kernels(opencl);
    assert(status != GEMLET_OK || opencl->kernels[id].handle != NULL);
    return (gm_launch){.opencl = opencl, .id = id, .status = status};
}

static void set_argument(gm_launch *launch, size_t size, const void *value)
{
    if (launch->status != GEMLET_OK)
        return;
    const cl_int code = clSetKernelArg(launch->opencl->kernels[launch->id].handle,
                                       launch->n_arguments, size, value);
    launch->status = GM_CL_CHECK(code, "clSetKernelArg", kernel_names[launch->id]);
    ++launch->n_arguments;
}

/* Drivers take 0.05 to 0.1 us for an argument, and a product has 18 numbers. Buffers are always
 * handed over: another one may have the same handle. */
static void set_number(gm_launch *launch, size_t size, const void *value)
{
    if (launch->status != GEMLET_OK || launch->n_arguments >= GM_KERNEL_MAX_NUMBERS) {
        set_argument(launch, size, value);
        return;
    }
    gm_kernel_number *last = &launch->opencl->kernels[launch->id].numbers[launch->n_arguments];
    uint64_t bits = 0;
    memcpy(&bits, value, size);
    if (last->size == size && last->bits == bits) {
        ++launch->n_arguments;
        return;
    }
    set_argument(launch, size, value);
    *last = (gm_kernel_number){launch->status == GEMLET_OK ? size : 0, bits};
}

void gm_launch_memory(gm_launch *launch, cl_mem memory)
{
    set_argument(launch, sizeof memory, &memory);
}

void gm_launch_ulong(gm_launch *launch, size_t value)
{
    const cl_ulong argument = value;
    set_number(launch, sizeof argument, &argument);
}

void gm_launch_uint(gm_launch *launch, gemlet_dim value)
{
    const cl_uint argument = value;
    set_number(launch, sizeof argument, &argument);
}

void gm_launch_int(gm_launch *launch, int value)
{
    const cl_int argument = value;
    set_number(launch, sizeof argument, &argument);
}

void gm_launch_float(gm_launch *launch, float value)
{
    const cl_float argument = value;
    set_number(launch, sizeof argument, &argument);
}

void gm_launch_vector(gm_launch *launch, const gm_vector *vector)
{
    gm_launch_memory(launch, gm_context_memory(vector->buffer));
    gm_launch_ulong(launch, vector->offset);
}

void gm_launch_matrix(gm_launch *launch, const gm_matrix *matrix)
{
    gm_launch_memory(launch, gm_context_memory(matrix->buffer));
    gm_launch_ulong(launch, matrix->offset);
    gm_launch_ulong(launch, matrix->ld);
}

static void notify_observer(const gm_opencl *opencl, const gm_observed_launch *observed)
{
    const gm_observer *observer = opencl->base.observer;
    if (observer != NULL)
        observer->on_launch(observer->user, observed);
}

void gm_launch_tell_call(const gm_opencl *opencl, const char *name)
{
    notify_observer(opencl, &(gm_observed_launch){.name = name});
}

gemlet_status gm_launch_run(gm_launch *launch, size_t n_groups_0, size_t n_groups_1)
{
    GEMLET_TRY(launch->status);
    const gm_kernel *kernel = &launch->opencl->kernels[launch->id];
    notify_observer(launch->opencl, &(gm_observed_launch){
                                        .name = kernel_names[launch->id],
                                        .n_groups = {n_groups_0, n_groups_1},
                                        .n_items = {kernel->local[0], kernel->local[1]},
                                        .n_extra_bytes = launch->n_extra_bytes,
                                    });
    const size_t global[2] = {n_groups_0 * kernel->local[0], n_groups_1 * kernel->local[1]};
    const cl_int code =
        clEnqueueNDRangeKernel(launch->opencl->queue, kernel->handle, 2, NULL, global,
                               kernel->local, 0, NULL, gm_profiling_next_event(launch->opencl));
    GEMLET_TRY(gm_context_stick(
        launch->opencl, GM_CL_CHECK(code, "clEnqueueNDRangeKernel", kernel_names[launch->id])));
    return gm_pace_count(launch->opencl, 1);
}

size_t gm_launch_groups(size_t value, size_t size)
{
    return value / size + (value % size != 0);
}

size_t gm_launch_cpu_groups(const gm_opencl *opencl, size_t n_units, size_t n_elements)
{
    const size_t most = (size_t)opencl->base.info.compute_units * MAX_GROUPS_PER_CPU_CORE;
    size_t n_groups = gm_launch_groups(n_elements, ELEMENTS_PER_CPU_GROUP);
    if (n_groups > most)
        n_groups = most;
    const size_t least = gm_launch_groups(n_elements, gm_quirks_group_elements(&opencl->base.info));
    if (n_groups < least)
        n_groups = least;
    if (n_groups > n_units)
        n_groups = n_units;
    return n_groups > 0 ? n_groups : 1;
}

gm_launch_grid gm_launch_matrix_grid(const gm_opencl *opencl, gemlet_dim rows, gemlet_dim cols)
{
    const size_t group_items = 16; /* WG_COLS and WG_ROWS of the GPU kernels */
    if (!opencl->cpu_kernels) {
        const gm_launch_grid grid = {gm_launch_groups(cols, group_items),
                                     gm_launch_groups(rows, group_items), (gemlet_dim)group_items};
        return grid;
    }
    const size_t n_groups = gm_launch_cpu_groups(opencl, rows, (size_t)rows * cols);
    const size_t rows_per_group = gm_launch_groups(rows, n_groups);
    const gm_launch_grid grid = {1, gm_launch_groups(rows, rows_per_group),
                                 (gemlet_dim)rows_per_group};
    return grid;
}

gm_launch_grid gm_launch_dropout_grid(const gm_opencl *opencl, gemlet_dim rows, gemlet_dim cols)
{
    const gemlet_dim block_rows = 8; /* DROPOUT_ROWS of dropout.cl */
    return gm_launch_matrix_grid(opencl, (rows - 1) / block_rows + 1, cols);
}

gm_launch_line gm_launch_vector_line(const gm_opencl *opencl, gm_kernel_id id, size_t n)
{
    const size_t gpu_vector = 4; /* UPDATE_VEC of update.cl, as vector_columns on CPUs */
    const size_t vectors_per_item = 2;
    const size_t n_parts =
        gm_launch_groups(n, opencl->cpu_kernels ? opencl->vector_columns : gpu_vector);
    size_t parts_per_group = opencl->kernels[id].local[0] * vectors_per_item;
    if (opencl->cpu_kernels)
        parts_per_group = gm_launch_groups(n_parts, gm_launch_cpu_groups(opencl, n_parts, n));
    return (gm_launch_line){gm_launch_groups(n_parts, parts_per_group), parts_per_group};
}

size_t gm_launch_column_groups(const gm_opencl *opencl, gemlet_dim rows, gemlet_dim cols)
{
    const size_t n_blocks = gm_launch_groups(cols, 16); /* VEC x WG_COLS is 16 on all devices */
    if (!opencl->cpu_kernels)
        return n_blocks;
    return gm_launch_cpu_groups(opencl, n_blocks, (size_t)rows * cols);
}

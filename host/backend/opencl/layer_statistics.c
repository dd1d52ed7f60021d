/* SPDX-License-Identifier: MIT
 * Launcher of layer_statistics.cl; see layer_statistics.h. */
#include "backend/opencl/layer_statistics.h"

#include "backend/opencl/cl_error.h"
#include "backend/opencl/launch.h"

/* Values kept of a column: COLUMN_EDGES of the kernel file; the edges come on top. */
#define VALUES_PER_COLUMN 8u

/* The passes over a column without bins cost about as much as those of so many edges. */
#define EDGES_PER_MOMENTS 4u

/* Room for this many at least, 256 KiB: it need not grow for any usual layer. */
#define MIN_CAPACITY 65536u

/* Makes room for the columns' values. Kernels under way keep the old memory alive. */
static gemlet_status reserve_columns(gm_opencl *opencl, size_t n_values)
{
    if (n_values <= opencl->column_capacity)
        return GEMLET_OK;
    if (n_values < MIN_CAPACITY)
        n_values = MIN_CAPACITY;
    cl_int code = CL_SUCCESS;
    const cl_mem columns = clCreateBuffer(opencl->context, CL_MEM_READ_WRITE,
                                          n_values * sizeof(cl_float), NULL, &code);
    GEMLET_TRY(GM_CL_CHECK(code, "clCreateBuffer(column statistics)", NULL));
    if (opencl->columns != NULL)
        clReleaseMemObject(opencl->columns);
    opencl->columns = columns;
    opencl->column_capacity = n_values;
    return GEMLET_OK;
}

static size_t column_groups(const gm_opencl *opencl, const gm_matrix *x, gemlet_dim n_bins)
{
    const size_t n_blocks = gm_launch_groups(x->cols, 16); /* VEC x WG_COLS is 16 on all devices */
    if (!opencl->cpu_kernels)
        return n_blocks;
    const size_t n_elements = (size_t)x->rows * x->cols;
    return gm_launch_cpu_groups(opencl, n_blocks,
                                n_elements * (EDGES_PER_MOMENTS + n_bins) / EDGES_PER_MOMENTS);
}

gemlet_status gm_layer_statistics_run(gm_backend *backend, const gm_layer_statistics_args *args)
{
    gm_opencl *opencl = (gm_opencl *)backend;
    const gm_matrix *x = &args->x;
    const gemlet_dim n_bins = args->edges.buffer != NULL ? (gemlet_dim)(args->edges.length - 1) : 0;
    GEMLET_TRY(reserve_columns(opencl, (size_t)x->cols * (VALUES_PER_COLUMN + n_bins + 1)));
    gm_launch launch = gm_launch_begin(opencl, GM_KERNEL_layer_statistics_columns);
    gm_launch_matrix(&launch, x);
    gm_launch_vector(&launch, &args->edges);
    gm_launch_memory(&launch, opencl->columns);
    gm_launch_int(&launch, (int)args->activation);
    gm_launch_uint(&launch, n_bins);
    gm_launch_uint(&launch, x->rows);
    gm_launch_uint(&launch, x->cols);
    GEMLET_TRY(gm_launch_run(&launch, column_groups(opencl, x, n_bins), 1));

    launch = gm_launch_begin(opencl, GM_KERNEL_layer_statistics_sum);
    gm_launch_memory(&launch, opencl->columns);
    gm_launch_vector(&launch, &args->moments);
    gm_launch_vector(&launch, &args->counts);
    gm_launch_uint(&launch, n_bins);
    gm_launch_uint(&launch, x->rows);
    gm_launch_uint(&launch, x->cols);
    return gm_launch_run(&launch, 1, 1);
}

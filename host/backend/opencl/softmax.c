/* SPDX-License-Identifier: MIT
 * Launchers of softmax.cl. */
#include "backend/opencl/opencl_ops.h"

#include "backend/opencl/cl_error.h"
#include "backend/opencl/launch.h"

/* What one work-group of 64 items does alone, without coalescing: four rows for each item, which
 * stay in the first-level cache. Judged by counting loads, not measured: no GPU was there. */
#define NARROW_ROWS 256u
#define NARROW_COLS 16u

/* An exp costs about as much as reading this many elements. */
#define ELEMENTS_PER_EXP 8u

static size_t row_groups(const gm_opencl *opencl, const gm_matrix *logits)
{
    if (!opencl->cpu_kernels)
        return logits->rows;
    const size_t n_vectors = (size_t)logits->rows * gm_launch_groups(logits->cols, 16);
    return gm_launch_cpu_groups(opencl, logits->rows, n_vectors * 16 * ELEMENTS_PER_EXP);
}

gemlet_status gm_opencl_softmax(gm_backend *backend, const gm_softmax_args *args)
{
    gm_opencl *opencl = (gm_opencl *)backend;
    gm_launch launch = gm_launch_begin(opencl, GM_KERNEL_softmax_fwd);
    gm_launch_matrix(&launch, &args->logits);
    gm_launch_matrix(&launch, &args->probabilities);
    gm_launch_uint(&launch, args->logits.rows);
    gm_launch_uint(&launch, args->logits.cols);
    return gm_launch_run(&launch, row_groups(opencl, &args->logits), 1);
}

gemlet_status gm_opencl_softmax_kl(gm_backend *backend, const gm_softmax_kl_args *args)
{
    gm_opencl *opencl = (gm_opencl *)backend;
    gm_launch launch = gm_launch_begin(opencl, GM_KERNEL_softmax_kl);
    gm_launch_matrix(&launch, &args->logits);
    gm_launch_matrix(&launch, &args->targets);
    gm_launch_vector(&launch, &args->record);
    gm_launch_matrix(&launch, &args->dlogits);
    gm_launch_uint(&launch, args->logits.rows);
    gm_launch_uint(&launch, args->logits.cols);
    return gm_launch_run(&launch, row_groups(opencl, &args->logits), 1);
}

/* Makes room for the losses of n_rows rows. Kernels under way keep the old memory alive. */
static gemlet_status reserve_rows(gm_opencl *opencl, size_t n_rows)
{
    if (n_rows <= opencl->row_capacity)
        return GEMLET_OK;
    cl_int code = CL_SUCCESS;
    cl_mem row_loss = NULL;
    cl_mem row_correct = NULL;
    gemlet_status status = GEMLET_OK;
    row_loss =
        clCreateBuffer(opencl->context, CL_MEM_READ_WRITE, n_rows * sizeof(cl_float), NULL, &code);
    GEMLET_TRY_CLEANUP(status, GM_CL_CHECK(code, "clCreateBuffer(row losses)", NULL));
    row_correct =
        clCreateBuffer(opencl->context, CL_MEM_READ_WRITE, n_rows * sizeof(cl_uint), NULL, &code);
    GEMLET_TRY_CLEANUP(status, GM_CL_CHECK(code, "clCreateBuffer(row counts)", NULL));
    if (opencl->row_loss != NULL)
        clReleaseMemObject(opencl->row_loss);
    if (opencl->row_correct != NULL)
        clReleaseMemObject(opencl->row_correct);
    opencl->row_loss = row_loss;
    opencl->row_correct = row_correct;
    opencl->row_capacity = n_rows;
    row_loss = NULL;
cleanup:
    if (row_loss != NULL)
        clReleaseMemObject(row_loss);
    return status;
}

/* 1: one work-group does it all sooner than a second launch would begin. */
static int is_narrow(const gm_opencl *opencl, const gm_matrix *logits)
{
    return opencl->kernels[GM_KERNEL_softmax_xent_narrow].handle != NULL &&
           logits->rows <= NARROW_ROWS && logits->cols <= NARROW_COLS;
}

static void pass_tensors(gm_launch *launch, const gm_softmax_xent_args *args)
{
    gm_launch_matrix(launch, &args->logits);
    gm_launch_vector(launch, &args->labels);
    gm_launch_vector(launch, &args->weights);
    gm_launch_int(launch, args->weights.buffer != NULL);
    gm_launch_vector(launch, &args->record);
    gm_launch_int(launch, args->record.buffer != NULL);
    gm_launch_matrix(launch, &args->dlogits);
    gm_launch_vector(launch, &args->loss);
    gm_launch_vector(launch, &args->correct);
}

static gemlet_status run_narrow(gm_opencl *opencl, const gm_softmax_xent_args *args)
{
    gm_launch launch = gm_launch_begin(opencl, GM_KERNEL_softmax_xent_narrow);
    pass_tensors(&launch, args);
    gm_launch_uint(&launch, args->logits.rows);
    gm_launch_uint(&launch, args->logits.cols);
    return gm_launch_run(&launch, 1, 1);
}

gemlet_status gm_opencl_softmax_xent(gm_backend *backend, const gm_softmax_xent_args *args)
{
    gm_opencl *opencl = (gm_opencl *)backend;
    GEMLET_TRY(gm_context_build_kernels(opencl));
    if (is_narrow(opencl, &args->logits))
        return run_narrow(opencl, args);
    const size_t n_groups = row_groups(opencl, &args->logits);
    GEMLET_TRY(reserve_rows(opencl, args->logits.rows));
    gm_launch launch = gm_launch_begin(opencl, GM_KERNEL_softmax_xent);
    pass_tensors(&launch, args);
    gm_launch_memory(&launch, opencl->row_loss);
    gm_launch_memory(&launch, opencl->row_correct);
    gm_launch_uint(&launch, args->logits.rows);
    gm_launch_uint(&launch, args->logits.cols);
    GEMLET_TRY(gm_launch_run(&launch, n_groups, 1));
    if (n_groups == 1) /* the one group has added up too */
        return GEMLET_OK;

    launch = gm_launch_begin(opencl, GM_KERNEL_softmax_xent_sum);
    gm_launch_memory(&launch, opencl->row_loss);
    gm_launch_memory(&launch, opencl->row_correct);
    gm_launch_vector(&launch, &args->loss);
    gm_launch_vector(&launch, &args->correct);
    gm_launch_uint(&launch, args->logits.rows);
    /* losses and counts of the rows, written before and read here */
    launch.n_extra_bytes = 2 * (sizeof(cl_float) + sizeof(cl_uint)) * args->logits.rows;
    return gm_launch_run(&launch, 1, 1);
}

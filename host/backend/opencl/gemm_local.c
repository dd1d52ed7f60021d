/* SPDX-License-Identifier: MIT
 * Launcher of gemm_local.cl; see gemm.h. */
#include "backend/opencl/cl_error.h"
#include "backend/opencl/gemm.h"
#include "backend/opencl/gemm_local_tile.h"
#include "backend/opencl/launch.h"

static const gm_kernel_id kernels[GM_N_LOCAL_TILES] = {
    [GM_LOCAL_TILE_128] = GM_KERNEL_gemm_local_128,
    [GM_LOCAL_TILE_64] = GM_KERNEL_gemm_local_64,
    [GM_LOCAL_TILE_32] = GM_KERNEL_gemm_local_32,
};

/* Where the groups of a product write: C itself, or one for each split. */
typedef struct target {
    cl_mem c;
    cl_mem sums;
    size_t c_offset;
    size_t sums_offset;
    size_t ld;
    size_t split_stride;
} target;

/* Room for `n_values` of split products. Kernels under way keep the old memory alive. */
static gemlet_status reserve_splits(gm_opencl *opencl, size_t n_values)
{
    if (n_values <= opencl->split_capacity)
        return GEMLET_OK;
    cl_int code = CL_SUCCESS;
    const cl_mem splits = clCreateBuffer(opencl->context, CL_MEM_READ_WRITE,
                                         n_values * sizeof(cl_float), NULL, &code);
    GEMLET_TRY(GM_CL_CHECK(code, "clCreateBuffer(split products)", NULL));
    if (opencl->splits != NULL)
        clReleaseMemObject(opencl->splits);
    opencl->splits = splits;
    opencl->split_capacity = n_values;
    return GEMLET_OK;
}

/* Buffer, offset, and the strides of the matrix that a product takes: along its rows first. */
static void pass_factor(gm_launch *launch, const gm_matrix *matrix, int transpose)
{
    gm_launch_memory(launch, gm_context_memory(matrix->buffer));
    gm_launch_ulong(launch, matrix->offset);
    gm_launch_ulong(launch, transpose ? 1 : matrix->ld);
    gm_launch_ulong(launch, transpose ? matrix->ld : 1);
}

static void pass_optional(gm_launch *launch, const gm_vector *vector)
{
    gm_launch_vector(launch, vector);
    gm_launch_int(launch, vector->buffer != NULL);
}

static gemlet_status launch_tiles(gm_opencl *opencl, const gm_product *product,
                                  const gm_local_plan *plan, const target *to)
{
    const gm_matrix *c = product->c;
    const int is_split = plan->n_splits > 1;
    const gm_vector none = {0};
    const unsigned side = gm_gemm_local_tile_side(plan->tile);
    gm_launch launch = gm_launch_begin(opencl, kernels[plan->tile]);
    pass_factor(&launch, product->a, product->transpose_a);
    pass_factor(&launch, product->b, product->transpose_b);
    gm_launch_memory(&launch, to->c);
    gm_launch_ulong(&launch, to->c_offset);
    gm_launch_ulong(&launch, to->ld);
    pass_optional(&launch, is_split ? &none : &product->bias);
    gm_launch_int(&launch, is_split ? (int)GEMLET_ACTIVATION_IDENTITY : (int)product->activation);
    gm_launch_memory(&launch, to->sums);
    gm_launch_ulong(&launch, to->sums_offset);
    gm_launch_int(&launch, product->sums.buffer != NULL);
    gm_launch_uint(&launch, c->rows);
    gm_launch_uint(&launch, c->cols);
    gm_launch_uint(&launch, product->depth);
    gm_launch_uint(&launch, plan->split_k);
    gm_launch_ulong(&launch, to->split_stride);
    return gm_launch_run(&launch, gm_launch_groups(c->cols, side),
                         gm_launch_groups(c->rows, side) * plan->n_splits);
}

static gemlet_status launch_sum(gm_opencl *opencl, const gm_product *product,
                                const gm_local_plan *plan, const target *from)
{
    const gm_matrix *c = product->c;
    const size_t n_rows = (size_t)c->rows + (product->sums.buffer != NULL);
    gm_launch launch = gm_launch_begin(opencl, GM_KERNEL_gemm_local_sum);
    GEMLET_TRY(launch.status);
    const size_t n_items = opencl->kernels[GM_KERNEL_gemm_local_sum].local[0];
    launch.n_extra_bytes = 2 * plan->n_splits * from->split_stride * sizeof(cl_float);
    gm_launch_memory(&launch, from->c);
    gm_launch_ulong(&launch, from->ld);
    gm_launch_ulong(&launch, from->split_stride);
    gm_launch_uint(&launch, plan->n_splits);
    gm_launch_matrix(&launch, c);
    pass_optional(&launch, &product->bias);
    gm_launch_int(&launch, (int)product->activation);
    pass_optional(&launch, &product->sums);
    gm_launch_uint(&launch, c->rows);
    gm_launch_uint(&launch, c->cols);
    return gm_launch_run(&launch, gm_launch_groups(n_rows * (from->ld / 4), n_items), 1);
}

/* With the tile that suits best, or the next smaller one that the device can run. The smallest is
 * always there. */
static gm_local_plan find_plan(const gm_opencl *opencl, const gm_local_size *size,
                               gm_local_tuning tuning)
{
    const unsigned n_units = opencl->base.info.compute_units;
    gm_local_plan plan = gm_gemm_local_plan(size, n_units, &tuning);
    while (plan.tile + 1 < GM_N_LOCAL_TILES && opencl->kernels[kernels[plan.tile]].handle == NULL) {
        tuning.tile = gm_gemm_local_tile_side(plan.tile + 1);
        plan = gm_gemm_local_plan(size, n_units, &tuning);
    }
    return plan;
}

static gm_local_plan plan_product(gm_opencl *opencl, const gm_local_size *size,
                                  const gm_local_tuning *tuning)
{
    const unsigned n = opencl->n_local_choices;
    for (unsigned i = 0; i < n && i < GM_N_LOCAL_CHOICES; ++i) {
        const gm_local_choice *choice = &opencl->local_choices[i];
        if (choice->size.m == size->m && choice->size.n == size->n && choice->size.k == size->k &&
            choice->tuning.tile == tuning->tile && choice->tuning.n_splits == tuning->n_splits)
            return choice->plan;
    }
    const gm_local_plan plan = find_plan(opencl, size, *tuning);
    opencl->local_choices[n % GM_N_LOCAL_CHOICES] = (gm_local_choice){*size, *tuning, plan};
    ++opencl->n_local_choices;
    return plan;
}

gemlet_status gm_gemm_local_multiply(gm_opencl *opencl, const gm_product *product,
                                     int *did_epilogue)
{
    const gm_matrix *c = product->c;
    const gm_vector *sums = &product->sums;
    const gm_local_size size = {c->rows, c->cols, product->depth};
    GEMLET_TRY(gm_context_build_kernels(opencl));
    const gm_local_plan plan = plan_product(
        opencl, &size, product->choice != NULL ? &product->choice->local : &opencl->local_tuning);
    *did_epilogue = 1;
    if (plan.n_splits == 1)
        return launch_tiles(opencl, product, &plan,
                            &(target){.c = gm_context_memory(c->buffer),
                                      .c_offset = c->offset,
                                      .ld = c->ld,
                                      .sums = gm_context_memory(sums->buffer),
                                      .sums_offset = sums->offset});
    /* The sums of a split are one more row of its C. */
    const size_t ld = gm_launch_groups(c->cols, 4) * 4;
    const size_t split_stride = ((size_t)c->rows + (sums->buffer != NULL)) * ld;
    GEMLET_TRY(reserve_splits(opencl, plan.n_splits * split_stride));
    const target splits = {.c = opencl->splits,
                           .ld = ld,
                           .sums = opencl->splits,
                           .sums_offset = c->rows * ld,
                           .split_stride = split_stride};
    GEMLET_TRY(launch_tiles(opencl, product, &plan, &splits));
    return launch_sum(opencl, product, &plan, &splits);
}

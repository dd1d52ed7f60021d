/* SPDX-License-Identifier: MIT
 * Launcher of gemm_local.cl; see gemm.h. */
#include "backend/opencl/gemm.h"
#include "backend/opencl/gemm_local_tile.h"
#include "backend/opencl/launch.h"

static const gm_kernel_id kernels[GM_N_LOCAL_TILES] = {
    [GM_LOCAL_TILE_64] = GM_KERNEL_gemm_local_64,
    [GM_LOCAL_TILE_32] = GM_KERNEL_gemm_local_32,
    [GM_LOCAL_TILE_16] = GM_KERNEL_gemm_local_16,
};

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

/* The tile, or the largest smaller one that the device can run. The smallest is always there. */
static gm_local_tile find_runnable(const gm_opencl *opencl, gm_local_tile tile)
{
    while (tile + 1 < GM_N_LOCAL_TILES && opencl->kernels[kernels[tile]].handle == NULL)
        ++tile;
    return tile;
}

gemlet_status gm_gemm_local_multiply(gm_opencl *opencl, const gm_product *product,
                                     int *did_epilogue)
{
    const gm_matrix *c = product->c;
    const gemlet_dim ones_row = product->sums.buffer != NULL;
    const gm_local_size size = {c->rows + ones_row, c->cols, product->depth};
    GEMLET_TRY(gm_context_build_kernels(opencl));
    const gm_local_tile tile =
        find_runnable(opencl, gm_gemm_local_tile_choose(&size, 1, opencl->base.info.compute_units));
    const unsigned side = gm_gemm_local_tile_side(tile);
    *did_epilogue = 1;
    gm_launch launch = gm_launch_begin(opencl, kernels[tile]);
    pass_factor(&launch, product->a, product->transpose_a);
    pass_factor(&launch, product->b, product->transpose_b);
    gm_launch_matrix(&launch, c);
    pass_optional(&launch, &product->bias);
    gm_launch_int(&launch, (int)product->activation);
    pass_optional(&launch, &product->sums);
    gm_launch_uint(&launch, c->rows);
    gm_launch_uint(&launch, c->cols);
    gm_launch_uint(&launch, product->depth);
    return gm_launch_run(&launch, gm_launch_groups(size.n, side), gm_launch_groups(size.m, side));
}

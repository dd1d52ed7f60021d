/* SPDX-License-Identifier: MIT
 * Launcher of gemm_local.cl; see gemm.h. */
#include "backend/opencl/gemm.h"
#include "backend/opencl/launch.h"

#define TILE 32u /* LOCAL_TILE of gemm_local.cl */

gemlet_status gm_gemm_local_multiply(gm_opencl *opencl, const gm_product *product,
                                     int *did_epilogue)
{
    const gm_matrix *a = product->a;
    const gm_matrix *b = product->b;
    const gm_matrix *c = product->c;
    *did_epilogue = 1;
    gm_launch launch = gm_launch_begin(opencl, GM_KERNEL_gemm_local);
    gm_launch_memory(&launch, gm_context_memory(a->buffer));
    gm_launch_ulong(&launch, a->offset);
    gm_launch_ulong(&launch, product->transpose_a ? 1 : a->ld);
    gm_launch_ulong(&launch, product->transpose_a ? a->ld : 1);
    gm_launch_memory(&launch, gm_context_memory(b->buffer));
    gm_launch_ulong(&launch, b->offset);
    gm_launch_ulong(&launch, product->transpose_b ? 1 : b->ld);
    gm_launch_ulong(&launch, product->transpose_b ? b->ld : 1);
    gm_launch_matrix(&launch, c);
    gm_launch_vector(&launch, &product->bias);
    gm_launch_int(&launch, product->bias.buffer != NULL);
    gm_launch_int(&launch, (int)product->activation);
    gm_launch_uint(&launch, c->rows);
    gm_launch_uint(&launch, c->cols);
    gm_launch_uint(&launch, product->depth);
    return gm_launch_run(&launch, gm_launch_groups(c->cols, TILE), gm_launch_groups(c->rows, TILE));
}

/* SPDX-License-Identifier: MIT
 * Products through CLBlast; see gemm.h. */
#include <clblast_c.h>

#include "backend/opencl/gemm.h"
#include "backend/opencl/launch.h"
#include "backend/opencl/profiling.h"

#define TEXT(x) #x

const char *gm_gemm_clblast_name(void)
{
#ifdef CLBLAST_VERSION_PATCH
#define DOTTED(x, y, z) "CLBlast " TEXT(x) "." TEXT(y) "." TEXT(z)
    return DOTTED(CLBLAST_VERSION_MAJOR, CLBLAST_VERSION_MINOR, CLBLAST_VERSION_PATCH);
#else
    return "CLBlast";
#endif
}

gemlet_status gm_gemm_clblast_multiply(gm_opencl *opencl, const gm_product *product,
                                       int *did_epilogue)
{
    *did_epilogue = 0;
    GEMLET_TRY(gm_context_check(opencl));
    const gm_matrix *a = product->a;
    const gm_matrix *b = product->b;
    const gm_matrix *c = product->c;
    gm_launch_tell_call(opencl, "CLBlastSgemm");
    const CLBlastStatusCode code = CLBlastSgemm(
        CLBlastLayoutRowMajor, product->transpose_a ? CLBlastTransposeYes : CLBlastTransposeNo,
        product->transpose_b ? CLBlastTransposeYes : CLBlastTransposeNo, c->rows, c->cols,
        product->depth, 1.0f, gm_context_memory(a->buffer), a->offset, a->ld,
        gm_context_memory(b->buffer), b->offset, b->ld, 0.0f, gm_context_memory(c->buffer),
        c->offset, c->ld, &opencl->queue, gm_profiling_next_event(opencl));
    if (code == CLBlastSuccess)
        return GEMLET_OK;
    return gm_context_stick(
        opencl, gm_error(GEMLET_E_OPENCL, "CLBlastSgemm: status %d, shape %u x %u x %u", (int)code,
                         (unsigned)c->rows, (unsigned)c->cols, (unsigned)product->depth));
}

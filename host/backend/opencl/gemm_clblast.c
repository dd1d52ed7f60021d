/* SPDX-License-Identifier: MIT
 * Products through CLBlast; see gemm.h. */
#include <clblast_c.h>
#include <stdio.h>

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

/* ---- parameters ----------------------------------------------------------------------------- */

/* CLBlast takes a kernel's parameters only all at once. Small products are done by XgemmDirect, the
 * others by Xgemm; their own documentation explains the names. */
static const char *direct_names[] = {"KWID", "MDIMAD", "MDIMCD", "NDIMBD", "NDIMCD",
                                     "PADA", "PADB",   "VWMD",   "VWND",   "WGD"};
static const char *indirect_names[] = {"GEMMK", "KREG",  "KWG",   "KWI", "MDIMA", "MDIMC",
                                       "MWG",   "NDIMB", "NDIMC", "NWG", "SA",    "SB",
                                       "STRM",  "STRN",  "VWM",   "VWN"};
#define N_DIRECT   (sizeof direct_names / sizeof direct_names[0])
#define N_INDIRECT (sizeof indirect_names / sizeof indirect_names[0])

typedef struct parameter_set {
    size_t direct[N_DIRECT];
    size_t indirect[N_INDIRECT];
} parameter_set;

/* In the order of the names: work-groups of 8 x 8 on tiles of 8 and of 32, the latter for wider
 * vectors; of 16 x 16 on tiles of 32 and 64 through local memory, for GPUs with many registers. */
static const parameter_set parameter_sets[GM_CLBLAST_N_SETS] = {
    {{1, 8, 8, 8, 8, 1, 1, 1, 1, 8}, {0, 1, 16, 2, 8, 8, 16, 8, 8, 16, 0, 0, 0, 0, 1, 1}},
    {{2, 8, 8, 8, 8, 1, 1, 4, 4, 32}, {0, 1, 16, 2, 8, 8, 32, 8, 8, 32, 0, 0, 0, 0, 4, 4}},
    {{2, 16, 16, 16, 16, 1, 1, 2, 2, 32}, {0, 1, 32, 2, 16, 16, 64, 16, 16, 64, 1, 1, 0, 0, 2, 2}},
};

gemlet_status gm_gemm_clblast_set(gm_opencl *opencl, unsigned set)
{
    if (set == 0 || set > GM_CLBLAST_N_SETS)
        return gm_error(GEMLET_E_DEVICE, "CLBlast parameters: found set %u, expected 1 to %u", set,
                        GM_CLBLAST_N_SETS);
    const parameter_set *values = &parameter_sets[set - 1];
    CLBlastStatusCode code =
        CLBlastOverrideParameters(opencl->device, "XgemmDirect", CLBlastPrecisionSingle, N_DIRECT,
                                  direct_names, values->direct);
    if (code == CLBlastSuccess)
        code = CLBlastOverrideParameters(opencl->device, "Xgemm", CLBlastPrecisionSingle,
                                         N_INDIRECT, indirect_names, values->indirect);
    if (code != CLBlastSuccess)
        return gm_error(GEMLET_E_DEVICE, "CLBlastOverrideParameters: status %d, set %u", (int)code,
                        set);
    snprintf(opencl->gemm_text, sizeof opencl->gemm_text, "%s with parameters %u",
             gm_gemm_clblast_name(), set);
    opencl->base.gemm_name = opencl->gemm_text;
    return GEMLET_OK;
}

void gm_gemm_clblast_forget(void)
{
    CLBlastClearCache();
}

/* Of one call: the product, and copies that pad or transpose the matrices. */
#define MOST_COMMANDS 5u

/* ---- products ------------------------------------------------------------------------------- */

gemlet_status gm_gemm_clblast_multiply(gm_opencl *opencl, const gm_product *product,
                                       int *did_epilogue)
{
    *did_epilogue = 0;
    GEMLET_TRY(gm_context_check(opencl));
    const gm_matrix *a = product->a;
    const gm_matrix *b = product->b;
    const gm_matrix *c = product->c;
    gm_launch_tell_call(opencl, "CLBlastSgemm");
    opencl->used_clblast = 1;
    const CLBlastStatusCode code = CLBlastSgemm(
        CLBlastLayoutRowMajor, product->transpose_a ? CLBlastTransposeYes : CLBlastTransposeNo,
        product->transpose_b ? CLBlastTransposeYes : CLBlastTransposeNo, c->rows, c->cols,
        product->depth, 1.0f, gm_context_memory(a->buffer), a->offset, a->ld,
        gm_context_memory(b->buffer), b->offset, b->ld, 0.0f, gm_context_memory(c->buffer),
        c->offset, c->ld, &opencl->queue, gm_profiling_next_event(opencl));
    if (code == CLBlastSuccess)
        return gm_pace_count(opencl, MOST_COMMANDS);
    return gm_context_stick(
        opencl, gm_error(GEMLET_E_OPENCL, "CLBlastSgemm: status %d, shape %u x %u x %u", (int)code,
                         (unsigned)c->rows, (unsigned)c->cols, (unsigned)product->depth));
}

/* SPDX-License-Identifier: MIT
 * The dense layer's operations as products; see gemm.h. */
#include "backend/opencl/gemm.h"

#include "backend/opencl/bias.h"
#include "backend/opencl/opencl_ops.h"

static void select_own(gm_opencl *opencl)
{
    if (opencl->cpu_kernels) {
        opencl->multiply = gm_gemm_tile_multiply;
        opencl->base.gemm_name = "own tile kernels";
    } else {
        opencl->multiply = gm_gemm_local_multiply;
        opencl->base.gemm_name = "own local-memory kernels";
    }
}

void gm_gemm_select(gm_opencl *opencl, gemlet_gemm gemm)
{
    const int is_cpu = opencl->base.info.type == GEMLET_DEVICE_OPENCL_CPU;
    if (gemm == GEMLET_GEMM_OWN || (gemm == GEMLET_GEMM_AUTO && is_cpu)) {
        select_own(opencl);
    } else {
        opencl->multiply = gm_gemm_clblast_multiply;
        opencl->base.gemm_name = gm_gemm_clblast_name();
    }
}

gemlet_status gm_gemm_next(gm_backend *backend)
{
    gm_opencl *opencl = (gm_opencl *)backend;
    if (opencl->multiply != gm_gemm_clblast_multiply)
        return gm_error(GEMLET_E_DEVICE, "device %s: no other GEMM than %s", backend->info.name,
                        backend->gemm_name);
    select_own(opencl);
    opencl->sticky = GEMLET_OK;
    return GEMLET_OK;
}

gemlet_status gm_opencl_dense_fwd(gm_backend *backend, const gm_dense_fwd_args *args)
{
    gm_opencl *opencl = (gm_opencl *)backend;
    const gm_product product = {.a = &args->x,
                                .b = &args->w,
                                .depth = args->x.cols,
                                .c = &args->y,
                                .bias = args->bias,
                                .activation = args->activation};
    int did_epilogue = 0;
    GEMLET_TRY(opencl->multiply(opencl, &product, &did_epilogue));
    const int has_epilogue =
        args->bias.buffer != NULL || args->activation != GEMLET_ACTIVATION_IDENTITY;
    if (did_epilogue || !has_epilogue)
        return GEMLET_OK;
    return gm_bias_act_fwd(opencl, &args->y, &args->bias, args->activation);
}

gemlet_status gm_opencl_dense_bwd_w(gm_backend *backend, const gm_dense_bwd_w_args *args)
{
    gm_opencl *opencl = (gm_opencl *)backend;
    const gm_product product = {.a = &args->x,
                                .transpose_a = 1,
                                .b = &args->dz,
                                .depth = args->x.rows,
                                .c = &args->dw,
                                .activation = GEMLET_ACTIVATION_IDENTITY,
                                .sums = args->dbias};
    int did_epilogue = 0;
    GEMLET_TRY(opencl->multiply(opencl, &product, &did_epilogue));
    if (did_epilogue || args->dbias.buffer == NULL)
        return GEMLET_OK;
    return gm_bias_bwd(opencl, &args->dz, &args->dbias);
}

gemlet_status gm_opencl_dense_bwd_x(gm_backend *backend, const gm_dense_bwd_x_args *args)
{
    gm_opencl *opencl = (gm_opencl *)backend;
    const gm_product product = {.a = &args->dz,
                                .b = &args->w,
                                .transpose_b = 1,
                                .depth = args->dz.cols,
                                .c = &args->dx,
                                .activation = GEMLET_ACTIVATION_IDENTITY};
    int did_epilogue = 0;
    return opencl->multiply(opencl, &product, &did_epilogue);
}

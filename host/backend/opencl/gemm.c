/* SPDX-License-Identifier: MIT
 * The dense layer's operations as products; see gemm.h. */
#include "backend/opencl/gemm.h"

#include "backend/opencl/bias.h"
#include "backend/opencl/opencl_ops.h"

static gm_multiply *own_multiply(const gm_opencl *opencl)
{
    return opencl->cpu_kernels ? gm_gemm_tile_multiply : gm_gemm_local_multiply;
}

static void select_own(gm_opencl *opencl)
{
    opencl->multiply = own_multiply(opencl);
    opencl->base.gemm_name = opencl->cpu_kernels ? "own tile kernels" : "own local-memory kernels";
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
    if (opencl->sticky != GEMLET_OK && opencl->n_buffers == 0)
        return gm_context_renew(opencl);
    opencl->sticky = GEMLET_OK;
    return GEMLET_OK;
}

/* Elements that CLBlast, which indexes with int, reaches in a matrix. */
static int is_within_clblast(const gm_matrix *matrix)
{
    return matrix->offset <= INT32_MAX &&
           (uint64_t)matrix->rows * matrix->ld <= INT32_MAX - matrix->offset;
}

/* By whom this device multiplies, but for products that he cannot address. */
static gemlet_status multiply(gm_opencl *opencl, const gm_product *product, int *did_epilogue)
{
    if (opencl->multiply != gm_gemm_clblast_multiply ||
        (is_within_clblast(product->a) && is_within_clblast(product->b) &&
         is_within_clblast(product->c)))
        return opencl->multiply(opencl, product, did_epilogue);
    return own_multiply(opencl)(opencl, product, did_epilogue);
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
    GEMLET_TRY(multiply(opencl, &product, &did_epilogue));
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
    GEMLET_TRY(multiply(opencl, &product, &did_epilogue));
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
    return multiply(opencl, &product, &did_epilogue);
}

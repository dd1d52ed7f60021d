/* SPDX-License-Identifier: MIT
 * The dense layer's operations as products; see gemm.h. */
#include "backend/opencl/gemm.h"

#include <math.h>
#include <stdio.h>

#include "backend/opencl/bias.h"
#include "backend/opencl/opencl_ops.h"

#define LAUNCH_SECONDS 0.5
#define FMAS_PER_CYCLE 1.0 /* of a compute unit, which has 8 lanes and more */
#define UNKNOWN_HERTZ  5e8
#define PART_ROWS      128u /* the largest tile's */

static gm_multiply *own_multiply(const gm_opencl *opencl)
{
    return opencl->cpu_kernels ? gm_gemm_tile_multiply : gm_gemm_local_multiply;
}

static void select_own(gm_opencl *opencl)
{
    opencl->multiply = own_multiply(opencl);
    opencl->base.gemm_name = opencl->cpu_kernels ? "own tile kernels" : "own local-memory kernels";
}

static void select_clblast(gm_opencl *opencl)
{
    opencl->multiply = gm_gemm_clblast_multiply;
    opencl->base.gemm_name = gm_gemm_clblast_name();
}

/* Own kernels first, also on GPUs: CLBlast's calls take longer there than small products. */
void gm_gemm_select(gm_opencl *opencl, gemlet_gemm gemm)
{
    const int is_cpu = opencl->base.info.type == GEMLET_DEVICE_OPENCL_CPU;
    opencl->has_other_gemm = gemm == GEMLET_GEMM_CLBLAST || (gemm == GEMLET_GEMM_AUTO && !is_cpu);
    if (gemm == GEMLET_GEMM_CLBLAST)
        select_clblast(opencl);
    else
        select_own(opencl);
}

/* ---- choices of products -------------------------------------------------------------------- */

static void name_choices(gm_opencl *opencl)
{
    unsigned n_clblast = 0;
    for (unsigned i = 0; i < opencl->products.n; ++i)
        n_clblast += opencl->products.list[i].is_clblast != 0;
    if (n_clblast > 0)
        snprintf(opencl->gemm_text, sizeof opencl->gemm_text, "%s, %s for %u of the products",
                 opencl->base.gemm_name, gm_gemm_clblast_name(), n_clblast);
    else
        snprintf(opencl->gemm_text, sizeof opencl->gemm_text, "%s, tiles by the clock",
                 opencl->base.gemm_name);
    opencl->base.gemm_name = opencl->gemm_text;
    gm_product_choices_format(opencl->products_text, &opencl->products);
    opencl->base.products = opencl->products_text;
}

gemlet_status gm_gemm_choose_products(gm_backend *backend, const gm_product_choices *choices)
{
    gm_opencl *opencl = (gm_opencl *)backend;
    if (opencl->cpu_kernels)
        return gm_error(GEMLET_E_DEVICE,
                        "device %s: products leave no choice without the GPU kernels",
                        backend->info.name);
    if (choices->n > 0 || opencl->products.n > 0)
        select_own(opencl);
    opencl->products = *choices;
    backend->products = NULL;
    if (choices->n > 0)
        name_choices(opencl);
    return GEMLET_OK;
}

static gemlet_status select_next(gm_opencl *opencl)
{
    gm_backend *backend = &opencl->base;
    const gm_product_choices none = {0};
    if (opencl->products.n > 0)
        return gm_gemm_choose_products(backend, &none);
    if (!opencl->has_other_gemm)
        return gm_error(GEMLET_E_DEVICE, "device %s: no other GEMM than %s", backend->info.name,
                        backend->gemm_name);
    opencl->has_other_gemm = 0;
    if (opencl->multiply == gm_gemm_clblast_multiply)
        select_own(opencl);
    else
        select_clblast(opencl);
    return GEMLET_OK;
}

gemlet_status gm_gemm_next(gm_backend *backend)
{
    gm_opencl *opencl = (gm_opencl *)backend;
    GEMLET_TRY(select_next(opencl));
    if (opencl->sticky != GEMLET_OK && opencl->n_buffers == 0)
        return gm_context_renew(opencl);
    opencl->sticky = GEMLET_OK;
    return GEMLET_OK;
}

/* ---- products ------------------------------------------------------------------------------- */

/* Elements that CLBlast, which indexes with int, reaches in a matrix. */
static int is_within_clblast(const gm_matrix *matrix)
{
    return matrix->offset <= INT32_MAX &&
           (uint64_t)matrix->rows * matrix->ld <= INT32_MAX - matrix->offset;
}

/* By whom this product is made, but for those that he cannot address. */
static gm_multiply *choose_multiply(const gm_opencl *opencl, const gm_product *product)
{
    const int by_clblast = product->choice != NULL ? product->choice->is_clblast
                                                   : opencl->multiply == gm_gemm_clblast_multiply;
    if (by_clblast && is_within_clblast(product->a) && is_within_clblast(product->b) &&
        is_within_clblast(product->c))
        return gm_gemm_clblast_multiply;
    return own_multiply(opencl);
}

/* Multiply-adds that surely take less than LAUNCH_SECONDS: operating systems reset a GPU on which a
 * kernel runs for seconds. Nobody does so to a processor. */
static double most_fmas(const gm_opencl *opencl)
{
    const gemlet_device_info *info = &opencl->base.info;
    if (opencl->launch_fmas > 0)
        return (double)opencl->launch_fmas;
    if (info->type == GEMLET_DEVICE_OPENCL_CPU)
        return HUGE_VAL;
    const double n_units = info->compute_units > 0 ? info->compute_units : 1;
    const double hertz = info->clock_mhz > 0 ? info->clock_mhz * 1e6 : UNKNOWN_HERTZ;
    return n_units * hertz * FMAS_PER_CYCLE * LAUNCH_SECONDS;
}

/* Rows of C that one launch calculates: whole tiles. */
static gemlet_dim rows_of_part(const gm_opencl *opencl, const gm_product *product)
{
    const gemlet_dim n_rows = product->c->rows;
    const double fmas_of_row = (double)product->c->cols * product->depth;
    const double most = most_fmas(opencl) / fmas_of_row;
    if (most >= n_rows)
        return n_rows;
    return most < PART_ROWS ? PART_ROWS : (gemlet_dim)most / PART_ROWS * PART_ROWS;
}

/* Part by part where one launch could take too long, all by the same kernels: some do the epilogue,
 * some do not. The sums of op(b)'s rows come with the first part, and so does the word whether they
 * are done. */
static gemlet_status multiply(gm_opencl *opencl, const gm_product *product, int *did_epilogue)
{
    const gemlet_dim n_rows = product->c->rows;
    const gemlet_dim most_rows = rows_of_part(opencl, product);
    gm_multiply *const multiply_part = choose_multiply(opencl, product);
    for (gemlet_dim first = 0; first < n_rows;) {
        const gemlet_dim n = n_rows - first < most_rows ? n_rows - first : most_rows;
        gm_matrix a = *product->a;
        gm_matrix c = *product->c;
        gm_product part = *product;
        int did_part = 0;
        *(product->transpose_a ? &a.cols : &a.rows) = n;
        a.offset += first * (product->transpose_a ? 1 : a.ld);
        c.rows = n;
        c.offset += first * c.ld;
        part.a = &a;
        part.c = &c;
        if (first > 0)
            part.sums = (gm_vector){0};
        GEMLET_TRY(multiply_part(opencl, &part, &did_part));
        if (first == 0)
            *did_epilogue = did_part;
        first += n;
    }
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
                                .activation = args->activation,
                                .choice = gm_product_choices_find(&opencl->products, GM_PRODUCT_FWD,
                                                                  args->x.rows, args->x.cols,
                                                                  args->y.cols)};
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
                                .sums = args->dbias,
                                .choice = gm_product_choices_find(&opencl->products,
                                                                  GM_PRODUCT_BWD_W, args->x.rows,
                                                                  args->x.cols, args->dz.cols)};
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
                                .activation = GEMLET_ACTIVATION_IDENTITY,
                                .choice = gm_product_choices_find(&opencl->products,
                                                                  GM_PRODUCT_BWD_X, args->dx.rows,
                                                                  args->dx.cols, args->dz.cols)};
    int did_epilogue = 0;
    return multiply(opencl, &product, &did_epilogue);
}

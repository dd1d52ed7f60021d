/* SPDX-License-Identifier: MIT
 * Matrix products: one description for the three that a dense layer needs, and who calculates it.
 *
 * The three multipliers are CLBlast, gemm_tile.cl (CPU-type devices) and gemm_local.cl (GPUs). */
#ifndef GM_OPENCL_GEMM_H
#define GM_OPENCL_GEMM_H

#include "backend/opencl/context.h"

/* c = act(op(a) op(b) + bias), op being the transpose where asked for.
 *   op(a) (c.rows, depth) in; op(b) (depth, c.cols) in; c out; bias (c.cols) in or none */
typedef struct gm_product {
    const gm_matrix *a;
    int transpose_a;
    const gm_matrix *b;
    int transpose_b;
    gemlet_dim depth;
    const gm_matrix *c;
    gm_vector bias;
    gemlet_activation activation;
    gm_vector sums; /* (c.cols) out: the sums of op(b)'s rows; none: not calculated */
    const gm_product_choice *choice; /* NULL: as the device chooses */
} gm_product;

/* Decides who multiplies on this device and sets the backend's gemm_name. */
void gm_gemm_select(gm_opencl *opencl, gemlet_gemm gemm);

/* choose_products of backend.h. */
gemlet_status gm_gemm_choose_products(gm_backend *backend, const gm_product_choices *choices);

/* next_gemm of backend.h. The list: choices of products, if there are any; then the GEMM that was
 * selected, then the other one, if any GEMM would do on a GPU, or the own kernels behind CLBlast.
 * The next one begins in a context of its own if a call failed in the old one and no buffer holds
 * on to it. */
gemlet_status gm_gemm_next(gm_backend *backend);

gm_multiply gm_gemm_tile_multiply;
gm_multiply gm_gemm_local_multiply;
gm_multiply gm_gemm_clblast_multiply;

/* "CLBlast 1.5.3": the version that this was compiled with. Static text. */
const char *gm_gemm_clblast_name(void);

/* Lets go of all that CLBlast keeps of contexts: programs, which must not outlive the driver. */
void gm_gemm_clblast_forget(void);

/* Has CLBlast multiply with a set of parameters of ours: `set` is 1 to GM_CLBLAST_N_SETS. */
gemlet_status gm_gemm_clblast_set(gm_opencl *opencl, unsigned set);

#endif

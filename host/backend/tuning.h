/* SPDX-License-Identifier: MIT
 * What of a backend can be chosen by trying: see host/tune. All zero is the default. */
#ifndef GM_BACKEND_TUNING_H
#define GM_BACKEND_TUNING_H

#include <stdint.h>

#include "gemlet/dataset.h"
#include "gemlet/device.h"

/* For the planner of fused steps. */
typedef struct gm_fused_tuning {
    unsigned panel_vectors; /* of 16 columns; 0: chosen by padding and imbalance. On GPUs: of a
                               work-group, 1 or 2 */
    uint64_t
        min_split_fmas; /* stages with fewer multiply-adds run in one work-group; 0: a constant */
    int keeps_zeros;    /* 1: zeros of the data are multiplied like other values */
} gm_fused_tuning;

/* For the products of gemm_local.cl; see gemm_local_tile.h. */
typedef struct gm_local_tuning {
    unsigned tile;     /* rows and columns: 128, 64 or 32; 0: chosen by shape and device */
    unsigned n_splits; /* ranges of k; 0: chosen */
} gm_local_tuning;

/* The products of a dense layer: dense_fwd, dense_bwd_w, dense_bwd_x. */
typedef enum gm_product_kind {
    GM_PRODUCT_FWD,
    GM_PRODUCT_BWD_W,
    GM_PRODUCT_BWD_X,
    GM_N_PRODUCT_KINDS
} gm_product_kind;

/* Another way to make one product of a layer than the one that the device would choose. */
typedef struct gm_product_choice {
    gm_product_kind kind;
    gemlet_dim batch;
    gemlet_dim n_in;
    gemlet_dim n_out;
    int is_clblast;        /* else gemm_local.cl, as */
    gm_local_tuning local; /* says */
} gm_product_choice;

/* Of the largest products of a network: those of 16 layers of different sizes. */
#define GM_MAX_PRODUCT_CHOICES 48u

typedef struct gm_product_choices {
    unsigned n;
    gm_product_choice list[GM_MAX_PRODUCT_CHOICES];
} gm_product_choices;

/* Sets of parameters that CLBlast can be given. */
#define GM_CLBLAST_N_SETS 3u

typedef struct gm_tuning {
    int is_unfused; /* 1: operation by operation; for the caller, who asks for fused steps or not */
    gm_fused_tuning fused;
    gm_local_tuning local;
    gemlet_gemm gemm;     /* AUTO: as the device was opened */
    unsigned clblast_set; /* 0: those of CLBlast's own database, else 1 to GM_CLBLAST_N_SETS */
    uint64_t launch_fmas; /* the most multiply-adds of one launch of a product; 0: by the device */
    int is_timed;         /* 1: the products are made as the clock says: */
    gm_product_choices products;
} gm_tuning;

#endif

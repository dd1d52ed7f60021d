/* SPDX-License-Identifier: MIT
 * What a device makes of every operation at typical shapes: the table of `gemlet qualify`.
 *
 * Networks are trained for two steps, operation by operation, on made-up data and then run in test
 * mode, over a checked backend: each operation is compared with the double-precision reference
 * within its bound. */
#ifndef GM_VERIFY_OP_TABLE_H
#define GM_VERIFY_OP_TABLE_H

#include "gemlet/device.h"
#include "gemlet/train.h"
#include "verify/statistics.h"

typedef struct gm_op_table_case {
    const char *network; /* spec string */
    gemlet_dim batch;
    void (*choose)(gemlet_train_options *options); /* what its training does; NULL: plain SGD */
    int is_encoded;                                /* 1: its inputs are those of a table */
} gm_op_table_case;

/* A list of networks that together use every operation, activation and epilogue at sizes from 1 to
 * 1000, with tails of every kind. A network of 784 inputs gets images of bytes. */
extern const gm_op_table_case gm_op_table_cases[];
extern const size_t gm_op_table_n_cases;

/* Lines by operation and shape: the label is "dense_fwd 64x784 784x150", the operands that are
 * read. Zero-initialised; release with gm_op_table_free(), also after a failure. */
typedef struct gm_op_table {
    gm_statistics lines;
    uint64_t n_strays; /* values changed that no operation had a right to change */
    char stray[256];   /* the first of them, one line */
} gm_op_table;

/* Adds what the device makes of one case. A wrong result is no failure. */
gemlet_status gm_op_table_add(gm_op_table *table, gemlet_device *device,
                              const gm_op_table_case *which);

/* 1 if all was right. */
int gm_op_table_is_right(const gm_op_table *table);

void gm_op_table_free(gm_op_table *table);

#endif

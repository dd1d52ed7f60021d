/* SPDX-License-Identifier: MIT
 * A table from the arrays of an npz file: x (rows, columns) or (rows), and y (rows). */
#ifndef GM_TABLE_NPZ_TABLE_H
#define GM_TABLE_NPZ_TABLE_H

#include "table/read.h"

/* The column that y becomes; those of x are x0, x1, ... */
#define GM_NPZ_TARGET "y"

/* 1 if the path names an npz file, of whatever arrays. */
int gm_npz_table_is(const char *path);

/* 1 if it has rows for the test, too: x_test and y_test. */
int gm_npz_table_has_test(const char *path);

/* Reads x and y, or x_train and y_train; is_test: x_test and y_test if there are any. y may be
 * missing. Fails and is released as gm_table_read(). */
gemlet_status gm_npz_table_read(gm_table **out, const char *path, int is_test,
                                const gm_read_options *options);

#endif

/* SPDX-License-Identifier: MIT
 * Items of more than one number, such as images, from the arrays of an npz file. */
#ifndef GM_DATA_NPZ_ITEMS_H
#define GM_DATA_NPZ_ITEMS_H

#include "gemlet/dataset.h"
#include "npz/npz_array.h"

/* What x may be called, ended by NULL: x, X, x_train, X_train; x_test, X_test. */
const char *const *gm_npz_names_of_x(gemlet_split split);

/* Reads x (rows, ...) and y (rows) of a split; *y = {0} where there is none. GEMLET_E_FORMAT if x
 * is missing, GEMLET_E_SHAPE if they do not fit each other or there are no rows. On failure both
 * are {0}. */
gemlet_status gm_npz_read_xy(gm_npz_array *x, gm_npz_array *y, const char *path,
                             gemlet_split split);

/* 1 if the path names an npz file whose x is items: bytes (rows, values), or of more dimensions.
 * Other arrays are tables. */
int gm_npz_items_are_in(const char *path);

/* Makes a data set of a split: bytes stay bytes, other numbers become floats. with_labels: y is
 * whole numbers, the classes; else it is not looked at. Fails and is released as the readers of
 * gemlet/dataset.h. */
gemlet_status gm_npz_items_load(gemlet_dataset **out, const char *path, gemlet_split split,
                                int with_labels);

#endif

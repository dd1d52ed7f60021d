/* SPDX-License-Identifier: MIT
 * The values of a data set, a part at a time: the only way to them that does not ask where they
 * lie. */
#ifndef GM_DATA_ROWS_H
#define GM_DATA_ROWS_H

#include "core/error.h"
#include "data/encoding.h"
#include "gemlet/dataset.h"

/* Number of values of a row: of the features, or of the columns that these are encoded from. */
gemlet_dim gm_rows_length(const gemlet_dataset *dataset);

/* How the features follow from the values; NULL: they are the values. */
const gm_encoding *gm_dataset_encoding(const gemlet_dataset *dataset);

/* Bytes of one value, and of a row of them. */
size_t gm_dataset_element_size(gemlet_element element);
size_t gm_rows_size(const gemlet_dataset *dataset);

/* Copies the first n rows, with all that belongs to them. On failure *out = NULL. Release with
 * gemlet_dataset_destroy(). */
gemlet_status gm_dataset_take_first(gemlet_dataset **out, const gemlet_dataset *dataset,
                                    gemlet_dim n);

/* (rows) what the model is to answer, a word for each row: a label, or the bits of a target. NULL
 * without either. */
const uint32_t *gm_dataset_answers(const gemlet_dataset *dataset);

/* values (n, length) = rows first..first + n - 1, as the data set has them, of
 * the type gemlet_dataset_element(). GEMLET_E_IO where they are in a file that fails. */
gemlet_status gm_rows_read(const gemlet_dataset *dataset, gemlet_dim first, gemlet_dim n,
                           void *values);

/* The same for the rows rows[0..n-1], each below the number of rows. */
gemlet_status gm_rows_gather(const gemlet_dataset *dataset, const uint32_t *rows, gemlet_dim n,
                             void *values);

/* Told of rows first..first + n - 1: values (n, length), valid during the call. */
typedef gemlet_status (*gm_rows_visitor)(const void *values, gemlet_dim first, gemlet_dim n,
                                         void *user);

/* Goes through rows first..first + n - 1, some at a time, in order. Ends with the first failure. */
gemlet_status gm_rows_visit(const gemlet_dataset *dataset, gemlet_dim first, gemlet_dim n,
                            gm_rows_visitor visit, void *user);

#endif

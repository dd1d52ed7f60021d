/* SPDX-License-Identifier: MIT
 * The values of a data set, a part at a time: the only way to them that does not ask where they
 * lie. */
#ifndef GM_DATA_ROWS_H
#define GM_DATA_ROWS_H

#include "core/error.h"
#include "gemlet/dataset.h"

/* Bytes of one value, and of a row of them. */
size_t gm_dataset_element_size(gemlet_element element);
size_t gm_rows_size(const gemlet_dataset *dataset);

/* (rows) what the model is to answer, a word for each row: a label, or the bits of a target. NULL
 * without either. */
const uint32_t *gm_dataset_answers(const gemlet_dataset *dataset);

/* values (n, features) = rows first..first + n - 1, as the data set has them, of
 * the type gemlet_dataset_element(). GEMLET_E_IO where they are in a file that fails. */
gemlet_status gm_rows_read(const gemlet_dataset *dataset, gemlet_dim first, gemlet_dim n,
                           void *values);

/* The same for the rows rows[0..n-1], each below the number of rows. */
gemlet_status gm_rows_gather(const gemlet_dataset *dataset, const uint32_t *rows, gemlet_dim n,
                             void *values);

/* Told of rows first..first + n - 1: values (n, features), valid during the call. */
typedef gemlet_status (*gm_rows_visitor)(const void *values, gemlet_dim first, gemlet_dim n,
                                         void *user);

/* Goes through rows first..first + n - 1, some at a time, in order. Ends with the first failure. */
gemlet_status gm_rows_visit(const gemlet_dataset *dataset, gemlet_dim first, gemlet_dim n,
                            gm_rows_visitor visit, void *user);

#endif

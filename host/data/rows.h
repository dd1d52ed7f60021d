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

/* values (n, features) = the rows rows[0..n-1], each below the number of rows, as the data set has
 * them, of the type gemlet_dataset_element(). */
gemlet_status gm_rows_gather(const gemlet_dataset *dataset, const uint32_t *rows, gemlet_dim n,
                             void *values);

#endif

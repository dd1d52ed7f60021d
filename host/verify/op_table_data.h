/* SPDX-License-Identifier: MIT
 * Rows made up for the cases of the operation table. */
#ifndef GM_VERIFY_OP_TABLE_DATA_H
#define GM_VERIFY_OP_TABLE_DATA_H

#include "gemlet/dataset.h"
#include "gemlet/model.h"

/* Random rows with what the network is to answer: images of bytes for 784 inputs, else numbers.
 * is_encoded: rows of a table with gaps, of which the inputs are codes of every kind. Release with
 * gemlet_dataset_destroy(). On failure *out = NULL. */
gemlet_status gm_op_table_data_create(gemlet_dataset **out, const gemlet_spec *spec,
                                      gemlet_dim rows, int is_encoded);

#endif

/* SPDX-License-Identifier: MIT
 * Reading CSV from an open stream; gemlet_dataset_load_csv() says what is taken. */
#ifndef GM_DATA_CSV_H
#define GM_DATA_CSV_H

#include "data/input.h"
#include "gemlet/dataset.h"

gemlet_status gm_csv_read(gemlet_dataset **out, gm_input *input, gemlet_labels labels);

/* The same for rows of n_features (at least 1): the first row has as many columns, or one more and
 * then a label in front. GEMLET_E_SHAPE at once if it has others. */
gemlet_status gm_csv_read_features(gemlet_dataset **out, gm_input *input, gemlet_dim n_features);

#endif

/* SPDX-License-Identifier: MIT
 * What a file of a data set is, by its name: MNIST and its relatives come under many. */
#ifndef GM_DATA_FILE_NAMES_H
#define GM_DATA_FILE_NAMES_H

#include "gemlet/dataset.h"

typedef enum gm_file_role {
    GM_FILE_ITEMS,  /* IDX */
    GM_FILE_LABELS, /* IDX */
    GM_FILE_TABLE,  /* CSV, items and labels */
    GM_FILE_OTHER   /* none of these */
} gm_file_role;

#define GM_FILE_PREFIX_SIZE 64u

typedef struct gm_file_name {
    gm_file_role role;
    gemlet_split split;
    char prefix[GM_FILE_PREFIX_SIZE]; /* names the data set among others; may be empty */
} gm_file_name;

/* Takes a name apart: [PREFIX] SPLIT ROLE idxN TYPE, or [PREFIX] SPLIT .csv; each with .gz or
 * without, in any case, joined by '-', '_' or '.'. SPLIT is train, test, t10k, validation, valid
 * or val, ROLE images or labels. So train-images-idx3-ubyte, train-images.idx3-ubyte.gz,
 * mnist_test.csv and emnist-letters-train-labels-idx1-ubyte are known. */
gm_file_name gm_file_name_parse(const char *name);

#endif

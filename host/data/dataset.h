/* SPDX-License-Identifier: MIT
 * The data set object, for the files of this directory. Everybody else uses gemlet/dataset.h. */
#ifndef GM_DATA_DATASET_H
#define GM_DATA_DATASET_H

#include "data/encoding.h"
#include "data/rows.h"
#include "data/stored_rows.h"

struct gemlet_dataset {
    gemlet_dim rows;       /* >= 1 */
    gemlet_dim features;   /* >= 1; the product of the item's dimensions: inputs of a network */
    gm_encoding *encoding; /* how they follow from the values; NULL: they are the values */
    gemlet_dim classes;    /* 0 without labels */
    unsigned n_item_dims;
    gemlet_dim item_dims[GEMLET_MAX_ITEM_DIMS];
    gemlet_element element;
    /* (rows, gm_rows_length()), of type `element`, in memory, or else in a file: either is NULL. */
    void *values;
    gm_stored_rows *stored;
    uint32_t *part;        /* (rows) numbers of the rows in the file; NULL: all that it has */
    uint32_t values_crc32; /* of stored ones */
    /* (rows) what the model is to answer: labels, or the bits of targets; NULL: neither. */
    uint32_t *labels;
    int has_targets;
    float *weights; /* (rows); NULL: all 1 */
};

/* Makes a data set of values (rows, features) and labels (rows; NULL: none), both from malloc().
 * Takes ownership of the two in every case: on failure *out = NULL and both are freed. The caller
 * has checked the content; items have one dimension until gemlet_dataset_set_item_dims(). */
gemlet_status gm_dataset_adopt(gemlet_dataset **out, gemlet_dim rows, gemlet_dim features,
                               gemlet_element element, void *values, uint32_t *labels);

/* Makes it a data set of inputs that follow from its values, as many as the encoding has columns.
 * One owner of the encoding. */
void gm_dataset_set_encoding(gemlet_dataset *dataset, gm_encoding *encoding);

/* The same of rows in a file, part (rows) of them or NULL. */
gemlet_status gm_dataset_adopt_stored(gemlet_dataset **out, gemlet_dim rows, gemlet_dim features,
                                      gemlet_element element, gm_stored_rows *stored,
                                      uint32_t *part, uint32_t *labels);

/* *out = a data set with the same rows, which share their file if they lie in one. On failure *out =
 * NULL. Release with gemlet_dataset_destroy(). */
gemlet_status gm_dataset_copy(gemlet_dataset **out, const gemlet_dataset *dataset);

/* Reads one file of rows with labels: CSV with the label in front, or IDX items, whose labels lie
 * beside them under the name that those of a data set have (GEMLET_E_IO if not). Fails and is
 * released as the readers of gemlet/dataset.h. */
gemlet_status gm_dataset_load_file(gemlet_dataset **out, const char *path);

/* 1 if `path` is one of the files from which gemlet_dataset_load_directory() takes any split,
 * through links or by other names too, else 0. */
int gm_dataset_directory_reads(const char *directory, const char *path);

#endif

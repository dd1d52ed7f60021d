/* SPDX-License-Identifier: MIT
 * The rows of a data set in device memory, all of them or chunk by chunk, and the batch that is
 * gathered from them. */
#ifndef GM_TRAIN_DEVICE_DATA_H
#define GM_TRAIN_DEVICE_DATA_H

#include "backend/backend.h"
#include "gemlet/dataset.h"
#include "gemlet/model.h"
#include "train/augment.h"
#include "train/chunks.h"

typedef struct gm_device_data {
    gm_backend *backend;
    gm_chunks chunks;   /* zero where all rows are on the device; else (n,F) below is two of them */
    gm_matrix features; /* (n,F) U8 or REAL, as in the data set; encoded rows: their columns */
    gm_matrix codes;    /* (4,F) REAL, of encoded rows; else none */
    gm_vector labels;   /* (n) U32; none without labels */
    gm_vector order;    /* (n) U32: row numbers in the order in which they are visited */
    gm_matrix x;        /* (capacity,F) REAL: the batch */
    gm_vector batch_labels;  /* (capacity) U32 */
    gm_matrix weights;       /* (n,1) REAL, of the rows; none without weights */
    gm_matrix batch_weights; /* (capacity,1) REAL */
    double density;          /* gm_device_data_density() */
    gm_augmenter augmenter;
} gm_device_data;

/* GEMLET_E_MEMORY if gm_device_data_create() would be refused by gm_backend.data_limit. */
gemlet_status gm_device_data_check(const gm_backend *backend, const gemlet_dataset *dataset,
                                   gemlet_dim capacity);

/* Uploads the data set, unless it has more bytes than may be taken (gm_backend.data_limit) or than
 * the device gives, and allocates a batch of `capacity` rows. The order is left to
 * gm_device_data_set_order(). On failure nothing is left to destroy. */
gemlet_status gm_device_data_create(gm_device_data *data, gm_backend *backend,
                                    const gemlet_dataset *dataset, gemlet_dim capacity);

/* Batches are augmented from now on, if the options say so. */
gemlet_status gm_device_data_augment(gm_device_data *data, const gemlet_dataset *dataset,
                                     const gemlet_train_options *options);

/* order (N), each < N, may repeat. */
gemlet_status gm_device_data_set_order(gm_device_data *data, const uint32_t *order);

/* *place = where in data->order the rows first..first+rows-1 of the order that was set are, for all
 * that is enqueued before the next call. first: a multiple of the capacity; rows <= capacity. */
gemlet_status gm_device_data_find(gm_device_data *data, size_t *place, size_t first,
                                  gemlet_dim rows);

/* Gathers `rows` <= capacity rows, those at `place` of data->order: times `scale`, or encoded. *x
 * and *labels get views of the batch: of the plain one where it is to be augmented. */
gemlet_status gm_device_data_gather(gm_device_data *data, size_t place, gemlet_dim rows,
                                    float scale, gm_matrix *x, gm_vector *labels);

/* Augments the batch that was gathered last, if that is wanted, by the record (GM_RECORD_SIZE) of
 * its step. *x in and out. */
gemlet_status gm_device_data_augment_batch(gm_device_data *data, gm_vector record, gm_matrix *x);

/* The weights of the same rows; none if they have none. */
gemlet_status gm_device_data_gather_weights(gm_device_data *data, size_t place, gemlet_dim rows,
                                            gm_vector *weights);

void gm_device_data_destroy(gm_device_data *data);

/* *density = share of the inputs that is not 0, of a sample of rows. */
gemlet_status gm_device_data_density(double *density, const gemlet_dataset *dataset);

/* GEMLET_OK if the data set has as many features as the model has inputs and, where
 * `with_labels`, labels that are all below the number of classes. Names both numbers if not. */
gemlet_status gm_check_data_fits_model(const gemlet_dataset *dataset, const gemlet_model *model,
                                       int with_labels);

#endif

/* SPDX-License-Identifier: MIT
 * Rows of a data set that does not fit into the memory of the device, brought there chunk by chunk,
 * in the order in which they are visited: while the device works on one half of a buffer, the next
 * chunk is gathered for the other. A batch finds the same rows in the same order as in a data set
 * that lies on the device as a whole, so that no result depends on it. */
#ifndef GM_TRAIN_CHUNKS_H
#define GM_TRAIN_CHUNKS_H

#include "backend/backend.h"
#include "gemlet/dataset.h"

/* Device memory for a chunk, unless a batch needs more: what is gathered is still in the
 * processor's cache when it is uploaded, and each epoch begins with a chunk that is waited for. */
#define GM_CHUNK_BYTES ((uint64_t)1 << 20)

typedef struct gm_chunks {
    gm_backend *backend;
    const gemlet_dataset *dataset;
    gemlet_dim rows;    /* C: of a chunk, a multiple of the batch */
    gm_matrix features; /* (2C,F): chunk c lies in half c % 2 */
    gm_vector labels;   /* (2C) U32; none without labels */
    gm_vector places;   /* (2C) U32: 0, 1, 2..., the order in which batches read the rows */
    uint32_t *order;    /* (N) of the rows of the data set */
    size_t held[2];     /* by half: number of the chunk there + 1; 0: none */
    size_t ahead;       /* number of the chunk under way + 1; 0: none */

    /* what is uploaded */
    void *values;         /* (C,F) */
    uint32_t *row_labels; /* (C) */
} gm_chunks;

/* GEMLET_E_MEMORY unless n_bytes of device memory are room for two batches of `batch` rows. */
gemlet_status gm_chunks_check(const gm_backend *backend, const gemlet_dataset *dataset,
                              gemlet_dim batch, uint64_t n_bytes);

/* Makes room for chunks of as many batches of `batch` rows as n_bytes of device memory hold, or
 * fewer where more gain nothing, after gm_chunks_check(). On failure nothing is left to free. */
gemlet_status gm_chunks_create(gm_chunks *chunks, gm_backend *backend,
                               const gemlet_dataset *dataset, gemlet_dim batch, uint64_t n_bytes);

/* order (N), each < N, may repeat; copied. */
gemlet_status gm_chunks_set_order(gm_chunks *chunks, const uint32_t *order);

/* *place = where in `places` the rows at first..first + rows - 1 of the order are, for all that is
 * enqueued before the next call. first: a multiple of the batch; rows: at most a batch. Going
 * through the order from its begin on, the upload of the next chunk is under way meanwhile. */
gemlet_status gm_chunks_find(gm_chunks *chunks, size_t *place, size_t first, gemlet_dim rows);

void gm_chunks_free(gm_chunks *chunks); /* harmless on a zeroed one */

#endif

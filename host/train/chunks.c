/* SPDX-License-Identifier: MIT
 * See chunks.h.
 *
 * The host is ahead of the device by some steps, so that it gathers a chunk while the device still
 * works on the one before: a thread for it would gain nothing. */
#include "train/chunks.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "data/rows.h"

/* Device memory for one row of a half. */
static uint64_t row_bytes(const gemlet_dataset *dataset)
{
    return gm_rows_size(dataset) + 2 * sizeof(uint32_t); /* label and place */
}

gemlet_status gm_chunks_check(const gm_backend *backend, const gemlet_dataset *dataset,
                              gemlet_dim batch, uint64_t n_bytes)
{
    const uint64_t needed = 2 * batch * row_bytes(dataset);
    if (n_bytes >= needed)
        return GEMLET_OK;
    return gm_error(GEMLET_E_MEMORY,
                    "device %s: %" PRIu64 " bytes of its memory for the rows of the data, "
                    "expected at least %" PRIu64 ", for two batches of %u rows",
                    backend->info.name, n_bytes, needed, batch);
}

/* As many batches as fit. */
static void choose_rows(gm_chunks *chunks, gemlet_dim batch, uint64_t n_bytes)
{
    const uint64_t batch_bytes = batch * row_bytes(chunks->dataset);
    const uint64_t n_rows = gemlet_dataset_rows(chunks->dataset);
    uint64_t n_batches = n_bytes / 2 / batch_bytes;
    const uint64_t enough = (GM_CHUNK_BYTES + batch_bytes - 1) / batch_bytes;
    const uint64_t all = (n_rows + batch - 1) / batch;
    n_batches = n_batches < enough ? n_batches : enough;
    chunks->rows = (gemlet_dim)((n_batches < all ? n_batches : all) * batch);
}

static gemlet_status set_places(gm_chunks *chunks)
{
    const size_t n = 2 * (size_t)chunks->rows;
    uint32_t *places;
    GEMLET_TRY(GM_ALLOC(places, n, "places of the rows"));
    for (size_t i = 0; i < n; ++i)
        places[i] = (uint32_t)i;
    chunks->places.length = n;
    gemlet_status status =
        gm_backend_alloc(chunks->backend, &chunks->places.buffer, GM_U32, n, "places of the rows");
    if (status == GEMLET_OK)
        status = gm_backend_upload(chunks->backend, chunks->places.buffer, 0, n, places);
    free(places);
    return status;
}

static gemlet_status allocate(gm_chunks *chunks)
{
    const gemlet_dim length = gm_rows_length(chunks->dataset);
    const gm_element element =
        gemlet_dataset_element(chunks->dataset) == GEMLET_ELEMENT_U8 ? GM_U8 : GM_REAL;
    const size_t n = 2 * (size_t)chunks->rows;
    if (n > UINT32_MAX)
        return gm_error(GEMLET_E_RANGE, "chunks of %u rows, expected at most %u", chunks->rows,
                        UINT32_MAX / 2);
    chunks->features = (gm_matrix){NULL, 0, length, (gemlet_dim)n, length};
    GEMLET_TRY(gm_backend_alloc(chunks->backend, &chunks->features.buffer, element, n * length,
                                "features of two chunks"));
    GEMLET_TRY(gm_alloc(&chunks->values, chunks->rows, gm_rows_size(chunks->dataset),
                        "features of a chunk"));
    GEMLET_TRY(GM_ALLOC(chunks->order, gemlet_dataset_rows(chunks->dataset), "order of the rows"));
    GEMLET_TRY(set_places(chunks));
    if (gm_dataset_answers(chunks->dataset) == NULL)
        return GEMLET_OK;
    chunks->labels.length = n;
    GEMLET_TRY(GM_ALLOC(chunks->row_labels, chunks->rows, "labels of a chunk"));
    return gm_backend_alloc(chunks->backend, &chunks->labels.buffer, GM_U32, n,
                            "labels of two chunks");
}

gemlet_status gm_chunks_create(gm_chunks *chunks, gm_backend *backend,
                               const gemlet_dataset *dataset, gemlet_dim batch, uint64_t n_bytes)
{
    *chunks = (gm_chunks){0};
    GEMLET_TRY(gm_chunks_check(backend, dataset, batch, n_bytes));
    *chunks = (gm_chunks){.backend = backend, .dataset = dataset};
    choose_rows(chunks, batch, n_bytes);
    const gemlet_status status = allocate(chunks);
    if (status != GEMLET_OK)
        gm_chunks_free(chunks);
    return status;
}

/* ---- uploads -------------------------------------------------------------------------------- */

/* Waits for the chunk under way, if there is one. */
static gemlet_status join(gm_chunks *chunks)
{
    if (chunks->ahead == 0)
        return GEMLET_OK;
    const size_t number = chunks->ahead - 1;
    chunks->ahead = 0;
    GEMLET_TRY(gm_backend_join_uploads(chunks->backend));
    chunks->held[number % 2] = number + 1;
    return GEMLET_OK;
}

/* Begins to bring chunk `number` to its half, of which no batch may be taken any more. */
static gemlet_status begin(gm_chunks *chunks, size_t number)
{
    const size_t n_rows = gemlet_dataset_rows(chunks->dataset);
    const size_t first = number * chunks->rows;
    const size_t left = n_rows - first;
    const gemlet_dim n = left < chunks->rows ? (gemlet_dim)left : chunks->rows;
    const uint32_t *order = chunks->order + first;
    const size_t place = number % 2 * chunks->rows;
    const size_t length = chunks->features.cols;
    chunks->held[number % 2] = 0;
    GEMLET_TRY(gm_rows_gather(chunks->dataset, order, n, chunks->values));
    chunks->ahead = number + 1;
    GEMLET_TRY(gm_backend_upload_ahead(chunks->backend, chunks->features.buffer, place * length,
                                       n * length, chunks->values));
    if (chunks->labels.buffer == NULL)
        return GEMLET_OK;
    const uint32_t *labels = gm_dataset_answers(chunks->dataset);
    for (gemlet_dim i = 0; i < n; ++i)
        chunks->row_labels[i] = labels[order[i]];
    return gm_backend_upload_ahead(chunks->backend, chunks->labels.buffer, place, n,
                                   chunks->row_labels);
}

gemlet_status gm_chunks_set_order(gm_chunks *chunks, const uint32_t *order)
{
    GEMLET_TRY(join(chunks));
    chunks->held[0] = chunks->held[1] = 0;
    memcpy(chunks->order, order, gemlet_dataset_rows(chunks->dataset) * sizeof *order);
    return GEMLET_OK;
}

gemlet_status gm_chunks_find(gm_chunks *chunks, size_t *place, size_t first, gemlet_dim rows)
{
    const size_t number = first / chunks->rows;
    const size_t within = first % chunks->rows;
    if (rows > chunks->rows - within)
        return gm_error(GEMLET_E_SHAPE, "rows %zu to %zu lie in two chunks of %u", first,
                        first + rows - 1, chunks->rows);
    *place = number % 2 * chunks->rows + within;
    if (chunks->held[number % 2] == number + 1)
        return GEMLET_OK;
    GEMLET_TRY(join(chunks));
    if (chunks->held[number % 2] != number + 1) {
        GEMLET_TRY(begin(chunks, number));
        GEMLET_TRY(join(chunks));
    }
    if ((number + 1) * chunks->rows < gemlet_dataset_rows(chunks->dataset))
        return begin(chunks, number + 1);
    return GEMLET_OK;
}

void gm_chunks_free(gm_chunks *chunks)
{
    if (chunks->backend == NULL)
        return;
    if (chunks->ahead != 0)
        gm_backend_end_uploads(chunks->backend); /* it reads what is freed here */
    gm_backend_free(chunks->backend, chunks->places.buffer);
    gm_backend_free(chunks->backend, chunks->labels.buffer);
    gm_backend_free(chunks->backend, chunks->features.buffer);
    free(chunks->row_labels);
    free(chunks->order);
    free(chunks->values);
    *chunks = (gm_chunks){0};
}

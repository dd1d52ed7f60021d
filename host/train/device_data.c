/* SPDX-License-Identifier: MIT
 * A data set in device memory; see device_data.h. */
#include "train/device_data.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/cpu/cpu_backend.h"
#include "core/memory.h"
#include "core/memory_limit.h"
#include "data/rows.h"
#include "model/spec.h"

gemlet_status gm_check_data_fits_model(const gemlet_dataset *dataset, const gemlet_model *model,
                                       int with_labels)
{
    const gemlet_spec *spec = gemlet_model_spec(model);
    const gemlet_dim features = gemlet_dataset_features(dataset);
    if (features != spec->n_inputs)
        return gm_error(GEMLET_E_SHAPE, "data has %u features a row, the model expects %u",
                        features, spec->n_inputs);
    if (!with_labels)
        return GEMLET_OK;
    const uint32_t *labels = gemlet_dataset_labels(dataset);
    if (spec->task == GEMLET_TASK_REGRESSION)
        return gemlet_dataset_targets(dataset) != NULL
                   ? GEMLET_OK
                   : gm_error(GEMLET_E_SHAPE,
                              "data has no targets, which a model of a regression needs");
    if (labels == NULL)
        return gm_error(GEMLET_E_SHAPE, "data has no labels");
    for (gemlet_dim i = 0; i < gemlet_dataset_rows(dataset); ++i) {
        if (labels[i] >= gm_spec_classes(spec))
            return gm_error(GEMLET_E_SHAPE,
                            "data has label %u in row %u, the model has %u classes (0 to %u)",
                            labels[i], i, gm_spec_classes(spec), gm_spec_classes(spec) - 1);
    }
    return GEMLET_OK;
}

/* Rows from which the density is estimated. */
#define DENSITY_ROWS 4096u

static size_t count_set(const void *values, int is_bytes, size_t n)
{
    const unsigned char *bytes = values;
    const float *floats = values;
    size_t n_set = 0;
    for (size_t i = 0; i < n; ++i)
        n_set += is_bytes ? bytes[i] != 0 : floats[i] != 0.0f;
    return n_set;
}

gemlet_status gm_device_data_density(double *density, const gemlet_dataset *dataset)
{
    const gemlet_dim rows = gemlet_dataset_rows(dataset);
    const gemlet_dim features = gemlet_dataset_features(dataset);
    const int is_bytes = gemlet_dataset_element(dataset) == GEMLET_ELEMENT_U8;
    const gm_encoding *encoding = gm_dataset_encoding(dataset);
    const gemlet_dim stride = rows / DENSITY_ROWS + 1;
    size_t n_values = 0;
    size_t n_set = 0;
    void *values;
    float *inputs = NULL;
    gemlet_status status = gm_alloc(&values, 1, gm_rows_size(dataset), "row");
    if (status == GEMLET_OK && encoding != NULL)
        status = GM_ALLOC(inputs, features, "inputs of a row");
    for (size_t row = 0; status == GEMLET_OK && row < rows; row += stride) {
        status = gm_rows_read(dataset, (gemlet_dim)row, 1, values);
        if (status == GEMLET_OK && encoding != NULL)
            gm_cpu32_encode_row(inputs, values, encoding->codes, features, features);
        n_set += count_set(encoding != NULL ? inputs : values, is_bytes, features);
        n_values += features;
    }
    free(inputs);
    free(values);
    *density = (double)n_set / (double)n_values;
    return status;
}

/* ---- where the rows lie --------------------------------------------------------------------- */

/* Most device memory for rows without a limit: a device that shares the memory of the host has what
 * that can spare. The rest is for the network. */
static uint64_t spare_memory(const gm_backend *backend)
{
    const gemlet_device_info *info = &backend->info;
    const int has_own =
        (info->type == GEMLET_DEVICE_GPU || info->type == GEMLET_DEVICE_ACCELERATOR) &&
        !info->shares_host_memory;
    const uint64_t most =
        info->global_memory_bytes > 0 ? info->global_memory_bytes / 4 * 3 : UINT64_MAX;
    const uint64_t host = has_own ? UINT64_MAX : gm_memory_spare();
    return most < host ? most : host;
}

/* Device memory for all rows: features, labels, order. */
static uint64_t bytes_of(const gemlet_dataset *dataset)
{
    const uint64_t n_numbers = gm_dataset_answers(dataset) != NULL ? 2 : 1;
    return gemlet_dataset_rows(dataset) *
           (gm_rows_size(dataset) + n_numbers * (uint64_t)sizeof(uint32_t));
}

gemlet_status gm_device_data_check(const gm_backend *backend, const gemlet_dataset *dataset,
                                   gemlet_dim capacity)
{
    const uint64_t given = backend->data_limit;
    if (given == 0 || bytes_of(dataset) <= given)
        return GEMLET_OK;
    return gm_chunks_check(backend, dataset, capacity, given);
}

/* In parts of 64 MiB at most, of which somebody is told; data of one part come too fast for it. */
#define PART_BYTES ((size_t)64 << 20)

static void tell_of_upload(const gm_device_data *data, size_t row_bytes, gemlet_dim n_done)
{
    const gm_backend *backend = data->backend;
    const uint64_t total = (uint64_t)row_bytes * data->features.rows;
    if (backend->on_upload != NULL && total > PART_BYTES)
        backend->on_upload((uint64_t)row_bytes * n_done, total, backend->upload_user);
}

static gemlet_status upload_some(const void *values, gemlet_dim first, gemlet_dim n, void *user)
{
    const gm_device_data *data = user;
    const size_t length = data->features.cols;
    const int is_bytes = data->features.buffer->element == GM_U8;
    const size_t row_bytes = length * (is_bytes ? sizeof(uint8_t) : sizeof(float));
    const gemlet_dim most = (gemlet_dim)(PART_BYTES / row_bytes) + 1;
    for (gemlet_dim done = 0; done < n;) {
        const gemlet_dim rows = n - done < most ? n - done : most;
        GEMLET_TRY(gm_backend_upload(data->backend, data->features.buffer, (first + done) * length,
                                     rows * length,
                                     (const unsigned char *)values + done * row_bytes));
        done += rows;
        tell_of_upload(data, row_bytes, first + done);
    }
    return GEMLET_OK;
}

/* The device has less room than it says, or others use it. */
static gemlet_status advise_chunks(gemlet_status status)
{
    char message[512];
    snprintf(message, sizeof message, "%s", gemlet_last_error());
    return gm_error(status,
                    "%s; with --device-memory-limit SIZE (memory_limit of the library) "
                    "rows come chunk by chunk",
                    message);
}

static gemlet_status upload_features(gm_device_data *data, const gemlet_dataset *dataset)
{
    const gemlet_dim rows = gemlet_dataset_rows(dataset);
    const gemlet_dim length = gm_rows_length(dataset);
    const gm_element element =
        gemlet_dataset_element(dataset) == GEMLET_ELEMENT_U8 ? GM_U8 : GM_REAL;
    size_t n_values;
    GEMLET_TRY(gm_checked_mul(&n_values, rows, length, "features of the data set"));
    data->features = (gm_matrix){NULL, 0, length, rows, length};
    const gemlet_status status = gm_backend_alloc(data->backend, &data->features.buffer, element,
                                                  n_values, "features of the data set");
    if (status != GEMLET_OK)
        return advise_chunks(status);
    return gm_rows_visit(dataset, 0, rows, upload_some, data);
}

static gemlet_status upload_labels(gm_device_data *data, const gemlet_dataset *dataset)
{
    const uint32_t *labels = gm_dataset_answers(dataset);
    if (labels == NULL)
        return GEMLET_OK;
    data->labels.length = gemlet_dataset_rows(dataset);
    GEMLET_TRY(gm_backend_alloc(data->backend, &data->labels.buffer, GM_U32, data->labels.length,
                                "labels of the data set"));
    return gm_backend_upload(data->backend, data->labels.buffer, 0, data->labels.length, labels);
}

static void free_rows(gm_device_data *data)
{
    gm_backend_free(data->backend, data->order.buffer);
    gm_backend_free(data->backend, data->labels.buffer);
    gm_backend_free(data->backend, data->features.buffer);
    data->order = data->labels = (gm_vector){0};
    data->features = (gm_matrix){0};
}

static gemlet_status upload_rows(gm_device_data *data, const gemlet_dataset *dataset)
{
    gemlet_status status = upload_features(data, dataset);
    if (status == GEMLET_OK)
        status = upload_labels(data, dataset);
    data->order.length = gemlet_dataset_rows(dataset);
    if (status == GEMLET_OK)
        status = gm_backend_alloc(data->backend, &data->order.buffer, GM_U32, data->order.length,
                                  "order of the rows");
    if (status != GEMLET_OK)
        free_rows(data);
    return status;
}

static gemlet_status create_chunks(gm_device_data *data, const gemlet_dataset *dataset,
                                   gemlet_dim capacity, uint64_t n_bytes)
{
    gm_chunks *chunks = &data->chunks;
    GEMLET_TRY(gm_chunks_create(chunks, data->backend, dataset, capacity, n_bytes));
    data->features = chunks->features;
    data->labels = chunks->labels;
    data->order = chunks->places;
    return GEMLET_OK;
}

/* What a device says of its memory is no promise: where it does not give that much, chunks take
 * less, if there is more than they would hold anyway. */
static gemlet_status place_rows(gm_device_data *data, const gemlet_dataset *dataset,
                                gemlet_dim capacity)
{
    const uint64_t given = data->backend->data_limit;
    const uint64_t n_bytes = given > 0 ? given : spare_memory(data->backend);
    if (bytes_of(dataset) <= n_bytes) {
        const gemlet_status status = upload_rows(data, dataset);
        const int is_refused = status == GEMLET_E_OPENCL || status == GEMLET_E_MEMORY;
        if (!is_refused || bytes_of(dataset) <= 2 * GM_CHUNK_BYTES)
            return status;
    }
    return create_chunks(data, dataset, capacity, n_bytes);
}

/* ---- the batch ------------------------------------------------------------------------------ */

static gemlet_status allocate_batch(gm_device_data *data, const gemlet_dataset *dataset,
                                    gemlet_dim capacity)
{
    const gemlet_dim features = gemlet_dataset_features(dataset);
    const size_t ld = gm_round_up(features, GM_ALIGNMENT);
    size_t n_values;
    GEMLET_TRY(gm_checked_mul(&n_values, capacity, ld, "batch"));
    data->x = (gm_matrix){NULL, 0, ld, capacity, features};
    GEMLET_TRY(gm_backend_alloc(data->backend, &data->x.buffer, GM_REAL, n_values, "batch"));
    if (gm_dataset_answers(dataset) == NULL)
        return GEMLET_OK;
    data->batch_labels.length = capacity;
    return gm_backend_alloc(data->backend, &data->batch_labels.buffer, GM_U32, capacity,
                            "labels of a batch");
}

static gemlet_status create_codes(gm_device_data *data, const gm_encoding *encoding)
{
    const size_t ld = data->x.ld;
    if (encoding == NULL)
        return GEMLET_OK;
    data->codes = (gm_matrix){NULL, 0, ld, GM_CODE_N_PARTS, encoding->n_inputs};
    GEMLET_TRY(gm_backend_alloc(data->backend, &data->codes.buffer, GM_REAL, GM_CODE_N_PARTS * ld,
                                "codes of the inputs"));
    for (size_t part = 0; part < GM_CODE_N_PARTS; ++part)
        GEMLET_TRY(gm_backend_upload(data->backend, data->codes.buffer, part * ld,
                                     encoding->n_inputs,
                                     encoding->codes + part * encoding->n_inputs));
    return GEMLET_OK;
}

/* Rows in chunks have other places there than their weights would have. */
static gemlet_status create_weights(gm_device_data *data, const float *weights, gemlet_dim capacity)
{
    const gemlet_dim n_rows = (gemlet_dim)data->order.length;
    if (data->chunks.rows > 0)
        return gm_error(GEMLET_E_MEMORY,
                        "rows with weights: found too little device memory for all of them at a "
                        "time, expected room, or rows without weights");
    data->weights = (gm_matrix){NULL, 0, 1, n_rows, 1};
    data->batch_weights = (gm_matrix){NULL, 0, 1, capacity, 1};
    GEMLET_TRY(gm_backend_alloc(data->backend, &data->weights.buffer, GM_REAL, n_rows,
                                "weights of the rows"));
    GEMLET_TRY(gm_backend_alloc(data->backend, &data->batch_weights.buffer, GM_REAL, capacity,
                                "weights of a batch"));
    return gm_backend_upload(data->backend, data->weights.buffer, 0, n_rows, weights);
}

gemlet_status gm_device_data_create(gm_device_data *data, gm_backend *backend,
                                    const gemlet_dataset *dataset, gemlet_dim capacity)
{
    *data = (gm_device_data){.backend = backend};
    gemlet_status status = gm_device_data_density(&data->density, dataset);
    if (status == GEMLET_OK)
        status = place_rows(data, dataset, capacity);
    if (status == GEMLET_OK)
        status = allocate_batch(data, dataset, capacity);
    if (status == GEMLET_OK)
        status = create_codes(data, gm_dataset_encoding(dataset));
    if (status == GEMLET_OK && gemlet_dataset_weights(dataset) != NULL)
        status = create_weights(data, gemlet_dataset_weights(dataset), capacity);
    if (status != GEMLET_OK)
        gm_device_data_destroy(data);
    return status;
}

gemlet_status gm_device_data_augment(gm_device_data *data, const gemlet_dataset *dataset,
                                     const gemlet_train_options *options)
{
    return gm_augmenter_create(&data->augmenter, data->backend, options, dataset, &data->x);
}

gemlet_status gm_device_data_set_order(gm_device_data *data, const uint32_t *order)
{
    if (data->chunks.rows > 0)
        return gm_chunks_set_order(&data->chunks, order);
    return gm_backend_upload(data->backend, data->order.buffer, 0, data->order.length, order);
}

gemlet_status gm_device_data_find(gm_device_data *data, size_t *place, size_t first,
                                  gemlet_dim rows)
{
    *place = first;
    return data->chunks.rows > 0 ? gm_chunks_find(&data->chunks, place, first, rows) : GEMLET_OK;
}

gemlet_status gm_device_data_gather(gm_device_data *data, size_t place, gemlet_dim rows,
                                    float scale, gm_matrix *x, gm_vector *labels)
{
    const gm_vector order = {data->order.buffer, place, rows};
    *x = data->augmenter.plain.buffer != NULL ? data->augmenter.plain : data->x;
    x->rows = rows;
    *labels = data->batch_labels;
    if (labels->buffer != NULL)
        labels->length = rows;
    if (data->codes.buffer != NULL)
        return gm_encode_batch(data->backend, &(gm_encode_batch_args){
                                                  .columns = data->features,
                                                  .codes = data->codes,
                                                  .labels = data->labels,
                                                  .order = order,
                                                  .x = *x,
                                                  .batch_labels = *labels,
                                              });
    return gm_gather_batch(data->backend, &(gm_gather_batch_args){
                                              .features = data->features,
                                              .labels = data->labels,
                                              .order = order,
                                              .scale = scale,
                                              .x = *x,
                                              .batch_labels = *labels,
                                          });
}

gemlet_status gm_device_data_augment_batch(gm_device_data *data, gm_vector record, gm_matrix *x)
{
    if (data->augmenter.plain.buffer == NULL)
        return GEMLET_OK;
    const gemlet_dim rows = x->rows;
    *x = data->x;
    x->rows = rows;
    return gm_augmenter_run(&data->augmenter, record, *x);
}

/* As rows of one feature. */
gemlet_status gm_device_data_gather_weights(gm_device_data *data, size_t place, gemlet_dim rows,
                                            gm_vector *weights)
{
    *weights = (gm_vector){0};
    if (data->weights.buffer == NULL)
        return GEMLET_OK;
    gm_matrix batch = data->batch_weights;
    batch.rows = rows;
    *weights = (gm_vector){batch.buffer, 0, rows};
    return gm_gather_batch(data->backend, &(gm_gather_batch_args){
                                              .features = data->weights,
                                              .order = {data->order.buffer, place, rows},
                                              .scale = 1.0f,
                                              .x = batch,
                                          });
}

void gm_device_data_destroy(gm_device_data *data)
{
    if (data->backend == NULL)
        return;
    gm_augmenter_free(&data->augmenter);
    gm_backend_free(data->backend, data->batch_weights.buffer);
    gm_backend_free(data->backend, data->weights.buffer);
    gm_backend_free(data->backend, data->batch_labels.buffer);
    gm_backend_free(data->backend, data->codes.buffer);
    gm_backend_free(data->backend, data->x.buffer);
    if (data->chunks.rows > 0)
        gm_chunks_free(&data->chunks);
    else
        free_rows(data);
    *data = (gm_device_data){0};
}

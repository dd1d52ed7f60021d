/* SPDX-License-Identifier: MIT
 * The data set object: construction from memory, and what can be asked of it.
 *
 * Reading and writing files is the business of one file per format beside this one. */
#include "data/dataset.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "core/memory.h"

/* Values and stored rows are left to the caller. */
static gemlet_status create(gemlet_dataset **out, gemlet_dim rows, gemlet_dim features,
                            gemlet_element element, uint32_t *labels)
{
    *out = NULL;
    gemlet_dataset *dataset = NULL;
    const gemlet_status status = GM_ALLOC(dataset, 1, "data set");
    if (status != GEMLET_OK) {
        free(labels);
        return status;
    }
    dataset->rows = rows;
    dataset->features = features;
    dataset->n_item_dims = 1;
    dataset->item_dims[0] = features;
    dataset->element = element;
    dataset->labels = labels;
    for (gemlet_dim row = 0; labels != NULL && row < rows; ++row) {
        if (labels[row] >= dataset->classes)
            dataset->classes = labels[row] + 1;
    }
    *out = dataset;
    return GEMLET_OK;
}

gemlet_status gm_dataset_adopt(gemlet_dataset **out, gemlet_dim rows, gemlet_dim features,
                               gemlet_element element, void *values, uint32_t *labels)
{
    const gemlet_status status = create(out, rows, features, element, labels);
    if (status == GEMLET_OK)
        (*out)->values = values;
    else
        free(values);
    return status;
}

gemlet_status gm_dataset_adopt_stored(gemlet_dataset **out, gemlet_dim rows, gemlet_dim features,
                                      gemlet_element element, gm_stored_rows *stored,
                                      uint32_t *part, uint32_t *labels)
{
    const gemlet_status status = create(out, rows, features, element, labels);
    if (status == GEMLET_OK) {
        (*out)->stored = stored;
        (*out)->part = part;
    } else {
        gm_stored_rows_release(stored);
        free(part);
    }
    return status;
}

void gm_dataset_set_encoding(gemlet_dataset *dataset, gm_encoding *encoding)
{
    dataset->encoding = encoding;
    dataset->features = dataset->item_dims[0] = encoding->n_inputs;
}

gemlet_status gm_dataset_take_first(gemlet_dataset **out, const gemlet_dataset *dataset,
                                    gemlet_dim n)
{
    void *values;
    uint32_t *answers = NULL;
    *out = NULL;
    gemlet_status status = gm_alloc(&values, n, gm_rows_size(dataset), "first rows of the data");
    if (status == GEMLET_OK)
        status = gm_rows_read(dataset, 0, n, values);
    if (status == GEMLET_OK && dataset->labels != NULL)
        status = GM_ALLOC(answers, n, "labels of the first rows");
    if (status != GEMLET_OK) {
        free(values);
        return status;
    }
    if (answers != NULL)
        memcpy(answers, dataset->labels, n * sizeof *answers);
    GEMLET_TRY(gm_dataset_adopt(out, n, dataset->features, dataset->element, values, answers));
    if (dataset->encoding != NULL)
        gm_dataset_set_encoding(*out, gm_encoding_share(dataset->encoding));
    (*out)->n_item_dims = dataset->n_item_dims;
    memcpy((*out)->item_dims, dataset->item_dims, sizeof dataset->item_dims);
    (*out)->classes = dataset->classes;
    (*out)->has_targets = dataset->has_targets;
    status = gemlet_dataset_set_weights(*out, dataset->weights);
    if (status == GEMLET_OK)
        return GEMLET_OK;
    gemlet_dataset_destroy(*out);
    *out = NULL;
    return status;
}

static gemlet_status check_values(const float *values, gemlet_dim rows, gemlet_dim features)
{
    for (size_t i = 0; i < (size_t)rows * features; ++i) {
        if (!isfinite(values[i]))
            return gm_error(GEMLET_E_RANGE,
                            "data set: row %zu, column %zu: found %g, expected a finite value",
                            i / features, i % features, (double)values[i]);
    }
    return GEMLET_OK;
}

static gemlet_status check_labels(const uint32_t *labels, gemlet_dim rows)
{
    for (gemlet_dim row = 0; row < rows; ++row) {
        if (labels[row] >= GEMLET_MAX_CLASSES)
            return gm_error(GEMLET_E_RANGE, "data set: row %u: found label %u, expected 0 to %u",
                            row, labels[row], GEMLET_MAX_CLASSES - 1);
    }
    return GEMLET_OK;
}

gemlet_status gemlet_dataset_create(gemlet_dataset **out, gemlet_dim rows, gemlet_dim features,
                                    gemlet_element element, const void *values,
                                    const uint32_t *labels)
{
    *out = NULL;
    if (values == NULL)
        return gm_error(GEMLET_E_ARGUMENT, "data set: found no values, expected rows x features");
    if (element != GEMLET_ELEMENT_U8 && element != GEMLET_ELEMENT_F32)
        return gm_error(GEMLET_E_ARGUMENT, "data set: found element type %d, expected U8 or F32",
                        (int)element);
    if (rows == 0 || features == 0)
        return gm_error(GEMLET_E_RANGE,
                        "data set: found %u rows of %u features, expected at least 1 of each", rows,
                        features);
    size_t n_values;
    size_t n_bytes;
    GEMLET_TRY(gm_checked_mul(&n_values, rows, features, "data set"));
    GEMLET_TRY(
        gm_checked_mul(&n_bytes, n_values, gm_dataset_element_size(element), "data set bytes"));
    if (element == GEMLET_ELEMENT_F32)
        GEMLET_TRY(check_values(values, rows, features));
    if (labels != NULL)
        GEMLET_TRY(check_labels(labels, rows));

    void *own_values = NULL;
    uint32_t *own_labels = NULL;
    GEMLET_TRY(gm_alloc(&own_values, n_bytes, 1, "data set"));
    memcpy(own_values, values, n_bytes);
    if (labels != NULL) {
        const gemlet_status status = GM_ALLOC(own_labels, rows, "labels");
        if (status != GEMLET_OK) {
            free(own_values);
            return status;
        }
        memcpy(own_labels, labels, rows * sizeof *labels);
    }
    return gm_dataset_adopt(out, rows, features, element, own_values, own_labels);
}

gemlet_dim gemlet_dataset_rows(const gemlet_dataset *dataset)
{
    return dataset->rows;
}

gemlet_dim gemlet_dataset_features(const gemlet_dataset *dataset)
{
    return dataset->features;
}

gemlet_element gemlet_dataset_element(const gemlet_dataset *dataset)
{
    return dataset->element;
}

gemlet_dim gemlet_dataset_classes(const gemlet_dataset *dataset)
{
    return dataset->classes;
}

const void *gemlet_dataset_values(const gemlet_dataset *dataset)
{
    return dataset->values;
}

const uint32_t *gemlet_dataset_labels(const gemlet_dataset *dataset)
{
    return dataset->has_targets ? NULL : dataset->labels;
}

const float *gemlet_dataset_targets(const gemlet_dataset *dataset)
{
    return dataset->has_targets ? (const float *)(const void *)dataset->labels : NULL;
}

const gm_encoding *gm_dataset_encoding(const gemlet_dataset *dataset)
{
    return dataset->encoding;
}

const uint32_t *gm_dataset_answers(const gemlet_dataset *dataset)
{
    return dataset->labels;
}

gemlet_status gemlet_dataset_set_targets(gemlet_dataset *dataset, const float *targets)
{
    if (targets == NULL)
        return gm_error(GEMLET_E_ARGUMENT, "data set: found no targets, expected one for each row");
    for (gemlet_dim row = 0; row < dataset->rows; ++row) {
        if (!isfinite(targets[row]))
            return gm_error(GEMLET_E_RANGE,
                            "data set: row %u: found target %g, expected a finite value", row,
                            (double)targets[row]);
    }
    uint32_t *bits;
    GEMLET_TRY(GM_ALLOC(bits, dataset->rows, "targets"));
    memcpy(bits, targets, dataset->rows * sizeof *bits);
    free(dataset->labels);
    dataset->labels = bits;
    dataset->has_targets = 1;
    dataset->classes = 0;
    return GEMLET_OK;
}

gemlet_status gemlet_dataset_set_weights(gemlet_dataset *dataset, const float *weights)
{
    float *copy = NULL;
    float largest = 0;
    for (gemlet_dim row = 0; weights != NULL && row < dataset->rows; ++row) {
        if (!isfinite(weights[row]) || weights[row] < 0)
            return gm_error(GEMLET_E_RANGE,
                            "data set: row %u: found weight %g, expected a finite one not below 0",
                            row, (double)weights[row]);
        largest = weights[row] > largest ? weights[row] : largest;
    }
    if (weights != NULL && largest == 0)
        return gm_error(GEMLET_E_RANGE, "data set: all rows have the weight 0, expected one above");
    if (weights != NULL) {
        GEMLET_TRY(GM_ALLOC(copy, dataset->rows, "weights of the rows"));
        memcpy(copy, weights, dataset->rows * sizeof *copy);
    }
    free(dataset->weights);
    dataset->weights = copy;
    return GEMLET_OK;
}

const float *gemlet_dataset_weights(const gemlet_dataset *dataset)
{
    return dataset->weights;
}

uint32_t gemlet_dataset_crc32(const gemlet_dataset *dataset)
{
    const size_t n_bytes = dataset->rows * gm_rows_size(dataset);
    uLong crc =
        dataset->stored != NULL ? dataset->values_crc32 : crc32_z(0, dataset->values, n_bytes);
    if (dataset->labels != NULL)
        crc = crc32_z(crc, (const unsigned char *)dataset->labels,
                      dataset->rows * sizeof *dataset->labels);
    if (dataset->weights != NULL)
        crc = crc32_z(crc, (const unsigned char *)dataset->weights,
                      dataset->rows * sizeof *dataset->weights);
    return (uint32_t)crc;
}

const gemlet_dim *gemlet_dataset_item_dims(const gemlet_dataset *dataset, unsigned *n_dims)
{
    *n_dims = dataset->n_item_dims;
    return dataset->item_dims;
}

gemlet_status gemlet_dataset_set_item_dims(gemlet_dataset *dataset, const gemlet_dim *dims,
                                           unsigned n_dims)
{
    if (n_dims == 0 || n_dims > GEMLET_MAX_ITEM_DIMS)
        return gm_error(GEMLET_E_SHAPE, "item shape: found %u dimensions, expected 1 to %u", n_dims,
                        GEMLET_MAX_ITEM_DIMS);
    /* Stops growing before it could overflow: by then it is too large, or will be 0. */
    uint64_t product = 1;
    char shape[GEMLET_MAX_ITEM_DIMS * sizeof "4294967295x"];
    size_t length = 0;
    for (unsigned i = 0; i < n_dims; ++i) {
        if (product <= dataset->features)
            product *= dims[i];
        length +=
            (size_t)snprintf(shape + length, sizeof shape - length, i == 0 ? "%u" : "x%u", dims[i]);
    }
    if (product != dataset->features)
        return gm_error(GEMLET_E_SHAPE,
                        "item shape: found %s, expected dimensions whose product is %u, the number "
                        "of features",
                        shape, dataset->features);
    memcpy(dataset->item_dims, dims, n_dims * sizeof *dims);
    dataset->n_item_dims = n_dims;
    return GEMLET_OK;
}

void gemlet_dataset_destroy(gemlet_dataset *dataset)
{
    if (dataset == NULL)
        return;
    free(dataset->values);
    gm_stored_rows_release(dataset->stored);
    gm_encoding_release(dataset->encoding);
    free(dataset->part);
    free(dataset->labels);
    free(dataset->weights);
    free(dataset);
}

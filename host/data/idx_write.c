/* SPDX-License-Identifier: MIT
 * Writing IDX files; the format is in idx.h. */
#include <string.h>

#include "data/dataset.h"
#include "data/idx.h"
#include "data/output.h"

#define CHUNK_LENGTH 4096u /* elements encoded at once */

static void encode_u32(unsigned char *bytes, uint32_t value)
{
    bytes[0] = (unsigned char)(value >> 24);
    bytes[1] = (unsigned char)(value >> 16 & 0xff);
    bytes[2] = (unsigned char)(value >> 8 & 0xff);
    bytes[3] = (unsigned char)(value & 0xff);
}

gemlet_status gm_idx_write_header(gm_output *output, unsigned char type, unsigned n_dims,
                                  const gemlet_dim *dims)
{
    unsigned char header[4 + 4 * GM_IDX_MAX_DIMS] = {0, 0, type, (unsigned char)n_dims};
    for (unsigned i = 0; i < n_dims; ++i)
        encode_u32(header + 4 + 4 * i, dims[i]);
    return gm_output_write(output, header, 4 + 4 * (size_t)n_dims);
}

gemlet_status gm_idx_write_u32(gm_output *output, const void *elements, size_t n)
{
    const unsigned char *next = elements;
    unsigned char encoded[4 * CHUNK_LENGTH];
    while (n > 0) {
        const size_t n_now = n < CHUNK_LENGTH ? n : CHUNK_LENGTH;
        for (size_t i = 0; i < n_now; ++i) {
            uint32_t bits;
            memcpy(&bits, next + 4 * i, sizeof bits);
            encode_u32(encoded + 4 * i, bits);
        }
        GEMLET_TRY(gm_output_write(output, encoded, 4 * n_now));
        next += 4 * n_now;
        n -= n_now;
    }
    return GEMLET_OK;
}

/* labels (n): all below 256. */
static gemlet_status write_narrow_labels(gm_output *output, const uint32_t *labels, size_t n)
{
    unsigned char encoded[CHUNK_LENGTH];
    while (n > 0) {
        const size_t n_now = n < CHUNK_LENGTH ? n : CHUNK_LENGTH;
        for (size_t i = 0; i < n_now; ++i)
            encoded[i] = (unsigned char)labels[i];
        GEMLET_TRY(gm_output_write(output, encoded, n_now));
        labels += n_now;
        n -= n_now;
    }
    return GEMLET_OK;
}

struct items {
    gm_output *output;
    const gemlet_dataset *dataset;
};

static gemlet_status write_values(const void *values, gemlet_dim first, gemlet_dim n, void *user)
{
    const struct items *items = user;
    const size_t n_values = (size_t)n * items->dataset->features;
    (void)first;
    return items->dataset->element == GEMLET_ELEMENT_U8
               ? gm_output_write(items->output, values, n_values)
               : gm_idx_write_u32(items->output, values, n_values);
}

static gemlet_status write_items(gm_output *output, const gemlet_dataset *dataset)
{
    gemlet_dim dims[GM_IDX_MAX_DIMS] = {dataset->rows};
    memcpy(dims + 1, dataset->item_dims, dataset->n_item_dims * sizeof *dims);
    const unsigned char type = dataset->element == GEMLET_ELEMENT_U8 ? GM_IDX_UBYTE : GM_IDX_FLOAT;
    struct items items = {output, dataset};
    GEMLET_TRY(gm_idx_write_header(output, type, dataset->n_item_dims + 1, dims));
    return gm_rows_visit(dataset, 0, dataset->rows, write_values, &items);
}

static gemlet_status write_labels(gm_output *output, const gemlet_dataset *dataset)
{
    if (dataset->classes <= 256) {
        GEMLET_TRY(gm_idx_write_header(output, GM_IDX_UBYTE, 1, &dataset->rows));
        return write_narrow_labels(output, dataset->labels, dataset->rows);
    }
    GEMLET_TRY(gm_idx_write_header(output, GM_IDX_INT, 1, &dataset->rows));
    return gm_idx_write_u32(output, dataset->labels, dataset->rows);
}

gemlet_status gemlet_dataset_save_idx(const gemlet_dataset *dataset, const char *items_path,
                                      const char *labels_path)
{
    if (labels_path != NULL && gemlet_dataset_labels(dataset) == NULL)
        return gm_error(GEMLET_E_ARGUMENT, "%s: found a data set without labels, expected labels",
                        labels_path);
    if (labels_path != NULL && strcmp(items_path, labels_path) == 0)
        return gm_error(GEMLET_E_ARGUMENT,
                        "%s: found one path for items and labels, expected two files", items_path);
    gm_output items = {0};
    gm_output labels = {0};
    gemlet_status status = GEMLET_OK;
    /* Both are complete under temporary names before either gets its final one. */
    GEMLET_TRY_CLEANUP(status, gm_output_open(&items, items_path));
    if (labels_path != NULL)
        GEMLET_TRY_CLEANUP(status, gm_output_open(&labels, labels_path));
    GEMLET_TRY_CLEANUP(status, write_items(&items, dataset));
    if (labels_path != NULL) {
        GEMLET_TRY_CLEANUP(status, write_labels(&labels, dataset));
        GEMLET_TRY_CLEANUP(status, gm_output_complete(&items));
        GEMLET_TRY_CLEANUP(status, gm_output_complete(&labels));
        GEMLET_TRY_CLEANUP(status, gm_output_finish(&labels));
    }
    GEMLET_TRY_CLEANUP(status, gm_output_finish(&items));

cleanup:
    gm_output_abort(&labels);
    gm_output_abort(&items);
    return status;
}

/* SPDX-License-Identifier: MIT
 * Reading IDX files; the format is in idx.h. Nothing in a header is believed before the bytes it
 * announces are there. */
#include "data/idx.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "core/content.h"
#include "core/memory.h"
#include "core/memory_limit.h"
#include "data/bytes.h"
#include "data/dataset.h"
#include "data/number.h"
#include "data/row_cache.h"

#define CHUNK_SIZE ((size_t)32 * 1024) /* a multiple of every element size */
#define SHOWN_SIZE 41                  /* of a text in a message */

struct idx_file {
    gm_input *input;
    unsigned char type;
    unsigned n_dims;
    gemlet_dim dims[GM_IDX_MAX_DIMS];
    size_t element_size; /* bytes in the file */
    size_t n_elements;
    size_t n_bytes; /* of the whole file */
    /* Of elements that stay in the file: their places, and what was found in them. */
    int is_stored;
    gm_stored_format format;
    uint32_t crc32; /* as they would lie in memory */
};

/* Stores n elements, the first of which is number `first` of the file, in out (n). */
typedef gemlet_status (*convert_elements)(const struct idx_file *file, size_t first, size_t n,
                                          const unsigned char *raw, void *out);

static uint32_t decode_u32(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

size_t gm_idx_element_size(unsigned char type)
{
    switch (type) {
    case GM_IDX_UBYTE:
    case GM_IDX_SBYTE:
        return 1;
    case GM_IDX_SHORT:
        return 2;
    case GM_IDX_INT:
    case GM_IDX_FLOAT:
        return 4;
    case GM_IDX_DOUBLE:
        return 8;
    default:
        return 0;
    }
}

static double decode_element(unsigned char type, const unsigned char *bytes)
{
    switch (type) {
    case GM_IDX_UBYTE:
        return bytes[0];
    case GM_IDX_SBYTE:
        return (int8_t)bytes[0];
    case GM_IDX_SHORT:
        return (int16_t)(uint16_t)((unsigned)bytes[0] << 8 | bytes[1]);
    case GM_IDX_INT:
        return (int32_t)decode_u32(bytes);
    case GM_IDX_FLOAT: {
        const uint32_t bits = decode_u32(bytes);
        float value;
        memcpy(&value, &bits, sizeof value);
        return (double)value;
    }
    default: {
        const uint64_t bits = (uint64_t)decode_u32(bytes) << 32 | decode_u32(bytes + 4);
        double value;
        memcpy(&value, &bits, sizeof value);
        return value;
    }
    }
}

void gm_idx_to_floats(float *values, unsigned char type, const unsigned char *raw, size_t n)
{
    const size_t size = gm_idx_element_size(type);
    if (type == GM_IDX_FLOAT) { /* the common case by itself: a loop that compilers make fast */
        for (size_t i = 0; i < n; ++i) {
            const uint32_t bits = decode_u32(raw + 4 * i);
            memcpy(&values[i], &bits, sizeof bits);
        }
        return;
    }
    for (size_t i = 0; i < n; ++i)
        values[i] = (float)decode_element(type, raw + i * size);
}

int gm_idx_begins(const unsigned char *bytes, size_t n)
{
    return n >= 4 && bytes[0] == 0 && bytes[1] == 0 && (bytes[2] != 0 || bytes[3] != 0) &&
           bytes[2] != 0xfe; /* UTF-32 with its mark */
}

/* Reads exactly n_bytes; n_expected is the size of the file as far as it is known by now. */
static gemlet_status read_exactly(gm_input *input, void *bytes, size_t n_bytes, size_t n_expected)
{
    size_t n_read;
    GEMLET_TRY(gm_input_read(input, bytes, n_bytes, &n_read));
    if (n_read < n_bytes)
        return gm_error(GEMLET_E_FORMAT, "%s: truncated: found %zu bytes, expected %zu%s",
                        input->path, input->n_read, n_expected,
                        n_expected == sizeof(uint32_t) ? " or more" : "");
    return GEMLET_OK;
}

static gemlet_status check_magic(struct idx_file *file, const unsigned char magic[4],
                                 unsigned min_dims, unsigned max_dims)
{
    const char *path = file->input->path;
    file->type = magic[2];
    file->n_dims = magic[3];
    file->element_size = gm_idx_element_size(file->type);
    if (magic[0] != 0 || magic[1] != 0 || file->element_size == 0)
        return gm_error(GEMLET_E_FORMAT,
                        "%s: magic 0x%02x%02x%02x%02x, expected 0x0000TTNN with element type TT "
                        "one of 08 09 0b 0c 0d 0e (an IDX file)",
                        path, magic[0], magic[1], magic[2], magic[3]);
    if (file->n_dims < min_dims || file->n_dims > max_dims) {
        if (min_dims == max_dims)
            return gm_error(
                GEMLET_E_FORMAT,
                "%s: magic 0x0000%02x%02x: found %u dimensions, expected %u for labels%s", path,
                magic[2], magic[3], file->n_dims, max_dims,
                file->n_dims == 2 ? " (a table like QMNIST's idx2 labels, of which only "
                                    "the first column is the class)"
                                  : "");
        return gm_error(GEMLET_E_FORMAT,
                        "%s: magic 0x0000%02x%02x: found %u dimensions, expected %u to %u", path,
                        magic[2], magic[3], file->n_dims, min_dims, max_dims);
    }
    return GEMLET_OK;
}

/* What is no IDX file is named, if it is of a kind that is known. */
static gemlet_status check_kind(const gm_input *input)
{
    static const char expected[] = "an IDX file";
    size_t n;
    const unsigned char *head = gm_input_head(input, &n);
    if (gm_idx_begins(head, n))
        return GEMLET_OK;
    GEMLET_TRY(gm_input_refuse_foreign(input, expected));
    if (!gm_content_is_text(head, n))
        return GEMLET_OK; /* the magic says more */
    char shown[SHOWN_SIZE];
    size_t length = 0;
    while (length < n && head[length] != '\n' && head[length] != '\r')
        ++length;
    gm_number_show(shown, sizeof shown, (const char *)head, length);
    return gm_error(GEMLET_E_FORMAT,
                    "%s: found text, '%s', expected %s (the name of a CSV file ends in .csv)",
                    input->path, shown, expected);
}

static gemlet_status read_header(struct idx_file *file, unsigned min_dims, unsigned max_dims)
{
    const char *path = file->input->path;
    unsigned char magic[4];
    unsigned char dims[4 * GM_IDX_MAX_DIMS];
    GEMLET_TRY(check_kind(file->input));
    GEMLET_TRY(read_exactly(file->input, magic, sizeof magic, sizeof magic));
    GEMLET_TRY(check_magic(file, magic, min_dims, max_dims));
    const size_t header_size = 4 + 4 * (size_t)file->n_dims;
    GEMLET_TRY(read_exactly(file->input, dims, header_size - 4, header_size));
    file->n_elements = 1;
    for (unsigned i = 0; i < file->n_dims; ++i) {
        file->dims[i] = decode_u32(dims + 4 * i);
        if (file->dims[i] == 0)
            return gm_error(GEMLET_E_FORMAT, "%s: dimension %u of %u is 0, expected 1 or more",
                            path, i + 1, file->n_dims);
        GEMLET_TRY(gm_checked_mul(&file->n_elements, file->n_elements, file->dims[i], path));
    }
    GEMLET_TRY(gm_checked_mul(&file->n_bytes, file->n_elements, file->element_size, path));
    return gm_checked_add(&file->n_bytes, file->n_bytes, header_size, path);
}

/* Before anything is taken for the elements, n_bytes in memory: can the file hold what its header
 * announces, and memory that? A packed file that cannot is found to end early when it is read. */
static gemlet_status check_size(const struct idx_file *file, size_t n_bytes)
{
    const char *path = file->input->path;
    const size_t bound = gm_input_size_bound(file->input);
    if (file->n_bytes <= bound)
        return gm_memory_limit_check(n_bytes, path);
    if (gm_input_is_packed(file->input))
        return GEMLET_OK;
    return gm_error(GEMLET_E_FORMAT, "%s: truncated: found %zu bytes, expected %zu", path, bound,
                    file->n_bytes);
}

/* Room for n_bytes more of `limit`; of elements that stay in the file for those of a chunk, which
 * are looked at one after the other. */
static gemlet_status make_room(const struct idx_file *file, gm_bytes *out, size_t n_bytes,
                               size_t limit)
{
    if (!file->is_stored)
        return gm_bytes_reserve(out, n_bytes, limit, file->input->path);
    if (out->data != NULL)
        return GEMLET_OK;
    GEMLET_TRY(GM_ALLOC(out->data, n_bytes, file->input->path));
    out->capacity = n_bytes; /* the first chunk is the largest */
    return GEMLET_OK;
}

/* Reads all elements and proves that nothing follows them. out: those that were read last if they
 * stay in the file, else all. */
static gemlet_status read_elements(struct idx_file *file, convert_elements convert, size_t out_size,
                                   gm_bytes *out)
{
    unsigned char raw[CHUNK_SIZE];
    const size_t chunk_length = CHUNK_SIZE / file->element_size;
    size_t limit;
    GEMLET_TRY(gm_checked_mul(&limit, file->n_elements, out_size, file->input->path));
    GEMLET_TRY(check_size(file, file->is_stored ? 0 : limit));
    for (size_t first = 0; first < file->n_elements;) {
        const size_t n_left = file->n_elements - first;
        const size_t n = n_left < chunk_length ? n_left : chunk_length;
        GEMLET_TRY(read_exactly(file->input, raw, n * file->element_size, file->n_bytes));
        GEMLET_TRY(make_room(file, out, n * out_size, limit));
        GEMLET_TRY(convert(file, first, n, raw, out->data + out->n_bytes));
        if (file->is_stored)
            file->crc32 = (uint32_t)crc32_z(file->crc32, out->data, n * out_size);
        else
            out->n_bytes += n * out_size;
        first += n;
    }
    /* Also makes zlib check the sum at the end of a gzip file. */
    size_t n_more;
    GEMLET_TRY(gm_input_read(file->input, raw, 1, &n_more));
    if (n_more != 0)
        return gm_error(GEMLET_E_FORMAT, "%s: oversized: found more than %zu bytes, expected %zu",
                        file->input->path, file->n_bytes, file->n_bytes);
    return GEMLET_OK;
}

static gemlet_status convert_to_u8(const struct idx_file *file, size_t first, size_t n,
                                   const unsigned char *raw, void *out)
{
    (void)file;
    (void)first;
    memcpy(out, raw, n);
    return GEMLET_OK;
}

static gemlet_status convert_to_f32(const struct idx_file *file, size_t first, size_t n,
                                    const unsigned char *raw, void *out)
{
    const size_t n_features = file->n_elements / file->dims[0];
    float *values = out;
    gm_idx_to_floats(values, file->type, raw, n);
    for (size_t i = 0; i < n; ++i) {
        if (!isfinite(values[i]))
            return gm_error(GEMLET_E_FORMAT,
                            "%s: row %zu, column %zu: found %g, expected a finite float",
                            file->input->path, (first + i) / n_features, (first + i) % n_features,
                            decode_element(file->type, raw + i * file->element_size));
    }
    return GEMLET_OK;
}

static gemlet_status convert_to_label(const struct idx_file *file, size_t first, size_t n,
                                      const unsigned char *raw, void *out)
{
    uint32_t *labels = out;
    for (size_t i = 0; i < n; ++i) {
        const double value = decode_element(file->type, raw + i * file->element_size);
        if (!(value >= 0 && value < GEMLET_MAX_CLASSES))
            return gm_error(GEMLET_E_FORMAT, "%s: index %zu: found label %.0f, expected 0 to %u",
                            file->input->path, first + i, value, GEMLET_MAX_CLASSES - 1);
        labels[i] = (uint32_t)value;
    }
    return GEMLET_OK;
}

/* Items that memory has no room for stay in a plain file, where that is allowed. */
static void choose_place(struct idx_file *file, size_t n_features)
{
    int descriptor;
    struct stat info;
    const size_t out_size = file->type == GM_IDX_UBYTE ? sizeof(uint8_t) : sizeof(float);
    file->is_stored = gm_row_cache_is_allowed() &&
                      gm_input_is_plain_file(file->input, &descriptor, &info) &&
                      file->n_elements <= SIZE_MAX / out_size &&
                      !gm_memory_limit_allows(file->n_elements * out_size);
    file->format =
        (gm_stored_format){(off_t)file->input->n_read, file->type, (gemlet_dim)n_features};
}

static gemlet_status read_items(struct idx_file *file, gm_bytes *values, gemlet_dim n_expected)
{
    size_t n_features = 1;
    for (unsigned i = 1; i < file->n_dims; ++i)
        n_features *= file->dims[i]; /* part of a product that was checked */
    if (n_features > UINT32_MAX)
        return gm_error(GEMLET_E_RANGE, "%s: found %zu features a row, expected at most %u",
                        file->input->path, n_features, UINT32_MAX);
    if (n_expected != 0 && n_features != n_expected)
        return gm_error(GEMLET_E_SHAPE,
                        "%s: found items of %zu values, expected %u (the model's inputs)",
                        file->input->path, n_features, n_expected);
    choose_place(file, n_features);
    if (file->type == GM_IDX_UBYTE)
        return read_elements(file, convert_to_u8, sizeof(uint8_t), values);
    return read_elements(file, convert_to_f32, sizeof(float), values);
}

static gemlet_status read_labels(const char *path, const struct idx_file *items, gm_bytes *labels)
{
    gm_input input;
    struct idx_file file = {.input = &input};
    gemlet_status status = GEMLET_OK;
    GEMLET_TRY(gm_input_open(&input, path));
    GEMLET_TRY_CLEANUP(status, read_header(&file, 1, 1));
    if (file.type == GM_IDX_FLOAT || file.type == GM_IDX_DOUBLE)
        GEMLET_TRY_CLEANUP(status, gm_error(GEMLET_E_FORMAT,
                                            "%s: found element type 0x%02x (%s), expected an "
                                            "integer type for labels",
                                            path, file.type,
                                            file.type == GM_IDX_FLOAT ? "float" : "double"));
    if (file.dims[0] != items->dims[0])
        GEMLET_TRY_CLEANUP(status,
                           gm_error(GEMLET_E_SHAPE,
                                    "%s: found %u labels, expected %u, one for each item "
                                    "of %s",
                                    path, file.dims[0], items->dims[0], items->input->path));
    GEMLET_TRY_CLEANUP(status, read_elements(&file, convert_to_label, sizeof(uint32_t), labels));

cleanup:
    gm_input_close(&input);
    return status;
}

static gemlet_status create_stored(gemlet_dataset **out, const struct idx_file *items,
                                   gemlet_element element, gm_bytes *labels)
{
    int descriptor;
    struct stat info;
    gm_stored_rows *rows;
    gm_input_is_plain_file(items->input, &descriptor, &info);
    GEMLET_TRY(gm_stored_rows_create(&rows, items->input->path, descriptor, &info, &items->format));
    GEMLET_TRY(gm_dataset_adopt_stored(out, items->dims[0], items->format.n_features, element, rows,
                                       NULL, gm_bytes_take(labels)));
    (*out)->values_crc32 = items->crc32;
    return GEMLET_OK;
}

/* Moves what was read into a data set. */
static gemlet_status create_dataset(gemlet_dataset **out, const struct idx_file *items,
                                    gm_bytes *values, gm_bytes *labels)
{
    const gemlet_element element =
        items->type == GM_IDX_UBYTE ? GEMLET_ELEMENT_U8 : GEMLET_ELEMENT_F32;
    const gemlet_dim features = (gemlet_dim)(items->n_elements / items->dims[0]);
    GEMLET_TRY(items->is_stored ? create_stored(out, items, element, labels)
                                : gm_dataset_adopt(out, items->dims[0], features, element,
                                                   gm_bytes_take(values), gm_bytes_take(labels)));
    if (items->n_dims == 1)
        return GEMLET_OK; /* one feature a row */
    return gemlet_dataset_set_item_dims(*out, items->dims + 1, items->n_dims - 1);
}

gemlet_status gm_idx_read(gemlet_dataset **out, gm_input *input, const char *labels_path,
                          gemlet_dim n_features)
{
    *out = NULL;
    struct idx_file items = {.input = input};
    gm_bytes values = {0};
    gm_bytes labels = {0};
    gemlet_status status = GEMLET_OK;
    GEMLET_TRY_CLEANUP(status, read_header(&items, 1, GM_IDX_MAX_DIMS));
    GEMLET_TRY_CLEANUP(status, read_items(&items, &values, n_features));
    if (labels_path != NULL)
        GEMLET_TRY_CLEANUP(status, read_labels(labels_path, &items, &labels));
    GEMLET_TRY_CLEANUP(status, create_dataset(out, &items, &values, &labels));

cleanup:
    gm_bytes_free(&labels);
    gm_bytes_free(&values);
    return status;
}

gemlet_status gemlet_dataset_load_idx(gemlet_dataset **out, const char *items_path,
                                      const char *labels_path)
{
    *out = NULL;
    gm_input input;
    GEMLET_TRY(gm_input_open(&input, items_path));
    const gemlet_status status = gm_idx_read(out, &input, labels_path, 0);
    gm_input_close(&input);
    return status;
}

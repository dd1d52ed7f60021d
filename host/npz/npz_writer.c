/* SPDX-License-Identifier: MIT
 * Writing archives of named arrays, on libzip; see npz.h. libzip makes the archive in a buffer in
 * memory, which is then copied into an atomic file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

#include "core/file.h"
#include "core/hash.h"
#include "core/memory.h"
#include "npz/npz.h"
#include "npz/npz_seal.h"

/* 1980-01-01 00:00:00, the zero of the zip format: (year - 1980) << 9 | month << 5 | day. */
#define FIXED_DOS_TIME 0
#define FIXED_DOS_DATE (0 << 9 | 1 << 5 | 1)

#define COPY_BYTES 65536u

/* Little-endian. */
static void put_u32(unsigned char *bytes, uint32_t value)
{
    for (int i = 0; i < 4; ++i)
        bytes[i] = (unsigned char)(value >> (8 * i) & 0xff);
}

static void put_u64(unsigned char *bytes, uint64_t value)
{
    put_u32(bytes, (uint32_t)(value & UINT32_MAX));
    put_u32(bytes + 4, (uint32_t)(value >> 32));
}

struct gm_npz_writer {
    zip_source_t *buffer; /* the archive once it is closed */
    zip_t *archive;       /* NULL after gm_npz_writer_write() */
    int is_sealed;
    char *checksums; /* of a sealed one: a line for each array */
    size_t n_checksums;
};

gemlet_status gm_npz_writer_create(gm_npz_writer **out)
{
    *out = NULL;
    gm_npz_writer *writer;
    GEMLET_TRY(GM_ALLOC(writer, 1, "npz writer"));
    zip_error_t error;
    zip_error_init(&error);
    writer->buffer = zip_source_buffer_create(NULL, 0, 0, &error);
    if (writer->buffer != NULL) {
        /* The archive drops its reference when it is closed; the content is still needed then. */
        zip_source_keep(writer->buffer);
        writer->archive = zip_open_from_source(writer->buffer, ZIP_TRUNCATE, &error);
        if (writer->archive == NULL)
            zip_source_free(writer->buffer);
    }
    gemlet_status status = GEMLET_OK;
    if (writer->archive == NULL) {
        status = gm_error(GEMLET_E_MEMORY, "npz writer: %s", zip_error_strerror(&error));
        gm_npz_writer_destroy(writer);
    } else {
        *out = writer;
    }
    zip_error_fini(&error);
    return status;
}

void gm_npz_writer_seal(gm_npz_writer *writer)
{
    writer->is_sealed = 1;
}

void gm_npz_writer_destroy(gm_npz_writer *writer)
{
    if (writer == NULL)
        return;
    free(writer->checksums);
    if (writer->archive != NULL)
        zip_discard(writer->archive);
    zip_source_free(writer->buffer);
    free(writer);
}

/* Remembers the checksum of an array, over its npy file. */
static gemlet_status add_checksum(gm_npz_writer *writer, const char *name,
                                  const unsigned char *bytes, size_t n_bytes)
{
    char line[GM_NPZ_CHECKSUM_LINE_SIZE];
    const size_t length =
        gm_npz_format_checksum(line, name, gm_hash(GM_HASH_BEGIN, bytes, n_bytes));
    char *grown = realloc(writer->checksums, writer->n_checksums + length);
    if (grown == NULL)
        return gm_error(GEMLET_E_MEMORY, "npz array %s: out of memory for its checksum", name);
    memcpy(grown + writer->n_checksums, line, length);
    writer->checksums = grown;
    writer->n_checksums += length;
    return GEMLET_OK;
}

/* Adds "<name>.npy". Takes the ownership of `bytes`, from malloc, also on failure. */
static gemlet_status add_file(gm_npz_writer *writer, const char *name, unsigned char *bytes,
                              size_t n_bytes)
{
    char *file_name = NULL;
    gemlet_status status =
        writer->is_sealed ? add_checksum(writer, name, bytes, n_bytes) : GEMLET_OK;
    if (status == GEMLET_OK)
        status = gm_format_string(&file_name, "%s.npy", name);
    if (status != GEMLET_OK) {
        free(bytes);
        return status;
    }
    zip_source_t *source = zip_source_buffer(writer->archive, bytes, n_bytes, 1);
    if (source == NULL)
        free(bytes);
    zip_int64_t index = -1;
    if (source != NULL) {
        index = zip_file_add(writer->archive, file_name, source, ZIP_FL_ENC_UTF_8);
        if (index < 0)
            zip_source_free(source);
    }
    if (index < 0 ||
        zip_set_file_compression(writer->archive, (zip_uint64_t)index, ZIP_CM_STORE, 0) != 0 ||
        zip_file_set_dostime(writer->archive, (zip_uint64_t)index, FIXED_DOS_TIME, FIXED_DOS_DATE,
                             0) != 0)
        status = gm_error(GEMLET_E_MEMORY, "npz array %s: cannot add: %s", name,
                          zip_strerror(writer->archive));
    free(file_name);
    return status;
}

/* *bytes out: a new npy file of *n_bytes whose data, n_data bytes, begins at *data. */
static gemlet_status allocate_npy(unsigned char **bytes, size_t *n_bytes, unsigned char **data,
                                  const char *type, const size_t *shape, unsigned n_dims,
                                  size_t n_data)
{
    unsigned char preamble[GM_NPY_PREAMBLE_SIZE];
    const size_t n_preamble = gm_npy_format_preamble(preamble, type, shape, n_dims);
    GEMLET_TRY(gm_checked_add(n_bytes, n_data, n_preamble, "npz array"));
    GEMLET_TRY(gm_alloc((void **)bytes, *n_bytes, 1, "npz array"));
    memcpy(*bytes, preamble, n_preamble);
    *data = *bytes + n_preamble;
    return GEMLET_OK;
}

/* An array of floating-point numbers of `size` bytes: 4 or 8. */
static gemlet_status add_reals(gm_npz_writer *writer, const char *name, const void *values,
                               size_t size, const size_t *shape, unsigned n_dims)
{
    size_t n = 1;
    for (unsigned i = 0; i < n_dims; ++i)
        GEMLET_TRY(gm_checked_mul(&n, n, shape[i], name));
    unsigned char *bytes;
    unsigned char *data;
    size_t n_bytes;
    size_t n_data;
    GEMLET_TRY(gm_checked_mul(&n_data, n, size, name));
    GEMLET_TRY(
        allocate_npy(&bytes, &n_bytes, &data, size == 8 ? "<f8" : "<f4", shape, n_dims, n_data));
    for (size_t i = 0; i < n; ++i) {
        const unsigned char *from = (const unsigned char *)values + size * i;
        uint32_t bits;
        uint64_t wide_bits;
        if (size == 8) {
            memcpy(&wide_bits, from, sizeof wide_bits);
            put_u64(data + 8 * i, wide_bits);
        } else {
            memcpy(&bits, from, sizeof bits);
            put_u32(data + 4 * i, bits);
        }
    }
    return add_file(writer, name, bytes, n_bytes);
}

gemlet_status gm_npz_add_f32(gm_npz_writer *writer, const char *name, const float *values,
                             const size_t *shape, unsigned n_dims)
{
    return add_reals(writer, name, values, sizeof *values, shape, n_dims);
}

gemlet_status gm_npz_add_f64(gm_npz_writer *writer, const char *name, const double *values,
                             const size_t *shape, unsigned n_dims)
{
    return add_reals(writer, name, values, sizeof *values, shape, n_dims);
}

gemlet_status gm_npz_add_bytes(gm_npz_writer *writer, const char *name, const void *content,
                               size_t n)
{
    unsigned char *bytes;
    unsigned char *data;
    size_t n_bytes;
    GEMLET_TRY(allocate_npy(&bytes, &n_bytes, &data, "|u1", &n, 1, n));
    memcpy(data, content, n);
    return add_file(writer, name, bytes, n_bytes);
}

gemlet_status gm_npz_add_i32(gm_npz_writer *writer, const char *name, int32_t value)
{
    unsigned char *bytes;
    unsigned char *data;
    size_t n_bytes;
    GEMLET_TRY(allocate_npy(&bytes, &n_bytes, &data, "<i4", NULL, 0, 4));
    put_u32(data, (uint32_t)value);
    return add_file(writer, name, bytes, n_bytes);
}

gemlet_status gm_npz_add_string(gm_npz_writer *writer, const char *name, const char *text)
{
    const size_t length = strlen(text);
    int is_ascii = length > 0;
    for (size_t i = 0; i < length; ++i)
        is_ascii = is_ascii && (unsigned char)text[i] < 0x80;
    if (!is_ascii)
        return gm_error(GEMLET_E_ARGUMENT, "npz array %s: text is empty or not ASCII", name);
    char type[GM_NPY_TYPE_SIZE];
    snprintf(type, sizeof type, "<U%zu", length);
    unsigned char *bytes;
    unsigned char *data;
    size_t n_bytes;
    GEMLET_TRY(allocate_npy(&bytes, &n_bytes, &data, type, NULL, 0, 4 * length));
    for (size_t i = 0; i < length; ++i)
        put_u32(data + 4 * i, (unsigned char)text[i]);
    return add_file(writer, name, bytes, n_bytes);
}

/* Copies an open source, but for its last GM_NPZ_HASH_DIGITS bytes, which are `tail`. A short write
 * is reported by the commit of the stream. *hash out: of what was copied; NULL: not wanted. */
static gemlet_status copy_source(uint64_t *hash, char tail[GM_NPZ_HASH_DIGITS],
                                 zip_source_t *source, FILE *stream, const char *path)
{
    unsigned char *chunk;
    size_t n_held = 0; /* at the beginning of the chunk */
    zip_int64_t n;
    if (hash != NULL)
        *hash = GM_HASH_BEGIN;
    GEMLET_TRY(GM_ALLOC(chunk, GM_NPZ_HASH_DIGITS + COPY_BYTES, "copy buffer"));
    while ((n = zip_source_read(source, chunk + n_held, COPY_BYTES)) > 0) {
        const size_t n_there = n_held + (size_t)n;
        const size_t n_ready = n_there > GM_NPZ_HASH_DIGITS ? n_there - GM_NPZ_HASH_DIGITS : 0;
        if (hash != NULL)
            *hash = gm_hash(*hash, chunk, n_ready);
        fwrite(chunk, 1, n_ready, stream);
        n_held = n_there - n_ready;
        memmove(chunk, chunk + n_ready, n_held);
    }
    memcpy(tail, chunk, GM_NPZ_HASH_DIGITS); /* no archive is shorter */
    free(chunk);
    if (n < 0)
        return gm_error(GEMLET_E_IO, "%s: cannot read the archive back: %s", path,
                        zip_error_strerror(zip_source_error(source)));
    return GEMLET_OK;
}

/* Before the archive is closed. */
static gemlet_status prepare_seal(gm_npz_writer *writer, const char *path)
{
    char comment[GM_NPZ_SEAL_SIZE];
    gm_npz_format_seal(comment);
    if (zip_set_archive_comment(writer->archive, comment, (zip_uint16_t)strlen(comment)) != 0)
        return gm_error(GEMLET_E_MEMORY, "%s: cannot seal: %s", path,
                        zip_strerror(writer->archive));
    const size_t n = writer->n_checksums; /* without its own */
    return gm_npz_add_bytes(writer, GM_NPZ_CHECKSUMS, writer->checksums, n);
}

static gemlet_status write_archive(gm_npz_writer *writer, const char *path)
{
    gm_atomic_file file;
    uint64_t hash = 0;
    char tail[GM_NPZ_HASH_DIGITS] = {0};
    GEMLET_TRY(gm_atomic_file_open(&file, path));
    gemlet_status status = GEMLET_OK;
    if (zip_source_open(writer->buffer) != 0) {
        status = gm_error(GEMLET_E_IO, "%s: cannot read the archive back: %s", path,
                          zip_error_strerror(zip_source_error(writer->buffer)));
    } else {
        status = copy_source(writer->is_sealed ? &hash : NULL, tail, writer->buffer, file.stream,
                             path);
        zip_source_close(writer->buffer);
    }
    if (status != GEMLET_OK) {
        gm_atomic_file_abort(&file);
        return status;
    }
    if (writer->is_sealed)
        gm_npz_format_hash(tail, hash);
    fwrite(tail, 1, sizeof tail, file.stream);
    return gm_atomic_file_commit(&file);
}

gemlet_status gm_npz_writer_write(gm_npz_writer *writer, const char *path)
{
    if (writer->is_sealed)
        GEMLET_TRY(prepare_seal(writer, path));
    if (zip_close(writer->archive) != 0)
        return gm_error(GEMLET_E_IO, "%s: cannot make the archive: %s", path,
                        zip_strerror(writer->archive));
    writer->archive = NULL;
    return write_archive(writer, path);
}

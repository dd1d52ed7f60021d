/* SPDX-License-Identifier: MIT
 * Named arrays in a zip archive, on libzip; see npz.h.
 *
 * Writing: libzip makes the archive in a buffer in memory, which is then copied into an atomic
 * file. Reading: an entry is a stream; its header is parsed, then its data read to the end, where
 * libzip compares the checksum. */
#include "model/npz.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>
#include <zip.h>

#include "core/content.h"
#include "core/file.h"
#include "core/memory.h"
#include "core/memory_limit.h"
#include "core/open_file.h"

/* 1980-01-01 00:00:00, the zero of the zip format: (year - 1980) << 9 | month << 5 | day. */
#define FIXED_DOS_TIME 0
#define FIXED_DOS_DATE (0 << 9 | 1 << 5 | 1)

/* Trained weights are noise to deflate: higher levels cost time and win less than 1 %. */
#define DEFLATE_LEVEL 1

/* Deflate codes at most 258 bytes in two bits (RFC 1951, section 3.2.5). */
#define MAX_DEFLATE_RATIO 1032u

#define COPY_BYTES        65536u

/* Longer names, which a hostile archive could ask us to print, are cut in messages. */
#define WHAT_SIZE 512

/* ---- little-endian ------------------------------------------------------------------------- */

static void put_u32(unsigned char *bytes, uint32_t value)
{
    for (int i = 0; i < 4; ++i)
        bytes[i] = (unsigned char)(value >> (8 * i) & 0xff);
}

static uint32_t get_u32(const unsigned char *bytes)
{
    uint32_t value = 0;
    for (int i = 0; i < 4; ++i)
        value |= (uint32_t)bytes[i] << (8 * i);
    return value;
}

/* ---- writing ------------------------------------------------------------------------------- */

struct gm_npz_writer {
    zip_source_t *buffer; /* the archive once it is closed */
    zip_t *archive;       /* NULL after gm_npz_writer_write() */
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

void gm_npz_writer_destroy(gm_npz_writer *writer)
{
    if (writer == NULL)
        return;
    if (writer->archive != NULL)
        zip_discard(writer->archive);
    zip_source_free(writer->buffer);
    free(writer);
}

/* Adds "<name>.npy". Takes the ownership of `bytes`, from malloc, also on failure. */
static gemlet_status add_file(gm_npz_writer *writer, const char *name, unsigned char *bytes,
                              size_t n_bytes)
{
    char *file_name;
    gemlet_status status = gm_format_string(&file_name, "%s.npy", name);
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
        zip_set_file_compression(writer->archive, (zip_uint64_t)index, ZIP_CM_DEFLATE,
                                 DEFLATE_LEVEL) != 0 ||
        zip_file_set_dostime(writer->archive, (zip_uint64_t)index, FIXED_DOS_TIME, FIXED_DOS_DATE,
                             0) != 0)
        status = gm_error(GEMLET_E_MEMORY, "npz array %s: cannot add: %s", name,
                          zip_strerror(writer->archive));
    free(file_name);
    return status;
}

/* *bytes out: a new npy file of *n_bytes whose data, 4 bytes an element, begins at *data. */
static gemlet_status allocate_npy(unsigned char **bytes, size_t *n_bytes, unsigned char **data,
                                  const char *type, const size_t *shape, unsigned n_dims,
                                  size_t n_words)
{
    unsigned char preamble[GM_NPY_PREAMBLE_SIZE];
    const size_t n_preamble = gm_npy_format_preamble(preamble, type, shape, n_dims);
    GEMLET_TRY(gm_checked_mul(n_bytes, n_words, 4, "npz array"));
    GEMLET_TRY(gm_checked_add(n_bytes, *n_bytes, n_preamble, "npz array"));
    GEMLET_TRY(gm_alloc((void **)bytes, *n_bytes, 1, "npz array"));
    memcpy(*bytes, preamble, n_preamble);
    *data = *bytes + n_preamble;
    return GEMLET_OK;
}

gemlet_status gm_npz_add_f32(gm_npz_writer *writer, const char *name, const float *values,
                             const size_t *shape, unsigned n_dims)
{
    size_t n = 1;
    for (unsigned i = 0; i < n_dims; ++i)
        GEMLET_TRY(gm_checked_mul(&n, n, shape[i], name));
    unsigned char *bytes;
    unsigned char *data;
    size_t n_bytes;
    GEMLET_TRY(allocate_npy(&bytes, &n_bytes, &data, "<f4", shape, n_dims, n));
    for (size_t i = 0; i < n; ++i) {
        uint32_t bits;
        memcpy(&bits, (const unsigned char *)values + 4 * i, sizeof bits);
        put_u32(data + 4 * i, bits);
    }
    return add_file(writer, name, bytes, n_bytes);
}

gemlet_status gm_npz_add_i32(gm_npz_writer *writer, const char *name, int32_t value)
{
    unsigned char *bytes;
    unsigned char *data;
    size_t n_bytes;
    GEMLET_TRY(allocate_npy(&bytes, &n_bytes, &data, "<i4", NULL, 0, 1));
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
    GEMLET_TRY(allocate_npy(&bytes, &n_bytes, &data, type, NULL, 0, length));
    for (size_t i = 0; i < length; ++i)
        put_u32(data + 4 * i, (unsigned char)text[i]);
    return add_file(writer, name, bytes, n_bytes);
}

/* Copies an open source to its end. A short write is reported by the commit of the stream. */
static gemlet_status copy_source(zip_source_t *source, FILE *stream, const char *path)
{
    unsigned char *chunk;
    GEMLET_TRY(GM_ALLOC(chunk, COPY_BYTES, "copy buffer"));
    zip_int64_t n;
    while ((n = zip_source_read(source, chunk, COPY_BYTES)) > 0)
        fwrite(chunk, 1, (size_t)n, stream);
    free(chunk);
    if (n < 0)
        return gm_error(GEMLET_E_IO, "%s: cannot read the archive back: %s", path,
                        zip_error_strerror(zip_source_error(source)));
    return GEMLET_OK;
}

gemlet_status gm_npz_writer_write(gm_npz_writer *writer, const char *path)
{
    if (zip_close(writer->archive) != 0)
        return gm_error(GEMLET_E_IO, "%s: cannot make the archive: %s", path,
                        zip_strerror(writer->archive));
    writer->archive = NULL;
    gm_atomic_file file;
    GEMLET_TRY(gm_atomic_file_open(&file, path));
    gemlet_status status = GEMLET_OK;
    if (zip_source_open(writer->buffer) != 0) {
        status = gm_error(GEMLET_E_IO, "%s: cannot read the archive back: %s", path,
                          zip_error_strerror(zip_source_error(writer->buffer)));
    } else {
        status = copy_source(writer->buffer, file.stream, path);
        zip_source_close(writer->buffer);
    }
    if (status == GEMLET_OK)
        return gm_atomic_file_commit(&file);
    gm_atomic_file_abort(&file);
    return status;
}

/* ---- reading ------------------------------------------------------------------------------- */

struct gm_npz_reader {
    zip_t *archive;
    char *path;
};

/* An array opened for reading. */
typedef struct entry {
    zip_file_t *file;
    uint64_t n_bytes;     /* what the archive claims for it, uncompressed */
    uint64_t position;    /* bytes read so far */
    char what[WHAT_SIZE]; /* "file: array name" */
    gm_npy_header header;
} entry;

/* Archives whose entries share bytes, a way to make a small file expand without bound, claim more
 * compressed bytes than they have. Others hold next to nothing, many times; trained weights are
 * noise that hardly shrinks. */
static gemlet_status check_total_size(const gm_npz_reader *reader, uint64_t file_size)
{
    uint64_t n_left = file_size;
    uint64_t n_bytes = 0;
    const zip_int64_t n_entries = zip_get_num_entries(reader->archive, 0);
    for (zip_int64_t i = 0; i < n_entries; ++i) {
        zip_stat_t info;
        if (zip_stat_index(reader->archive, (zip_uint64_t)i, 0, &info) != 0 ||
            (info.valid & ZIP_STAT_COMP_SIZE) == 0)
            return gm_error(GEMLET_E_FORMAT, "%s: zip entry %lld has no size", reader->path,
                            (long long)i);
        if (info.comp_size > n_left)
            return gm_error(GEMLET_E_FORMAT,
                            "%s: zip entries claim more than the %llu bytes of the file",
                            reader->path, (unsigned long long)file_size);
        n_left -= info.comp_size;
        /* What is claimed beyond that fails when the entry is read. */
        const uint64_t most = MAX_DEFLATE_RATIO * info.comp_size;
        if ((info.valid & ZIP_STAT_SIZE) != 0)
            n_bytes += info.size < most ? info.size : most;
    }
    return gm_expansion_check(n_bytes, file_size, reader->path);
}

/* Says what the file is rather than only that it is no archive. */
static gemlet_status refuse_content(const char *path, int descriptor, int code)
{
    unsigned char head[GM_CONTENT_HEAD];
    const ssize_t n = pread(descriptor, head, sizeof head, 0);
    const char *name = n > 0 ? gm_content_name(head, (size_t)n) : NULL;
    if (n == 0)
        name = "an empty file";
    if (name != NULL && code == ZIP_ER_NOZIP)
        return gm_error(GEMLET_E_FORMAT, "%s: not an npz file (zip archive): found %s", path, name);
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    gm_error(GEMLET_E_FORMAT, "%s: not an npz file (zip archive): %s", path,
             zip_error_strerror(&error));
    zip_error_fini(&error);
    return GEMLET_E_FORMAT;
}

static gemlet_status open_archive(gm_npz_reader *reader, const char *path)
{
    int descriptor;
    struct stat info;
    GEMLET_TRY(gm_copy_string(&reader->path, path));
    GEMLET_TRY(gm_open_regular(&descriptor, &info, path));
    int code = 0;
    reader->archive = zip_fdopen(descriptor, 0, &code); /* closes it if that succeeds */
    if (reader->archive == NULL) {
        const gemlet_status status = refuse_content(path, descriptor, code);
        close(descriptor);
        return status;
    }
    return check_total_size(reader, (uint64_t)info.st_size);
}

gemlet_status gm_npz_reader_open(gm_npz_reader **out, const char *path)
{
    *out = NULL;
    gm_npz_reader *reader;
    GEMLET_TRY(GM_ALLOC(reader, 1, "npz reader"));
    const gemlet_status status = open_archive(reader, path);
    if (status == GEMLET_OK)
        *out = reader;
    else
        gm_npz_reader_close(reader);
    return status;
}

void gm_npz_reader_close(gm_npz_reader *reader)
{
    if (reader == NULL)
        return;
    if (reader->archive != NULL)
        zip_discard(reader->archive);
    free(reader->path);
    free(reader);
}

static gemlet_status read_exactly(entry *e, void *bytes, size_t n_bytes)
{
    size_t n_done = 0;
    while (n_done < n_bytes) {
        const zip_int64_t n = zip_fread(e->file, (unsigned char *)bytes + n_done, n_bytes - n_done);
        if (n < 0)
            return gm_error(GEMLET_E_FORMAT, "%s: corrupt: %s", e->what,
                            zip_file_strerror(e->file));
        if (n == 0)
            return gm_error(GEMLET_E_FORMAT, "%s: ends after %llu bytes, expected %llu", e->what,
                            (unsigned long long)(e->position + n_done),
                            (unsigned long long)(e->position + n_bytes));
        n_done += (size_t)n;
    }
    e->position += n_bytes;
    return GEMLET_OK;
}

/* Reads over the end: there libzip compares the checksum of all that was read. */
static gemlet_status expect_end(entry *e)
{
    unsigned char byte;
    const zip_int64_t n = zip_fread(e->file, &byte, 1);
    if (n < 0)
        return gm_error(GEMLET_E_FORMAT, "%s: corrupt: %s", e->what, zip_file_strerror(e->file));
    if (n > 0)
        return gm_error(GEMLET_E_FORMAT, "%s: more than the %llu bytes its shape needs", e->what,
                        (unsigned long long)e->position);
    return GEMLET_OK;
}

static gemlet_status read_header(entry *e)
{
    unsigned char magic[GM_NPY_MAGIC_SIZE];
    GEMLET_TRY(read_exactly(e, magic, sizeof magic));
    size_t n_length_bytes;
    GEMLET_TRY(gm_npy_check_magic(magic, e->what, &n_length_bytes));
    unsigned char length_bytes[4] = {0};
    GEMLET_TRY(read_exactly(e, length_bytes, n_length_bytes));
    const uint32_t length = get_u32(length_bytes);
    if (length > GM_NPY_MAX_HEADER)
        return gm_error(GEMLET_E_FORMAT, "%s: npy header of %lu bytes, expected at most %u",
                        e->what, (unsigned long)length, GM_NPY_MAX_HEADER);
    char text[GM_NPY_MAX_HEADER];
    GEMLET_TRY(read_exactly(e, text, length));
    return gm_npy_parse_header(&e->header, text, length, e->what);
}

/* Sizes as the directory of the archive gives them; nothing is read of the entry yet. */
static gemlet_status check_claims(entry *e, const zip_stat_t *info)
{
    const zip_uint64_t needed = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD;
    if ((info->valid & needed) != needed)
        return gm_error(GEMLET_E_FORMAT, "%s: its zip entry has no size", e->what);
    if (info->comp_method != ZIP_CM_STORE && info->comp_method != ZIP_CM_DEFLATE)
        return gm_error(GEMLET_E_FORMAT,
                        "%s: zip compression method %u, expected 0 (stored) or 8 (deflated)",
                        e->what, (unsigned)info->comp_method);
    if (info->size / MAX_DEFLATE_RATIO > info->comp_size)
        return gm_error(GEMLET_E_FORMAT, "%s: claims %llu bytes out of %llu compressed ones",
                        e->what, (unsigned long long)info->size,
                        (unsigned long long)info->comp_size);
    e->n_bytes = info->size;
    return GEMLET_OK;
}

static void close_entry(entry *e)
{
    if (e->file != NULL)
        zip_fclose(e->file);
    e->file = NULL;
}

/* *index out: of the array in the archive, below 0 if it is not there. */
static gemlet_status locate(zip_int64_t *index, gm_npz_reader *reader, const char *name)
{
    char *file_name;
    GEMLET_TRY(gm_format_string(&file_name, "%s.npy", name));
    *index = zip_name_locate(reader->archive, file_name, 0);
    free(file_name);
    return GEMLET_OK;
}

gemlet_status gm_npz_find(int *is_there, gm_npz_reader *reader, const char *name)
{
    zip_int64_t index;
    GEMLET_TRY(locate(&index, reader, name));
    *is_there = index >= 0;
    return GEMLET_OK;
}

/* Opens an array and reads its header. On failure there is nothing to close. */
static gemlet_status open_entry(entry *e, gm_npz_reader *reader, const char *name)
{
    e->file = NULL;
    e->position = 0;
    snprintf(e->what, sizeof e->what, "%.400s: array %.64s", reader->path, name);
    zip_int64_t index;
    GEMLET_TRY(locate(&index, reader, name));
    if (index < 0)
        return gm_error(GEMLET_E_FORMAT, "%s: missing", e->what);
    zip_stat_t info;
    if (zip_stat_index(reader->archive, (zip_uint64_t)index, 0, &info) != 0)
        return gm_error(GEMLET_E_FORMAT, "%s: %s", e->what, zip_strerror(reader->archive));
    GEMLET_TRY(check_claims(e, &info));
    e->file = zip_fopen_index(reader->archive, (zip_uint64_t)index, 0);
    if (e->file == NULL)
        return gm_error(GEMLET_E_FORMAT, "%s: cannot open its zip entry: %s", e->what,
                        zip_strerror(reader->archive));
    const gemlet_status status = read_header(e);
    if (status != GEMLET_OK)
        close_entry(e);
    return status;
}

static gemlet_status expect_shape(const entry *e, const size_t *shape, unsigned n_dims)
{
    int equal = e->header.n_dims == n_dims;
    for (unsigned i = 0; equal && i < n_dims; ++i)
        equal = e->header.shape[i] == shape[i];
    if (equal)
        return GEMLET_OK;
    char found[GM_NPY_SHAPE_SIZE];
    char expected[GM_NPY_SHAPE_SIZE];
    gm_npy_format_shape(found, e->header.shape, e->header.n_dims);
    gm_npy_format_shape(expected, shape, n_dims);
    return gm_error(GEMLET_E_FORMAT, "%s: found shape %s, expected %s", e->what, found, expected);
}

/* `n_words` elements of 4 bytes must be all that is left of the entry. */
static gemlet_status expect_words_left(const entry *e, size_t n_words)
{
    const uint64_t n_left = e->n_bytes > e->position ? e->n_bytes - e->position : 0;
    if (n_left % 4 == 0 && n_left / 4 == n_words)
        return GEMLET_OK;
    return gm_error(GEMLET_E_FORMAT, "%s: has %llu bytes of data, expected 4 x %zu", e->what,
                    (unsigned long long)n_left, n_words);
}

/* Checks type, shape and size of an array whose elements have 4 bytes. */
static gemlet_status expect_array(const entry *e, const char *type, const size_t *shape,
                                  unsigned n_dims)
{
    if (strcmp(e->header.type, type) != 0)
        return gm_error(GEMLET_E_FORMAT, "%s: found type %s, expected %s", e->what, e->header.type,
                        type);
    GEMLET_TRY(expect_shape(e, shape, n_dims));
    return expect_words_left(e, e->header.n_elements);
}

gemlet_status gm_npz_check_f32(gm_npz_reader *reader, const char *name, const size_t *shape,
                               unsigned n_dims)
{
    entry e;
    GEMLET_TRY(open_entry(&e, reader, name));
    const gemlet_status status = expect_array(&e, "<f4", shape, n_dims);
    close_entry(&e);
    return status;
}

/* The rest of the entry as n_words words, from little-endian to the host's order. */
static gemlet_status read_words(entry *e, void *words, size_t n_words)
{
    unsigned char *bytes = words;
    GEMLET_TRY(read_exactly(e, bytes, 4 * n_words));
    for (size_t i = 0; i < n_words; ++i) {
        const uint32_t word = get_u32(bytes + 4 * i);
        memcpy(bytes + 4 * i, &word, sizeof word);
    }
    return expect_end(e);
}

static gemlet_status read_array(gm_npz_reader *reader, const char *name, const char *type,
                                void *words, const size_t *shape, unsigned n_dims)
{
    entry e;
    GEMLET_TRY(open_entry(&e, reader, name));
    gemlet_status status = expect_array(&e, type, shape, n_dims);
    if (status == GEMLET_OK)
        status = read_words(&e, words, e.header.n_elements);
    close_entry(&e);
    return status;
}

gemlet_status gm_npz_read_f32(gm_npz_reader *reader, const char *name, float *values,
                              const size_t *shape, unsigned n_dims)
{
    return read_array(reader, name, "<f4", values, shape, n_dims);
}

gemlet_status gm_npz_read_i32(gm_npz_reader *reader, const char *name, int32_t *value)
{
    return read_array(reader, name, "<i4", value, NULL, 0);
}

/* *length out: number of characters of a type "<U28", below `size`. */
static gemlet_status parse_text_type(const entry *e, size_t *length, size_t size)
{
    char *end = NULL;
    const int is_text = strncmp(e->header.type, "<U", 2) == 0 && e->header.type[2] >= '0' &&
                        e->header.type[2] <= '9';
    const unsigned long long n = is_text ? strtoull(e->header.type + 2, &end, 10) : 0;
    if (!is_text || *end != '\0')
        return gm_error(GEMLET_E_FORMAT, "%s: found type %s, expected <U (text)", e->what,
                        e->header.type);
    if (n >= size)
        return gm_error(GEMLET_E_FORMAT, "%s: text of %llu characters, expected at most %zu",
                        e->what, n, size - 1);
    *length = (size_t)n;
    return GEMLET_OK;
}

/* text (length + 1) out: the entry's characters; NumPy pads with zeros at the end. */
static gemlet_status read_text(entry *e, char *text, size_t length)
{
    GEMLET_TRY(expect_shape(e, NULL, 0));
    GEMLET_TRY(expect_words_left(e, length));
    uint32_t *words;
    GEMLET_TRY(GM_ALLOC(words, length, "text of an npz array"));
    gemlet_status status = read_words(e, words, length);
    while (status == GEMLET_OK && length > 0 && words[length - 1] == 0)
        --length;
    for (size_t i = 0; status == GEMLET_OK && i < length; ++i) {
        if (words[i] < ' ' || words[i] > '~')
            status =
                gm_error(GEMLET_E_FORMAT, "%s: character %zu is U+%04lX, expected printable ASCII",
                         e->what, i + 1, (unsigned long)words[i]);
        text[i] = (char)(words[i] & 0x7f);
    }
    text[length] = '\0';
    free(words);
    return status;
}

gemlet_status gm_npz_read_string(gm_npz_reader *reader, const char *name, char *text, size_t size)
{
    entry e;
    GEMLET_TRY(open_entry(&e, reader, name));
    size_t length = 0;
    gemlet_status status = parse_text_type(&e, &length, size);
    if (status == GEMLET_OK)
        status = read_text(&e, text, length);
    close_entry(&e);
    return status;
}

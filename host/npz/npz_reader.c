/* SPDX-License-Identifier: MIT
 * Reading archives of named arrays, on libzip; see npz.h. An entry is a stream; its header is
 * parsed, then its data read to the end, where libzip compares the checksum. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>
#include <zip.h>

#include "core/content.h"
#include "core/hash.h"
#include "core/memory.h"
#include "core/memory_limit.h"
#include "core/open_file.h"
#include "npz/npz_entry.h"
#include "npz/npz_seal.h"

/* Deflate codes at most 258 bytes in two bits (RFC 1951, section 3.2.5). */
#define MAX_DEFLATE_RATIO 1032u

/* Of the lines of a seal: far more than the arrays of the deepest network need. */
#define MAX_CHECKSUM_BYTES ((size_t)1 << 20)

/* Little-endian. */
static uint32_t get_u32(const unsigned char *bytes)
{
    uint32_t value = 0;
    for (int i = 0; i < 4; ++i)
        value |= (uint32_t)bytes[i] << (8 * i);
    return value;
}

/* Archives whose entries share bytes, a way to make a small file expand without bound, claim more
 * compressed bytes than they have. Others hold next to nothing, many times; trained weights are
 * noise that hardly shrinks. */
static gemlet_status check_total_size(const gm_npz_reader *reader)
{
    const uint64_t file_size = reader->file_size;
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
    reader->file_size = (uint64_t)info.st_size;
    reader->descriptor = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
    int code = 0;
    reader->archive = zip_fdopen(descriptor, 0, &code); /* closes it if that succeeds */
    if (reader->archive == NULL) {
        const gemlet_status status = refuse_content(path, descriptor, code);
        close(descriptor);
        return status;
    }
    return check_total_size(reader);
}

int gm_npz_is_archive(const char *path)
{
    struct stat info;
    char head[2] = "";
    /* Looked at first: opening a pipe would take what is in it. */
    if (stat(path, &info) != 0 || !S_ISREG(info.st_mode))
        return 0;
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return 0;
    const int is_archive = read(descriptor, head, sizeof head) == (ssize_t)sizeof head &&
                           head[0] == 'P' && head[1] == 'K';
    close(descriptor);
    return is_archive;
}

gemlet_status gm_npz_reader_open(gm_npz_reader **out, const char *path)
{
    *out = NULL;
    gm_npz_reader *reader;
    GEMLET_TRY(GM_ALLOC(reader, 1, "npz reader"));
    reader->descriptor = -1;
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
    if (reader->descriptor >= 0)
        close(reader->descriptor);
    free(reader->path);
    free(reader);
}

static gemlet_status read_exactly(gm_npz_entry *e, void *bytes, size_t n_bytes)
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
static gemlet_status expect_end(gm_npz_entry *e)
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

static gemlet_status read_header(gm_npz_entry *e)
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
static gemlet_status check_claims(gm_npz_entry *e, const zip_stat_t *info)
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

void gm_npz_entry_close(gm_npz_entry *e)
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

int gm_npz_is_any_there(const gm_npz_reader *reader)
{
    const zip_int64_t n = zip_get_num_entries(reader->archive, 0);
    for (zip_int64_t i = 0; i < n; ++i) {
        const char *name = zip_get_name(reader->archive, (zip_uint64_t)i, ZIP_FL_ENC_RAW);
        const size_t length = name != NULL ? strlen(name) : 0;
        if (length > 4 && strcmp(name + length - 4, ".npy") == 0)
            return 1;
    }
    return 0;
}

/* Opens an array and reads its header. On failure there is nothing to close. */
gemlet_status gm_npz_entry_open(gm_npz_entry *e, gm_npz_reader *reader, const char *name)
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
        gm_npz_entry_close(e);
    return status;
}

gemlet_status gm_npz_entry_expect_shape(const gm_npz_entry *e, const size_t *shape, unsigned n_dims)
{
    int equal = e->header.n_dims == n_dims;
    if (e->header.is_fortran)
        return gm_error(GEMLET_E_FORMAT, "%s: stored in Fortran order, expected C order", e->what);
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

/* `n` elements of `size` bytes must be all that is left of the entry. */
gemlet_status gm_npz_entry_expect_left(const gm_npz_entry *e, size_t n, size_t size)
{
    const uint64_t n_left = e->n_bytes > e->position ? e->n_bytes - e->position : 0;
    if (n_left % size == 0 && n_left / size == n)
        return GEMLET_OK;
    return gm_error(GEMLET_E_FORMAT, "%s: has %llu bytes of data, expected %zu x %zu", e->what,
                    (unsigned long long)n_left, size, n);
}

/* A type of elements, as NumPy calls it. */
typedef struct element_type {
    const char *name;
    size_t size;
} element_type;

static const element_type type_f32 = {"<f4", 4};
static const element_type type_f64 = {"<f8", 8};
static const element_type type_i32 = {"<i4", 4};
static const element_type type_u8 = {"|u1", 1};

static gemlet_status expect_type(const gm_npz_entry *e, const element_type *type)
{
    if (strcmp(e->header.type, type->name) == 0)
        return GEMLET_OK;
    return gm_error(GEMLET_E_FORMAT, "%s: found type %s, expected %s", e->what, e->header.type,
                    type->name);
}

/* Checks type, shape and size of an array. */
static gemlet_status expect_array(const gm_npz_entry *e, const element_type *type,
                                  const size_t *shape, unsigned n_dims)
{
    GEMLET_TRY(expect_type(e, type));
    GEMLET_TRY(gm_npz_entry_expect_shape(e, shape, n_dims));
    return gm_npz_entry_expect_left(e, e->header.n_elements, type->size);
}

gemlet_status gm_npz_check_f32(gm_npz_reader *reader, const char *name, const size_t *shape,
                               unsigned n_dims)
{
    gm_npz_entry e;
    GEMLET_TRY(gm_npz_entry_open(&e, reader, name));
    const gemlet_status status = expect_array(&e, &type_f32, shape, n_dims);
    gm_npz_entry_close(&e);
    return status;
}

/* From little-endian to the host's order. */
static void order_bytes(unsigned char *bytes, size_t n, size_t size)
{
    const uint16_t one = 1;
    if (*(const unsigned char *)&one == 1)
        return;
    for (unsigned char *at = bytes; at < bytes + n * size; at += size) {
        for (size_t i = 0; i < size / 2; ++i) {
            const unsigned char low = at[i];
            at[i] = at[size - 1 - i];
            at[size - 1 - i] = low;
        }
    }
}

/* The rest of the entry as n elements. */
gemlet_status gm_npz_entry_read(gm_npz_entry *e, void *elements, size_t n, size_t size)
{
    GEMLET_TRY(read_exactly(e, elements, size * n));
    order_bytes(elements, n, size);
    return expect_end(e);
}

static gemlet_status read_array(gm_npz_reader *reader, const char *name, const element_type *type,
                                void *elements, const size_t *shape, unsigned n_dims)
{
    gm_npz_entry e;
    GEMLET_TRY(gm_npz_entry_open(&e, reader, name));
    gemlet_status status = expect_array(&e, type, shape, n_dims);
    if (status == GEMLET_OK)
        status = gm_npz_entry_read(&e, elements, e.header.n_elements, type->size);
    gm_npz_entry_close(&e);
    return status;
}

gemlet_status gm_npz_read_f32(gm_npz_reader *reader, const char *name, float *values,
                              const size_t *shape, unsigned n_dims)
{
    return read_array(reader, name, &type_f32, values, shape, n_dims);
}

gemlet_status gm_npz_read_i32(gm_npz_reader *reader, const char *name, int32_t *value)
{
    return read_array(reader, name, &type_i32, value, NULL, 0);
}

/* ---- arrays of any length -------------------------------------------------------------------- */

/* Allocates for an array whose first dimension is free: 1032 times the size of the file at most, as
 * the claims of the entry were checked. `extra` bytes, which are 0, follow its elements. */
static gemlet_status allocate_elements(void **elements, const gm_npz_reader *reader,
                                       const gm_npz_entry *e, const element_type *type,
                                       size_t extra)
{
    size_t n_bytes;
    GEMLET_TRY(gm_npz_entry_expect_left(e, e->header.n_elements, type->size));
    GEMLET_TRY(gm_checked_mul(&n_bytes, e->header.n_elements, type->size, e->what));
    GEMLET_TRY(gm_memory_limit_check(n_bytes, reader->path));
    return gm_alloc(elements, n_bytes + extra, 1, e->what);
}

static gemlet_status read_rows(gm_npz_reader *reader, gm_npz_entry *e, double **values,
                               size_t *n_rows, size_t n_columns)
{
    GEMLET_TRY(expect_type(e, &type_f64));
    const size_t shape[] = {e->header.n_dims > 0 ? e->header.shape[0] : 0, n_columns};
    GEMLET_TRY(gm_npz_entry_expect_shape(e, shape, 2));
    GEMLET_TRY(allocate_elements((void **)values, reader, e, &type_f64, 0));
    *n_rows = shape[0];
    return gm_npz_entry_read(e, *values, e->header.n_elements, type_f64.size);
}

gemlet_status gm_npz_read_f64_rows(gm_npz_reader *reader, const char *name, double **values,
                                   size_t *n_rows, size_t n_columns)
{
    gm_npz_entry e;
    *values = NULL;
    GEMLET_TRY(gm_npz_entry_open(&e, reader, name));
    const gemlet_status status = read_rows(reader, &e, values, n_rows, n_columns);
    gm_npz_entry_close(&e);
    if (status != GEMLET_OK) {
        free(*values);
        *values = NULL;
    }
    return status;
}

static gemlet_status read_bytes(gm_npz_reader *reader, gm_npz_entry *e, char **bytes, size_t *n,
                                size_t most)
{
    *n = e->header.n_elements;
    GEMLET_TRY(expect_type(e, &type_u8));
    GEMLET_TRY(gm_npz_entry_expect_shape(e, n, 1));
    if (*n > most)
        return gm_error(GEMLET_E_FORMAT, "%s: found %zu bytes, expected at most %zu", e->what, *n,
                        most);
    GEMLET_TRY(allocate_elements((void **)bytes, reader, e, &type_u8, 1));
    return gm_npz_entry_read(e, *bytes, *n, 1);
}

gemlet_status gm_npz_read_bytes(gm_npz_reader *reader, const char *name, char **bytes, size_t *n,
                                size_t most)
{
    gm_npz_entry e;
    *bytes = NULL;
    GEMLET_TRY(gm_npz_entry_open(&e, reader, name));
    const gemlet_status status = read_bytes(reader, &e, bytes, n, most);
    gm_npz_entry_close(&e);
    if (status != GEMLET_OK) {
        free(*bytes);
        *bytes = NULL;
    }
    return status;
}

gemlet_status gm_npz_read_elements(gm_npz_reader *reader, const char *name, size_t size,
                                   size_t n_words, void **elements)
{
    gm_npz_entry e;
    const element_type type = {"", size * n_words};
    *elements = NULL;
    GEMLET_TRY(gm_npz_entry_open(&e, reader, name));
    gemlet_status status = allocate_elements(elements, reader, &e, &type, 0);
    if (status == GEMLET_OK)
        status = gm_npz_entry_read(&e, *elements, e.header.n_elements * n_words, size);
    gm_npz_entry_close(&e);
    if (status != GEMLET_OK) {
        free(*elements);
        *elements = NULL;
    }
    return status;
}

gemlet_status gm_npz_read_header(gm_npz_reader *reader, const char *name, gm_npy_header *header)
{
    gm_npz_entry e;
    GEMLET_TRY(gm_npz_entry_open(&e, reader, name));
    *header = e.header;
    gm_npz_entry_close(&e);
    return GEMLET_OK;
}

/* ---- seal ------------------------------------------------------------------------------------ */

/* *hash out: of the first n_bytes of the file. */
static gemlet_status hash_file(uint64_t *hash, const gm_npz_reader *reader, uint64_t n_bytes)
{
    unsigned char chunk[16384];
    *hash = GM_HASH_BEGIN;
    for (uint64_t place = 0; place < n_bytes;) {
        const uint64_t n_left = n_bytes - place;
        const size_t most = n_left < sizeof chunk ? (size_t)n_left : sizeof chunk;
        const ssize_t n = pread(reader->descriptor, chunk, most, (off_t)place);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return gm_error(GEMLET_E_IO, "%s: cannot read: %s", reader->path,
                            n < 0 ? strerror(errno) : "it has become shorter");
        *hash = gm_hash(*hash, chunk, (size_t)n);
        place += (uint64_t)n;
    }
    return GEMLET_OK;
}

/* 1 if the entry "<name>.npy" has this hash. */
static int has_hash(const gm_npz_reader *reader, const char *name, uint64_t expected)
{
    char file_name[GM_NPZ_CHECKSUM_LINE_SIZE + 8];
    unsigned char chunk[16384];
    snprintf(file_name, sizeof file_name, "%s.npy", name);
    zip_file_t *file = zip_fopen(reader->archive, file_name, 0);
    uint64_t hash = GM_HASH_BEGIN;
    zip_int64_t n = file != NULL ? 1 : -1;
    while (n > 0) {
        n = zip_fread(file, chunk, sizeof chunk);
        if (n > 0)
            hash = gm_hash(hash, chunk, (size_t)n);
    }
    if (file != NULL)
        zip_fclose(file);
    return n == 0 && hash == expected;
}

/* Names the first damaged array, if there is one, of an archive whose seal is broken. */
static gemlet_status name_damage(gm_npz_reader *reader)
{
    char *lines;
    size_t n;
    char name[GM_NPZ_CHECKSUM_LINE_SIZE];
    unsigned long long hash;
    int length;
    if (gm_npz_read_bytes(reader, GM_NPZ_CHECKSUMS, &lines, &n, MAX_CHECKSUM_BYTES) != GEMLET_OK)
        return gm_error(GEMLET_E_FORMAT, "%s: damaged: its checksums cannot be read", reader->path);
    gemlet_status status = GEMLET_OK;
    for (const char *line = lines;
         status == GEMLET_OK && sscanf(line, "%159s %16llx%n", name, &hash, &length) == 2;
         line += length) {
        if (!has_hash(reader, name, hash))
            status = gm_error(GEMLET_E_FORMAT, "%s: array %s: damaged: it has not its checksum",
                              reader->path, name);
    }
    free(lines);
    if (status != GEMLET_OK)
        return status;
    return gm_error(GEMLET_E_FORMAT, "%s: damaged: the file has not its checksum", reader->path);
}

gemlet_status gm_npz_check_seal(gm_npz_reader *reader)
{
    char comment[GM_NPZ_SEAL_SIZE];
    char digits[GM_NPZ_HASH_DIGITS];
    int length = 0;
    uint64_t hash;
    gm_npz_format_seal(comment);
    const size_t n_words = strlen(comment) - GM_NPZ_HASH_DIGITS;
    const char *found = zip_get_archive_comment(reader->archive, &length, ZIP_FL_ENC_RAW);
    if (found == NULL || (size_t)length != n_words + GM_NPZ_HASH_DIGITS ||
        memcmp(found, comment, n_words) != 0)
        return gm_error(GEMLET_E_FORMAT, "%s: found no checksum at its end", reader->path);
    GEMLET_TRY(hash_file(&hash, reader, reader->file_size - GM_NPZ_HASH_DIGITS));
    gm_npz_format_hash(digits, hash);
    if (memcmp(digits, found + n_words, sizeof digits) == 0)
        return GEMLET_OK;
    return name_damage(reader);
}

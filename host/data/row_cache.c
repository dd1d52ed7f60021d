/* SPDX-License-Identifier: MIT
 * See row_cache.h. */
#include "data/row_cache.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "core/kept_file.h"
#include "core/memory.h"
#include "core/private_place.h"
#include "data/dataset.h"
#include "data/idx.h"

#define MAX_COPIES 4u

/* The files of both kinds have one name but for its end, and count as one when room is made. */
static const gm_kept_kind labels_kind = {.name = "rows",
                                         .extension = "labels",
                                         .max_bytes = SIZE_MAX - 1,
                                         .max_files = 2 * MAX_COPIES,
                                         .max_total_bytes = UINT64_MAX};
static const gm_kept_kind values_kind = {.name = "rows", .extension = "idx"};

static int is_allowed;
static char *directory; /* NULL: no copies */

gemlet_status gemlet_dataset_allow_files(int allow, const char *cache_directory)
{
    char *copy = NULL;
    if (allow && cache_directory != NULL)
        GEMLET_TRY(gm_path_join(&copy, cache_directory, "rows"));
    free(directory);
    directory = copy;
    is_allowed = allow;
    return GEMLET_OK;
}

int gm_row_cache_is_allowed(void)
{
    return is_allowed;
}

/* ---- which copy ----------------------------------------------------------------------------- */

/* A file that was changed in any way has another time of change (ctime), which no program sets. */
static gemlet_status make_key(char **key, const struct stat *info, const char *columns)
{
    return gm_format_string(
        key,
        "gemlet rows 1\ncolumns %s\ndevice %ju inode %ju size %jd\nmodified %jd.%09ld changed "
        "%jd.%09ld\n",
        columns, (uintmax_t)info->st_dev, (uintmax_t)info->st_ino, (intmax_t)info->st_size,
        (intmax_t)info->st_mtim.tv_sec, info->st_mtim.tv_nsec, (intmax_t)info->st_ctim.tv_sec,
        info->st_ctim.tv_nsec);
}

gemlet_status gm_row_cache_open(gm_row_cache *cache, int *is_possible, const gm_input *input,
                                const char *columns)
{
    int descriptor;
    struct stat info;
    *cache = (gm_row_cache){0};
    *is_possible = directory != NULL && gm_input_is_plain_file(input, &descriptor, &info);
    if (!*is_possible)
        return GEMLET_OK;
    gemlet_status status = make_key(&cache->key, &info, columns);
    if (status == GEMLET_OK)
        status = gm_kept_path(&cache->path, directory, &values_kind, cache->key);
    if (status != GEMLET_OK)
        gm_row_cache_free(cache);
    return status;
}

void gm_row_cache_free(gm_row_cache *cache)
{
    free(cache->path);
    free(cache->key);
    *cache = (gm_row_cache){0};
}

/* ---- reading a copy ------------------------------------------------------------------------- */

/* The line before the labels. */
typedef struct summary {
    gemlet_dim rows;
    gemlet_dim features;
    unsigned element; /* gemlet_element */
    unsigned has_labels;
    uint32_t crc32; /* of the values */
} summary;

#define SUMMARY_FORMAT "rows %u features %u element %u labels %u crc32 %08x\n"
#define SUMMARY_SIZE   96u

/* Takes the labels of a copy (NULL: none) out of its kept file: 0 if there is none. */
static int find_summary(summary *s, uint32_t **labels, const char *key)
{
    char *content;
    size_t n_bytes;
    int length = 0;
    int is_found = 0;
    *labels = NULL;
    if (gm_kept_find(&content, &n_bytes, directory, &labels_kind, key) != GM_KEPT_FOUND)
        return 0;
    if (sscanf(content, "rows %u features %u element %u labels %u crc32 %8" SCNx32 "%n", &s->rows,
               &s->features, &s->element, &s->has_labels, &s->crc32, &length) == 5 &&
        content[length] == '\n') {
        const size_t n_labels = s->has_labels ? s->rows : 0;
        is_found = s->rows > 0 && s->features > 0 && s->element <= GEMLET_ELEMENT_F32 &&
                   n_bytes == (size_t)length + 1 + n_labels * sizeof **labels &&
                   (n_labels == 0 || GM_ALLOC(*labels, n_labels, "labels") == GEMLET_OK);
        if (is_found && n_labels > 0)
            memcpy(*labels, content + length + 1, n_labels * sizeof **labels);
    }
    free(content);
    return is_found;
}

/* labels are taken over in every case. */
static gemlet_status open_copy(gemlet_dataset **out, const char *path, const summary *s,
                               uint32_t *labels)
{
    int file;
    struct stat info;
    gm_stored_rows *rows = NULL;
    const gm_stored_format format = {
        .begin = GM_ROW_WRITER_HEADER,
        .type = s->element == GEMLET_ELEMENT_U8 ? GM_IDX_UBYTE : GM_IDX_FLOAT,
        .n_features = s->features,
    };
    *out = NULL;
    gemlet_status status = gm_private_file_open(&file, &info, path, SIZE_MAX);
    if (status == GEMLET_OK) {
        status = gm_stored_rows_create(&rows, path, file, &info, &format);
        close(file);
    }
    if (status != GEMLET_OK) {
        free(labels);
        return status;
    }
    GEMLET_TRY(gm_dataset_adopt_stored(out, s->rows, s->features, (gemlet_element)s->element, rows,
                                       NULL, labels));
    (*out)->values_crc32 = s->crc32;
    return GEMLET_OK;
}

static gemlet_status add_to_crc32(const void *values, gemlet_dim first, gemlet_dim n, void *user)
{
    gemlet_dataset *copy = user;
    (void)first;
    copy->values_crc32 = (uint32_t)crc32_z(copy->values_crc32, values, n * gm_rows_size(copy));
    return GEMLET_OK;
}

/* One that cannot be read is damaged, and none. */
static int is_whole(gemlet_dataset *copy)
{
    const uint32_t expected = copy->values_crc32;
    copy->values_crc32 = 0;
    return gm_rows_visit(copy, 0, copy->rows, add_to_crc32, copy) == GEMLET_OK &&
           copy->values_crc32 == expected;
}

gemlet_status gm_row_cache_find(gemlet_dataset **out, const gm_row_cache *cache)
{
    summary s;
    uint32_t *labels;
    *out = NULL;
    if (gm_private_directory_check(directory) != GEMLET_OK ||
        !find_summary(&s, &labels, cache->key))
        return GEMLET_OK;
    if (open_copy(out, cache->path, &s, labels) == GEMLET_OK && is_whole(*out))
        return GEMLET_OK;
    gemlet_dataset_destroy(*out);
    *out = NULL;
    return GEMLET_OK;
}

/* ---- making a copy -------------------------------------------------------------------------- */

gemlet_status gm_row_cache_begin(gm_row_writer *writer, const gm_row_cache *cache,
                                 gemlet_element element)
{
    GEMLET_TRY(gm_private_directory_check(directory));
    GEMLET_TRY(gm_private_directory_create(directory));
    return gm_row_writer_open(writer, cache->path, element);
}

static gemlet_status keep_labels(const gm_row_cache *cache, const summary *s,
                                 const uint32_t *labels)
{
    const size_t n_bytes = s->has_labels ? s->rows * sizeof *labels : 0;
    char *content;
    GEMLET_TRY(gm_alloc((void **)&content, SUMMARY_SIZE + n_bytes, 1, "labels"));
    const int length = snprintf(content, SUMMARY_SIZE, SUMMARY_FORMAT, s->rows, s->features,
                                s->element, s->has_labels, s->crc32);
    if (n_bytes > 0)
        memcpy(content + length, labels, n_bytes);
    const gemlet_status status =
        gm_kept_store(directory, &labels_kind, cache->key, content, (size_t)length + n_bytes);
    free(content);
    return status;
}

gemlet_status gm_row_cache_finish(gemlet_dataset **out, const gm_row_cache *cache,
                                  gm_row_writer *writer, gemlet_dim rows, gemlet_dim features,
                                  uint32_t *labels)
{
    const summary s = {rows, features, writer->element, labels != NULL, writer->crc32};
    *out = NULL;
    gemlet_status status = gm_row_writer_finish(writer, rows, features);
    if (status == GEMLET_OK)
        status = keep_labels(cache, &s, labels);
    if (status == GEMLET_OK)
        return open_copy(out, cache->path, &s, labels);
    free(labels);
    return status;
}

/* SPDX-License-Identifier: MIT
 * See kept_file.h. */
#include "core/kept_file.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "core/hash.h"
#include "core/memory.h"
#include "core/private_place.h"

gemlet_status gm_kept_path(char **path, const char *directory, const gm_kept_kind *kind,
                           const char *key)
{
    char name[64];
    snprintf(name, sizeof name, "%s-%016" PRIx64 ".%s", kind->name,
             gm_hash(GM_HASH_BEGIN, key, strlen(key)), kind->extension);
    return gm_path_join(path, directory, name);
}

/* ---- one file ------------------------------------------------------------------------------- */

#define HASH_LINE_BYTES 22u

static void format_hash_line(char line[HASH_LINE_BYTES + 1], uint64_t hash)
{
    snprintf(line, HASH_LINE_BYTES + 1, "hash %016" PRIx64 "\n", hash);
}

/* Bytes of key and content in a file of n_bytes; 0 if it is damaged or another key's. */
static size_t check_file(const char *bytes, size_t n_bytes, const char *key)
{
    char expected[HASH_LINE_BYTES + 1];
    const size_t length = strlen(key);
    if (n_bytes < length + HASH_LINE_BYTES || memcmp(bytes, key, length) != 0)
        return 0;
    const size_t end = n_bytes - HASH_LINE_BYTES;
    format_hash_line(expected, gm_hash(GM_HASH_BEGIN, bytes, end));
    return memcmp(bytes + end, expected, HASH_LINE_BYTES) == 0 ? end : 0;
}

gm_kept_state gm_kept_find(char **content, size_t *n_bytes, const char *directory,
                           const gm_kept_kind *kind, const char *key)
{
    const size_t length = strlen(key);
    char *path;
    *content = NULL;
    *n_bytes = 0;
    if (gm_kept_path(&path, directory, kind, key) != GEMLET_OK)
        return GM_KEPT_NONE;
    const int is_read = gm_private_file_read(content, n_bytes, path, kind->max_bytes) == GEMLET_OK;
    const int is_there = is_read || access(path, F_OK) == 0;
    free(path);
    const size_t end = is_read ? check_file(*content, *n_bytes, key) : 0;
    if (end == 0) {
        free(*content);
        *content = NULL;
        return is_there ? GM_KEPT_DAMAGED : GM_KEPT_NONE;
    }
    *n_bytes = end - length;
    memmove(*content, *content + length, *n_bytes);
    (*content)[*n_bytes] = '\0';
    return GM_KEPT_FOUND;
}

static gemlet_status write_file(const char *path, const char *key, const void *content,
                                size_t n_bytes)
{
    char hash_line[HASH_LINE_BYTES + 1];
    gm_atomic_file file;
    format_hash_line(hash_line,
                     gm_hash(gm_hash(GM_HASH_BEGIN, key, strlen(key)), content, n_bytes));
    GEMLET_TRY(gm_atomic_file_open(&file, path));
    /* Whatever the umask; a failure makes it a file that is not believed. */
    fchmod(fileno(file.stream), S_IRUSR | S_IWUSR);
    /* A short write sets the stream's error flag, which commit reports. */
    fputs(key, file.stream);
    fwrite(content, 1, n_bytes, file.stream);
    fputs(hash_line, file.stream);
    return gm_atomic_file_commit(&file);
}

/* ---- room ----------------------------------------------------------------------------------- */

typedef struct kept_files {
    unsigned n;
    uint64_t n_bytes;
    char oldest[256]; /* name */
} kept_files;

/* Half-written files of processes that were killed count, too. */
static int look_around(kept_files *files, const char *directory, const char *kind)
{
    struct timespec oldest = {0};
    *files = (kept_files){0};
    DIR *entries = opendir(directory);
    if (entries == NULL)
        return 0;
    for (struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries)) {
        struct stat info;
        char *path;
        if (strncmp(entry->d_name, kind, strlen(kind)) != 0 || entry->d_name[strlen(kind)] != '-' ||
            gm_path_join(&path, directory, entry->d_name) != GEMLET_OK)
            continue;
        if (stat(path, &info) == 0 && S_ISREG(info.st_mode)) {
            ++files->n;
            files->n_bytes += (uint64_t)info.st_size;
            if (files->n == 1 || info.st_mtim.tv_sec < oldest.tv_sec ||
                (info.st_mtim.tv_sec == oldest.tv_sec && info.st_mtim.tv_nsec < oldest.tv_nsec)) {
                oldest = info.st_mtim;
                snprintf(files->oldest, sizeof files->oldest, "%s", entry->d_name);
            }
        }
        free(path);
    }
    closedir(entries);
    return 1;
}

static void make_room(const char *directory, const gm_kept_kind *kind)
{
    kept_files files;
    if (kind->max_files == 0)
        return;
    while (look_around(&files, directory, kind->name) &&
           (files.n > kind->max_files || files.n_bytes > kind->max_total_bytes)) {
        char *path;
        if (gm_path_join(&path, directory, files.oldest) != GEMLET_OK)
            return;
        const int failed = unlink(path) != 0;
        free(path);
        if (failed)
            return;
    }
}

gemlet_status gm_kept_store(const char *directory, const gm_kept_kind *kind, const char *key,
                            const void *content, size_t n_bytes)
{
    char *path;
    struct stat info;
    GEMLET_TRY(gm_private_directory_create(directory));
    GEMLET_TRY(gm_kept_path(&path, directory, kind, key));
    if (lstat(path, &info) == 0 && !S_ISREG(info.st_mode))
        unlink(path); /* what would not be replaced, e.g. a FIFO */
    const gemlet_status status = write_file(path, key, content, n_bytes);
    free(path);
    if (status == GEMLET_OK)
        make_room(directory, kind);
    return status;
}

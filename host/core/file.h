/* SPDX-License-Identifier: MIT
 * Files that appear whole or not at all, and directories.
 *
 * A file is written under a temporary name beside its final one (temporary.h), synced and renamed,
 * so that an interrupted program never leaves half a file under a final name and never damages an
 * old one. What is no regular file is written to directly (output_place.h). */
#ifndef GM_CORE_FILE_H
#define GM_CORE_FILE_H

#include <stdio.h>

#include "core/error.h"

typedef struct gm_atomic_file {
    FILE *stream;         /* write here; NULL when not open */
    char *path;           /* final name, links followed */
    char *temporary_path; /* name until commit; NULL for a device or pipe */
    int lock;             /* shows other processes until then that it is in use */
} gm_atomic_file;

/* Opens a temporary file beside `path` and removes those of ended processes there, or opens a
 * device or pipe that is there. On failure nothing exists and *file is all NULL. GEMLET_E_IO also
 * for what output_place.h refuses, and for a file of another user where only owners may replace
 * files. */
gemlet_status gm_atomic_file_open(gm_atomic_file *file, const char *path);

/* Flushes, syncs and closes the stream: what can fail for lack of space is done, and the file still
 * has its temporary name. For files that belong together: all are completed before the first is
 * committed. On failure the temporary file is removed and everything released. */
gemlet_status gm_atomic_file_complete(gm_atomic_file *file);

/* Completes, unless that was done, renames to the final name and releases everything. On failure
 * the temporary file is removed and whatever was at `path` before is untouched. */
gemlet_status gm_atomic_file_commit(gm_atomic_file *file);

/* Removes the temporary file and releases everything. Harmless after any of the above has released
 * everything. */
void gm_atomic_file_abort(gm_atomic_file *file);

/* Writes n_bytes to `path` atomically. */
gemlet_status gm_file_write(const char *path, const void *bytes, size_t n_bytes);

/* Reads a whole regular file of at most max_bytes into a new string of *n_bytes and a zero byte
 * behind them. On failure *out = NULL. Release with free(). */
gemlet_status gm_file_read(char **out, size_t *n_bytes, const char *path, size_t max_bytes);

/* GEMLET_OK if `path` can be written with a gm_atomic_file. Whatever is there stays as it is. */
gemlet_status gm_file_check_writable(const char *path);

/* 1 if the path names a device or pipe, to which a gm_atomic_file would write directly, else 0. */
int gm_file_is_stream(const char *path);

/* 1 if both paths lead to one existing file, through links or other names of it, else 0. */
int gm_file_is_same(const char *a, const char *b);

/* The same, or both would be made in one place. */
int gm_file_is_same_place(const char *a, const char *b);

/* Creates `path` and its missing parents. GEMLET_OK if it is a directory already. */
gemlet_status gm_directory_create(const char *path);

/* Makes sure that names made or removed in the directory outlast a crash of the system; does
 * nothing where a file system cannot. */
void gm_directory_sync(const char *path);

/* 1 if `path` names an existing regular file (directory), else 0. */
int gm_file_exists(const char *path);
int gm_directory_exists(const char *path);

/* *directory = where the file of this path lies. Release with free(). */
gemlet_status gm_path_parent(char **directory, const char *path);

/* *out = "directory/name" in a new string. Release with free(). */
gemlet_status gm_path_join(char **out, const char *directory, const char *name);

#endif

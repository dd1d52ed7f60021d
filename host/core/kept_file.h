/* SPDX-License-Identifier: MIT
 * What is kept from one run to the next: a file each, named by a hash of its key, which says all
 * that the content depends on. The one format of cache files: the key, the content, and a line with
 * the hash of both.
 *
 * A file is replaced as a whole, so that processes may share the directory. One that is damaged, or
 * that belongs to another key, or that another user can have written (private_place.h), counts as
 * none. */
#ifndef GM_CORE_KEPT_FILE_H
#define GM_CORE_KEPT_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

typedef struct gm_kept_kind {
    const char *name;
    const char *extension;
    size_t max_bytes; /* of a file */
    /* Of all files of the kind in a directory: the oldest ones make room. 0: no limit. */
    unsigned max_files;
    uint64_t max_total_bytes;
} gm_kept_kind;

typedef enum gm_kept_state {
    GM_KEPT_NONE,
    GM_KEPT_FOUND,
    GM_KEPT_DAMAGED
} gm_kept_state;

/* *path = name of the file of a key, "<directory>/<name>-<hash>.<extension>". Release with free().
 */
gemlet_status gm_kept_path(char **path, const char *directory, const gm_kept_kind *kind,
                           const char *key);

/* *content = what was kept under the key, which consists of whole lines; a zero byte follows its
 * n_bytes. NULL unless the state is GM_KEPT_FOUND. Release with free(). */
gm_kept_state gm_kept_find(char **content, size_t *n_bytes, const char *directory,
                           const gm_kept_kind *kind, const char *key);

/* Keeps n_bytes; creates the directory, for this user alone. */
gemlet_status gm_kept_store(const char *directory, const gm_kept_kind *kind, const char *key,
                            const void *content, size_t n_bytes);

#endif

/* SPDX-License-Identifier: MIT
 * Small texts kept from one run to the next: a file each, named by a hash of what the text depends
 * on, its key, and holding that in full.
 *
 * A file is replaced as a whole, so that processes may share the directory. One that is damaged, or
 * that tells of something else, counts as none. */
#ifndef GM_CORE_KEPT_TEXT_H
#define GM_CORE_KEPT_TEXT_H

#include "core/error.h"

/* Longest file: key and text. A key is some hundred bytes, and 2 KiB more for the longest network.
 */
#define GM_KEPT_TEXT_SIZE 16384u

typedef enum gm_kept_text_state {
    GM_KEPT_NONE,
    GM_KEPT_FOUND,
    GM_KEPT_DAMAGED
} gm_kept_text_state;

/* *path = name of the file of a key, "<directory>/<kind>-<hash>.txt". Release with free(). */
gemlet_status gm_kept_text_path(char **path, const char *directory, const char *kind,
                                const char *key);

/* text (GM_KEPT_TEXT_SIZE) out: what was kept under the key, which consists of whole lines. */
gm_kept_text_state gm_kept_text_find(char *text, const char *directory, const char *kind,
                                     const char *key);

/* Keeps a text of whole lines; creates the directory. */
gemlet_status gm_kept_text_store(const char *directory, const char *kind, const char *key,
                                 const char *text);

#endif

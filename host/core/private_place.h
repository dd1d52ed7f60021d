/* SPDX-License-Identifier: MIT
 * Directories and files that only the user of this process can have written. What is kept from run
 * to run is believed, some of it even executed: it is read from such a place only. */
#ifndef GM_CORE_PRIVATE_PLACE_H
#define GM_CORE_PRIVATE_PLACE_H

#include <stddef.h>
#include <sys/stat.h>

#include "core/error.h"

/* GEMLET_OK if `path` is a directory of this user that nobody else can write, or nothing is there.
 * GEMLET_E_IO with a message that says what is wrong, else. A link counts as who made it. */
gemlet_status gm_private_directory_check(const char *path);

/* Creates `path` and its missing parents, for this user alone, unless it is there. */
gemlet_status gm_private_directory_create(const char *path);

/* Opens a regular file of this user of at most max_bytes that nobody else can write, no link, for
 * reading; *info out: its state. Never waits, as a FIFO would make it. */
gemlet_status gm_private_file_open(int *descriptor, struct stat *info, const char *path,
                                   size_t max_bytes);

/* gm_file_read() of a regular file of this user that nobody else can write, no link. Never waits,
 * as a FIFO would make it. */
gemlet_status gm_private_file_read(char **out, size_t *n_bytes, const char *path, size_t max_bytes);

#endif

/* SPDX-License-Identifier: MIT
 * Opening files for reading so that nothing waits for ever: a FIFO without a writer, a terminal or
 * a device may stand where a file is expected. */
#ifndef GM_CORE_OPEN_FILE_H
#define GM_CORE_OPEN_FILE_H

#include <stddef.h>
#include <sys/stat.h>

#include "core/error.h"

/* Opens a regular file; anything else is GEMLET_E_IO at once. *info out: its state. On failure
 * *descriptor = -1. */
gemlet_status gm_open_regular(int *descriptor, struct stat *info, const char *path);

/* The same, but a FIFO or pipe is taken too, once a program has opened it for writing, which is
 * waited for some seconds at most. To see that, a byte may have been read: *n_first out: 0 or 1,
 * *first out: that byte, which comes before what the descriptor gives. */
gemlet_status gm_open_stream(int *descriptor, struct stat *info, unsigned char *first,
                             size_t *n_first, const char *path);

#endif

/* SPDX-License-Identifier: MIT
 * Where an output goes that the user has named. The one rule for all commands:
 *
 *   - A regular file, or a name that is free: a new file takes that name as a whole (file.h).
 *   - A symbolic link stays; what it leads to is replaced. One that leads nowhere, or that another
 *     user has made, is refused.
 *   - A character device, a pipe, or an open descriptor of this process (/dev/stdout, /dev/fd/N):
 *     is written to as a stream, as a shell would.
 *   - A directory, socket or block device is refused. */
#ifndef GM_CORE_OUTPUT_PLACE_H
#define GM_CORE_OUTPUT_PLACE_H

#include "core/error.h"

typedef struct gm_output_place {
    char *path;     /* without links, unless it is a stream */
    int is_stream;  /* written to as it is, never replaced */
    int descriptor; /* of this process, that the path stands for; -1: none */
} gm_output_place;

/* GEMLET_E_IO for what is refused, and for a stream that may not be written. Opens nothing. On
 * failure place->path = NULL. Release with free(place->path). */
gemlet_status gm_output_place_find(gm_output_place *place, const char *path);

/* *descriptor out: a stream, opened for writing. A pipe's reader is waited for some seconds at
 * most. On failure *descriptor = -1. */
gemlet_status gm_output_place_open(int *descriptor, const gm_output_place *place);

#endif

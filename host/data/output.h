/* SPDX-License-Identifier: MIT
 * A file written as a stream of bytes, gzip if its name ends in .gz, that appears whole or not at
 * all. The same bytes give the same file: the gzip header holds no time and no name. */
#ifndef GM_DATA_OUTPUT_H
#define GM_DATA_OUTPUT_H

#include <stddef.h>

#include "core/file.h"

typedef struct gm_output {
    gm_atomic_file file;
    struct gm_deflater *deflater; /* NULL: plain */
} gm_output;

/* On failure nothing exists and *output is all NULL. */
gemlet_status gm_output_open(gm_output *output, const char *path);

/* GEMLET_E_IO if the disk refuses; the caller then calls gm_output_abort(). */
gemlet_status gm_output_write(gm_output *output, const void *bytes, size_t n_bytes);

/* Writes what is pending: the file is complete, and only its final name is left to
 * gm_output_finish(). On failure everything is released. */
gemlet_status gm_output_complete(gm_output *output);

/* Completes, unless that was done, and gives the file its final name. Releases everything; on
 * failure what was at the path before is untouched. */
gemlet_status gm_output_finish(gm_output *output);

/* Removes what was written and releases everything. Harmless after finish or a failed open. */
void gm_output_abort(gm_output *output);

#endif

/* SPDX-License-Identifier: MIT
 * A file of values that is written as they come, before it is known how many rows there are and
 * that all are bytes: an IDX file of items in the end. It appears whole or not at all, and only
 * this user can read it. */
#ifndef GM_DATA_ROW_WRITER_H
#define GM_DATA_ROW_WRITER_H

#include <stddef.h>
#include <stdint.h>

#include "data/output.h"
#include "gemlet/dataset.h"

/* Bytes before the first value. */
#define GM_ROW_WRITER_HEADER 12u

typedef struct gm_row_writer {
    gm_output output;
    const char *path; /* the caller's */
    gemlet_element element;
    uint32_t crc32; /* of the values as they lie in memory */
} gm_row_writer;

/* On failure nothing is left. */
gemlet_status gm_row_writer_open(gm_row_writer *writer, const char *path, gemlet_element element);

/* n values of the writer's element type. This and the following: after a failure the caller calls
 * gm_row_writer_abort(). */
gemlet_status gm_row_writer_add(gm_row_writer *writer, const void *values, size_t n);

/* Makes floats of the bytes written so far; what follows is F32. */
gemlet_status gm_row_writer_widen(gm_row_writer *writer);

/* The values are so many rows. The file gets its name. */
gemlet_status gm_row_writer_finish(gm_row_writer *writer, gemlet_dim rows, gemlet_dim features);

void gm_row_writer_abort(gm_row_writer *writer); /* harmless after finish, or on a zeroed one */

#endif

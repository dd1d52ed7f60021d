/* SPDX-License-Identifier: MIT
 * Rows of values that stay in a plain IDX file, and are read when they are asked for.
 *
 * They are read (pread) and not mapped: both go through the system's page cache, but a file that is
 * cut short while it is in use is an error then and no SIGBUS, and no address space is taken, which
 * may be limited (ulimit -v). */
#ifndef GM_DATA_STORED_ROWS_H
#define GM_DATA_STORED_ROWS_H

#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "core/error.h"
#include "gemlet/dataset.h"

/* What is in a file. */
typedef struct gm_stored_format {
    off_t begin;           /* bytes before the first row */
    unsigned char type;    /* gm_idx_type of the elements */
    gemlet_dim n_features; /* elements of a row */
} gm_stored_format;

typedef struct gm_stored_rows gm_stored_rows;

/* Takes a copy of the descriptor, which is open for reading, and of path. `info` is how the file
 * was when its content was checked; from then on it must not change. On failure *out = NULL. */
gemlet_status gm_stored_rows_create(gm_stored_rows **out, const char *path, int descriptor,
                                    const struct stat *info, const gm_stored_format *format);

/* Another owner; each calls gm_stored_rows_release(). */
gm_stored_rows *gm_stored_rows_share(gm_stored_rows *rows);
void gm_stored_rows_release(gm_stored_rows *rows); /* NULL is allowed */

/* values (n, n_features) = rows first..first + n - 1 of the file: U8 if its elements are ubyte,
 * else F32. GEMLET_E_IO if they cannot be read, or if the file was changed. */
gemlet_status gm_stored_rows_read(const gm_stored_rows *rows, size_t first, size_t n, void *values);

/* The same for rows[0..n-1] in any order; they are read in the order of the file. */
gemlet_status gm_stored_rows_gather(const gm_stored_rows *rows, const uint32_t *numbers, size_t n,
                                    void *values);

#endif

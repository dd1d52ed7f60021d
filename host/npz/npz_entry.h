/* SPDX-License-Identifier: MIT
 * One array of an archive as a stream, for the files of this directory. */
#ifndef GM_NPZ_NPZ_ENTRY_H
#define GM_NPZ_NPZ_ENTRY_H

#include <zip.h>

#include "npz/npz.h"

/* Longer names, which a hostile archive could ask us to print, are cut in messages. */
#define WHAT_SIZE 512

struct gm_npz_reader {
    zip_t *archive;
    char *path;
    int descriptor; /* the file once more, for its seal */
    uint64_t file_size;
};

/* An array opened for reading. */
typedef struct gm_npz_entry {
    zip_file_t *file;
    uint64_t n_bytes;     /* what the archive claims for it, uncompressed */
    uint64_t position;    /* bytes read so far */
    char what[WHAT_SIZE]; /* "file: array name" */
    gm_npy_header header;
} gm_npz_entry;

/* Opens an array and reads its header. On failure there is nothing to close. */
gemlet_status gm_npz_entry_open(gm_npz_entry *e, gm_npz_reader *reader, const char *name);
void gm_npz_entry_close(gm_npz_entry *e);

/* GEMLET_E_FORMAT unless the array has this shape, in C order. */
gemlet_status gm_npz_entry_expect_shape(const gm_npz_entry *e, const size_t *shape,
                                        unsigned n_dims);

/* `n` elements of `size` bytes must be all that is left of the entry. */
gemlet_status gm_npz_entry_expect_left(const gm_npz_entry *e, size_t n, size_t size);

/* The rest of the entry as n elements. */
gemlet_status gm_npz_entry_read(gm_npz_entry *e, void *elements, size_t n, size_t size);

#endif

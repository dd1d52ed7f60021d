/* SPDX-License-Identifier: MIT
 * The header of a .npy file: element type and shape of one array.
 *
 * Format: NumPy documentation, "numpy.lib.format" (NEP 1): magic, version, length, then a Python
 * dictionary as text. Here are only bytes in memory; npz_reader.c and npz_writer.c do the files. */
#ifndef GM_NPZ_NPY_H
#define GM_NPZ_NPY_H

#include <stddef.h>

#include "core/error.h"

#define GM_NPY_MAX_DIMS 4u

/* Magic and version: the part that says how long the length field is. */
#define GM_NPY_MAGIC_SIZE 8u

/* Longest header text that is read. NumPy's own reader has the same limit. */
#define GM_NPY_MAX_HEADER 10000u

#define GM_NPY_TYPE_SIZE  32u
#define GM_NPY_SHAPE_SIZE 128u

typedef struct gm_npy_header {
    char type[GM_NPY_TYPE_SIZE]; /* NumPy's descr, e.g. "<f4" */
    unsigned n_dims;             /* 0: a scalar */
    size_t shape[GM_NPY_MAX_DIMS];
    size_t n_elements; /* product of shape; 1 for a scalar */
    int is_fortran;    /* the first dimension is the one whose elements are neighbours */
} gm_npy_header;

/* Checks magic (GM_NPY_MAGIC_SIZE bytes) and version. *n_length_bytes out: 2 or 4, the size of the
 * little-endian length field that follows. `what` begins the message of a failure, here and below:
 * "file: array name". */
gemlet_status gm_npy_check_magic(const unsigned char *magic, const char *what,
                                 size_t *n_length_bytes);

/* Reads the header text (n bytes, not terminated): a dictionary with exactly the keys descr,
 * fortran_order and shape. GEMLET_E_FORMAT for anything else, for more than
 * GM_NPY_MAX_DIMS dimensions and for a shape whose product overflows. */
gemlet_status gm_npy_parse_header(gm_npy_header *header, const char *text, size_t n,
                                  const char *what);

/* Makes the whole preamble of a version 1.0 file (magic to the end of the header, padded to a
 * multiple of 64 bytes as NumPy does) in bytes (GM_NPY_PREAMBLE_SIZE). Returns its size. */
#define GM_NPY_PREAMBLE_SIZE 256u
size_t gm_npy_format_preamble(unsigned char *bytes, const char *type, const size_t *shape,
                              unsigned n_dims);

/* text (GM_NPY_SHAPE_SIZE) out: "(784,150)", "(150,)", "()". */
void gm_npy_format_shape(char *text, const size_t *shape, unsigned n_dims);

#endif

/* SPDX-License-Identifier: MIT
 * Archives of named arrays as numpy.savez writes them: a zip file of .npy files.
 *
 * The writer makes version 1.0 arrays with a fixed date, so that the same content gives the same
 * bytes, and stores them as they are, as numpy.savez does: trained weights are noise to deflate,
 * which takes a fifth of a second for 10 MB and makes them smaller by a tenth. The reader takes what NumPy writes of the types known here and trusts nothing: a
 * caller states type and shape, and memory is bounded by what it states. */
#ifndef GM_NPZ_NPZ_H
#define GM_NPZ_NPZ_H

#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "npz/npy.h"

typedef struct gm_npz_writer gm_npz_writer;
typedef struct gm_npz_reader gm_npz_reader;

/* On failure *out = NULL. Release with gm_npz_writer_destroy(). */
gemlet_status gm_npz_writer_create(gm_npz_writer **out);

/* Adds an array of little-endian float32: values (shape[0], ..., shape[n_dims-1]) row-major in,
 * copied. n_dims 0 (shape may be NULL) is a scalar. */
gemlet_status gm_npz_add_f32(gm_npz_writer *writer, const char *name, const float *values,
                             const size_t *shape, unsigned n_dims);

/* The same of float64. */
gemlet_status gm_npz_add_f64(gm_npz_writer *writer, const char *name, const double *values,
                             const size_t *shape, unsigned n_dims);

/* Adds an array (n) of bytes, copied. */
gemlet_status gm_npz_add_bytes(gm_npz_writer *writer, const char *name, const void *bytes,
                               size_t n);

/* Adds an int32 scalar. */
gemlet_status gm_npz_add_i32(gm_npz_writer *writer, const char *name, int32_t value);

/* Adds a unicode scalar from ASCII text; GEMLET_E_ARGUMENT if it is not ASCII or empty. */
gemlet_status gm_npz_add_string(gm_npz_writer *writer, const char *name, const char *text);

/* Before anything is added: the archive gets checksums over all its bytes (npz_seal.h). */
void gm_npz_writer_seal(gm_npz_writer *writer);

/* Writes the archive atomically. Nothing can be added after that. */
gemlet_status gm_npz_writer_write(gm_npz_writer *writer, const char *path);

/* NULL is allowed. */
void gm_npz_writer_destroy(gm_npz_writer *writer);

/* 1 if the path names a regular file that begins as archives do. Takes no memory. */
int gm_npz_is_archive(const char *path);

/* Opens an archive. GEMLET_E_IO if there is no such regular file, GEMLET_E_FORMAT if it is not a
 * zip archive or its entries claim more compressed bytes than the file has, GEMLET_E_RANGE if they
 * claim to expand beyond reason. On failure *out = NULL.
 * Release with gm_npz_reader_close(). */
gemlet_status gm_npz_reader_open(gm_npz_reader **out, const char *path);

/* *is_there = 1 if there is an array of this name, whatever it holds. */
gemlet_status gm_npz_find(int *is_there, gm_npz_reader *reader, const char *name);

/* The following are GEMLET_E_FORMAT, with file and array in the message, if the array is missing,
 * malformed, or has not the type or the shape asked for. */

/* Checks an array of float32 up to its header, and that the archive claims for it the bytes its
 * shape needs, no more than deflate can hold in its compressed size. After this a caller may
 * allocate the array: at most 1032 times the size of the file. */
gemlet_status gm_npz_check_f32(gm_npz_reader *reader, const char *name, const size_t *shape,
                               unsigned n_dims);

/* values (shape) out, row-major. Undefined content on failure. */
gemlet_status gm_npz_read_f32(gm_npz_reader *reader, const char *name, float *values,
                              const size_t *shape, unsigned n_dims);

/* *value out: a scalar. */
gemlet_status gm_npz_read_i32(gm_npz_reader *reader, const char *name, int32_t *value);

/* text (size) out: a scalar of printable ASCII, terminated. */
gemlet_status gm_npz_read_string(gm_npz_reader *reader, const char *name, char *text, size_t size);

/* *values out: a new array of float64 (*n_rows, n_columns), of as many rows as it has. Release with
 * free(); NULL on failure. */
gemlet_status gm_npz_read_f64_rows(gm_npz_reader *reader, const char *name, double **values,
                                   size_t *n_rows, size_t n_columns);

/* *bytes out: a new array of *n <= most bytes, and a zero byte behind them. Release with free();
 * NULL on failure. */
gemlet_status gm_npz_read_bytes(gm_npz_reader *reader, const char *name, char **bytes, size_t *n,
                                size_t most);

/* 1 if the archive holds an array of any name. */
int gm_npz_is_any_there(const gm_npz_reader *reader);

/* The header of an array of any type and shape. */
gemlet_status gm_npz_read_header(gm_npz_reader *reader, const char *name, gm_npy_header *header);

/* *elements out: a new array of what the header says, each element n_words words of `size` bytes
 * (1, 2, 4 or 8) in the host's order. Release with free(); NULL on failure. */
gemlet_status gm_npz_read_elements(gm_npz_reader *reader, const char *name, size_t size,
                                   size_t n_words, void **elements);

/* GEMLET_E_FORMAT unless the archive is sealed and every byte of it is as it was written; the
 * message names the array that is damaged, if it is one. */
gemlet_status gm_npz_check_seal(gm_npz_reader *reader);

/* NULL is allowed. */
void gm_npz_reader_close(gm_npz_reader *reader);

#endif

/* SPDX-License-Identifier: MIT
 * The IDX format: two zero bytes, one for the element type, one for the number of dimensions; the
 * dimensions as big-endian 32-bit numbers; the elements, big-endian, last dimension fastest. */
#ifndef GM_DATA_IDX_H
#define GM_DATA_IDX_H

#include "data/dataset.h"
#include "data/input.h"
#include "data/output.h"

enum gm_idx_type {
    GM_IDX_UBYTE = 0x08,
    GM_IDX_SBYTE = 0x09,
    GM_IDX_SHORT = 0x0B,
    GM_IDX_INT = 0x0C,
    GM_IDX_FLOAT = 0x0D,
    GM_IDX_DOUBLE = 0x0E
};

/* 1 if the bytes (n, the begin of a content) are those of an IDX file: two zero bytes, which no
 * text begins with, and not zero bytes only. */
int gm_idx_begins(const unsigned char *bytes, size_t n);

/* Bytes of an element in a file; 0 for an unknown type. */
size_t gm_idx_element_size(unsigned char type);

/* values (n) = elements of any type as they stand in a file, rounded to the nearest float. */
void gm_idx_to_floats(float *values, unsigned char type, const unsigned char *raw, size_t n);

/* Reads items from an open stream, and labels from a file (NULL: none), as
 * gemlet_dataset_load_idx() does. n_features other than 0: GEMLET_E_SHAPE as soon as the header
 * shows items of another size. */
gemlet_status gm_idx_read(gemlet_dataset **out, gm_input *items, const char *labels_path,
                          gemlet_dim n_features);

gemlet_status gm_idx_write_header(gm_output *output, unsigned char type, unsigned n_dims,
                                  const gemlet_dim *dims);

/* elements (n): 32 bits each, of whatever type. */
gemlet_status gm_idx_write_u32(gm_output *output, const void *elements, size_t n);

#define GM_IDX_MAX_DIMS (GEMLET_MAX_ITEM_DIMS + 1u) /* rows and the dimensions of an item */

#endif

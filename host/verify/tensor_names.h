/* SPDX-License-Identifier: MIT
 * Which layer a view belongs to, and what the parts of the parameter arena are called. */
#ifndef GM_VERIFY_TENSOR_NAMES_H
#define GM_VERIFY_TENSOR_NAMES_H

#include "model/network.h"

typedef struct gm_named_tensor {
    unsigned layer; /* counted from 1 */
    char name[GM_TENSOR_NAME_SIZE];
    gm_tensor tensor; /* a parameter for a state of it */
    const gm_buffer *buffer;
    size_t offset;
    size_t length; /* elements up to the next tensor, padding included */
    size_t ld;
    gemlet_dim rows; /* 1 for a vector */
    gemlet_dim cols;
} gm_named_tensor;

typedef struct gm_tensor_names {
    gm_named_tensor *entries;
    size_t n_entries;
} gm_tensor_names;

/* All tensors of the network. Release with gm_tensor_names_free(). */
gemlet_status gm_tensor_names_create(gm_tensor_names *names, const gm_network *network);

/* The tensor in which the element `offset` of a buffer lies; NULL if in none. */
const gm_named_tensor *gm_tensor_names_find(const gm_tensor_names *names, const gm_buffer *buffer,
                                            size_t offset);

void gm_tensor_names_free(gm_tensor_names *names);

#endif

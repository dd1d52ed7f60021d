/* SPDX-License-Identifier: MIT
 * Buffers in device memory, and parts of them. */
#ifndef GM_BACKEND_VIEW_H
#define GM_BACKEND_VIEW_H

#include <stddef.h>

#include "gemlet/model.h"

/* Kernels load whole vectors: elements behind the end of every buffer that may be read, zeroed at
 * allocation, never written afterwards. 80 = five vectors of 16 floats, the widest tile. */
#define GM_BUFFER_SLACK 80u

/* Leading dimensions and offsets that are multiples of this keep vector loads aligned to 64 bytes.
 * The network lays its tensors out so; no operation requires it. */
#define GM_ALIGNMENT 16u

/* Element type of a buffer. REAL is what the backend calculates in: float, or double for the
 * reference; on the host side of upload and download it is float. */
typedef enum gm_element {
    GM_REAL,
    GM_U8,
    GM_U32
} gm_element;

/* First member of every backend's own buffer structure. */
typedef struct gm_buffer {
    gm_element element;
    size_t length; /* elements, without the slack */
} gm_buffer;

/* Part of a buffer. A view whose buffer is NULL stands for "none" where an operation allows it. */
typedef struct gm_vector {
    gm_buffer *buffer;
    size_t offset; /* elements */
    size_t length; /* elements */
} gm_vector;

typedef struct gm_matrix {
    gm_buffer *buffer;
    size_t offset; /* elements */
    size_t ld;     /* elements from one row to the next */
    gemlet_dim rows;
    gemlet_dim cols;
} gm_matrix;

#endif

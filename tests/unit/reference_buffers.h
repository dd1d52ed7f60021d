/* SPDX-License-Identifier: MIT
 * The double-precision reference and buffers of it, for the tests of what it calculates. */
#ifndef REFERENCE_BUFFERS_H
#define REFERENCE_BUFFERS_H

#include <stddef.h>
#include <stdint.h>

#include "backend/backend.h"

/* Elements that a buffer of these tests may have. */
#define MAX_LENGTH 20

extern gm_backend *reference;

/* The fixture: the reference, and the buffers that a test adds. */
void set_up_reference(void);
void tear_down_reference(void);

/* New buffers with `values`, or without values if those are NULL; the fixture frees them. */
gm_vector add_vector(const float *values, size_t n);
gm_matrix add_matrix(const float *values, gemlet_dim rows, gemlet_dim cols);
gm_vector add_integers(const uint32_t *values, size_t n);
/* Elements of U32 with the bits of `values`. */
gm_vector add_bits(const float *values, size_t n);

/* All elements of a buffer. */
void read_buffer(const gm_buffer *buffer, double *values);
void expect_values(const gm_buffer *buffer, const double *expected);

#endif

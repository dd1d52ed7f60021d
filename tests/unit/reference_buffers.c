/* SPDX-License-Identifier: MIT
 * See reference_buffers.h. */
#include "reference_buffers.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "backend/cpu/cpu_backend.h"

gm_backend *reference;
static gm_buffer *buffers[16];
static unsigned n_buffers;

void set_up_reference(void)
{
    ck_assert_int_eq(gm_cpu64_backend_create(&reference), GEMLET_OK);
    n_buffers = 0;
}

void tear_down_reference(void)
{
    while (n_buffers > 0)
        gm_backend_free(reference, buffers[--n_buffers]);
    gm_backend_destroy(reference);
}

gm_vector add_vector(const float *values, size_t n)
{
    gm_buffer *buffer;
    ck_assert_int_eq(gm_backend_alloc(reference, &buffer, GM_REAL, n, "test"), GEMLET_OK);
    if (values != NULL)
        ck_assert_int_eq(gm_backend_upload(reference, buffer, 0, n, values), GEMLET_OK);
    buffers[n_buffers++] = buffer;
    return (gm_vector){buffer, 0, n};
}

gm_matrix add_matrix(const float *values, gemlet_dim rows, gemlet_dim cols)
{
    return (gm_matrix){add_vector(values, (size_t)rows * cols).buffer, 0, cols, rows, cols};
}

gm_vector add_integers(const uint32_t *values, size_t n)
{
    gm_buffer *buffer;
    ck_assert_int_eq(gm_backend_alloc(reference, &buffer, GM_U32, n, "test"), GEMLET_OK);
    ck_assert_int_eq(gm_backend_upload(reference, buffer, 0, n, values), GEMLET_OK);
    buffers[n_buffers++] = buffer;
    return (gm_vector){buffer, 0, n};
}

void read_buffer(const gm_buffer *buffer, double *values)
{
    ck_assert_int_eq(gm_backend_download_double(reference, buffer, 0, buffer->length, values),
                     GEMLET_OK);
}

void expect_values(const gm_buffer *buffer, const double *expected)
{
    double values[MAX_LENGTH];
    read_buffer(buffer, values);
    for (size_t i = 0; i < buffer->length; ++i)
        ck_assert_double_eq_tol(values[i], expected[i], 1e-15 * fmax(1, fabs(expected[i])));
}

gm_vector add_bits(const float *values, size_t n)
{
    uint32_t bits[16];
    ck_assert_uint_le(n, 16);
    memcpy(bits, values, n * sizeof *bits);
    return add_integers(bits, n);
}

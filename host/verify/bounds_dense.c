/* SPDX-License-Identifier: MIT
 * See bounds_dense.h. The products of magnitudes go through CBLAS in double: their own rounding is
 * nothing beside the factor they are multiplied with. */
#include "verify/bounds_dense.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>

#include "core/memory.h"
#include "verify/bounds_elementwise.h"
#include "verify/numeric.h"

/* A factor of a product as it lies in memory. */
typedef struct factor {
    const double *values; /* (rows, cols) */
    gemlet_dim rows;
    gemlet_dim cols;
    CBLAS_TRANSPOSE transpose;
} factor;

/* *out = |values|; *largest = the largest of them. Release with free(). */
static gemlet_status copy_magnitudes(double **out, double *largest, const factor *f)
{
    const size_t n = (size_t)f->rows * f->cols;
    GEMLET_TRY(GM_ALLOC(*out, n, "magnitudes"));
    *largest = 0;
    for (size_t i = 0; i < n; ++i) {
        (*out)[i] = fabs(f->values[i]);
        *largest = fmax(*largest, (*out)[i]);
    }
    return GEMLET_OK;
}

/* magnitude (rows, cols) = |A||B|; *underflow = what flushing to zero can change: of every product
 * either factor, the product, and the sum up to it. */
static gemlet_status multiply_magnitudes(double *magnitude, double *underflow, const factor *a,
                                         const factor *b, gemlet_dim depth)
{
    double *abs_a = NULL;
    double *abs_b = NULL;
    double largest_a = 0;
    double largest_b = 0;
    gemlet_status status = GEMLET_OK;
    const int rows = (int)(a->transpose == CblasTrans ? a->cols : a->rows);
    const int cols = (int)(b->transpose == CblasTrans ? b->rows : b->cols);
    GEMLET_TRY_CLEANUP(status, copy_magnitudes(&abs_a, &largest_a, a));
    GEMLET_TRY_CLEANUP(status, copy_magnitudes(&abs_b, &largest_b, b));
    cblas_dgemm(CblasRowMajor, a->transpose, b->transpose, rows, cols, (int)depth, 1.0, abs_a,
                (int)a->cols, abs_b, (int)b->cols, 0.0, magnitude, cols);
    *underflow = (double)depth * (2 + largest_a + largest_b) * GM_UNDERFLOW;
cleanup:
    free(abs_b);
    free(abs_a);
    return status;
}

/* The bound of a product without anything behind it. */
static gemlet_status bound_product(double *bound, const factor *a, const factor *b,
                                   gemlet_dim depth, size_t n)
{
    double underflow;
    GEMLET_TRY(multiply_magnitudes(bound, &underflow, a, b, depth));
    const double per_magnitude = gm_gamma((double)depth + 2);
    for (size_t i = 0; i < n; ++i)
        bound[i] = gm_bound_in_range(per_magnitude * bound[i] + underflow, bound[i]);
    return GEMLET_OK;
}

gemlet_status gm_bounds_dense_fwd(double *y_bound, const double *x, const double *w,
                                  const double *bias, const double *y_ref, gm_dense_shape shape,
                                  gemlet_activation activation)
{
    const factor a = {x, shape.batch, shape.inputs, CblasNoTrans};
    const factor b = {w, shape.inputs, shape.outputs, CblasNoTrans};
    double underflow;
    GEMLET_TRY(multiply_magnitudes(y_bound, &underflow, &a, &b, shape.inputs));
    const double per_magnitude = gm_gamma((double)shape.inputs + 2);
    const size_t n = (size_t)shape.batch * shape.outputs;
    for (size_t i = 0; i < n; ++i) {
        double magnitude = y_bound[i];
        double z_bound = per_magnitude * magnitude + underflow;
        if (bias != NULL) { /* one more addition */
            magnitude += fabs(bias[i % shape.outputs]);
            z_bound += gm_gamma(1) * (magnitude + z_bound) + GM_UNDERFLOW;
        }
        z_bound = gm_bound_in_range(z_bound, magnitude);
        y_bound[i] = gm_bound_activation(activation, y_ref[i], z_bound);
    }
    return GEMLET_OK;
}

gemlet_status gm_bounds_dense_bwd_w(double *dw_bound, double *dbias_bound, const double *x,
                                    const double *dz, gm_dense_shape shape)
{
    const factor a = {x, shape.batch, shape.inputs, CblasTrans};
    const factor b = {dz, shape.batch, shape.outputs, CblasNoTrans};
    GEMLET_TRY(bound_product(dw_bound, &a, &b, shape.batch, (size_t)shape.inputs * shape.outputs));
    const double per_magnitude = gm_gamma((double)shape.batch + 2);
    for (size_t n = 0; dbias_bound != NULL && n < shape.outputs; ++n) {
        double magnitude = 0;
        for (size_t i = 0; i < shape.batch; ++i)
            magnitude += fabs(dz[i * shape.outputs + n]);
        dbias_bound[n] = gm_bound_in_range(
            per_magnitude * magnitude + 2 * (double)shape.batch * GM_UNDERFLOW, magnitude);
    }
    return GEMLET_OK;
}

gemlet_status gm_bounds_dense_bwd_x(double *dx_bound, const double *dz, const double *w,
                                    gm_dense_shape shape)
{
    const factor a = {dz, shape.batch, shape.outputs, CblasNoTrans};
    const factor b = {w, shape.inputs, shape.outputs, CblasTrans};
    return bound_product(dx_bound, &a, &b, shape.outputs, (size_t)shape.batch * shape.inputs);
}

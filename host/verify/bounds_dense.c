/* SPDX-License-Identifier: MIT
 * Error bounds of dense_fwd, dense_bwd_w and dense_bwd_x.
 *
 * An element of a product of matrices is off by at most gamma(k + 2) (|A||B|)ij, k products summed
 * in any order, with or without fused multiply-adds (Higham, section 3.5); the 2 are the factors
 * alpha and beta of a BLAS.
 *
 * The products of magnitudes go through CBLAS in double: their own rounding is
 * nothing beside the factor they are multiplied with. */
#include <cblas.h>
#include <math.h>
#include <stdlib.h>

#include "core/memory.h"
#include "verify/bounds.h"
#include "verify/bounds_activation.h"
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

gemlet_status gm_bounds_dense_fwd(gm_check_call *call)
{
    const gm_dense_fwd_args *args = call->args;
    const gemlet_dim depth = args->x.cols;
    const double *bias = GM_OPERAND(call, dense_fwd, bias)->before;
    const gm_check_operand *y = GM_OPERAND(call, dense_fwd, y);
    const factor a = {GM_OPERAND(call, dense_fwd, x)->before, args->x.rows, depth, CblasNoTrans};
    const factor b = {GM_OPERAND(call, dense_fwd, w)->before, depth, args->w.cols, CblasNoTrans};
    double underflow;
    GEMLET_TRY(multiply_magnitudes(y->bound, &underflow, &a, &b, depth));
    const double per_magnitude = gm_gamma((double)depth + 2);
    for (size_t i = 0; i < y->n; ++i) {
        double magnitude = y->bound[i];
        double z_bound = per_magnitude * magnitude + underflow;
        if (bias != NULL) { /* one more addition */
            magnitude += fabs(bias[i % args->w.cols]);
            z_bound += gm_gamma(1) * (magnitude + z_bound) + GM_UNDERFLOW;
        }
        z_bound = gm_bound_in_range(z_bound, magnitude);
        y->bound[i] = gm_bound_activation(args->activation, y->ref[i], z_bound);
    }
    return GEMLET_OK;
}

gemlet_status gm_bounds_dense_bwd_w(gm_check_call *call)
{
    const gm_dense_bwd_w_args *args = call->args;
    const gemlet_dim batch = args->x.rows;
    const gemlet_dim n_outputs = args->dz.cols;
    const double *dz = GM_OPERAND(call, dense_bwd_w, dz)->before;
    const gm_check_operand *dw = GM_OPERAND(call, dense_bwd_w, dw);
    const gm_check_operand *dbias = GM_OPERAND(call, dense_bwd_w, dbias);
    const factor a = {GM_OPERAND(call, dense_bwd_w, x)->before, batch, args->x.cols, CblasTrans};
    const factor b = {dz, batch, n_outputs, CblasNoTrans};
    GEMLET_TRY(bound_product(dw->bound, &a, &b, batch, (size_t)args->x.cols * n_outputs));
    const double per_magnitude = gm_gamma((double)batch + 2);
    for (size_t n = 0; dbias->bound != NULL && n < n_outputs; ++n) {
        double magnitude = 0;
        for (size_t i = 0; i < batch; ++i)
            magnitude += fabs(dz[i * n_outputs + n]);
        dbias->bound[n] = gm_bound_in_range(
            per_magnitude * magnitude + 2 * (double)batch * GM_UNDERFLOW, magnitude);
    }
    return GEMLET_OK;
}

gemlet_status gm_bounds_dense_bwd_x(gm_check_call *call)
{
    const gm_dense_bwd_x_args *args = call->args;
    const gemlet_dim depth = args->dz.cols;
    const gm_check_operand *dx = GM_OPERAND(call, dense_bwd_x, dx);
    const factor a = {GM_OPERAND(call, dense_bwd_x, dz)->before, args->dz.rows, depth,
                      CblasNoTrans};
    const factor b = {GM_OPERAND(call, dense_bwd_x, w)->before, args->w.rows, depth, CblasTrans};
    return bound_product(dx->bound, &a, &b, depth, dx->n);
}

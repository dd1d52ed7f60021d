/* SPDX-License-Identifier: MIT
 * What the values of a layer look like, be they outputs or gradients: moments, saturation and a
 * histogram, calculated on the host in double. */
#ifndef GM_TRAIN_TENSOR_STATISTICS_H
#define GM_TRAIN_TENSOR_STATISTICS_H

#include "backend/backend.h"

#define GM_MAX_BINS 64u

/* Equal bins of a histogram: edges[i] <= x < edges[i + 1]; the last one has its upper edge too. */
typedef struct gm_bins {
    gemlet_dim n; /* 0: no histogram */
    float edges[GM_MAX_BINS + 1];
} gm_bins;

typedef struct gm_tensor_statistics {
    double mean;
    double std; /* of the population, from differences to the mean */
    double low; /* NaN where an element is, as high */
    double high;
    double norm;      /* root of the sum of squares */
    double saturated; /* share of the elements, 0..1, where the activation has gone flat */
    double dead;      /* share of the columns that are saturated in every row */
    double n_nan;     /* elements, as the following */
    double below;     /* outside the bins */
    double above;
    double bins[GM_MAX_BINS];
} gm_tensor_statistics;

/* *bins out: n_bins (1..GM_MAX_BINS) bins with the edges that numpy.histogram(x, bins=n_bins,
 * range=(low, high)) has for float32 x. GEMLET_E_RANGE if floats cannot tell n_bins bins apart in
 * that range, or it is not finite. */
gemlet_status gm_bins_set(gm_bins *bins, gemlet_dim n_bins, float low, float high);

/* Whether the activation has a bound that its outputs approach, so that "saturated" below means
 * that nearly no gradient passes. */
int gm_tensor_can_saturate(gemlet_activation activation);

/* *s out: of x (rows, cols) with rows `ld` apart, the output of `activation` (identity: of none).
 * Saturated is: relu, x == 0; sigmoid, x < 0.03 or x > 0.97; tanh, |x| > 0.97; elu,
 * selu, within 3 % of their lower bound; the others, never. */
void gm_tensor_statistics_calculate(gm_tensor_statistics *s, const float *x, size_t rows,
                                    size_t cols, size_t ld, gemlet_activation activation,
                                    const gm_bins *bins);

/* The same of a matrix of a backend, which is downloaded. Waits for the device. */
gemlet_status gm_tensor_statistics_measure(gm_tensor_statistics *s, gm_backend *backend,
                                           gm_matrix x, gemlet_activation activation,
                                           const gm_bins *bins);

#endif

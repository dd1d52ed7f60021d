/* SPDX-License-Identifier: MIT
 * See tensor_statistics.h. */
#include "train/tensor_statistics.h"

#include <math.h>
#include <stdlib.h>

#include "backend/activation.h"
#include "core/memory.h"

/* NumPy (numpy.linspace) calculates the edges in double and rounds them to the type of the data; it
 * then estimates the bin of a value and moves it by one where an edge says otherwise. So the
 * rounded edges alone decide. */
gemlet_status gm_bins_set(gm_bins *bins, gemlet_dim n_bins, float low, float high)
{
    const double step = ((double)high - (double)low) / n_bins;
    bins->n = n_bins;
    for (gemlet_dim i = 0; i < n_bins; ++i) {
        /* volatile: no fused multiply-add, which would round once where NumPy rounds twice */
        const volatile double distance = i * step;
        bins->edges[i] = (float)(distance + (double)low);
    }
    bins->edges[n_bins] = high;
    for (gemlet_dim i = 0; i < n_bins; ++i) {
        if (!(bins->edges[i] < bins->edges[i + 1]) || !isfinite(bins->edges[i]) ||
            !isfinite(bins->edges[i + 1]))
            return gm_error(GEMLET_E_RANGE,
                            "histogram: floats have no %u bins between %.9g and %.9g", n_bins,
                            (double)low, (double)high);
    }
    return GEMLET_OK;
}

int gm_tensor_can_saturate(gemlet_activation activation)
{
    return activation == GEMLET_ACTIVATION_SIGMOID || activation == GEMLET_ACTIVATION_TANH ||
           activation == GEMLET_ACTIVATION_ELU || activation == GEMLET_ACTIVATION_SELU;
}

static int is_saturated(gemlet_activation activation, float x)
{
    switch (activation) {
    case GEMLET_ACTIVATION_RELU:
        return x == 0;
    case GEMLET_ACTIVATION_SIGMOID:
        return x < 0.03f || x > 0.97f;
    case GEMLET_ACTIVATION_TANH:
        return fabsf(x) > 0.97f;
    case GEMLET_ACTIVATION_ELU:
        return x < -0.97f;
    case GEMLET_ACTIVATION_SELU:
        return x < -0.97f * GM_SELU_SCALE * GM_SELU_ALPHA;
    case GEMLET_ACTIVATION_LEAKY_RELU: /* these have no bound that they approach */
    case GEMLET_ACTIVATION_GELU:
    case GEMLET_ACTIVATION_SILU:
    case GEMLET_ACTIVATION_MISH:
    case GEMLET_ACTIVATION_IDENTITY:
        break;
    }
    return 0;
}

/* The last bin whose lower edge is <= x, which is not below the first. */
static size_t find_bin(const gm_bins *bins, float x)
{
    size_t low = 0;
    size_t high = bins->n;
    while (high - low > 1) {
        const size_t middle = (low + high) / 2;
        if (bins->edges[middle] <= x)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static void count_in_bin(gm_tensor_statistics *s, const gm_bins *bins, float x)
{
    if (x < bins->edges[0])
        ++s->below;
    else if (x > bins->edges[bins->n])
        ++s->above;
    else if (!isnan(x))
        ++s->bins[find_bin(bins, x)];
}

void gm_tensor_statistics_calculate(gm_tensor_statistics *s, const float *x, size_t rows,
                                    size_t cols, size_t ld, gemlet_activation activation,
                                    const gm_bins *bins)
{
    const double n = (double)rows * (double)cols;
    double sum = 0;
    double squares = 0;
    double deviations = 0;
    *s = (gm_tensor_statistics){.low = (double)INFINITY, .high = -(double)INFINITY};
    for (size_t col = 0; col < cols; ++col) {
        size_t n_saturated = 0;
        for (size_t row = 0; row < rows; ++row) {
            const float value = x[row * ld + col];
            sum += (double)value;
            squares += (double)value * (double)value; /* no square of a float leaves double */
            s->low = fmin(s->low, (double)value);
            s->high = fmax(s->high, (double)value);
            s->n_nan += isnan(value) ? 1 : 0;
            n_saturated += (size_t)is_saturated(activation, value);
            if (bins->n > 0)
                count_in_bin(s, bins, value);
        }
        s->saturated += (double)n_saturated;
        s->dead += n_saturated == rows;
    }
    s->mean = sum / n;
    s->saturated /= n;
    s->dead /= (double)cols;
    for (size_t row = 0; row < rows; ++row) {
        for (size_t col = 0; col < cols; ++col) {
            const double deviation = (double)x[row * ld + col] - s->mean;
            deviations += deviation * deviation;
        }
    }
    s->std = sqrt(deviations / n);
    s->norm = sqrt(squares);
    if (s->n_nan > 0)
        s->low = s->high = (double)NAN;
}

gemlet_status gm_tensor_statistics_measure(gm_tensor_statistics *s, gm_backend *backend,
                                           gm_matrix x, gemlet_activation activation,
                                           const gm_bins *bins)
{
    const size_t n = (x.rows - 1) * x.ld + x.cols;
    float *values;
    GEMLET_TRY(GM_ALLOC(values, n, "values of a layer"));
    const gemlet_status status = gm_backend_download(backend, x.buffer, x.offset, n, values);
    if (status == GEMLET_OK)
        gm_tensor_statistics_calculate(s, values, x.rows, x.cols, x.ld, activation, bins);
    free(values);
    return status;
}

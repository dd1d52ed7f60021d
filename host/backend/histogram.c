/* SPDX-License-Identifier: MIT
 * See histogram.h. NumPy (numpy.linspace) calculates the edges in double and rounds them to the
 * type of the data; it then estimates the bin of a value and moves it by one where an edge says
 * otherwise. So the rounded edges alone decide, as in layer_statistics. */
#include "backend/histogram.h"

#include <math.h>

gemlet_status gm_histogram_edges(float *edges, gemlet_dim n_bins, float low, float high)
{
    const double step = ((double)high - (double)low) / n_bins;
    for (gemlet_dim i = 0; i < n_bins; ++i) {
        /* volatile: no fused multiply-add, which would round once where NumPy rounds twice */
        const volatile double distance = i * step;
        edges[i] = (float)(distance + (double)low);
    }
    edges[n_bins] = high;
    for (gemlet_dim i = 0; i < n_bins; ++i) {
        if (!(edges[i] < edges[i + 1]) || !isfinite(edges[i]) || !isfinite(edges[i + 1]))
            return gm_error(GEMLET_E_RANGE,
                            "histogram: floats have no %u bins between %.9g and %.9g", n_bins,
                            (double)low, (double)high);
    }
    return GEMLET_OK;
}

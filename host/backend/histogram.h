/* SPDX-License-Identifier: MIT
 * Edges of histograms with equal bins, for layer_statistics. */
#ifndef GM_BACKEND_HISTOGRAM_H
#define GM_BACKEND_HISTOGRAM_H

#include "core/error.h"
#include "gemlet/dataset.h"

/* edges (n_bins + 1) out: those of numpy.histogram(x, bins=n_bins, range=(low, high)) for float32 x
 * and low and high as they are here. GEMLET_E_RANGE if floats cannot tell n_bins bins apart in that
 * range, or it is not finite. */
gemlet_status gm_histogram_edges(float *edges, gemlet_dim n_bins, float low, float high);

#endif

/* SPDX-License-Identifier: MIT
 * See layer_probe.h. */
#include "train/layer_probe.h"

#include <stdlib.h>

#include "backend/histogram.h"
#include "core/memory.h"

gemlet_status gm_layer_probe_create(gm_layer_probe *probe, gm_backend *backend, unsigned n_slots,
                                    gemlet_dim n_bins)
{
    *probe = (gm_layer_probe){.backend = backend, .n_slots = n_slots, .n_bins = n_bins};
    const size_t n_moments = (size_t)n_slots * GM_N_MOMENTS;
    const size_t n_counts = (size_t)n_slots * (GM_COUNT_BINS + n_bins);
    GEMLET_TRY(GM_ALLOC(probe->rows, n_slots, "statistics"));
    GEMLET_TRY(GM_ALLOC(probe->cols, n_slots, "statistics"));
    GEMLET_TRY(GM_ALLOC(probe->host_moments, n_moments, "statistics"));
    GEMLET_TRY(GM_ALLOC(probe->host_counts, n_counts, "statistics"));
    GEMLET_TRY(gm_backend_alloc(backend, &probe->moments, GM_REAL, n_moments, "moments"));
    GEMLET_TRY(gm_backend_alloc(backend, &probe->counts, GM_U32, n_counts, "counts"));
    if (n_bins == 0)
        return GEMLET_OK;
    return gm_backend_alloc(backend, &probe->edges, GM_REAL, (size_t)n_slots * (n_bins + 1),
                            "edges of the bins");
}

gemlet_status gm_layer_probe_set_range(gm_layer_probe *probe, unsigned slot, double low,
                                       double high)
{
    float edges[GM_MAX_BINS + 1];
    const size_t n_edges = probe->n_bins + 1;
    if (gm_histogram_edges(edges, probe->n_bins, (float)low, (float)high) != GEMLET_OK)
        GEMLET_TRY(gm_histogram_edges(edges, probe->n_bins, -1, 1));
    return gm_backend_upload(probe->backend, probe->edges, slot * n_edges, n_edges, edges);
}

gemlet_status gm_layer_probe_measure(gm_layer_probe *probe, unsigned slot, gm_matrix x,
                                     gemlet_activation activation)
{
    const size_t n_counts = GM_COUNT_BINS + probe->n_bins;
    gm_layer_statistics_args args = {
        .x = x,
        .activation = activation,
        .moments = {probe->moments, (size_t)slot * GM_N_MOMENTS, GM_N_MOMENTS},
        .counts = {probe->counts, slot * n_counts, n_counts},
    };
    if (probe->n_bins > 0)
        args.edges =
            (gm_vector){probe->edges, slot * (size_t)(probe->n_bins + 1), probe->n_bins + 1};
    probe->rows[slot] = x.rows;
    probe->cols[slot] = x.cols;
    return gm_layer_statistics(probe->backend, &args);
}

gemlet_status gm_layer_probe_read(gm_layer_probe *probe, gm_tensor_statistics *statistics)
{
    const size_t n_counts = GM_COUNT_BINS + probe->n_bins;
    GEMLET_TRY(gm_backend_download(probe->backend, probe->moments, 0,
                                   (size_t)probe->n_slots * GM_N_MOMENTS, probe->host_moments));
    GEMLET_TRY(gm_backend_download(probe->backend, probe->counts, 0, probe->n_slots * n_counts,
                                   probe->host_counts));
    for (unsigned slot = 0; slot < probe->n_slots; ++slot) {
        const float *moments = probe->host_moments + (size_t)slot * GM_N_MOMENTS;
        const uint32_t *counts = probe->host_counts + slot * n_counts;
        const double n_elements = (double)probe->rows[slot] * probe->cols[slot];
        statistics[slot] = (gm_tensor_statistics){
            .mean = (double)moments[GM_MOMENT_MEAN],
            .std = (double)moments[GM_MOMENT_STD],
            .low = (double)moments[GM_MOMENT_MIN],
            .high = (double)moments[GM_MOMENT_MAX],
            .norm = (double)moments[GM_MOMENT_NORM],
            .saturated = counts[GM_COUNT_SATURATED] / n_elements,
            .dead = (double)counts[GM_COUNT_DEAD] / probe->cols[slot],
            .below = counts[GM_COUNT_BELOW],
            .above = counts[GM_COUNT_ABOVE],
        };
        for (gemlet_dim i = 0; i < probe->n_bins; ++i)
            statistics[slot].bins[i] = counts[GM_COUNT_BINS + i];
    }
    return GEMLET_OK;
}

void gm_layer_probe_destroy(gm_layer_probe *probe)
{
    if (probe->backend != NULL) {
        gm_backend_free(probe->backend, probe->edges);
        gm_backend_free(probe->backend, probe->counts);
        gm_backend_free(probe->backend, probe->moments);
    }
    free(probe->host_counts);
    free(probe->host_moments);
    free(probe->cols);
    free(probe->rows);
    *probe = (gm_layer_probe){0};
}

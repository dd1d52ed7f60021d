/* SPDX-License-Identifier: MIT
 * layer_statistics of several tensors, read back together: reading costs more than measuring. */
#ifndef GM_TRAIN_LAYER_PROBE_H
#define GM_TRAIN_LAYER_PROBE_H

#include "backend/backend.h"

typedef struct gm_tensor_statistics {
    double mean;
    double std;
    double low;
    double high;
    double norm;      /* root of the sum of squares */
    double saturated; /* share of the elements, 0..1 */
    double dead;      /* share of the columns */
    uint32_t below;   /* elements outside the edges */
    uint32_t above;
    uint32_t bins[GM_MAX_BINS];
} gm_tensor_statistics;

/* Zero-initialised; release with gm_layer_probe_destroy(), also after a failure. */
typedef struct gm_layer_probe {
    gm_backend *backend;
    unsigned n_slots;
    gemlet_dim n_bins;
    gm_buffer *moments; /* a row for each slot, as the following */
    gm_buffer *counts;
    gm_buffer *edges;
    gemlet_dim *rows; /* of the tensor in each slot, as the following */
    gemlet_dim *cols;
    float *host_moments;
    uint32_t *host_counts;
} gm_layer_probe;

/* n_bins may be 0. */
gemlet_status gm_layer_probe_create(gm_layer_probe *probe, gm_backend *backend, unsigned n_slots,
                                    gemlet_dim n_bins);

/* The range of the bins of a slot. Where floats have no such bins they go from -1 to 1. */
gemlet_status gm_layer_probe_set_range(gm_layer_probe *probe, unsigned slot, double low,
                                       double high);

/* Enqueues the measurement of x, which is the output of `activation` (identity: of none). */
gemlet_status gm_layer_probe_measure(gm_layer_probe *probe, unsigned slot, gm_matrix x,
                                     gemlet_activation activation);

/* statistics (n_slots) out: what was measured last in each slot. Waits for the device. */
gemlet_status gm_layer_probe_read(gm_layer_probe *probe, gm_tensor_statistics *statistics);

void gm_layer_probe_destroy(gm_layer_probe *probe);

#endif

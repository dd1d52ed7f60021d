/* SPDX-License-Identifier: MIT
 * Descriptor of layer_statistics. Shape: B x N. */
#include <math.h>
#include <stdlib.h>

#include "backend/histogram.h"
#include "support/op_case.h"
#include "verify/bounds_layer_statistics.h"

enum {
    X,
    EDGES,
    MOMENTS,
    COUNTS
};

enum {
    DATA_NORMAL,  /* through the activation */
    DATA_SHIFTED, /* mean 1e4, std 1 */
    DATA_TINY,    /* squares are no floats */
    DATA_HUGE,    /* the same; beside columns of ordinary size */
    DATA_EDGES,   /* small integers, which are edges */
    DATA_DEAD,    /* every other column 0 */
    DATA_NAN      /* one NaN */
};

static const op_variant variants[] = {
    {"identity", DATA_NORMAL, GEMLET_ACTIVATION_IDENTITY, 32},
    {"relu", DATA_NORMAL, GEMLET_ACTIVATION_RELU, 7},
    {"sigmoid", DATA_NORMAL, GEMLET_ACTIVATION_SIGMOID, GM_MAX_BINS},
    {"tanh", DATA_NORMAL, GEMLET_ACTIVATION_TANH, 1},
    {"no-bins", DATA_NORMAL, GEMLET_ACTIVATION_TANH, 0},
    {"shifted", DATA_SHIFTED, GEMLET_ACTIVATION_IDENTITY, 8},
    {"tiny", DATA_TINY, GEMLET_ACTIVATION_RELU, 16},
    {"huge", DATA_HUGE, GEMLET_ACTIVATION_SIGMOID, 16},
    {"edges", DATA_EDGES, GEMLET_ACTIVATION_RELU, 6},
    {"dead", DATA_DEAD, GEMLET_ACTIVATION_RELU, 5},
    {"nan", DATA_NAN, GEMLET_ACTIVATION_TANH, 9},
};

static void fill(op_case *c, op_tensor *x)
{
    const int data = c->variant->data;
    if (data == DATA_EDGES) {
        op_fill_integers(c, x, -4, 4);
        return;
    }
    op_fill_normal(c, x, 0.25, 2);
    for (size_t i = 0; i < op_size(x); ++i) {
        double *value = &x->initial[i];
        const size_t column = i % x->cols;
        if (data == DATA_SHIFTED)
            *value = 1e4 + *value / 2;
        if (data == DATA_TINY || (data == DATA_HUGE && column % 2 == 0))
            *value *= data == DATA_TINY ? 1e-30 : 1e30;
        if (data == DATA_NORMAL || data == DATA_DEAD)
            *value = op_activate(c->variant->activation, *value);
        if (data == DATA_DEAD && column % 2 == 1)
            *value = 0;
        *value = op_round(*value);
    }
    if (data == DATA_NAN)
        x->initial[op_size(x) / 2] = (double)NAN;
}

/* Edges with elements on either side. */
static void add_edges(op_case *c, gemlet_dim n_bins)
{
    float edges[GM_MAX_BINS + 1];
    float low = -1;
    float high = 2;
    if (c->variant->data == DATA_SHIFTED) {
        low = 9.9985e3F;
        high = 1.0001e4F;
    }
    if (c->variant->data == DATA_TINY) {
        low = -2e-30F;
        high = 1e-30F;
    }
    if (c->variant->data == DATA_EDGES) {
        low = -3;
        high = 3;
    }
    if (gm_histogram_edges(edges, n_bins, low, high) != GEMLET_OK)
        abort();
    op_tensor *t = op_add(c, OP_INPUT, "edges", GM_REAL, 1, n_bins + 1);
    for (gemlet_dim i = 0; i <= n_bins; ++i)
        t->initial[i] = (double)edges[i];
}

static int prepare(op_case *c)
{
    const gemlet_dim n_bins = c->variant->flags;
    fill(c, op_add(c, OP_INPUT, "x", GM_REAL, c->dims[0], c->dims[1]));
    if (n_bins > 0)
        add_edges(c, n_bins);
    else
        op_add_none(c, "edges");
    op_tensor *moments = op_add(c, OP_OUTPUT, "moments", GM_REAL, 1, GM_N_MOMENTS);
    op_tensor *counts = op_add(c, OP_OUTPUT, "counts", GM_U32, 1, GM_COUNT_BINS + n_bins);
    moments->nan_allowed = c->variant->data == DATA_NAN;
    counts->may_be_plain = 1; /* bins of a small matrix are mostly empty */
    return 1;
}

static gemlet_status call(const op_case *c, op_side side, gm_backend *backend)
{
    const gm_layer_statistics_args args = {
        .x = op_matrix(c, side, X),
        .edges = op_vector(c, side, EDGES),
        .activation = c->variant->activation,
        .moments = op_vector(c, side, MOMENTS),
        .counts = op_vector(c, side, COUNTS),
    };
    return gm_layer_statistics(backend, &args);
}

static void set_bounds(op_case *c)
{
    op_tensor *moments = &c->tensors[MOMENTS];
    op_tensor *counts = &c->tensors[COUNTS];
    gm_bounds_layer_statistics(&(gm_layer_statistics_bounds){
        .batch = c->dims[0],
        .columns = c->dims[1],
        .x = c->tensors[X].initial,
        .moments_ref = moments->ref,
        .counts_ref = counts->ref,
        .n_counts = op_size(counts),
        .moments_bound = moments->bound,
        .counts_bound = counts->bound,
    });
}

const op_descriptor op_layer_statistics = {
    .name = "layer_statistics",
    .n_dims = 2,
    .max_product = 66000,
    .variants = variants,
    .n_variants = sizeof variants / sizeof variants[0],
    .prepare = prepare,
    .call = call,
    .set_bounds = set_bounds,
};

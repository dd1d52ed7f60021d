/* SPDX-License-Identifier: MIT
 * See measure.h. A forward and a backward pass as in training leave y and dz of every layer; what
 * they overwrite or never write (z, the gradient in front of an activation) is calculated again
 * from these, by the same operations. Two rounds: the first finds the ranges, the second counts
 * the bins. */
#include "study/measure.h"

#include <math.h>
#include <stdlib.h>

#include "backend/activation.h"
#include "core/memory.h"
#include "model/network.h"
#include "model/spec.h"
#include "train/head.h"
#include "train/tensor_statistics.h"

/* Of each hidden layer. */
enum {
    SLOT_Z,
    SLOT_Y,
    SLOT_DZ,
    SLOT_DY, /* gradient in front of the activation, seen from the loss */
    SLOT_DA, /* behind it */
    N_SLOTS
};

typedef struct measurement {
    gm_study_case *c;
    gm_network *network;
    gm_tensor_statistics *statistics; /* (depth x N_SLOTS), as the following */
    gm_bins *bins;
    gm_head head;
    gm_buffer *scratch; /* (rows, widest layer) */
    gm_buffer *loss;
    gm_buffer *correct;
    gm_matrix x;
} measurement;

/* A matrix of the shape of a layer's output. */
static gm_matrix scratch_matrix(const measurement *m, unsigned l)
{
    const gm_matrix y = m->network->layers[l].y;
    return (gm_matrix){m->scratch, 0, y.ld, m->x.rows, y.cols};
}

static gemlet_status pass_both_ways(measurement *m, gm_vector labels)
{
    gm_network *network = m->network;
    const gm_vector loss = {m->loss, 0, 1};
    GEMLET_TRY(gm_network_forward_train(network, m->x, (gm_vector){0}));
    GEMLET_TRY(gm_head_run(m->head, network->backend,
                           &(gm_head_args){
                               .outputs = gm_network_logits(network, m->x.rows),
                               .labels = labels,
                               .doutputs = gm_network_dlogits(network, m->x.rows),
                               .loss = loss,
                               .correct = {m->correct, 0, 1},
                           }));
    GEMLET_TRY(gm_network_backward(network, m->x, (gm_vector){0}));
    float value;
    GEMLET_TRY(gm_backend_download(network->backend, m->loss, 0, 1, &value));
    m->c->loss = (double)value;
    return GEMLET_OK;
}

/* The input of the activation of layer l, into the scratch matrix. With batch-norm its running
 * statistics are updated a second time; they are not used. */
static gemlet_status calculate_z(const measurement *m, unsigned l)
{
    const gm_layer *layer = &m->network->layers[l];
    const gm_matrix scratch = scratch_matrix(m, l);
    if (!layer->spec.batch_norm) {
        const gm_matrix x = l > 0 ? gm_first_rows(m->network->layers[l - 1].y, m->x.rows) : m->x;
        return gm_dense_fwd(m->network->backend, &(gm_dense_fwd_args){
                                                     .x = x,
                                                     .w = layer->weight,
                                                     .bias = layer->bias,
                                                     .activation = GEMLET_ACTIVATION_IDENTITY,
                                                     .y = scratch,
                                                 });
    }
    return gm_bn_act_fwd_train(m->network->backend, &(gm_bn_act_fwd_train_args){
                                                        .z = gm_first_rows(layer->z, m->x.rows),
                                                        .gamma = layer->gamma,
                                                        .beta = layer->beta,
                                                        .eps = GM_BATCH_NORM_EPS,
                                                        .momentum = GM_BATCH_NORM_MOMENTUM,
                                                        .activation = GEMLET_ACTIVATION_IDENTITY,
                                                        .mean = layer->mean,
                                                        .var = layer->var,
                                                        .running_mean = layer->running_mean,
                                                        .running_var = layer->running_var,
                                                        .y = scratch,
                                                    });
}

static gemlet_status measure_tensor(measurement *m, unsigned slot, gm_matrix x,
                                    gemlet_activation activation)
{
    return gm_tensor_statistics_measure(&m->statistics[slot], m->network->backend, x, activation,
                                        &m->bins[slot]);
}

static gemlet_status measure_layer(measurement *m, unsigned l)
{
    gm_backend *backend = m->network->backend;
    const gm_layer *layer = &m->network->layers[l];
    const gm_layer *next = &m->network->layers[l + 1];
    const gm_matrix y = gm_first_rows(layer->y, m->x.rows);
    const gm_matrix scratch = scratch_matrix(m, l);
    const gemlet_activation none = GEMLET_ACTIVATION_IDENTITY;
    const int is_separate = layer->is_separate;
    const gm_matrix kept = is_separate ? gm_first_rows(layer->a, m->x.rows) : y;
    const unsigned first = l * N_SLOTS;
    GEMLET_TRY(calculate_z(m, l));
    GEMLET_TRY(measure_tensor(m, first + SLOT_Z, scratch, none));
    GEMLET_TRY(measure_tensor(m, first + SLOT_Y, y, layer->spec.activation));
    GEMLET_TRY(measure_tensor(m, first + SLOT_DZ, gm_first_rows(layer->dy, m->x.rows), none));
    GEMLET_TRY(gm_dense_bwd_x(backend, &(gm_dense_bwd_x_args){
                                           .dz = gm_first_rows(next->dy, m->x.rows),
                                           .w = next->weight,
                                           .dx = scratch,
                                       }));
    GEMLET_TRY(measure_tensor(m, first + SLOT_DY, scratch, none));
    GEMLET_TRY(gm_act_bwd(backend, &(gm_act_bwd_args){
                                       .kept = kept,
                                       .kept_is_input = is_separate,
                                       .dy = scratch,
                                       .activation = layer->spec.activation,
                                       .dz = scratch,
                                   }));
    return measure_tensor(m, first + SLOT_DA, scratch, none);
}

static gemlet_status measure_layers(measurement *m)
{
    for (unsigned l = 0; l < m->c->depth; ++l)
        GEMLET_TRY(measure_layer(m, l));
    return GEMLET_OK;
}

/* Where floats have no such bins they go from -1 to 1. */
static void set_bins(gm_bins *bins, const double range[2])
{
    if (gm_bins_set(bins, GM_STUDY_BINS, (float)range[0], (float)range[1]) != GEMLET_OK)
        gm_bins_set(bins, GM_STUDY_BINS, -1, 1);
}

/* Where the activation has bounds, these. */
static void set_output_range(double range[2], gemlet_activation activation, double spread)
{
    switch (activation) {
    case GEMLET_ACTIVATION_SIGMOID:
        range[0] = 0;
        range[1] = 1;
        return;
    case GEMLET_ACTIVATION_TANH:
        range[0] = -1;
        range[1] = 1;
        return;
    case GEMLET_ACTIVATION_RELU:
        range[0] = 0;
        range[1] = spread;
        return;
    default:
        range[0] = -spread;
        range[1] = spread;
    }
}

/* Where a tensor has no bounds, four standard deviations. */
static void set_ranges(measurement *m)
{
    for (unsigned l = 0; l < m->c->depth; ++l) {
        gm_study_layer *layer = &m->c->layers[l];
        const gm_tensor_statistics *s = &m->statistics[l * N_SLOTS];
        const double spread = 4 * s[SLOT_Z].std;
        layer->z_range[0] = s[SLOT_Z].mean - spread;
        layer->z_range[1] = s[SLOT_Z].mean + spread;
        set_output_range(layer->y_range, m->c->activation, spread);
        layer->dz_range[1] = 4 * s[SLOT_DZ].std;
        layer->dz_range[0] = -layer->dz_range[1];
        gm_bins *bins = &m->bins[l * N_SLOTS];
        set_bins(&bins[SLOT_Z], layer->z_range);
        set_bins(&bins[SLOT_Y], layer->y_range);
        set_bins(&bins[SLOT_DZ], layer->dz_range);
    }
}

static double steepest_slope(gemlet_activation activation)
{
    switch (activation) {
    case GEMLET_ACTIVATION_SIGMOID:
        return 0.25;
    case GEMLET_ACTIVATION_SELU:
        return (double)GM_SELU_SCALE * (double)GM_SELU_ALPHA;
    case GEMLET_ACTIVATION_GELU:
        return 1.1289; /* at sqrt(2) */
    case GEMLET_ACTIVATION_SILU:
        return 1.0998; /* at 2.3994 */
    case GEMLET_ACTIVATION_MISH:
        return 1.0885; /* at 1.4906 */
    default:
        return 1.0;
    }
}

static void take_statistics(measurement *m)
{
    const double slope = steepest_slope(m->c->activation);
    for (unsigned l = 0; l < m->c->depth; ++l) {
        const gm_tensor_statistics *s = &m->statistics[l * N_SLOTS];
        m->c->layers[l].z = s[SLOT_Z];
        m->c->layers[l].y = s[SLOT_Y];
        m->c->layers[l].dz = s[SLOT_DZ];
        m->c->layers[l].passed = s[SLOT_DA].norm / (s[SLOT_DY].norm * slope);
    }
}

static gemlet_status prepare(measurement *m, const gemlet_model *model, gm_backend *backend,
                             gemlet_dim rows)
{
    const unsigned n_slots = m->c->depth * N_SLOTS;
    size_t widest = 0;
    GEMLET_TRY(gm_network_create(&m->network, backend, model, GM_NETWORK_TRAIN, rows, 0));
    for (unsigned l = 0; l < m->c->depth; ++l)
        widest = m->network->layers[l].y.ld > widest ? m->network->layers[l].y.ld : widest;
    GEMLET_TRY(GM_ALLOC(m->statistics, n_slots, "statistics"));
    GEMLET_TRY(GM_ALLOC(m->bins, n_slots, "bins"));
    GEMLET_TRY(gm_backend_alloc(backend, &m->scratch, GM_REAL, rows * widest, "a layer's output"));
    GEMLET_TRY(gm_backend_alloc(backend, &m->loss, GM_REAL, 1, "loss"));
    return gm_backend_alloc(backend, &m->correct, GM_U32, 1, "count");
}

static void release(measurement *m, gm_backend *backend)
{
    gm_backend_free(backend, m->correct);
    gm_backend_free(backend, m->loss);
    gm_backend_free(backend, m->scratch);
    free(m->bins);
    free(m->statistics);
    gm_network_destroy(m->network);
}

gemlet_status gm_measure_case(gm_study_case *c, const gemlet_model *model, gm_device_data *data,
                              gemlet_dim rows)
{
    measurement m = {.c = c, .head = gm_head_of(model)};
    const float scale = gemlet_model_input_scale(model);
    gm_vector labels;
    size_t place;
    gemlet_status status = GEMLET_OK;
    GEMLET_TRY_CLEANUP(status, prepare(&m, model, data->backend, rows));
    GEMLET_TRY_CLEANUP(status, gm_device_data_find(data, &place, 0, rows));
    GEMLET_TRY_CLEANUP(status, gm_device_data_gather(data, place, rows, scale, &m.x, &labels));
    GEMLET_TRY_CLEANUP(status, pass_both_ways(&m, labels));
    GEMLET_TRY_CLEANUP(status, measure_layers(&m));
    set_ranges(&m);
    GEMLET_TRY_CLEANUP(status, measure_layers(&m));
    take_statistics(&m);
cleanup:
    release(&m, data->backend);
    return status;
}

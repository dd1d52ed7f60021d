/* SPDX-License-Identifier: MIT
 * See step_tensors.h. */
#include "train/step_tensors.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/memory.h"

/* Tensors of no layer: x and loss. */
#define N_OTHERS 2u

typedef struct list {
    gm_step_tensor *tensors;
    size_t n;
} list;

/* layer: counted from 1; 0: none. Left out if the network has no such tensor. */
static void add_matrix(list *l, unsigned layer, const char *name, gm_matrix view)
{
    if (view.buffer == NULL)
        return;
    gm_step_tensor *tensor = &l->tensors[l->n++];
    if (layer > 0)
        snprintf(tensor->name, sizeof tensor->name, "layer %u %s", layer, name);
    else
        snprintf(tensor->name, sizeof tensor->name, "%s", name);
    tensor->view = view;
}

/* The tensors of a layer that have one of the storages first..last, as a step leaves them: dz is
 * calculated in place of dy. */
static void add_layer(list *l, unsigned number, const gm_layer *layer, gm_storage first,
                      gm_storage last, gemlet_dim rows)
{
    for (unsigned t = 0; t < GM_N_TENSORS; ++t) {
        const gm_tensor_info *info = &gm_tensors[t];
        gm_matrix view = gm_layer_view(layer, t);
        if (info->storage < first || info->storage > last)
            continue;
        if (info->shape[0] == 'B')
            view.rows = rows;
        add_matrix(l, number, t == GM_TENSOR_dy ? "dz" : info->name, view);
    }
}

/* The states first..end-1. */
static void add_states(list *l, const gm_network *network, unsigned layer, unsigned first,
                       unsigned end)
{
    for (unsigned s = first; s < end; ++s) {
        for (unsigned t = 0; t < gm_state_n_tensors(s); ++t) {
            char name[GM_TENSOR_NAME_SIZE];
            gm_state_tensor_name(name, t, s);
            add_matrix(l, layer + 1, name, gm_network_state_view(network, layer, t, s));
        }
    }
}

gemlet_status gm_step_tensors_list(gm_step_tensor **out, size_t *n, const gm_network *network,
                                   gm_matrix x, gm_vector loss)
{
    const unsigned n_layers = network->n_layers;
    const gm_layer *layers = network->layers;
    const size_t per_layer = GM_N_TENSORS + GM_N_MODEL_TENSORS * (size_t)GM_N_STATES;
    list l = {0};
    *out = NULL;
    GEMLET_TRY(GM_ALLOC(l.tensors, n_layers * per_layer + N_OTHERS, "list of tensors"));
    add_matrix(&l, 0, "batch x", x);
    for (unsigned i = 0; i < n_layers; ++i) {
        add_layer(&l, i + 1, &layers[i], GM_STORAGE_ACTIVATION, GM_STORAGE_SAVED, x.rows);
        add_layer(&l, i + 1, &layers[i], GM_STORAGE_RUNNING, GM_STORAGE_RUNNING, x.rows);
    }
    add_matrix(&l, 0, "loss",
               (gm_matrix){loss.buffer, loss.offset, loss.length, 1, (gemlet_dim)loss.length});
    for (unsigned i = n_layers; i-- > 0;)
        add_layer(&l, i + 1, &layers[i], GM_STORAGE_ACTIVATION_GRADIENT, GM_STORAGE_GRADIENT,
                  x.rows);
    for (unsigned i = 0; i < n_layers; ++i) {
        add_states(&l, network, i, 0, GM_STATE_average);
        add_layer(&l, i + 1, &layers[i], GM_STORAGE_PARAMETER, GM_STORAGE_PARAMETER, x.rows);
    }
    for (unsigned i = 0; i < n_layers; ++i)
        add_states(&l, network, i, GM_STATE_average, GM_N_STATES);
    *out = l.tensors;
    *n = l.n;
    return GEMLET_OK;
}

gemlet_status gm_step_tensors_finite(int *finite, gm_backend *backend, gm_matrix view)
{
    const size_t n = (view.rows - 1) * view.ld + view.cols;
    float *values;
    GEMLET_TRY(GM_ALLOC(values, n, "copy of a tensor"));
    const gemlet_status status = gm_backend_download(backend, view.buffer, view.offset, n, values);
    *finite = 1;
    for (size_t row = 0; status == GEMLET_OK && row < view.rows; ++row) {
        for (size_t col = 0; col < view.cols; ++col)
            *finite = *finite && isfinite(values[row * view.ld + col]);
    }
    free(values);
    return status;
}

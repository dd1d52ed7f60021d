/* SPDX-License-Identifier: MIT
 * See step_tensors.h. */
#include "train/step_tensors.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/memory.h"

/* Tensors of one layer at most, and those of no layer: x and loss. */
#define PER_LAYER 15u
#define OTHERS    2u

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

static void add_vector(list *l, unsigned layer, const char *name, gm_vector view)
{
    add_matrix(l, layer, name,
               (gm_matrix){view.buffer, view.offset, view.length, 1, (gemlet_dim)view.length});
}

static void add_forward(list *l, unsigned number, const gm_layer *layer, gemlet_dim rows)
{
    add_matrix(l, number, "z", gm_first_rows(layer->z, rows));
    add_vector(l, number, "mean", layer->mean);
    add_vector(l, number, "var", layer->var);
    add_vector(l, number, "running_mean", layer->running_mean);
    add_vector(l, number, "running_var", layer->running_var);
    add_matrix(l, number, "y", gm_first_rows(layer->y, rows));
}

static void add_backward(list *l, unsigned number, const gm_layer *layer, gemlet_dim rows)
{
    add_matrix(l, number, "dz", gm_first_rows(layer->dy, rows));
    add_vector(l, number, "dgamma", layer->dgamma);
    add_vector(l, number, "dbeta", layer->dbeta);
    add_matrix(l, number, "dweight", layer->dweight);
    add_vector(l, number, "dbias", layer->dbias);
}

static void add_update(list *l, unsigned number, const gm_layer *layer)
{
    add_matrix(l, number, "weight", layer->weight);
    add_vector(l, number, "bias", layer->bias);
    add_vector(l, number, "gamma", layer->gamma);
    add_vector(l, number, "beta", layer->beta);
}

gemlet_status gm_step_tensors_list(gm_step_tensor **out, size_t *n, const gm_network *network,
                                   gm_matrix x, gm_vector loss)
{
    const unsigned n_layers = network->n_layers;
    list l = {0};
    *out = NULL;
    GEMLET_TRY(GM_ALLOC(l.tensors, n_layers * PER_LAYER + OTHERS, "list of tensors"));
    add_matrix(&l, 0, "batch x", x);
    for (unsigned i = 0; i < n_layers; ++i)
        add_forward(&l, i + 1, &network->layers[i], x.rows);
    add_vector(&l, 0, "loss", loss);
    for (unsigned i = n_layers; i-- > 0;)
        add_backward(&l, i + 1, &network->layers[i], x.rows);
    for (unsigned i = 0; i < n_layers; ++i)
        add_update(&l, i + 1, &network->layers[i]);
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

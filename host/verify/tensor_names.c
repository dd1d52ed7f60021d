/* SPDX-License-Identifier: MIT
 * See tensor_names.h. */
#include "verify/tensor_names.h"

#include <stdlib.h>

#include "core/memory.h"

#define TENSORS_PER_LAYER 15

static void add_matrix(gm_tensor_names *names, unsigned layer, const char *name, gm_matrix m)
{
    if (m.buffer != NULL)
        names->entries[names->n_entries++] =
            (gm_named_tensor){layer, name, m.buffer, m.offset, m.rows * m.ld, m.ld, m.rows, m.cols};
}

static void add_vector(gm_tensor_names *names, unsigned layer, const char *name, gm_vector v)
{
    const size_t length = gm_round_up(v.length, GM_ALIGNMENT);
    add_matrix(names, layer, name,
               (gm_matrix){v.buffer, v.offset, length, 1, (gemlet_dim)v.length});
}

gemlet_status gm_tensor_names_create(gm_tensor_names *names, const gm_network *network)
{
    *names = (gm_tensor_names){0};
    GEMLET_TRY(GM_ALLOC(names->entries, (size_t)network->n_layers * TENSORS_PER_LAYER,
                        "names of tensors"));
    for (unsigned l = 0; l < network->n_layers; ++l) {
        const gm_layer *layer = &network->layers[l];
        add_matrix(names, l + 1, "weight", layer->weight);
        add_matrix(names, l + 1, "dweight", layer->dweight);
        add_vector(names, l + 1, "bias", layer->bias);
        add_vector(names, l + 1, "dbias", layer->dbias);
        add_vector(names, l + 1, "gamma", layer->gamma);
        add_vector(names, l + 1, "dgamma", layer->dgamma);
        add_vector(names, l + 1, "beta", layer->beta);
        add_vector(names, l + 1, "dbeta", layer->dbeta);
        add_vector(names, l + 1, "running_mean", layer->running_mean);
        add_vector(names, l + 1, "running_var", layer->running_var);
        add_vector(names, l + 1, "mean", layer->mean);
        add_vector(names, l + 1, "var", layer->var);
        add_matrix(names, l + 1, "z", layer->z);
        add_matrix(names, l + 1, "y", layer->y);
        add_matrix(names, l + 1, "dy", layer->dy);
    }
    return GEMLET_OK;
}

const gm_named_tensor *gm_tensor_names_find(const gm_tensor_names *names, const gm_buffer *buffer,
                                            size_t offset)
{
    for (size_t i = 0; i < names->n_entries; ++i) {
        const gm_named_tensor *entry = &names->entries[i];
        if (entry->buffer == buffer && offset >= entry->offset &&
            offset - entry->offset < entry->length)
            return entry;
    }
    return NULL;
}

void gm_tensor_names_free(gm_tensor_names *names)
{
    free(names->entries);
    *names = (gm_tensor_names){0};
}

/* SPDX-License-Identifier: MIT
 * See tensor_names.h. */
#include "verify/tensor_names.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/memory.h"

static void add(gm_tensor_names *names, unsigned layer, gm_tensor tensor, const char *name,
                gm_matrix view)
{
    if (view.buffer == NULL)
        return;
    gm_named_tensor *entry = &names->entries[names->n_entries++];
    const size_t ld = gm_round_up(view.ld, GM_ALIGNMENT);
    *entry = (gm_named_tensor){.layer = layer,
                               .tensor = tensor,
                               .buffer = view.buffer,
                               .offset = view.offset,
                               .length = view.rows * ld,
                               .ld = ld,
                               .rows = view.rows,
                               .cols = view.cols};
    snprintf(entry->name, sizeof entry->name, "%s", name);
}

gemlet_status gm_tensor_names_create(gm_tensor_names *names, const gm_network *network)
{
    const size_t per_layer = GM_N_TENSORS + GM_N_MODEL_TENSORS * (size_t)GM_N_STATES;
    *names = (gm_tensor_names){0};
    GEMLET_TRY(GM_ALLOC(names->entries, network->n_layers * per_layer, "names of tensors"));
    for (unsigned l = 0; l < network->n_layers; ++l) {
        for (unsigned t = 0; t < GM_N_TENSORS; ++t)
            add(names, l + 1, t, gm_tensors[t].name, gm_layer_view(&network->layers[l], t));
        for (unsigned s = 0; s < GM_N_STATES; ++s) {
            for (unsigned t = 0; t < gm_state_n_tensors(s); ++t) {
                char name[GM_TENSOR_NAME_SIZE];
                gm_state_tensor_name(name, t, s);
                add(names, l + 1, t, name, gm_network_state_view(network, l, t, s));
            }
        }
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

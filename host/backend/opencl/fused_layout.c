/* SPDX-License-Identifier: MIT
 * See fused_layout.h. */
#include "backend/opencl/fused_layout.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

typedef struct copier {
    gm_backend *backend;
    gm_buffer *arena;
    gm_fused_direction direction;
} copier;

/* One way or the other; the gaps between rows stay as they are. */
static gemlet_status copy_matrix(const copier *c, const gm_matrix *in_network,
                                 const gm_matrix *in_arena)
{
    return c->direction == GM_FUSED_TO_ARENA ? gm_backend_copy(c->backend, in_arena, in_network)
                                             : gm_backend_copy(c->backend, in_network, in_arena);
}

/* Between a matrix and its column panels [p][k][panel]. */
static gemlet_status copy_weight(const copier *c, const gm_matrix *view,
                                 const gm_fused_layer_plan *layer, size_t offset)
{
    for (unsigned p = 0; p < layer->n_panels; ++p) {
        const gemlet_dim first_col = (gemlet_dim)(p * layer->panel);
        gm_matrix in_network = *view;
        in_network.offset += first_col;
        in_network.cols = view->cols - first_col < layer->panel ? view->cols - first_col
                                                                : (gemlet_dim)layer->panel;
        const gm_matrix in_arena = {c->arena, offset + (size_t)p * layer->k * layer->panel,
                                    layer->panel, view->rows, in_network.cols};
        GEMLET_TRY(copy_matrix(c, &in_network, &in_arena));
    }
    return GEMLET_OK;
}

/* A vector lies in the arena as it is. */
static gemlet_status copy_vector(const copier *c, const gm_matrix *view, size_t offset)
{
    const gm_matrix in_arena = {c->arena, offset, view->ld, 1, view->cols};
    return copy_matrix(c, view, &in_arena);
}

/* Nothing if the layer lacks the tensor. */
static gemlet_status copy_tensor(const copier *c, gm_matrix view, const gm_fused_layer_plan *layer,
                                 gm_tensor t, size_t offset)
{
    if (view.buffer == NULL)
        return GEMLET_OK;
    return gm_tensor_is_vector(t) ? copy_vector(c, &view, offset)
                                  : copy_weight(c, &view, layer, offset);
}

static gemlet_status copy_layer(const copier *c, const gm_fused_plan *plan,
                                const gm_fused_network *network, unsigned l)
{
    const gm_layer *views = &network->layers[l];
    const gm_fused_layer_plan *layer = &plan->layers[l];
    for (unsigned t = 0; t < GM_N_MODEL_TENSORS; ++t)
        GEMLET_TRY(copy_tensor(c, gm_layer_view(views, t), layer, t, layer->offsets[t]));
    size_t behind = 0; /* the parameters: floats */
    for (unsigned s = 0; s < GM_N_STATES; ++s) {
        if (!gm_has_state(plan->states, s))
            continue;
        behind += plan->state_size;
        for (unsigned t = 0; t < gm_state_n_tensors(s); ++t)
            GEMLET_TRY(copy_tensor(c, gm_layer_twin(views, t, network->state_arenas[s]), layer, t,
                                   layer->offsets[t] + behind));
    }
    return GEMLET_OK;
}

gemlet_status gm_fused_layout_copy(gm_backend *backend, const gm_fused_plan *plan,
                                   const gm_fused_network *network, gm_buffer *arena,
                                   gm_fused_direction direction)
{
    const copier c = {backend, arena, direction};
    for (unsigned l = 0; l < plan->n_layers; ++l)
        GEMLET_TRY(copy_layer(&c, plan, network, l));
    return GEMLET_OK;
}

/* ---- tensors of a step ---------------------------------------------------------------------- */

/* Column panels [p][row][panel]; a row-major matrix or vector is one panel. */
typedef struct tensor_place {
    size_t offset;
    unsigned n_panels;
    size_t panel; /* columns, padding included */
    size_t padded_rows;
    size_t rows;
    size_t cols;
} tensor_place;

static tensor_place find_tensor(const gm_fused_plan *plan, unsigned side, unsigned tensor,
                                const gm_fused_layer_plan *layer)
{
    const size_t padded = (size_t)layer->n_panels * layer->panel;
    if (tensor == GM_FUSED_X)
        return (tensor_place){
            plan->x + side * plan->x_size, 1, plan->x_ld, plan->rows, plan->batch, plan->features};
    if (tensor == GM_FUSED_BATCH_LABELS)
        return (tensor_place){plan->labels + side * plan->rows, 1, plan->rows, 1, 1, plan->batch};
    if (tensor < GM_N_TENSORS && gm_tensor_is_vector(tensor))
        return (tensor_place){layer->offsets[tensor], 1, padded, 1, 1, layer->width};
    return (tensor_place){layer->offsets[tensor],
                          layer->n_panels,
                          layer->panel,
                          plan->rows,
                          plan->batch,
                          layer->width};
}

/* What is not finite in the padding came out of what is not finite elsewhere. */
static void unpack_tensor(float *values, const float *image, const tensor_place *place,
                          gm_fused_stray *stray)
{
    for (size_t p = 0; p < place->n_panels; ++p) {
        for (size_t row = 0; row < place->padded_rows; ++row) {
            for (size_t i = 0; i < place->panel; ++i) {
                const float *value = &image[(p * place->padded_rows + row) * place->panel + i];
                const size_t col = p * place->panel + i;
                if (row < place->rows && col < place->cols)
                    memcpy(&values[row * place->cols + col], value, sizeof *value);
                else if (*value != 0.0f && isfinite(*value) && !stray->is_found)
                    *stray = (gm_fused_stray){1, row, col, *value};
            }
        }
    }
}

gemlet_status gm_fused_layout_inspect(gm_backend *backend, const gm_fused_plan *plan,
                                      const gm_buffer *arena, unsigned side, unsigned tensor,
                                      unsigned layer, void *values, gm_fused_stray *stray)
{
    const tensor_place place = find_tensor(plan, side, tensor, &plan->layers[layer]);
    const size_t n = place.n_panels * place.padded_rows * place.panel;
    float *image;
    *stray = (gm_fused_stray){0};
    GEMLET_TRY(GM_ALLOC(image, n, "tensor of the fused step"));
    const gemlet_status status = gm_backend_download(backend, arena, place.offset, n, image);
    if (status == GEMLET_OK)
        unpack_tensor(values, image, &place, stray);
    free(image);
    return status;
}

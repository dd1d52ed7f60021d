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

/* Floats that hold all of a matrix, from its first to its last element. */
static size_t count_floats(const gm_matrix *matrix)
{
    return (matrix->rows - 1) * matrix->ld + matrix->cols;
}

/* Between the rows of a matrix and its column panels [p][k][panel]. */
static void copy_panels(float *panels, float *matrix, const gm_matrix *view,
                        const gm_fused_layer_plan *layer, gm_fused_direction direction)
{
    for (unsigned p = 0; p < layer->n_panels; ++p) {
        const size_t first_col = (size_t)p * layer->panel;
        const size_t n_cols =
            view->cols - first_col < layer->panel ? view->cols - first_col : layer->panel;
        for (gemlet_dim row = 0; row < view->rows; ++row) {
            float *in_panel = panels + ((size_t)p * layer->k + row) * layer->panel;
            float *in_matrix = matrix + row * view->ld + first_col;
            if (direction == GM_FUSED_TO_ARENA)
                memcpy(in_panel, in_matrix, n_cols * sizeof *in_panel);
            else
                memcpy(in_matrix, in_panel, n_cols * sizeof *in_panel);
        }
    }
}

/* Both images are read first, so that gaps and padding stay as they are. */
static gemlet_status copy_weight(const copier *c, const gm_matrix *view,
                                 const gm_fused_layer_plan *layer)
{
    const size_t n_matrix = count_floats(view);
    const size_t n_panels = (size_t)layer->n_panels * layer->k * layer->panel;
    const int to_arena = c->direction == GM_FUSED_TO_ARENA;
    float *matrix = NULL;
    float *panels = NULL;
    gemlet_status status = GEMLET_OK;
    GEMLET_TRY_CLEANUP(status, GM_ALLOC(matrix, n_matrix, "weights"));
    GEMLET_TRY_CLEANUP(status, GM_ALLOC(panels, n_panels, "panels of weights"));
    GEMLET_TRY_CLEANUP(
        status, gm_backend_download(c->backend, view->buffer, view->offset, n_matrix, matrix));
    if (!to_arena)
        GEMLET_TRY_CLEANUP(
            status, gm_backend_download(c->backend, c->arena, layer->weight, n_panels, panels));
    copy_panels(panels, matrix, view, layer, c->direction);
    if (to_arena)
        GEMLET_TRY_CLEANUP(
            status, gm_backend_upload(c->backend, c->arena, layer->weight, n_panels, panels));
    else
        GEMLET_TRY_CLEANUP(
            status, gm_backend_upload(c->backend, view->buffer, view->offset, n_matrix, matrix));
cleanup:
    free(panels);
    free(matrix);
    return status;
}

/* A vector lies in the arena as it is. Those that the layer lacks have length 0. */
static gemlet_status copy_vector(const copier *c, const gm_vector *view, size_t offset)
{
    const int to_arena = c->direction == GM_FUSED_TO_ARENA;
    if (view->length == 0)
        return GEMLET_OK;
    float *values = NULL;
    gemlet_status status = GEMLET_OK;
    GEMLET_TRY_CLEANUP(status, GM_ALLOC(values, view->length, "parameters"));
    GEMLET_TRY_CLEANUP(status,
                       gm_backend_download(c->backend, to_arena ? view->buffer : c->arena,
                                           to_arena ? view->offset : offset, view->length, values));
    GEMLET_TRY_CLEANUP(status,
                       gm_backend_upload(c->backend, to_arena ? c->arena : view->buffer,
                                         to_arena ? offset : view->offset, view->length, values));
cleanup:
    free(values);
    return status;
}

gemlet_status gm_fused_layout_copy(gm_backend *backend, const gm_fused_plan *plan,
                                   const gm_fused_network *network, gm_buffer *arena,
                                   gm_fused_direction direction)
{
    const copier c = {backend, arena, direction};
    for (unsigned l = 0; l < plan->n_layers; ++l) {
        const gm_fused_layer *views = &network->layers[l];
        const gm_fused_layer_plan *layer = &plan->layers[l];
        GEMLET_TRY(copy_weight(&c, &views->weight, layer));
        GEMLET_TRY(copy_vector(&c, &views->bias, layer->beta));
        GEMLET_TRY(copy_vector(&c, &views->gamma, layer->gamma));
        GEMLET_TRY(copy_vector(&c, &views->beta, layer->beta));
        GEMLET_TRY(copy_vector(&c, &views->running_mean, layer->running_mean));
        GEMLET_TRY(copy_vector(&c, &views->running_var, layer->running_var));
    }
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

static size_t vector_offset(const gm_fused_layer_plan *layer, gm_fused_tensor tensor)
{
    switch (tensor) {
    case GM_FUSED_MEAN:
        return layer->mean;
    case GM_FUSED_VAR:
        return layer->var;
    case GM_FUSED_DGAMMA:
        return layer->dgamma;
    default:
        return layer->dbeta;
    }
}

static size_t matrix_offset(const gm_fused_layer_plan *layer, gm_fused_tensor tensor)
{
    switch (tensor) {
    case GM_FUSED_Z:
        return layer->z;
    case GM_FUSED_Y:
        return layer->y;
    case GM_FUSED_DY:
        return layer->dy;
    default:
        return layer->dz;
    }
}

static tensor_place find_tensor(const gm_fused_plan *plan, unsigned side, gm_fused_tensor tensor,
                                const gm_fused_layer_plan *layer)
{
    const size_t padded = (size_t)layer->n_panels * layer->panel;
    switch (tensor) {
    case GM_FUSED_X:
        return (tensor_place){
            plan->x + side * plan->x_size, 1, plan->x_ld, plan->rows, plan->batch, plan->features};
    case GM_FUSED_BATCH_LABELS:
        return (tensor_place){plan->labels + side * plan->rows, 1, plan->rows, 1, 1, plan->batch};
    case GM_FUSED_MEAN:
    case GM_FUSED_VAR:
    case GM_FUSED_DGAMMA:
    case GM_FUSED_DBETA:
        return (tensor_place){vector_offset(layer, tensor), 1, padded, 1, 1, layer->width};
    case GM_FUSED_Z:
    case GM_FUSED_Y:
    case GM_FUSED_DY:
    case GM_FUSED_DZ:
        break;
    }
    return (tensor_place){matrix_offset(layer, tensor),
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
                                      const gm_buffer *arena, unsigned side, gm_fused_tensor tensor,
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

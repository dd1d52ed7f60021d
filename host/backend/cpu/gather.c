/* SPDX-License-Identifier: MIT
 * gather_batch on the CPU. */
#include <assert.h>

#include "backend/cpu/cpu_real.h"

GM_CPU_VECTORS
static void gather_row_u8(const uint8_t *restrict features, real scale, real *restrict x, size_t n)
{
    for (size_t f = 0; f < n; ++f)
        x[f] = scale * (real)features[f];
}

GM_CPU_VECTORS
static void gather_row_real(const real *restrict features, real scale, real *restrict x, size_t n)
{
    for (size_t f = 0; f < n; ++f)
        x[f] = scale * features[f];
}

static void gather_rows(const void *context, size_t first, size_t end)
{
    const gm_gather_batch_args *args = context;
    const gm_matrix *features = &args->features;
    const uint32_t *order = gm_cpu_vector_u32(args->order);
    const uint32_t *labels = gm_cpu_vector_u32(args->labels);
    uint32_t *batch_labels = gm_cpu_vector_u32(args->batch_labels);
    const real scale = (real)args->scale;
    for (size_t i = first; i < end; ++i) {
        assert(order[i] < features->rows);
        const void *row =
            gm_cpu_start(features->buffer, features->offset + order[i] * features->ld);
        if (features->buffer->element == GM_U8)
            gather_row_u8(row, scale, gm_cpu_row(args->x, i), args->x.cols);
        else
            gather_row_real(row, scale, gm_cpu_row(args->x, i), args->x.cols);
        if (labels != NULL)
            batch_labels[i] = labels[order[i]];
    }
}

gemlet_status GM_CPU(gather_batch)(gm_backend *backend, const gm_gather_batch_args *args)
{
    GM_CPU(for_each)(backend, args->x.rows, GM_CPU_ROW, args->x.cols, gather_rows, args);
    return GEMLET_OK;
}

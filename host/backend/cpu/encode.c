/* SPDX-License-Identifier: MIT
 * encode_batch on the CPU. */
#include <assert.h>
#include <math.h>

#include "backend/cpu/cpu_backend.h"
#include "backend/cpu/cpu_real.h"
#include "core/input_code.h"

static real clip(real z)
{
    const real third = z / 3;
    return 3 * z / (real)sqrt((double)(1 + third * third));
}

static real ramp(real z, real a, real b)
{
    const real place = (z - a) / (b - a);
    return (place < 0 ? (real)0 : place > 1 ? (real)1 : place) - (real)0.5;
}

static real encode(real value, int kind, real a, real b)
{
    const real z = isnan(value) ? (real)0 : value;
    switch ((gm_input_code_kind)kind) {
    case GM_CODE_VALUE:
        break;
    case GM_CODE_CLIPPED:
        return clip(z);
    case GM_CODE_RAMP:
        return ramp(z, a, b);
    case GM_CODE_STEP:
        return z < a ? (real)-0.5 : (real)0.5;
    case GM_CODE_GAP:
        return isnan(value) ? (real)1 : (real)0;
    case GM_CODE_LEVEL:
        return value == a ? (real)1 : (real)0;
    }
    return z;
}

void GM_CPU(encode_row)(real *x, const real *columns, const real *codes, size_t ld, size_t n)
{
    const real *kinds = codes + GM_CODE_KIND * ld;
    const real *a = codes + GM_CODE_A * ld;
    const real *b = codes + GM_CODE_B * ld;
    for (size_t f = 0; f < n; ++f)
        x[f] = encode(columns[(size_t)codes[f]], (int)kinds[f], a[f], b[f]);
}

static void encode_rows(const void *context, size_t first, size_t end)
{
    const gm_encode_batch_args *args = context;
    const uint32_t *order = gm_cpu_vector_u32(args->order);
    const uint32_t *labels = gm_cpu_vector_u32(args->labels);
    uint32_t *batch_labels = gm_cpu_vector_u32(args->batch_labels);
    for (size_t i = first; i < end; ++i) {
        assert(order[i] < args->columns.rows);
        GM_CPU(encode_row)
        (gm_cpu_row(args->x, i), gm_cpu_row(args->columns, order[i]), gm_cpu_row(args->codes, 0),
         args->codes.ld, args->x.cols);
        if (labels != NULL)
            batch_labels[i] = labels[order[i]];
    }
}

gemlet_status GM_CPU(encode_batch)(gm_backend *backend, const gm_encode_batch_args *args)
{
    GM_CPU(for_each)(backend, args->x.rows, GM_CPU_ROW, 4 * args->x.cols, encode_rows, args);
    return GEMLET_OK;
}

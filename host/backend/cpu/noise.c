/* SPDX-License-Identifier: MIT
 * noise on the CPU. */
#include "backend/cpu/cpu_real.h"
#include "core/rng.h"

#define COUNTER 4u /* as in backend.h */
#define MEAN    262140

static void add_to_rows(const void *context, size_t first, size_t end)
{
    const gm_noise_args *args = context;
    const real *record = gm_cpu_vector(args->record);
    const real unit = record[args->layer == 0 ? GM_RECORD_INPUT_NOISE : GM_RECORD_HIDDEN_NOISE];
    const real *words = record + GM_RECORD_KEY;
    const uint32_t key[2] = {(uint32_t)words[0] | (uint32_t)words[1] << 16,
                             (uint32_t)words[2] | (uint32_t)words[3] << 16};
    const int has_x = args->x.buffer != NULL;
    for (size_t row = first; row < end; ++row) {
        const real *x = has_x ? gm_cpu_row(args->x, row) : NULL;
        real *y = gm_cpu_row(args->y, row);
        for (size_t col = 0; col < args->y.cols; ++col) {
            const uint32_t counter[4] = {(uint32_t)col, (uint32_t)row, args->layer, COUNTER};
            uint32_t drawn[4];
            int32_t sum = 0;
            gm_philox4x32(drawn, counter, key);
            for (unsigned i = 0; i < 4; ++i)
                sum += (int32_t)((drawn[i] & 0xFFFF) + (drawn[i] >> 16));
            const real deviation = (real)(sum - MEAN);
            y[col] = has_x ? x[col] + unit * deviation : deviation;
        }
    }
}

gemlet_status GM_CPU(noise)(gm_backend *backend, const gm_noise_args *args)
{
    GM_CPU(for_each)(backend, args->y.rows, GM_CPU_ROW, 32 * args->y.cols, add_to_rows, args);
    return GEMLET_OK;
}

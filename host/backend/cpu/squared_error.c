/* SPDX-License-Identifier: MIT
 * squared_error on the CPU. */
#include <string.h>

#include "backend/cpu/cpu_real.h"

gemlet_status GM_CPU(squared_error)(gm_backend *backend, const gm_squared_error_args *args)
{
    (void)backend;
    const size_t n_rows = args->outputs.rows;
    const uint32_t *targets = gm_cpu_vector_u32(args->targets);
    double sum = 0;
    for (size_t i = 0; i < n_rows; ++i) {
        float target;
        memcpy(&target, &targets[i], sizeof target);
        const double error = (double)*gm_cpu_row(args->outputs, i) - (double)target;
        *gm_cpu_row(args->doutputs, i) = (real)(2 * error / (double)n_rows);
        sum += error * error;
    }
    *gm_cpu_vector(args->loss) = (real)(sum / (double)n_rows);
    return GEMLET_OK;
}

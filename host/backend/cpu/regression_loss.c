/* SPDX-License-Identifier: MIT
 * regression_loss on the CPU. */
#include <math.h>
#include <string.h>

#include "backend/cpu/cpu_real.h"

/* *slope and the loss itself of an error. What is not a number stays so. */
static double loss_of(double *slope, double error, gemlet_regression_loss kind, double delta)
{
    const double size = fabs(error);
    switch (kind) {
    case GEMLET_REGRESSION_LOSS_ABSOLUTE:
        *slope = size > 0 ? copysign(1, error) : error;
        return size;
    case GEMLET_REGRESSION_LOSS_HUBER:
        *slope = size > delta ? copysign(delta, error) : error;
        return size > delta ? delta * (size - delta / 2) : error * error / 2;
    case GEMLET_REGRESSION_LOSS_SQUARED:
        break;
    }
    *slope = 2 * error;
    return error * error;
}

static double target_of(uint32_t bits)
{
    float target;
    memcpy(&target, &bits, sizeof target);
    return (double)target;
}

gemlet_status GM_CPU(regression_loss)(gm_backend *backend, const gm_regression_loss_args *args)
{
    (void)backend;
    const size_t n_rows = args->outputs.rows;
    const uint32_t *targets = gm_cpu_vector_u32(args->targets);
    const real *weights = gm_cpu_vector(args->weights);
    const real *record = gm_cpu_vector(args->record);
    const double delta = record != NULL ? (double)record[GM_RECORD_HUBER_DELTA] : 0;
    const double mixed = record != NULL ? (double)record[GM_RECORD_MIXED_PART] : 0;
    gemlet_regression_loss kind = GEMLET_REGRESSION_LOSS_SQUARED;
    double sum = 0;
    if (record != NULL)
        kind = (gemlet_regression_loss)record[GM_RECORD_REGRESSION_LOSS];
    for (size_t i = 0; i < n_rows; ++i) {
        double slope;
        const double weight = weights != NULL ? (double)weights[i] : 1;
        const double own = target_of(targets[i]);
        const double target = own + mixed * (target_of(targets[n_rows - 1 - i]) - own);
        const double error = (double)*gm_cpu_row(args->outputs, i) - target;
        sum += weight * loss_of(&slope, error, kind, delta);
        *gm_cpu_row(args->doutputs, i) = (real)(weight * slope / (double)n_rows);
    }
    *gm_cpu_vector(args->loss) = (real)(sum / (double)n_rows);
    return GEMLET_OK;
}

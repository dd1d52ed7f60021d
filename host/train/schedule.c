/* SPDX-License-Identifier: MIT
 * Learning-rate schedules; the formulas stand at gemlet_schedule. Cosine: I. Loshchilov and
 * F. Hutter, "SGDR: stochastic gradient descent with warm restarts", ICLR 2017, without restarts.
 */
#include "train/schedule.h"

#include <math.h>

static const double pi = 3.1415926535897932384626433832795;

double gm_schedule_learning_rate(const gemlet_train_options *options, uint64_t step)
{
    switch (options->schedule) {
    case GEMLET_SCHEDULE_CONSTANT:
        break;
    case GEMLET_SCHEDULE_STEP:
        return options->learning_rate *
               pow(options->step_factor, (double)(step / options->step_every));
    case GEMLET_SCHEDULE_COSINE:
        return options->learning_rate * 0.5 *
               (1.0 + cos(pi * (double)step / (double)options->n_steps));
    }
    return options->learning_rate;
}

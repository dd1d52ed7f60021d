/* SPDX-License-Identifier: MIT
 * Learning-rate schedules; the formulas stand at gemlet_schedule. Their sources:
 * cosine, with and without restarts: I. Loshchilov and F. Hutter, "SGDR: stochastic gradient
 * descent with warm restarts", ICLR 2017; one-cycle: L. Smith and N. Topin, "Super-convergence",
 * 2018, in the form of PyTorch's OneCycleLR; coslog4: D. Holzmueller, L. Grinsztajn and I.
 * Steinwart, "Better by default: strong pre-tuned MLPs and boosted trees on tabular data", NeurIPS
 * 2024. */
#include "train/schedule.h"

#include <math.h>
#include <stdio.h>

#include "core/float_range.h"
#include "core/names.h"

static const double pi = 3.1415926535897932384626433832795;

/* Factor of the first step of a warm-up: without it, that step would change nothing. */
#define WARMUP_BEGIN   0.02

#define ONE_CYCLE_RISE 0.3 /* of the run */
#define ONE_CYCLE_INITIAL                                                                          \
    25.0                    /* the peak is so many times as much as the rate of the first step     \
                             */
#define ONE_CYCLE_FINAL 1e4 /* and that so many times as much as the rate of the last */

/* Half a cosine from `from`, where part is 0, to `to`, where it is 1. */
static double half_cosine(double from, double to, double part)
{
    return to + (from - to) * 0.5 * (1.0 + cos(pi * part));
}

static double one_cycle(double step, double n_steps)
{
    const double peak = ONE_CYCLE_RISE * n_steps - 1.0; /* a step; below 0 if there are few */
    const double initial = 1.0 / ONE_CYCLE_INITIAL;
    if (step < peak)
        return half_cosine(initial, 1.0, step / peak);
    return half_cosine(1.0, initial / ONE_CYCLE_FINAL, (step - peak) / (n_steps - 1.0 - peak));
}

static double restarts(const gemlet_train_options *options, double step)
{
    double first = 0.0; /* step of the cycle */
    double length = (double)options->cycle_steps;
    if (options->cycle_factor == 1)
        return half_cosine(1.0, 0.0, fmod(step, length) / length);
    while (step >= first + length) {
        first += length;
        length *= (double)options->cycle_factor;
    }
    return half_cosine(1.0, 0.0, (step - first) / length);
}

/* The rate without warm-up, as a part of options->learning_rate. */
static double shape(const gemlet_train_options *options, double step)
{
    const double n_steps = (double)options->n_steps;
    switch (options->schedule) {
    case GEMLET_SCHEDULE_CONSTANT:
        break;
    case GEMLET_SCHEDULE_STEP:
        return pow(options->step_factor, floor(step / (double)options->step_every));
    case GEMLET_SCHEDULE_COSINE:
        return 0.5 * (1.0 + cos(pi * step / n_steps));
    case GEMLET_SCHEDULE_FLAT_COSINE:
        return step < 0.5 * n_steps ? 1.0 : half_cosine(1.0, 0.0, 2.0 * step / n_steps - 1.0);
    case GEMLET_SCHEDULE_ONE_CYCLE:
        return one_cycle(step, n_steps);
    case GEMLET_SCHEDULE_COSINE_RESTARTS:
        return restarts(options, step);
    case GEMLET_SCHEDULE_COSLOG4:
        return 0.5 * (1.0 - cos(2.0 * pi * log2(1.0 + 15.0 * step / n_steps)));
    }
    return 1.0;
}

/* Steps; 0: none. */
static double warmup_steps(const gemlet_train_options *options)
{
    return options->warmup < 1.0 ? options->warmup * (double)options->n_steps : options->warmup;
}

double gm_schedule_learning_rate(const gemlet_train_options *options, uint64_t step)
{
    const double warmup = warmup_steps(options);
    const double rate = options->learning_rate * shape(options, (double)step);
    return warmup > 0.0 ? rate * fmin(1.0, WARMUP_BEGIN + (double)step / warmup) : rate;
}

/* A rate that falls to 0 on its way only ends the training early; one that overflows spoils it. */
static gemlet_status check_steps(const gemlet_train_options *options)
{
    if (options->step_every == 0 || !(options->step_factor > 0.0) ||
        !isfinite(options->step_factor))
        return gm_error(GEMLET_E_RANGE,
                        "step schedule: factor %g every %llu steps, expected both above 0",
                        options->step_factor, (unsigned long long)options->step_every);
    const double last = gm_schedule_learning_rate(options, options->n_steps - 1);
    if (last > 1.0 && !gm_fits_float(last))
        return gm_error(GEMLET_E_RANGE,
                        "step schedule: factor %g every %llu steps makes the learning rate %g at "
                        "step %llu, expected " GM_FLOAT_RANGE,
                        options->step_factor, (unsigned long long)options->step_every, last,
                        (unsigned long long)options->n_steps);
    return GEMLET_OK;
}

gemlet_status gm_schedule_check(const gemlet_train_options *options)
{
    if (!(options->warmup >= 0.0) || !isfinite(options->warmup))
        return gm_error(GEMLET_E_RANGE, "warm-up is %g, expected a number of steps, or a share",
                        options->warmup);
    if (options->warmup > 0.0 && options->schedule == GEMLET_SCHEDULE_ONE_CYCLE)
        return gm_error(GEMLET_E_RANGE,
                        "warm-up %g of a one-cycle schedule, expected none: the cycle rises itself",
                        options->warmup);
    if (options->schedule == GEMLET_SCHEDULE_COSINE_RESTARTS &&
        (options->cycle_steps == 0 || options->cycle_factor == 0))
        return gm_error(GEMLET_E_RANGE,
                        "cosine with restarts: first cycle of %llu steps, factor %llu, expected "
                        "both at least 1",
                        (unsigned long long)options->cycle_steps,
                        (unsigned long long)options->cycle_factor);
    return options->schedule == GEMLET_SCHEDULE_STEP ? check_steps(options) : GEMLET_OK;
}

int gm_schedule_depends_on_length(const gemlet_train_options *options)
{
    if (options->warmup > 0.0 && options->warmup < 1.0)
        return 1;
    switch (options->schedule) {
    case GEMLET_SCHEDULE_CONSTANT:
    case GEMLET_SCHEDULE_STEP:
    case GEMLET_SCHEDULE_COSINE_RESTARTS:
        return 0;
    case GEMLET_SCHEDULE_COSINE:
    case GEMLET_SCHEDULE_FLAT_COSINE:
    case GEMLET_SCHEDULE_ONE_CYCLE:
    case GEMLET_SCHEDULE_COSLOG4:
        break;
    }
    return 1;
}

void gm_schedule_describe(char text[GM_SCHEDULE_TEXT_SIZE], const gemlet_train_options *options)
{
    const int n = snprintf(text, GM_SCHEDULE_TEXT_SIZE, "%g %s", options->learning_rate,
                           gm_name_of(gm_schedule_names, options->schedule));
    if (options->warmup > 0.0)
        snprintf(text + n, GM_SCHEDULE_TEXT_SIZE - (size_t)n, " with a warm-up of %.6g steps",
                 warmup_steps(options));
}

/* SPDX-License-Identifier: MIT
 * See average.h. The formulas stand at gemlet_train_options. */
#include "train/average.h"

#include <math.h>
#include <string.h>

#include "data/number.h"

int gm_average_is_on(const gemlet_train_options *options)
{
    return options->average_decay > 0.0 || options->average_last > 0.0;
}

gemlet_status gm_average_check(const gemlet_train_options *options)
{
    const double decay = options->average_decay;
    const double last = options->average_last;
    /* As a float, what is left for a step must not be 0. */
    if (!(decay >= 0.0 && decay < 1.0) || (float)(1.0 - decay) == 0.0f)
        return gm_error(GEMLET_E_RANGE,
                        "decay of the average is %.9g, expected at least 0 and below 1", decay);
    if (!(last >= 0.0 && last <= 1.0))
        return gm_error(GEMLET_E_RANGE, "share of steps that are averaged is %.9g, expected 0 to 1",
                        last);
    if (decay > 0.0 && last > 0.0)
        return gm_error(GEMLET_E_RANGE,
                        "average with decay %g and of the last %g of the steps, expected one of "
                        "the two",
                        decay, last);
    return GEMLET_OK;
}

gemlet_status gm_average_begin(gemlet_model *model)
{
    return gm_model_set_states(model, model->states & ~GM_AVERAGE_STATE);
}

/* The part of the newest values. What was trained counts from its first step on, so that the values
 * before the training are soon forgotten: the decay begins at 2/11. */
static double weight_of_decay(double decay, uint64_t step)
{
    const double i = (double)step + 1.0;
    return 1.0 - fmin(decay, (1.0 + i) / (10.0 + i));
}

/* The mean of as many values as there are in the window so far; before it, the newest. */
static double weight_of_last(const gemlet_train_options *options, uint64_t step)
{
    const double n_steps = (double)options->n_steps;
    const double n_averaged = fmax(1.0, round(options->average_last * n_steps));
    const double place = (double)step - (n_steps - n_averaged); /* of the step in the window */
    return place > 0.0 ? 1.0 / (place + 1.0) : 1.0;
}

void gm_average_fill_record(float record[GM_RECORD_SIZE], const gemlet_train_options *options,
                            uint64_t step)
{
    if (gm_average_is_on(options))
        record[GM_RECORD_AVERAGE_WEIGHT] =
            (float)(options->average_decay > 0.0 ? weight_of_decay(options->average_decay, step)
                                                 : weight_of_last(options, step));
}

gemlet_status gm_average_run(gm_network *network, gm_vector record)
{
    return gm_average_step(network->backend,
                           &(gm_average_step_args){.averages = gm_network_averages(network),
                                                   .values = gm_network_values(network),
                                                   .record = record});
}

/* What the text says, e.g. 0.99 behind "ema:"; 0 if it says something else. */
static gemlet_status parse_number(double *number, const char *text, const char *kind)
{
    const size_t length = strlen(kind);
    gm_number_locale locale;
    *number = 0.0;
    if (strncmp(text, kind, length) != 0)
        return GEMLET_OK;
    GEMLET_TRY(gm_number_enter(&locale));
    if (gm_number_parse(number, text + length, strlen(text + length)) != GM_NUMBER_FINITE)
        *number = 0.0;
    gm_number_leave(&locale);
    return GEMLET_OK;
}

gemlet_status gm_average_parse(gemlet_train_options *options, const char *text)
{
    double decay = 0.0;
    double last = 0.0;
    options->average_decay = options->average_last = 0.0;
    if (text == NULL)
        return GEMLET_OK;
    GEMLET_TRY(parse_number(&decay, text, "ema:"));
    GEMLET_TRY(parse_number(&last, text, "last:"));
    options->average_decay = decay;
    options->average_last = last;
    if ((decay > 0.0 || last > 0.0) && gm_average_check(options) == GEMLET_OK)
        return GEMLET_OK;
    return gm_error(GEMLET_E_RANGE,
                    "--average: found '%s', expected ema:D, D above 0 and below 1, or last:F, F "
                    "above 0 and at most 1",
                    text);
}

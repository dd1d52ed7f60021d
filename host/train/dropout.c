/* SPDX-License-Identifier: MIT
 * See dropout.h. */
#include "train/dropout.h"

#include <math.h>

#include "core/error.h"
#include "train/option_range.h"

#define NOISE_DEVIATION 53510.0 /* of the sum of random numbers, see backend.h */
#define RATE_STEPS      65536.0 /* random numbers of 16 bits decide */

gm_network_use gm_dropout_network_use(const gemlet_train_options *options)
{
    if (options->hidden_noise > 0)
        return options->dropout > 0 ? GM_NETWORK_TRAIN_NOISE_DROPOUT : GM_NETWORK_TRAIN_NOISE;
    return options->dropout > 0 ? GM_NETWORK_TRAIN_DROPOUT : GM_NETWORK_TRAIN;
}

static double rounded(double rate)
{
    return nearbyint(rate * RATE_STEPS) / RATE_STEPS;
}

static gemlet_status check_rate(const char *name, double rate)
{
    if (rate == 0 || (rate > 0 && rounded(rate) > 0 && rounded(rate) < 1))
        return GEMLET_OK;
    return gm_error(GEMLET_E_RANGE, "%s is %g, expected 0, or 2^-16 to 1 - 2^-16", name, rate);
}

gemlet_status gm_dropout_check(const gemlet_train_options *options)
{
    GEMLET_TRY(check_rate("dropout", options->dropout));
    GEMLET_TRY(check_rate("input dropout", options->input_dropout));
    GEMLET_TRY(gm_option_check("hidden noise", options->hidden_noise, GM_LEAST_SIZE, GM_MOST_SIZE));
    return gm_option_check("input noise", options->input_noise, GM_LEAST_SIZE, GM_MOST_SIZE);
}

static void fill_rate(float record[GM_RECORD_SIZE], gm_record_item item, double rate)
{
    record[item] = (float)rounded(rate);
    record[item + 1] = (float)(1 / (1 - rounded(rate)));
}

void gm_dropout_fill_record(float record[GM_RECORD_SIZE], const gemlet_train_options *options)
{
    record[GM_RECORD_INPUT_NOISE] = (float)(options->input_noise / NOISE_DEVIATION);
    record[GM_RECORD_HIDDEN_NOISE] = (float)(options->hidden_noise / NOISE_DEVIATION);
    fill_rate(record, GM_RECORD_INPUT_DROPOUT, options->input_dropout);
    fill_rate(record, GM_RECORD_HIDDEN_DROPOUT, options->dropout);
}

/* SPDX-License-Identifier: MIT
 * See rate_scale.h. The factors of a kind and of a layer multiply, so there is a record for each
 * pair of them: number kind * (1 + n_layers) + layer, where 0 is none of the kinds, or layers, that
 * the options name. */
#include "train/rate_scale.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/float_range.h"
#include "core/names.h"
#include "data/number.h"
#include "model/spec.h"
#include "train/schedule.h"

#define LEAST_FACTOR 1e-6
#define MOST_FACTOR  1e6

static const gm_name group_names[] = {
    {"weights", GEMLET_RATE_GROUP_WEIGHTS},
    {"biases", GEMLET_RATE_GROUP_BIASES},
    {"scales", GEMLET_RATE_GROUP_SCALES},
    {"shifts", GEMLET_RATE_GROUP_SHIFTS},
    {"first", GEMLET_RATE_GROUP_FIRST_LAYER},
    {"last", GEMLET_RATE_GROUP_LAST_LAYER},
    {NULL, 0},
};

/* The kind of each parameter, by gm_tensor. */
static const gemlet_rate_group kinds[GM_N_PARAMETERS] = {
    [GM_TENSOR_weight] = GEMLET_RATE_GROUP_WEIGHTS,
    [GM_TENSOR_bias] = GEMLET_RATE_GROUP_BIASES,
    [GM_TENSOR_gamma] = GEMLET_RATE_GROUP_SCALES,
    [GM_TENSOR_beta] = GEMLET_RATE_GROUP_SHIFTS,
};

static int is_kind(const gemlet_rate_scale *scale)
{
    return scale->group <= GEMLET_RATE_GROUP_SHIFTS;
}

/* The layer, from 1, of a group of one in a network of n_layers. */
static unsigned layer_of(const gemlet_rate_scale *scale, unsigned n_layers)
{
    switch (scale->group) {
    case GEMLET_RATE_GROUP_FIRST_LAYER:
        return 1;
    case GEMLET_RATE_GROUP_LAST_LAYER:
        return n_layers;
    default:
        return scale->layer;
    }
}

#define GROUP_TEXT_SIZE 24u

/* text = "biases", "last layer" or "layer 3". */
static void describe_group(char text[GROUP_TEXT_SIZE], const gemlet_rate_scale *scale)
{
    if (scale->group == GEMLET_RATE_GROUP_LAYER)
        snprintf(text, GROUP_TEXT_SIZE, "layer %u", scale->layer);
    else
        snprintf(text, GROUP_TEXT_SIZE, "%s%s", gm_name_of(group_names, scale->group),
                 is_kind(scale) ? "" : " layer");
}

/* ---- checks --------------------------------------------------------------------------------- */

/* What can be said of the factors without a network. */
static gemlet_status check_scales(const gemlet_train_options *options)
{
    if (options->n_rate_scales > GEMLET_MAX_RATE_SCALES)
        return gm_error(GEMLET_E_RANGE,
                        "%u groups of parameters have a factor of the learning rate, expected at "
                        "most %u",
                        options->n_rate_scales, GEMLET_MAX_RATE_SCALES);
    for (unsigned i = 0; i < options->n_rate_scales; ++i) {
        const gemlet_rate_scale *scale = &options->rate_scales[i];
        char group[GROUP_TEXT_SIZE];
        if ((unsigned)scale->group > GEMLET_RATE_GROUP_LAYER)
            return gm_error(GEMLET_E_RANGE,
                            "group of parameters %d has a factor of the learning rate, expected "
                            "%d to %d",
                            (int)scale->group, GEMLET_RATE_GROUP_WEIGHTS, GEMLET_RATE_GROUP_LAYER);
        describe_group(group, scale);
        if (!(scale->factor == 0 ||
              (scale->factor >= LEAST_FACTOR && scale->factor <= MOST_FACTOR)))
            return gm_error(GEMLET_E_RANGE,
                            "factor of the learning rate of %s is %g, expected 0 (they stay) or %g "
                            "to %g",
                            group, scale->factor, LEAST_FACTOR, MOST_FACTOR);
        for (unsigned k = 0; k < i; ++k) {
            const gemlet_rate_scale *earlier = &options->rate_scales[k];
            if (earlier->group == scale->group &&
                (scale->group != GEMLET_RATE_GROUP_LAYER || earlier->layer == scale->layer))
                return gm_error(GEMLET_E_RANGE,
                                "factor of the learning rate of %s is given twice, expected once",
                                group);
        }
    }
    return GEMLET_OK;
}

static int has_kind(const gemlet_spec *spec, gemlet_rate_group kind)
{
    for (unsigned l = 0; l < spec->n_layers; ++l) {
        for (unsigned t = 0; t < GM_N_PARAMETERS; ++t) {
            if (kinds[t] == kind && gm_layer_has(&spec->layers[l], t))
                return 1;
        }
    }
    return 0;
}

/* The group is one of the network's, and its layer not that of an earlier one. */
static gemlet_status check_group(const gemlet_train_options *options, unsigned i,
                                 const gemlet_spec *spec)
{
    const gemlet_rate_scale *scale = &options->rate_scales[i];
    char group[GROUP_TEXT_SIZE];
    describe_group(group, scale);
    if (is_kind(scale)) {
        if (has_kind(spec, scale->group))
            return GEMLET_OK;
        return gm_error(GEMLET_E_RANGE,
                        "%s have a factor of the learning rate, but the network has none: layers "
                        "with batch-norm have scales and shifts, the others biases",
                        group);
    }
    const unsigned layer = layer_of(scale, spec->n_layers);
    if (layer < 1 || layer > spec->n_layers)
        return gm_error(GEMLET_E_RANGE,
                        "%s has a factor of the learning rate, expected 1 to the %u layer%s of the "
                        "network",
                        group, spec->n_layers, spec->n_layers == 1 ? "" : "s");
    for (unsigned k = 0; k < i; ++k) {
        const gemlet_rate_scale *earlier = &options->rate_scales[k];
        char other[GROUP_TEXT_SIZE];
        if (is_kind(earlier) || layer_of(earlier, spec->n_layers) != layer)
            continue;
        describe_group(other, earlier);
        return gm_error(GEMLET_E_RANGE,
                        "factors of the learning rate for '%s' and for '%s' are for the same layer "
                        "of this network, expected one of the two",
                        other, group);
    }
    return GEMLET_OK;
}

/* ---- records -------------------------------------------------------------------------------- */

static unsigned count_kinds(const gemlet_train_options *options)
{
    unsigned n = 0;
    for (unsigned i = 0; i < options->n_rate_scales; ++i)
        n += (unsigned)is_kind(&options->rate_scales[i]);
    return n;
}

static unsigned count_layers(const gemlet_train_options *options)
{
    return options->n_rate_scales - count_kinds(options);
}

unsigned gm_rate_scale_count_records(const gemlet_train_options *options)
{
    return (1 + count_kinds(options)) * (1 + count_layers(options));
}

/* The factor of the n-th (from 1) group that is a kind, or is none; of number 0 it is 1. */
static double factor_of(const gemlet_train_options *options, int kind, unsigned n)
{
    for (unsigned i = 0; n > 0 && i < options->n_rate_scales; ++i) {
        const gemlet_rate_scale *scale = &options->rate_scales[i];
        if (is_kind(scale) == kind && --n == 0)
            return scale->factor;
    }
    return 1;
}

static double factor_of_record(const gemlet_train_options *options, unsigned record)
{
    const unsigned n_layers = 1 + count_layers(options);
    return factor_of(options, 1, record / n_layers) * factor_of(options, 0, record % n_layers);
}

void gm_rate_scale_fill_records(float *records, const gemlet_train_options *options, uint64_t step)
{
    const unsigned n = gm_rate_scale_count_records(options);
    for (unsigned r = 1; r < n; ++r) {
        float *record = records + r * GM_RECORD_SIZE;
        memcpy(record, records, GM_RECORD_SIZE * sizeof *record);
        record[GM_RECORD_LEARNING_RATE] =
            (float)(gm_schedule_learning_rate(options, step) * factor_of_record(options, r));
    }
}

gemlet_status gm_rate_scale_check(const gemlet_train_options *options, const gemlet_spec *spec)
{
    GEMLET_TRY(check_scales(options));
    for (unsigned i = 0; i < options->n_rate_scales; ++i)
        GEMLET_TRY(check_group(options, i, spec));
    for (unsigned r = 1; r < gm_rate_scale_count_records(options); ++r) {
        gemlet_train_options scaled = *options;
        scaled.learning_rate *= factor_of_record(options, r);
        if (!gm_fits_float(scaled.learning_rate))
            return gm_error(GEMLET_E_RANGE,
                            "learning rate of a group of parameters is %g, expected 0 or a number "
                            "above 0 " GM_FLOAT_RANGE,
                            scaled.learning_rate);
        GEMLET_TRY(gm_schedule_check(&scaled));
    }
    return GEMLET_OK;
}

/* The number of the record for parameters of a kind in layer `layer` (from 1). */
static unsigned record_of(const gemlet_train_options *options, gemlet_rate_group kind,
                          unsigned layer, unsigned n_layers)
{
    unsigned of_kind = 0;
    unsigned of_layer = 0;
    unsigned n_kinds = 0;
    unsigned n_named_layers = 0;
    for (unsigned i = 0; i < options->n_rate_scales; ++i) {
        const gemlet_rate_scale *scale = &options->rate_scales[i];
        if (is_kind(scale)) {
            ++n_kinds;
            if (scale->group == kind)
                of_kind = n_kinds;
        } else {
            ++n_named_layers;
            if (layer_of(scale, n_layers) == layer)
                of_layer = n_named_layers;
        }
    }
    return of_kind * (1 + n_named_layers) + of_layer;
}

void gm_rate_scale_assign(gm_network *network, const gemlet_train_options *options)
{
    for (unsigned l = 0; l < network->n_layers; ++l) {
        for (unsigned t = 0; t < GM_N_PARAMETERS; ++t)
            network->layers[l].records[t] =
                (unsigned char)record_of(options, kinds[t], l + 1, network->n_layers);
    }
}

/* ---- text ----------------------------------------------------------------------------------- */

/* The group that the `length` bytes at `text` name. 1 if there is one. */
static int read_group(gemlet_rate_scale *scale, const char *text, size_t length)
{
    for (const gm_name *name = group_names; name->name != NULL; ++name) {
        if (strlen(name->name) == length && strncmp(name->name, text, length) == 0) {
            scale->group = (gemlet_rate_group)name->value;
            return 1;
        }
    }
    if (length == 0 || length > 2 || strspn(text, "0123456789") != length)
        return 0;
    scale->group = GEMLET_RATE_GROUP_LAYER;
    scale->layer = (gemlet_dim)strtoul(text, NULL, 10);
    return scale->layer > 0;
}

/* One "group=factor". */
static int read_scale(gemlet_rate_scale *scale, const char *text, size_t length)
{
    char copy[32];
    const char *equals = memchr(text, '=', length);
    *scale = (gemlet_rate_scale){0};
    if (equals == NULL)
        return 0;
    const size_t n_digits = length - (size_t)(equals - text) - 1;
    if (n_digits >= sizeof copy)
        return 0;
    memcpy(copy, equals + 1, n_digits);
    copy[n_digits] = '\0';
    return read_group(scale, text, (size_t)(equals - text)) &&
           gm_number_parse(&scale->factor, copy, n_digits) == GM_NUMBER_FINITE;
}

gemlet_status gm_rate_scale_parse(gemlet_train_options *options, const char *text)
{
    gm_number_locale locale;
    int is_read = 1;
    options->n_rate_scales = 0;
    if (text == NULL)
        return GEMLET_OK;
    GEMLET_TRY(gm_number_enter(&locale));
    for (const char *at = text; is_read && at != NULL;) {
        const char *comma = strchr(at, ',');
        is_read = options->n_rate_scales < GEMLET_MAX_RATE_SCALES &&
                  read_scale(&options->rate_scales[options->n_rate_scales++], at,
                             comma != NULL ? (size_t)(comma - at) : strlen(at));
        at = comma != NULL ? comma + 1 : NULL;
    }
    gm_number_leave(&locale);
    if (!is_read)
        return gm_error(GEMLET_E_RANGE,
                        "--lr-scale: found '%s', expected none, or up to %u of weights=X, "
                        "biases=X, scales=X, shifts=X, first=X, last=X, N=X of layer N, with "
                        "commas between them",
                        text, GEMLET_MAX_RATE_SCALES);
    return check_scales(options);
}

/* SPDX-License-Identifier: MIT
 * See divergence.h. The limits are far beyond what anybody trains with on purpose. */
#include "train/divergence.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/cpu/cpu_backend.h"
#include "core/memory.h"
#include "data/rows.h"
#include "model/model.h"
#include "train/schedule.h"

/* Inputs are best around 1. */
#define MAX_INPUT 100.0
/* Values up to here are made large by the input scale, if anything. */
#define MAX_VALUE  1000.0
#define MAX_WEIGHT 100.0
#define MAX_RATE   1.0
/* A step multiplies a weight by 1 - rate x decay: from here on it grows. */
#define MAX_DECAY 2.0

typedef struct largest_value {
    gemlet_dim n_features;
    int is_bytes;
    const gm_encoding *encoding; /* NULL: the values are the features */
    float *inputs;               /* (n_features) of a row that is encoded */
    double value;
    gemlet_dim feature;
} largest_value;

static gemlet_status look_at_values(const void *values, gemlet_dim first, gemlet_dim n, void *user)
{
    largest_value *largest = user;
    const unsigned char *bytes = values;
    const float *floats = values;
    (void)first;
    for (size_t i = 0; i < (size_t)n * largest->n_features; ++i) {
        const double value = largest->is_bytes ? (double)bytes[i] : (double)floats[i];
        if (fabs(value) > fabs(largest->value)) {
            largest->value = value;
            largest->feature = (gemlet_dim)(i % largest->n_features);
        }
    }
    return GEMLET_OK;
}

static gemlet_status look_at_rows(const void *values, gemlet_dim first, gemlet_dim n, void *user)
{
    largest_value *largest = user;
    const gm_encoding *encoding = largest->encoding;
    const float *columns = values;
    if (encoding == NULL)
        return look_at_values(values, first, n, user);
    for (gemlet_dim i = 0; i < n; ++i) {
        gm_cpu32_encode_row(largest->inputs, columns + (size_t)i * encoding->n_columns,
                            encoding->codes, encoding->n_inputs, encoding->n_inputs);
        GEMLET_TRY(look_at_values(largest->inputs, first + i, 1, user));
    }
    return GEMLET_OK;
}

/* It completes the message of another failure: rows that cannot be read are passed over. */
double gm_largest_value(gemlet_dim *feature, const gemlet_dataset *dataset, gemlet_dim first,
                        gemlet_dim n_rows)
{
    largest_value largest = {
        .n_features = gemlet_dataset_features(dataset),
        .is_bytes = gemlet_dataset_element(dataset) == GEMLET_ELEMENT_U8,
        .encoding = gm_dataset_encoding(dataset),
    };
    if (GM_ALLOC(largest.inputs, largest.n_features, "inputs of a row") == GEMLET_OK)
        gm_rows_visit(dataset, first, n_rows, look_at_rows, &largest);
    free(largest.inputs);
    *feature = largest.feature;
    return largest.value;
}

static double largest_weight(const gemlet_model *model)
{
    double largest = 0.0;
    for (unsigned l = 0; l < gemlet_model_spec(model)->n_layers; ++l) {
        const float *weight = model->tensors[l][GEMLET_TENSOR_WEIGHT];
        const size_t n = gemlet_model_tensor_size(model, l, GEMLET_TENSOR_WEIGHT);
        for (size_t i = 0; i < n; ++i)
            largest = fmax(largest, fabs((double)weight[i]));
    }
    return largest;
}

__attribute__((format(printf, 2, 3))) static void add(char *text, const char *format, ...)
{
    size_t length = strlen(text);
    if (length > 0)
        length += (size_t)snprintf(text + length, GM_DIVERGENCE_ADVICE_SIZE - length, "; ");
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + length, GM_DIVERGENCE_ADVICE_SIZE - length, format, arguments);
    va_end(arguments);
}

static void judge_inputs(char *text, const gm_diverged_run *run)
{
    gemlet_dim feature;
    const double largest =
        gm_largest_value(&feature, run->dataset, 0, gemlet_dataset_rows(run->dataset));
    const double scale = (double)gemlet_model_input_scale(run->good);
    if (fabs(largest) * scale <= MAX_INPUT)
        return;
    if (fabs(largest) <= MAX_VALUE && scale > 1.0)
        add(text, "lower the input scale (%g): inputs reach %g, best is about 1", scale,
            largest * scale);
    else
        add(text, "scale feature %u of %u: its inputs reach %g, best is about 1", feature + 1,
            gemlet_dataset_features(run->dataset), largest * scale);
}

void gm_divergence_advise(char *text, const gm_diverged_run *run)
{
    const gemlet_train_options *options = run->options;
    const int is_stepped = options->schedule == GEMLET_SCHEDULE_STEP && run->step > 0;
    const double rate =
        is_stepped ? gm_schedule_learning_rate(options, run->step - 1) : options->learning_rate;
    text[0] = '\0';
    judge_inputs(text, run);
    const double weight = run->good_steps == 0 ? largest_weight(run->good) : 0.0;
    if (weight > MAX_WEIGHT)
        add(text, "lower the scale of the initial weights: they reach %g", weight);
    if (rate * options->weight_decay >= MAX_DECAY &&
        (rate <= MAX_RATE || options->weight_decay > 1.0))
        add(text,
            "lower the weight decay (%g): times the learning rate (%g) it is %g, and from 2 on "
            "weights grow with every step",
            options->weight_decay, rate, rate * options->weight_decay);
    if (rate > MAX_RATE || text[0] == '\0')
        add(text, "lower the learning rate (%g)", rate);
}

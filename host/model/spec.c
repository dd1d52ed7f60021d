/* SPDX-License-Identifier: MIT
 * The shape of a network and its text form, "784-150bn-relu-150bn-relu-10". */
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "core/memory.h"
#include "core/names.h"
#include "model/spec.h"

const char *gm_activation_name(gemlet_activation activation)
{
    return gm_name_of(gm_activation_names, activation);
}

gemlet_dim gm_spec_fan_in(const gemlet_spec *spec, unsigned layer)
{
    return layer == 0 ? spec->n_inputs : spec->layers[layer - 1].width;
}

int gm_spec_has_batch_norm(const gemlet_spec *spec)
{
    for (unsigned l = 0; l < spec->n_layers; ++l) {
        if (spec->layers[l].batch_norm)
            return 1;
    }
    return 0;
}

gemlet_dim gm_spec_classes(const gemlet_spec *spec)
{
    return spec->layers[spec->n_layers - 1].width;
}

/* ---- reading -------------------------------------------------------------------------------- */

/* A place in the text; tokens are what stands between the hyphens. */
/* Ends the text of a network whose output is a number. */
#define LINEAR "linear"

typedef struct cursor {
    const char *text;
    const char *at;
} cursor;

static gemlet_status mistake(const cursor *c, const char *expected)
{
    if (*c->at == '\0')
        return gm_error(GEMLET_E_FORMAT, "network \"%s\": ends where %s is expected", c->text,
                        expected);
    return gm_error(GEMLET_E_FORMAT,
                    "network \"%s\": found \"%.16s\" at character %zu, expected %s", c->text, c->at,
                    (size_t)(c->at - c->text) + 1, expected);
}

static gemlet_status read_width(cursor *c, gemlet_dim *width, const char *expected)
{
    uint64_t value = 0;
    const char *start = c->at;
    while (*c->at >= '0' && *c->at <= '9' && value <= UINT32_MAX)
        value = 10 * value + (uint64_t)(*c->at++ - '0');
    if (c->at == start || value == 0 || value > UINT32_MAX) {
        c->at = start;
        return mistake(c, expected);
    }
    *width = (gemlet_dim)value;
    return GEMLET_OK;
}

static int skip_text(cursor *c, const char *text)
{
    const size_t length = strlen(text);
    if (strncmp(c->at, text, length) != 0)
        return 0;
    c->at += length;
    return 1;
}

static gemlet_status read_hidden_activation(cursor *c, gemlet_activation *activation)
{
    const size_t length = strcspn(c->at, "-");
    for (const gm_name *known = gm_hidden_activation_names; known->name != NULL; ++known) {
        if (strlen(known->name) != length || strncmp(c->at, known->name, length) != 0)
            continue;
        *activation = (gemlet_activation)known->value;
        c->at += length;
        return GEMLET_OK;
    }
    char names[GM_NAMES_SIZE];
    char expected[GM_NAMES_SIZE + 32];
    gm_names_list(names, gm_hidden_activation_names);
    snprintf(expected, sizeof expected, "an activation (%s)", names);
    return mistake(c, expected);
}

gemlet_status gemlet_spec_parse(gemlet_spec *spec, const char *text)
{
    gemlet_spec parsed = {0};
    cursor c = {text, text};
    GEMLET_TRY(read_width(&c, &parsed.n_inputs, "the number of inputs"));
    for (;;) {
        if (!skip_text(&c, "-"))
            return mistake(&c, "\"-\" and the width of the next layer");
        if (parsed.n_layers == GEMLET_MAX_LAYERS)
            return gm_error(GEMLET_E_FORMAT, "network \"%.40s...\": more than %u layers", text,
                            GEMLET_MAX_LAYERS);
        gemlet_layer_spec *layer = &parsed.layers[parsed.n_layers++];
        GEMLET_TRY(read_width(&c, &layer->width, "the width of a layer"));
        layer->batch_norm = skip_text(&c, "bn");
        if (*c.at == '\0')
            break; /* the output layer has no activation */
        if (!skip_text(&c, "-"))
            return mistake(&c, "\"-\" or the end");
        if (strcmp(c.at, LINEAR) == 0) {
            parsed.task = GEMLET_TASK_REGRESSION;
            break;
        }
        GEMLET_TRY(read_hidden_activation(&c, &layer->activation));
    }
    GEMLET_TRY(gemlet_spec_validate(&parsed));
    *spec = parsed;
    return GEMLET_OK;
}

gemlet_status gemlet_spec_format(const gemlet_spec *spec, char *text, size_t size)
{
    size_t used = 0;
    for (unsigned l = 0; l <= spec->n_layers && used < size; ++l) {
        const gemlet_layer_spec *layer = l > 0 ? &spec->layers[l - 1] : NULL;
        const int has_activation = layer != NULL && layer->activation != GEMLET_ACTIVATION_IDENTITY;
        used += (size_t)snprintf(text + used, size - used, "%s%u%s%s%s", l > 0 ? "-" : "",
                                 layer != NULL ? layer->width : spec->n_inputs,
                                 layer != NULL && layer->batch_norm ? "bn" : "",
                                 has_activation ? "-" : "",
                                 has_activation ? gm_activation_name(layer->activation) : "");
    }
    if (used < size && spec->task == GEMLET_TASK_REGRESSION)
        used += (size_t)snprintf(text + used, size - used, "-" LINEAR);
    if (used >= size)
        return gm_error(GEMLET_E_RANGE, "network text: %zu bytes are too few", size);
    return GEMLET_OK;
}

/* ---- checking ------------------------------------------------------------------------------- */

static gemlet_status validate_task(const gemlet_spec *spec)
{
    const gemlet_layer_spec *output = &spec->layers[spec->n_layers - 1];
    if (spec->task != GEMLET_TASK_CLASSIFICATION && spec->task != GEMLET_TASK_REGRESSION)
        return gm_error(GEMLET_E_ARGUMENT, "network: there is no task %d", (int)spec->task);
    if (spec->task == GEMLET_TASK_REGRESSION && (output->width != 1 || output->batch_norm))
        return gm_error(GEMLET_E_RANGE,
                        "network: %u outputs%s of a regression, expected 1 without batch-norm",
                        output->width, output->batch_norm ? " with batch-norm" : "");
    return GEMLET_OK;
}

static gemlet_status validate_layer(const gemlet_spec *spec, unsigned l)
{
    const gemlet_layer_spec *layer = &spec->layers[l];
    const int is_output = l + 1 == spec->n_layers;
    if (layer->width == 0)
        return gm_error(GEMLET_E_RANGE, "network: layer %u has width 0, expected at least 1",
                        l + 1);
    if (is_output && layer->width > GEMLET_MAX_CLASSES)
        return gm_error(GEMLET_E_RANGE, "network: %u classes, expected at most %u", layer->width,
                        GEMLET_MAX_CLASSES);
    if (is_output == (layer->activation == GEMLET_ACTIVATION_IDENTITY) &&
        (unsigned)layer->activation <= GEMLET_ACTIVATION_MISH)
        return GEMLET_OK;
    char names[GM_NAMES_SIZE];
    gm_names_list(names, gm_hidden_activation_names);
    return gm_error(GEMLET_E_ARGUMENT, "network: layer %u of %u has activation %s, expected %s",
                    l + 1, spec->n_layers, gm_activation_name(layer->activation),
                    is_output ? "identity (the softmax follows)" : names);
}

gemlet_status gemlet_spec_validate(const gemlet_spec *spec)
{
    if (spec->n_inputs == 0)
        return gm_error(GEMLET_E_RANGE, "network: 0 inputs, expected at least 1");
    if (spec->n_layers == 0 || spec->n_layers > GEMLET_MAX_LAYERS)
        return gm_error(GEMLET_E_RANGE, "network: %u layers, expected 1 to %u", spec->n_layers,
                        GEMLET_MAX_LAYERS);
    size_t n_values = 0;
    GEMLET_TRY(validate_task(spec));
    for (unsigned l = 0; l < spec->n_layers; ++l) {
        GEMLET_TRY(validate_layer(spec, l));
        size_t n_weights;
        GEMLET_TRY(gm_checked_mul(&n_weights, gm_spec_fan_in(spec, l), spec->layers[l].width,
                                  "network: weights of a layer"));
        GEMLET_TRY(gm_checked_add(&n_values, n_values, n_weights, "network: parameters"));
        GEMLET_TRY(gm_checked_add(&n_values, n_values, 4 * (size_t)spec->layers[l].width,
                                  "network: parameters"));
    }
    /* Everything later multiplies this with sizes of elements and a small constant. */
    if (n_values > SIZE_MAX / 64)
        return gm_error(GEMLET_E_RANGE, "network: %zu parameters are more than can be addressed",
                        n_values);
    return GEMLET_OK;
}

size_t gm_spec_tensor_extents(const gemlet_spec *spec, unsigned layer, gm_tensor tensor,
                              gemlet_dim extents[2])
{
    extents[0] = extents[1] = 0;
    if (gm_layer_has(&spec->layers[layer], tensor))
        gm_tensor_extents(tensor, gm_spec_fan_in(spec, layer), spec->layers[layer].width, 0,
                          extents);
    return (size_t)extents[0] * extents[1];
}

size_t gemlet_spec_n_parameters(const gemlet_spec *spec)
{
    size_t n = 0;
    gemlet_dim extents[2];
    for (unsigned l = 0; l < spec->n_layers; ++l) {
        for (unsigned t = 0; t < GM_N_PARAMETERS; ++t)
            n += gm_spec_tensor_extents(spec, l, t, extents);
    }
    return n;
}

/* SPDX-License-Identifier: MIT
 * Creation of models and access to their tensors. */
#include "model/model.h"

#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "model/spec.h"

/* Puts the first n_tensors tensors of all layers one after the other. NULL: only counts. Returns
 * the number of values. */
static size_t place_tensors(float *(*tensors)[GM_N_MODEL_TENSORS], float *values,
                            const gemlet_spec *spec, unsigned n_tensors)
{
    size_t n_values = 0;
    for (unsigned l = 0; l < spec->n_layers; ++l) {
        for (unsigned t = 0; t < n_tensors; ++t) {
            gemlet_dim extents[2];
            const size_t size = gm_spec_tensor_extents(spec, l, t, extents);
            if (tensors != NULL)
                tensors[l][t] = size > 0 ? values + n_values : NULL;
            n_values += size;
        }
    }
    return n_values;
}

gemlet_status gm_model_allocate(gemlet_model **out, const gemlet_spec *spec)
{
    *out = NULL;
    GEMLET_TRY(gemlet_spec_validate(spec));
    const size_t n_values = place_tensors(NULL, NULL, spec, GM_N_MODEL_TENSORS);
    gemlet_model *model;
    GEMLET_TRY(GM_ALLOC(model, 1, "model"));
    model->spec = *spec;
    model->input_scale = 1.0f;
    const gemlet_status status = GM_ALLOC(model->values, n_values, "parameters of the model");
    if (status != GEMLET_OK) {
        gemlet_model_destroy(model);
        return status;
    }
    model->n_values = n_values;
    place_tensors(model->tensors, model->values, spec, GM_N_MODEL_TENSORS);
    *out = model;
    return GEMLET_OK;
}

static size_t count_state_values(const gemlet_model *model, unsigned state)
{
    return place_tensors(NULL, NULL, &model->spec, gm_state_n_tensors(state));
}

gemlet_status gm_model_set_states(gemlet_model *model, gm_state_set states)
{
    size_t n_values = 0;
    float *values = NULL;
    assert((states & ~GM_ALL_STATES) == 0);
    if (states == model->states)
        return GEMLET_OK;
    for (unsigned s = 0; s < GM_N_STATES; ++s)
        n_values += gm_has_state(states, s) ? count_state_values(model, s) : 0;
    if (n_values > 0)
        GEMLET_TRY(GM_ALLOC(values, n_values, "states of the optimizer"));
    float *to = values;
    for (unsigned s = 0; s < GM_N_STATES; ++s) {
        const size_t n = count_state_values(model, s);
        const float *before = model->state_tensors[s][0][GM_TENSOR_weight];
        memset(model->state_tensors[s], 0, sizeof model->state_tensors[s]);
        if (!gm_has_state(states, s))
            continue;
        if (gm_has_state(model->states, s))
            memcpy(to, before, n * sizeof *to);
        place_tensors(model->state_tensors[s], to, &model->spec, gm_state_n_tensors(s));
        to += n;
    }
    free(model->state_values);
    model->state_values = values;
    model->n_state_values = n_values;
    model->states = states;
    return GEMLET_OK;
}

gemlet_status gemlet_model_create(gemlet_model **out, const gemlet_spec *spec,
                                  const gemlet_init_options *options)
{
    GEMLET_TRY(gm_model_allocate(out, spec));
    const gemlet_status status = gm_model_init(*out, options);
    if (status != GEMLET_OK) {
        gemlet_model_destroy(*out);
        *out = NULL;
    }
    return status;
}

void gemlet_model_destroy(gemlet_model *model)
{
    if (model == NULL)
        return;
    for (gemlet_dim i = 0; i < model->n_networks; ++i)
        gemlet_model_destroy(model->networks[i]);
    free(model->networks);
    gm_schema_destroy(model->schema);
    free(model->state_values);
    free(model->values);
    free(model);
}

gemlet_status gm_model_take_schema(gemlet_model *model, gm_schema *schema, const char *path)
{
    const gemlet_spec *spec = &model->spec;
    const gemlet_dim n_outputs = spec->layers[spec->n_layers - 1].width;
    gm_schema_destroy(model->schema);
    model->schema = NULL;
    if (schema == NULL)
        return GEMLET_OK;
    const gemlet_dim n_wanted = schema->task == GM_TASK_CLASSIFICATION ? schema->n_classes : 1;
    const int is_of_task =
        (schema->task == GM_TASK_REGRESSION) == (spec->task == GEMLET_TASK_REGRESSION);
    if (schema->n_inputs == spec->n_inputs && n_wanted == n_outputs && is_of_task) {
        model->schema = schema;
        for (gemlet_dim i = 0; i < model->n_networks; ++i)
            GEMLET_TRY(gm_model_take_schema(model->networks[i], gm_schema_share(schema), path));
        return GEMLET_OK;
    }
    const gemlet_status status = gm_error(
        GEMLET_E_SHAPE,
        "%s: schema: found %u inputs and %u outputs%s, expected %u and %u%s as the network has",
        path, schema->n_inputs, n_wanted,
        schema->task == GM_TASK_REGRESSION ? " of a regression" : "", spec->n_inputs, n_outputs,
        spec->task == GEMLET_TASK_REGRESSION ? " of a regression" : "");
    gm_schema_destroy(schema);
    return status;
}

const gm_schema *gm_model_schema(const gemlet_model *model)
{
    return model->schema;
}

void gm_model_state_name(char name[GM_TENSOR_NAME_SIZE], gm_tensor tensor, unsigned state)
{
    if (state == GM_STATE_average)
        snprintf(name, GM_TENSOR_NAME_SIZE, "%s.trained", gm_tensors[tensor].name);
    else
        gm_state_tensor_name(name, tensor, state);
}

/* On the bits, where all of the exponent's are set in NaN and infinity, and without a branch:
 * compilers make vector code of it, as they do not of isfinite(). */
static int are_finite(const float *values, size_t n)
{
    const uint32_t exponent = 0x7f800000u;
    uint32_t any_other = 0;
    for (size_t i = 0; i < n; ++i) {
        uint32_t bits;
        memcpy(&bits, &values[i], sizeof bits);
        any_other |= (bits & exponent) == exponent;
    }
    return any_other == 0;
}

int gm_model_is_finite(const gemlet_model *model)
{
    return are_finite(model->values, model->n_values) &&
           are_finite(model->state_values, model->n_state_values);
}

gemlet_status gm_model_copy_values(gemlet_model *to, const gemlet_model *from)
{
    assert(to->n_values == from->n_values);
    GEMLET_TRY(gm_model_set_states(to, from->states));
    memcpy(to->values, from->values, from->n_values * sizeof *from->values);
    if (from->n_state_values > 0)
        memcpy(to->state_values, from->state_values,
               from->n_state_values * sizeof *from->state_values);
    return GEMLET_OK;
}

gemlet_status gm_model_clone(gemlet_model **out, const gemlet_model *model)
{
    assert(model->n_networks == 0);
    GEMLET_TRY(gm_model_allocate(out, &model->spec));
    (*out)->input_scale = model->input_scale;
    (*out)->schema = model->schema != NULL ? gm_schema_share(model->schema) : NULL;
    const gemlet_status status = gm_model_copy_values(*out, model);
    if (status == GEMLET_OK)
        return GEMLET_OK;
    gemlet_model_destroy(*out);
    *out = NULL;
    return status;
}

const gemlet_spec *gemlet_model_spec(const gemlet_model *model)
{
    return &model->spec;
}

float gemlet_model_input_scale(const gemlet_model *model)
{
    return model->input_scale;
}

gemlet_status gemlet_model_set_input_scale(gemlet_model *model, float scale)
{
    if (!(scale > 0.0f) || !isfinite(scale))
        return gm_error(GEMLET_E_RANGE, "input scale: found %g, expected a number above 0",
                        (double)scale);
    model->input_scale = scale;
    for (gemlet_dim i = 0; i < model->n_networks; ++i)
        model->networks[i]->input_scale = scale;
    return GEMLET_OK;
}

float *gemlet_model_tensor(gemlet_model *model, unsigned layer, gemlet_tensor tensor)
{
    return layer < model->spec.n_layers ? model->tensors[layer][tensor] : NULL;
}

size_t gemlet_model_tensor_size(const gemlet_model *model, unsigned layer, gemlet_tensor tensor)
{
    gemlet_dim extents[2];
    return layer < model->spec.n_layers
               ? gm_spec_tensor_extents(&model->spec, layer, (gm_tensor)tensor, extents)
               : 0;
}

/* SPDX-License-Identifier: MIT
 * Models that are ensembles of networks; contract in gemlet/model.h. */
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "model/model.h"
#include "model/spec.h"

gemlet_status gm_model_allocate_ensemble(gemlet_model **out, const gemlet_spec *spec, gemlet_dim n)
{
    gemlet_model *model;
    *out = NULL;
    GEMLET_TRY(gemlet_spec_validate(spec));
    GEMLET_TRY(GM_ALLOC(model, 1, "ensemble"));
    model->spec = *spec;
    model->input_scale = 1.0f;
    const gemlet_status status = GM_ALLOC(model->networks, n, "networks of an ensemble");
    if (status != GEMLET_OK) {
        gemlet_model_destroy(model);
        return status;
    }
    model->n_networks = n;
    *out = model;
    return GEMLET_OK;
}

/* *same out: 1 if the two have the same schema, or neither has one. */
static gemlet_status compare_schemas(int *same, const gm_schema *a, const gm_schema *b)
{
    char *text_a;
    char *text_b;
    *same = a == b;
    if (a == b || a == NULL || b == NULL)
        return GEMLET_OK;
    GEMLET_TRY(gm_schema_to_json(&text_a, a));
    const gemlet_status status = gm_schema_to_json(&text_b, b);
    if (status == GEMLET_OK) {
        *same = strcmp(text_a, text_b) == 0;
        free(text_b);
    }
    free(text_a);
    return status;
}

static gemlet_status check_networks(const gemlet_model *const *networks, gemlet_dim n)
{
    if (n < 2 || n > GEMLET_MAX_ENSEMBLE)
        return gm_error(GEMLET_E_RANGE, "ensemble: found %u networks, expected 2 to %u", n,
                        GEMLET_MAX_ENSEMBLE);
    for (gemlet_dim i = 0; i < n; ++i) {
        int same;
        char first[GEMLET_SPEC_TEXT_SIZE];
        char text[GEMLET_SPEC_TEXT_SIZE];
        if (networks[i]->n_networks > 0)
            return gm_error(GEMLET_E_RANGE,
                            "ensemble: found an ensemble as network %u, expected a single network",
                            i + 1);
        GEMLET_TRY(gemlet_spec_format(&networks[0]->spec, first, sizeof first));
        GEMLET_TRY(gemlet_spec_format(&networks[i]->spec, text, sizeof text));
        if (strcmp(first, text) != 0)
            return gm_error(GEMLET_E_SHAPE, "ensemble: found %s as network %u, expected %s", text,
                            i + 1, first);
        if (networks[i]->input_scale != networks[0]->input_scale)
            return gm_error(
                GEMLET_E_SHAPE, "ensemble: found the input scale %.9g in network %u, expected %.9g",
                (double)networks[i]->input_scale, i + 1, (double)networks[0]->input_scale);
        GEMLET_TRY(compare_schemas(&same, networks[0]->schema, networks[i]->schema));
        if (!same)
            return gm_error(GEMLET_E_SHAPE,
                            "ensemble: found another table in network %u than in the first, "
                            "expected the same columns and scaling",
                            i + 1);
    }
    return GEMLET_OK;
}

/* Without what its optimizer keeps. */
static gemlet_status copy_network(gemlet_model **out, const gemlet_model *network)
{
    GEMLET_TRY(gm_model_allocate(out, &network->spec));
    (*out)->input_scale = network->input_scale;
    (*out)->schema = network->schema != NULL ? gm_schema_share(network->schema) : NULL;
    memcpy((*out)->values, network->values, network->n_values * sizeof *network->values);
    return GEMLET_OK;
}

gemlet_status gemlet_model_create_ensemble(gemlet_model **out, const gemlet_model *const *networks,
                                           gemlet_dim n)
{
    *out = NULL;
    GEMLET_TRY(check_networks(networks, n));
    GEMLET_TRY(gm_model_allocate_ensemble(out, &networks[0]->spec, n));
    (*out)->input_scale = networks[0]->input_scale;
    if (networks[0]->schema != NULL)
        (*out)->schema = gm_schema_share(networks[0]->schema);
    gemlet_status status = GEMLET_OK;
    for (gemlet_dim i = 0; i < n && status == GEMLET_OK; ++i)
        status = copy_network(&(*out)->networks[i], networks[i]);
    if (status == GEMLET_OK)
        return GEMLET_OK;
    gemlet_model_destroy(*out);
    *out = NULL;
    return status;
}

gemlet_dim gemlet_model_networks(const gemlet_model *model)
{
    return model->n_networks;
}

gemlet_model *gemlet_model_network(gemlet_model *model, gemlet_dim place)
{
    return place < model->n_networks ? model->networks[place] : NULL;
}

gemlet_dim gm_model_n_networks(const gemlet_model *model)
{
    return model->n_networks > 0 ? model->n_networks : 1;
}

const gemlet_model *gm_model_network(const gemlet_model *model, gemlet_dim place)
{
    return model->n_networks > 0 ? model->networks[place] : model;
}

gemlet_status gm_model_check_single(const gemlet_model *model, const char *what)
{
    if (model->n_networks == 0)
        return GEMLET_OK;
    return gm_error(GEMLET_E_ARGUMENT,
                    "%s: found an ensemble of %u networks, expected a single network", what,
                    model->n_networks);
}

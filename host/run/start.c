/* SPDX-License-Identifier: MIT
 * See start.h. */
#include "run/start.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "model/model.h"
#include "model/spec.h"
#include "run/model_place.h"
#include "run/note.h"

/* Without the schema of a table, whose inputs follow from the rows that it was made of. */
static gemlet_status load(gemlet_model **out, const char *from)
{
    GEMLET_TRY(gm_model_load_from(out, from));
    const int is_ensemble = gemlet_model_networks(*out) > 0;
    if (gm_model_schema(*out) == NULL && !is_ensemble)
        return GEMLET_OK;
    gemlet_model_destroy(*out);
    *out = NULL;
    if (is_ensemble)
        return gm_error(GEMLET_E_ARGUMENT, "--from %s: found an ensemble, expected one network",
                        from);
    return gm_error(
        GEMLET_E_ARGUMENT,
        "--from %s: found a model of a table, expected one of a directory of rows: what "
        "its inputs are follows from the rows that it was trained on",
        from);
}

gemlet_status gm_start_spec(gemlet_spec *spec, const char *from, gemlet_dim n_features,
                            gemlet_dim n_classes)
{
    gemlet_model *model;
    GEMLET_TRY(load(&model, from));
    *spec = *gemlet_model_spec(model);
    gemlet_model_destroy(model);
    if (spec->n_inputs != n_features)
        return gm_error(GEMLET_E_SHAPE,
                        "--from %s: found %u inputs, expected the %u features of "
                        "the data",
                        from, spec->n_inputs, n_features);
    spec->layers[spec->n_layers - 1].width = n_classes;
    return gemlet_spec_validate(spec);
}

int gm_start_has_batch_norm(const char *from)
{
    gemlet_model *model;
    if (load(&model, from) != GEMLET_OK)
        return 1;
    const int has = gm_spec_has_batch_norm(gemlet_model_spec(model));
    gemlet_model_destroy(model);
    return has;
}

static void copy_layer(gemlet_model *to, gemlet_model *from, unsigned l)
{
    for (unsigned t = 0; t < GM_N_MODEL_TENSORS; ++t) {
        float *values = gemlet_model_tensor(to, l, (gemlet_tensor)t);
        if (values != NULL)
            memcpy(values, gemlet_model_tensor(from, l, (gemlet_tensor)t),
                   gemlet_model_tensor_size(to, l, (gemlet_tensor)t) * sizeof *values);
    }
}

gemlet_status gm_start_take(gemlet_model *model, const char *from, double chosen_scale,
                            const gm_run_events *events)
{
    gemlet_model *start;
    GEMLET_TRY(load(&start, from));
    const gemlet_spec *spec = gemlet_model_spec(model);
    const gemlet_spec *of_start = gemlet_model_spec(start);
    const unsigned last = spec->n_layers - 1;
    const int is_new_output = spec->layers[last].width != of_start->layers[last].width;
    gemlet_status status = GEMLET_OK;
    for (unsigned l = 0; l < spec->n_layers - (unsigned)is_new_output; ++l)
        copy_layer(model, start, l);
    if (is_new_output)
        gm_note(events->on_note, events->user,
                "the output layer begins with new weights: the data have %u classes, %s has %u",
                gm_spec_classes(spec), from, gm_spec_classes(of_start));
    if (isnan(chosen_scale))
        status = gemlet_model_set_input_scale(model, gemlet_model_input_scale(start));
    gemlet_model_destroy(start);
    return status;
}

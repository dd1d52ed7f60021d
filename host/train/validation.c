/* SPDX-License-Identifier: MIT
 * See validation.h. */
#include "train/validation.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "model/model.h"
#include "train/device_data.h"

/* Puts what was being looked at in front of a message about rows or their loss. */
static gemlet_status name_rows(gemlet_status failure)
{
    char message[512];
    if (failure == GEMLET_OK)
        return failure;
    snprintf(message, sizeof message, "%s", gemlet_last_error());
    return gm_error(failure, "validation rows: %s", message);
}

/* Of the same network, values as they come. */
static int is_alike(const gemlet_model *a, const gemlet_model *b)
{
    char texts[2][GEMLET_SPEC_TEXT_SIZE];
    return gemlet_spec_format(gemlet_model_spec(a), texts[0], sizeof texts[0]) == GEMLET_OK &&
           gemlet_spec_format(gemlet_model_spec(b), texts[1], sizeof texts[1]) == GEMLET_OK &&
           strcmp(texts[0], texts[1]) == 0;
}

gemlet_status gm_validation_check(const gemlet_model *model, const gemlet_train_options *options)
{
    if (options->last_model != NULL && !is_alike(options->last_model, model))
        return gm_error(GEMLET_E_SHAPE, "last model: found another network than the model's");
    if (options->validation != NULL)
        return name_rows(gm_check_data_fits_model(options->validation, model, 1));
    if (options->patience > 0 || options->validate_every > 0)
        return gm_error(GEMLET_E_RANGE, "%s without validation rows",
                        options->patience > 0 ? "patience" : "steps between validations");
    return GEMLET_OK;
}

gemlet_status gm_validation_create(gm_validation *v, gm_backend *backend, const gemlet_model *model,
                                   const gemlet_train_options *options)
{
    *v = (gm_validation){.options = options};
    if (options->validation == NULL)
        return GEMLET_OK;
    GEMLET_TRY(gm_model_allocate(&v->best, gemlet_model_spec(model)));
    return name_rows(gm_evaluator_create(&v->evaluator, backend, model, options->validation));
}

int gm_validation_is_due(const gm_validation *v, uint64_t step, uint64_t steps_per_epoch)
{
    const uint64_t every =
        v->options->validate_every > 0 ? v->options->validate_every : steps_per_epoch;
    return v->evaluator != NULL && step % every == 0;
}

gemlet_status gm_validation_measure(gm_validation *v, gemlet_evaluation *evaluation,
                                    const gm_network *network)
{
    const double started = gm_clock_seconds();
    const gemlet_status status = gm_evaluator_run(v->evaluator, network, evaluation);
    v->seconds += gm_clock_seconds() - started;
    if (status != GEMLET_E_RANGE || v->state.n_done == 0)
        return name_rows(status);
    *evaluation = (gemlet_evaluation){
        .rows = gemlet_dataset_rows(v->options->validation),
        .loss = (double)INFINITY,
    };
    return GEMLET_OK;
}

int gm_validation_is_gain(const gm_validation *v, const gemlet_evaluation *evaluation)
{
    return v->state.n_done == 0 || evaluation->loss < v->state.best.loss;
}

gemlet_status gm_validation_add(gm_validation *v, const gemlet_evaluation *evaluation,
                                const gemlet_model *model, uint64_t step)
{
    gm_validation_state *state = &v->state;
    const int is_gain = gm_validation_is_gain(v, evaluation);
    if (is_gain) {
        GEMLET_TRY(gm_model_copy_values(v->best, model));
        state->best = *evaluation;
        state->best_step = step;
    }
    state->n_without_gain = is_gain ? 0 : state->n_without_gain + 1;
    state->last = *evaluation;
    state->last_step = step;
    ++state->n_done;
    return GEMLET_OK;
}

int gm_validation_is_over(const gm_validation *v)
{
    return v->options->patience > 0 && v->state.n_without_gain >= v->options->patience;
}

gemlet_status gm_validation_load(gm_validation *v, const gm_validation_state *state,
                                 const gemlet_model *best)
{
    if (best != NULL)
        GEMLET_TRY(gm_model_copy_values(v->best, best));
    v->state = *state;
    return GEMLET_OK;
}

gemlet_status gm_validation_finish(const gm_validation *v, gemlet_model *model,
                                   gemlet_train_result *result)
{
    const gm_validation_state *state = &v->state;
    result->validation_seconds = v->seconds;
    if (v->options->last_model != NULL) {
        GEMLET_TRY(gm_model_copy_values(v->options->last_model, model));
        v->options->last_model->input_scale = model->input_scale;
    }
    if (state->n_done == 0)
        return GEMLET_OK;
    GEMLET_TRY(gm_model_copy_values(model, v->best));
    result->good_steps = state->best_step;
    result->validation = state->best;
    result->last_validation = state->last;
    return GEMLET_OK;
}

void gm_validation_destroy(gm_validation *v)
{
    gm_evaluator_destroy(v->evaluator);
    gemlet_model_destroy(v->best);
    *v = (gm_validation){0};
}

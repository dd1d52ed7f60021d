/* SPDX-License-Identifier: MIT
 * Training behind the gate. */
#include "run/train.h"

#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "run/gate.h"
#include "train/train_options.h"
#include "train/trainer.h"
#include "train/average.h"
#include "train/update_rule.h"

typedef struct gated_run {
    gemlet_model *model;
    gemlet_device *device;
    const gemlet_dataset *dataset;
    gemlet_train_options options; /* fused: OFF where fused steps are wrong */
    const gm_gated_options *gated;
    gm_gate gate;
    gm_gate_fused fused;
    double qualify_seconds;
} gated_run;

static int is_stopped(const gated_run *r)
{
    return r->options.stop != NULL && *r->options.stop != 0;
}

static gemlet_status try_composed(gated_run *r)
{
    const gm_step_job job = {r->model, r->dataset, &r->options};
    const double started = gm_clock_seconds();
    if (r->options.no_qualify || is_stopped(r))
        return GEMLET_OK;
    gemlet_status status = GEMLET_OK;
    if (r->gated->choose_products != NULL)
        status = r->gated->choose_products(r->gated->run);
    if (status == GEMLET_OK)
        status = gm_gate_composed_steps(&r->gate, &job);
    r->qualify_seconds += gm_clock_seconds() - started;
    return status;
}

/* Fused steps multiply for themselves; the validations between them do not. */
static gemlet_status try_validation(gated_run *r)
{
    const double started = gm_clock_seconds();
    if (r->options.validation == NULL || r->options.no_qualify || is_stopped(r))
        return GEMLET_OK;
    const gemlet_status status = gm_gate_products(&r->gate, gemlet_model_spec(r->model), 0);
    r->qualify_seconds += gm_clock_seconds() - started;
    return status;
}

static gemlet_status try_fused(gated_run *r)
{
    const gm_step_job job = {r->model, r->dataset, &r->options};
    const double started = gm_clock_seconds();
    if (r->options.no_qualify || is_stopped(r))
        return GEMLET_OK;
    const gemlet_status status = gm_gate_fused_steps(&r->fused, &r->gate, &job);
    r->qualify_seconds += gm_clock_seconds() - started;
    if (r->fused == GM_GATE_FUSED_WRONG)
        r->options.fused = GEMLET_FUSED_OFF;
    return status;
}

/* A fused step that was tried may be none after all. Its device must be free of the run then: it
 * may be opened anew for another GEMM. */
static gemlet_status create(gm_trainer **trainer, gated_run *r, gemlet_train_result *result)
{
    GEMLET_TRY(gm_trainer_create(trainer, r->model, r->device, r->dataset, &r->options, result));
    if (r->fused != GM_GATE_FUSED_RIGHT || result->fused)
        return GEMLET_OK;
    gm_trainer_destroy(*trainer);
    *trainer = NULL;
    GEMLET_TRY(try_composed(r));
    return gm_trainer_create(trainer, r->model, r->device, r->dataset, &r->options, result);
}

static gemlet_status run(gated_run *r, gemlet_train_result *result)
{
    gm_trainer *trainer;
    GEMLET_TRY(try_fused(r));
    if (r->fused == GM_GATE_FUSED_RIGHT)
        GEMLET_TRY(try_validation(r));
    else
        GEMLET_TRY(try_composed(r));
    GEMLET_TRY(create(&trainer, r, result));
    if (r->fused == GM_GATE_FUSED_WRONG)
        snprintf(result->why_not_fused, sizeof result->why_not_fused, "wrong on this device");
    if (r->gated->on_begin != NULL)
        r->gated->on_begin(result->fused, r->gated->run);
    if (r->gated->states != NULL)
        gm_trainer_tell_states(trainer, r->gated->states);
    gemlet_status status = GEMLET_OK;
    if (r->gated->start != NULL)
        status = gm_trainer_start_from(trainer, r->gated->start, r->gated->start_best);
    if (status == GEMLET_OK)
        status = gm_trainer_run(trainer);
    if (status == GEMLET_OK && r->gated->on_end != NULL)
        r->gated->on_end(gm_trainer_session(trainer), r->gated->end_user);
    gm_trainer_destroy(trainer);
    return status;
}

/* Of a training that is not taken up again. */
static gemlet_status begin(const gemlet_train_options *options, gemlet_model *model)
{
    GEMLET_TRY(gm_average_begin(model));
    return gm_update_rule_begin(options, model);
}

gemlet_status gm_gated_train(gemlet_model *model, gemlet_device *device,
                             const gemlet_dataset *dataset, const gemlet_train_options *options,
                             const gm_gated_options *gated, gemlet_train_result *result)
{
    *result = (gemlet_train_result){0};
    GEMLET_TRY(gm_trainer_check(model, dataset, options));
    if (gated->start == NULL)
        GEMLET_TRY(begin(options, model));
    gated_run r = {
        .model = model,
        .device = device,
        .dataset = dataset,
        .options = *options,
        .gated = gated,
        .gate = {.device = device,
                 .cache_directory = options->cache_directory,
                 .on_note = options->on_note,
                 .user = options->user},
    };
    memcpy(r.gate.test_rows, gated->test_rows, sizeof r.gate.test_rows);
    const gemlet_status status = run(&r, result);
    result->qualify_seconds = r.qualify_seconds;
    return status;
}

gemlet_status gemlet_train(gemlet_model *model, gemlet_device *device,
                           const gemlet_dataset *dataset, const gemlet_train_options *options,
                           gemlet_train_result *result)
{
    gm_gated_options alone = {.on_begin = NULL};
    gemlet_train_options full;
    *result = (gemlet_train_result){0};
    GEMLET_TRY(gm_train_options_complete(&full, options));
    if (full.validation != NULL)
        alone.test_rows[0] = gemlet_dataset_rows(full.validation);
    return gm_gated_train(model, device, dataset, &full, &alone, result);
}

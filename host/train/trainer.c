/* SPDX-License-Identifier: MIT
 * The training loop: epochs, learning rate, reports. The work of a step is in step.c.
 *
 * Every step writes its loss and its number of right answers into its own slot of two small device
 * buffers; they are read back when a report is due or the slots are full, never in between. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "backend/device.h"
#include "core/clock.h"
#include "core/memory.h"
#include "train/divergence.h"
#include "train/good_state.h"
#include "train/head.h"
#include "train/layer_watch.h"
#include "train/schedule.h"
#include "train/session.h"
#include "train/trainer.h"
#include "train/tripwire.h"
#include "train/validation.h"

/* Steps whose loss and count wait on the device at most. */
#define MAX_SLOTS 1024u

/* Steps between two states that are kept at least. It takes as long as a step or two; a run that
 * diverges is repeated from the last one. */
#define KEEP_EVERY 100u

struct gm_trainer {
    const gemlet_train_options *options;
    gemlet_train_result *result;
    gm_session *session;
    const gemlet_dataset *dataset;
    gm_good_state good;
    gm_layer_watch watch;
    gm_validation validation;

    /* losses and counts of the steps since the last read-back */
    uint64_t n_pending;
    float *host_losses;
    uint32_t *host_corrects;

    /* sums since the last report */
    double loss_sum;
    uint64_t correct_sum;
    uint64_t n_summed; /* steps */

    uint64_t n_done; /* steps */
    double start_seconds;
    double report_seconds; /* training_seconds() at the last report */

    gm_train_states states; /* on_state NULL: nobody is told */
    gm_train_state newest;  /* to go on from with the last good state, if that has its steps */
    gm_train_state held;    /* the same with the model of the host */
    uint64_t told_steps;    /* of the last state that was told */
    double told_seconds;    /* when that was */
    double telling_seconds; /* how long it took */
};
typedef gm_trainer trainer;

static gemlet_status set_up(trainer *t, gemlet_model *model, gemlet_device *device,
                            const gemlet_dataset *dataset)
{
    const uint64_t n_slots = t->options->log_every < MAX_SLOTS ? t->options->log_every : MAX_SLOTS;
    GEMLET_TRY(gm_session_create(&t->session, gm_device_backend(device), model, dataset, t->options,
                                 n_slots, 0));
    GEMLET_TRY(gm_good_state_create(&t->good, t->session, model));
    GEMLET_TRY(gm_validation_create(&t->validation, t->session->backend, model, t->options));
    GEMLET_TRY(GM_ALLOC(t->host_losses, n_slots, "losses"));
    GEMLET_TRY(GM_ALLOC(t->host_corrects, n_slots, "counts"));
    if (t->options->watch_every > 0)
        GEMLET_TRY(gm_layer_watch_create(&t->watch, t->session->network));
    t->result->chunk_rows = t->session->data.chunks.rows;
    t->result->fused = gm_stepper_is_fused(t->session->stepper);
    snprintf(t->result->why_not_fused, sizeof t->result->why_not_fused, "%s",
             t->session->stepper->why_not_fused);
    return GEMLET_OK;
}

/* Reads the pending losses and counts and adds them up; waits for the device. */
static gemlet_status read_back(trainer *t)
{
    GEMLET_TRY(gm_session_read(t->session, 0, t->n_pending, t->host_losses, t->host_corrects));
    const uint64_t first_step = t->n_done - t->n_pending;
    for (uint64_t i = 0; i < t->n_pending; ++i) {
        if (!isfinite(t->host_losses[i]))
            return gm_error(GEMLET_E_DIVERGED, "loss is %s at step %llu",
                            isnan(t->host_losses[i]) ? "NaN" : "infinite",
                            (unsigned long long)(first_step + i + 1));
        t->loss_sum += (double)t->host_losses[i];
        t->correct_sum += t->host_corrects[i];
    }
    if (first_step == 0)
        t->result->initial_loss = (double)t->host_losses[0];
    t->n_summed += t->n_pending;
    t->n_pending = 0;
    return GEMLET_OK;
}

/* The state after the steps done so far becomes the last good one. */
static gemlet_status keep_state(trainer *t)
{
    return t->good.steps == t->n_done ? GEMLET_OK : gm_good_state_keep(&t->good, t->n_done);
}

/* Validates the state after the steps done so far, where it lies. It is kept if it is the best so
 * far, and if something is wrong with it: whether it is finite is the better reason. */
static gemlet_status validate(trainer *t)
{
    gm_stepper *stepper = t->session->stepper;
    gemlet_evaluation evaluation;
    GEMLET_TRY(stepper->ops->store(stepper));
    const gemlet_status status =
        gm_validation_measure(&t->validation, &evaluation, t->session->network);
    const int is_wrong = status != GEMLET_OK || !isfinite(evaluation.loss);
    const int is_gain = !is_wrong && gm_validation_is_gain(&t->validation, &evaluation);
    if (is_wrong || is_gain)
        GEMLET_TRY(keep_state(t));
    GEMLET_TRY(status);
    if (is_gain)
        GEMLET_TRY(gm_good_state_fetch(&t->good));
    return gm_validation_add(&t->validation, &evaluation, t->good.model, t->n_done);
}

/* Tells on_watch of the last step, if it is to know. */
static gemlet_status watch_layers(trainer *t)
{
    const gemlet_train_options *options = t->options;
    if (options->watch_every == 0 || (t->n_done > 1 && t->n_done % options->watch_every != 0))
        return GEMLET_OK;
    gm_stepper *stepper = t->session->stepper;
    const gm_network *network = t->session->network;
    if (t->good.steps != t->n_done) /* else keep_state() has stored */
        GEMLET_TRY(stepper->ops->store(stepper));
    GEMLET_TRY(stepper->ops->show(stepper, 0));
    GEMLET_TRY(gm_layer_watch_measure(&t->watch, network, options->batch));
    options->on_watch(t->n_done, t->watch.reports, network->n_layers, options->user);
    return GEMLET_OK;
}

/* Since the first step began, but for validation. */
static double training_seconds(const trainer *t)
{
    return gm_clock_seconds() - t->start_seconds - t->validation.seconds;
}

/* ---- states to go on from ------------------------------------------------------------------- */

/* The state after the steps done so far, all of which were read back. */
static gm_train_state current_state(const trainer *t)
{
    return (gm_train_state){
        .n_done = t->n_done,
        .initial_loss = t->result->initial_loss,
        .train_loss = t->result->train_loss,
        .train_accuracy = t->result->train_accuracy,
        .loss_sum = t->loss_sum,
        .correct_sum = t->correct_sum,
        .n_summed = t->n_summed,
        .seconds = training_seconds(t),
        .report_seconds = t->report_seconds,
        .validation_seconds = t->validation.seconds,
        .validation = t->validation.state,
    };
}

/* The state that the host holds. */
static void tell_state(trainer *t)
{
    const double started = gm_clock_seconds();
    const gemlet_model *best = t->held.validation.n_done > 0 ? t->validation.best : NULL;
    t->states.on_state(&t->held, t->good.model, best, t->states.user);
    t->told_steps = t->held.n_done;
    t->told_seconds = gm_clock_seconds();
    t->telling_seconds = t->told_seconds - started;
}

/* When the steps are over: the model becomes the last good state that can be had, the one on the
 * device or, where the device has failed, the one that was fetched last. */
static void take_last_state(trainer *t)
{
    if (gm_good_state_fetch(&t->good) == GEMLET_OK && t->newest.n_done == t->good.steps)
        t->held = t->newest;
    t->result->good_steps = t->good.model_steps;
}

/* After a failure, which stays the message. A failure between a step and what belongs to it leaves
 * no state to go on from. */
static gemlet_status keep_after_failure(trainer *t, gemlet_status failure)
{
    char message[1024];
    snprintf(message, sizeof message, "%s", gemlet_last_error());
    take_last_state(t);
    if (t->states.on_state != NULL && t->held.n_done > t->told_steps &&
        t->held.n_done == t->good.model_steps)
        tell_state(t);
    return gm_error(failure, "%s", message);
}

static int is_state_due(const trainer *t, int is_last)
{
    if (t->states.on_state == NULL)
        return 0;
    if (is_last)
        return 1;
    if (t->states.every > 0)
        return t->n_done % t->states.every == 0;
    const double passed = gm_clock_seconds() - t->told_seconds;
    if (passed < GM_STATE_LEAST_SECONDS || passed < 50.0 * t->telling_seconds)
        return 0;
    return passed >= GM_STATE_MOST_SECONDS || t->n_done % t->session->plan.steps_per_epoch == 0;
}

/* ---- the loop -------------------------------------------------------------------------------- */

/* The mean of the steps since the last report. */
static void take_mean(trainer *t)
{
    const double n_summed = (double)t->n_summed;
    t->result->train_loss = t->loss_sum / n_summed;
    t->result->train_accuracy = gm_head_accuracy(t->session->plan.policies.head, t->correct_sum,
                                                 (double)t->options->batch * n_summed);
    t->loss_sum = 0.0;
    t->correct_sum = 0;
    t->n_summed = 0;
}

/* Without a step since the last report it tells of the same steps again, now with a validation. */
static void report(trainer *t)
{
    const gemlet_train_options *options = t->options;
    const gm_validation_state *validated = &t->validation.state;
    const double now = training_seconds(t);
    const int is_new = t->n_summed > 0;
    const double n_steps = (double)(is_new ? t->n_summed : t->n_done);
    const double interval = is_new ? now - t->report_seconds : now;
    if (is_new)
        take_mean(t);
    const gemlet_progress progress = {
        .step = t->n_done,
        .n_steps = options->n_steps,
        .epoch = (double)t->n_done / (double)t->session->plan.steps_per_epoch,
        .learning_rate = gm_schedule_learning_rate(options, t->n_done - 1),
        .train_loss = t->result->train_loss,
        .train_accuracy = t->result->train_accuracy,
        .seconds = now + t->validation.seconds,
        .steps_per_second = interval > 0.0 ? n_steps / interval : 0.0,
        .validation_step = validated->last_step,
        .validation_loss = validated->last.loss,
        .validation_accuracy = validated->last.accuracy,
    };
    t->report_seconds = now;
    if (options->on_progress != NULL)
        options->on_progress(&progress, options->user);
}

static int is_stop_requested(const gemlet_train_options *options)
{
    return options->stop != NULL && *options->stop != 0;
}

static int is_over(const trainer *t)
{
    return t->n_done == t->options->n_steps || t->result->stopped || t->result->stopped_early;
}

/* Behind a step: what is due after so many, whether it is the last or not. */
static gemlet_status after_step(trainer *t)
{
    const int is_last = is_over(t);
    const int validation_due =
        gm_validation_is_due(&t->validation, t->n_done, t->session->plan.steps_per_epoch);
    const int report_due =
        t->n_done % t->options->log_every == 0 || t->n_done == 1 || validation_due;
    const int state_due = is_state_due(t, is_last);
    if (report_due || state_due || is_last || t->n_pending == t->session->n_slots) {
        GEMLET_TRY(read_back(t));
        if (state_due || is_last || t->n_done - t->good.steps >= KEEP_EVERY)
            GEMLET_TRY(keep_state(t));
    }
    if (validation_due) {
        GEMLET_TRY(validate(t));
        t->result->stopped_early = !is_last && gm_validation_is_over(&t->validation);
        if (t->result->stopped_early)
            GEMLET_TRY(keep_state(t));
    }
    const int is_told = state_due || (t->result->stopped_early && is_state_due(t, 1));
    if (is_told || is_over(t))
        GEMLET_TRY(gm_good_state_fetch(&t->good));
    GEMLET_TRY(watch_layers(t));
    if (report_due)
        report(t);
    if (t->good.steps == t->n_done)
        t->newest = current_state(t);
    if (t->good.model_steps == t->n_done)
        t->held = t->newest;
    if (is_told)
        tell_state(t);
    return GEMLET_OK;
}

/* What is made only because the training is over: a training that goes on from the last state that
 * was told has neither. */
static gemlet_status after_last_step(trainer *t)
{
    const int is_validated =
        t->validation.evaluator == NULL || t->validation.state.last_step == t->n_done;
    if (!is_validated)
        GEMLET_TRY(validate(t));
    if (!is_validated || t->n_summed > 0)
        report(t);
    return GEMLET_OK;
}

static gemlet_status run_steps(trainer *t)
{
    const uint64_t n_before = t->n_done;
    t->result->stopped = is_stop_requested(t->options); /* before there was anything to keep */
    while (!is_over(t)) {
        GEMLET_TRY(gm_session_enqueue(t->session, t->n_done, t->n_pending));
        ++t->n_pending;
        ++t->n_done;
        t->result->stopped = is_stop_requested(t->options);
        GEMLET_TRY(after_step(t));
    }
    if (t->result->stopped && t->n_done == n_before)
        return GEMLET_OK;
    return after_last_step(t);
}

/* Finds out why the run diverged and extends the message of what was noticed first. */
static gemlet_status explain_divergence(trainer *t)
{
    gemlet_train_result *result = t->result;
    char noticed[128];
    snprintf(noticed, sizeof noticed, "%s", gemlet_last_error());
    gm_tripwire_verdict verdict;
    const gemlet_status status =
        gm_tripwire_diagnose(&verdict, &(gm_tripwire_run){
                                           .session = t->session,
                                           .dataset = t->dataset,
                                           .good = t->good.model,
                                           .good_steps = result->good_steps,
                                           .last_step = t->n_done,
                                       });
    result->divergence = verdict.divergence;
    result->diverged_step = verdict.step;
    snprintf(result->diverged_tensor, sizeof result->diverged_tensor, "%s", verdict.tensor);
    if (status != GEMLET_OK) {
        char reason[512];
        snprintf(reason, sizeof reason, "%s", gemlet_last_error());
        return gm_error(GEMLET_E_DIVERGED, "%s: training diverged, why was not found out: %s",
                        noticed, reason);
    }
    if (verdict.divergence == GEMLET_DIVERGENCE_TRAINING) {
        char advice[GM_DIVERGENCE_ADVICE_SIZE];
        gm_divergence_advise(advice, &(gm_diverged_run){.options = t->options,
                                                        .dataset = t->dataset,
                                                        .good = t->good.model,
                                                        .good_steps = result->good_steps,
                                                        .step = verdict.step});
        return gm_error(GEMLET_E_DIVERGED, "%s: diverged on the CPU too: %s", noticed, advice);
    }
    if (verdict.tensor[0] == '\0')
        return gm_error(GEMLET_E_DIVERGED,
                        "%s: device differs from the CPU reference, which stays finite; the device "
                        "did not do so again",
                        noticed);
    return gm_error(GEMLET_E_DIVERGED,
                    "%s: device differs from the CPU reference at step %llu, tensor %s", noticed,
                    (unsigned long long)verdict.step, verdict.tensor);
}

/* A failure of the device in the middle of a run: how far it had come. */
static gemlet_status name_step(const trainer *t, gemlet_status failure)
{
    return gm_error(failure, "after %llu of %llu steps: %s", (unsigned long long)t->n_done,
                    (unsigned long long)t->options->n_steps, gemlet_last_error());
}

/* Batch-norm subtracts the mean of the rows of a step: of a single row nothing is left. Only
 * verification has a use for such steps. */
static gemlet_status check_batch_norm(const gemlet_model *model,
                                      const gemlet_train_options *options)
{
    const gemlet_spec *spec = gemlet_model_spec(model);
    for (unsigned l = 0; l < spec->n_layers && options->batch == 1; ++l) {
        if (spec->layers[l].batch_norm)
            return gm_error(GEMLET_E_RANGE,
                            "batch of 1 row, expected at least 2: layer %u has batch-norm, which "
                            "learns nothing from a single row",
                            l + 1);
    }
    return GEMLET_OK;
}

gemlet_status gm_trainer_check(const gemlet_model *model, const gemlet_dataset *dataset,
                               const gemlet_train_options *options)
{
    GEMLET_TRY(gm_model_check_single(model, "training"));
    GEMLET_TRY(check_batch_norm(model, options));
    GEMLET_TRY(gm_validation_check(model, options));
    GEMLET_TRY(gm_check_data_fits_model(dataset, model, 1));
    return gm_step_plan_check(options, dataset, gemlet_model_spec(model));
}

gemlet_status gm_trainer_create(gm_trainer **out, gemlet_model *model, gemlet_device *device,
                                const gemlet_dataset *dataset, const gemlet_train_options *options,
                                gemlet_train_result *result)
{
    trainer *t;
    *out = NULL;
    *result = (gemlet_train_result){0};
    GEMLET_TRY(gm_trainer_check(model, dataset, options));
    GEMLET_TRY(GM_ALLOC(t, 1, "trainer"));
    *t = (trainer){.options = options, .result = result, .dataset = dataset};
    const gemlet_status status = set_up(t, model, device, dataset);
    if (status != GEMLET_OK) {
        gm_trainer_destroy(t);
        return status;
    }
    *out = t;
    return GEMLET_OK;
}

void gm_trainer_tell_states(gm_trainer *t, const gm_train_states *states)
{
    t->states = *states;
}

gemlet_status gm_trainer_start_from(gm_trainer *t, const gm_train_state *state,
                                    const gemlet_model *best)
{
    GEMLET_TRY(gm_validation_load(&t->validation, &state->validation, best));
    t->newest = t->held = *state;
    t->n_done = t->told_steps = state->n_done;
    gm_good_state_begin(&t->good, state->n_done);
    t->loss_sum = state->loss_sum;
    t->correct_sum = state->correct_sum;
    t->n_summed = state->n_summed;
    t->report_seconds = state->report_seconds;
    t->validation.seconds = state->validation_seconds;
    t->result->initial_loss = state->initial_loss;
    t->result->train_loss = state->train_loss;
    t->result->train_accuracy = state->train_accuracy;
    t->result->stopped_early = gm_validation_is_over(&t->validation);
    return GEMLET_OK;
}

gemlet_status gm_trainer_run(gm_trainer *t)
{
    gemlet_train_result *result = t->result;
    t->told_seconds = gm_clock_seconds();
    t->start_seconds = t->told_seconds - t->held.seconds - t->held.validation_seconds;
    gemlet_status status = run_steps(t);
    if (status != GEMLET_OK)
        status = keep_after_failure(t, status);
    else
        result->good_steps = t->good.model_steps;
    result->steps = t->n_done;
    result->seconds = training_seconds(t);
    if (status == GEMLET_E_DIVERGED)
        status = explain_divergence(t);
    else if (status != GEMLET_OK && t->n_done > 0)
        status = name_step(t, status);
    result->n_launches = t->session->stepper->n_launches;
    const gemlet_status finished = gm_validation_finish(&t->validation, t->good.model, result);
    return status != GEMLET_OK ? status : finished;
}

gm_session *gm_trainer_session(gm_trainer *t)
{
    return t->session;
}

void gm_trainer_destroy(gm_trainer *t)
{
    if (t == NULL)
        return;
    gm_validation_destroy(&t->validation);
    gm_layer_watch_destroy(&t->watch);
    gm_good_state_free(&t->good);
    gm_session_destroy(t->session);
    free(t->host_corrects);
    free(t->host_losses);
    free(t);
}

gemlet_status gm_train(gemlet_model *model, gemlet_device *device, const gemlet_dataset *dataset,
                       const gemlet_train_options *options, gemlet_train_result *result)
{
    gm_trainer *t;
    GEMLET_TRY(gm_trainer_create(&t, model, device, dataset, options, result));
    const gemlet_status status = gm_trainer_run(t);
    gm_trainer_destroy(t);
    return status;
}

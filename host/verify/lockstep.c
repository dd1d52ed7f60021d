/* SPDX-License-Identifier: MIT
 * See lockstep.h. */
#include "verify/lockstep.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/cpu/cpu_backend.h"
#include "backend/device.h"
#include "core/clock.h"
#include "core/memory.h"
#include "model/model.h"
#include "train/head.h"
#include "verify/checked_backend.h"
#include "verify/fused_row.h"
#include "verify/fused_run.h"
#include "verify/tally.h"

typedef struct lockstep {
    const gm_lockstep_options *options;
    gm_lockstep_result *result;
    const gemlet_dataset *dataset;
    gm_fused_run fused; /* empty: operation by operation */
    gm_backend *shown;  /* of fused steps: takes the place of the device, holding what it shows */
    gm_backend *reference;
    gm_backend *cpu;
    gm_backend *checked;
    gemlet_train_options train; /* operation by operation, on the checked backend */
    gm_session *session;        /* there */
    gm_tally tally;
} lockstep;

/* ---- what the checked backend reports ------------------------------------------------------- */

static int wants(void *user, const gm_check_call *call)
{
    const lockstep *run = user;
    if (run->options->skips_products && strncmp(call->op->name, "dense_", 6) == 0)
        return 0;
    return gm_tally_wants(&run->tally, call);
}

static gemlet_status take(void *user, const gm_check_call *call)
{
    lockstep *run = user;
    return gm_tally_take(&run->tally, call);
}

static void take_stray(void *user, const gm_check_call *call, const gm_check_stray *stray)
{
    gm_tally_take_stray(&((lockstep *)user)->tally, call, stray);
}

static gemlet_status perform(void *user, gm_check_call *call)
{
    lockstep *run = user;
    return gm_fused_run_perform(&run->fused, &run->tally, call);
}

/* ---- the run -------------------------------------------------------------------------------- */

/* Fuses the steps if gemlet_train() would. *device = the backend that the operations go to. */
static gemlet_status set_up_fused(lockstep *run, gm_backend **device, const gemlet_model *model,
                                  const gemlet_dataset *dataset, gm_check_sink *sink)
{
    const gm_lockstep_options *options = run->options;
    GEMLET_TRY(gm_fused_run_create(&run->fused, *device, model, dataset, options->train,
                                   options->n_steps, options->density));
    if (run->fused.session == NULL) {
        char summary[GM_FUSED_REASON_SIZE + 40];
        snprintf(summary, sizeof summary, "operation by operation (%s)", run->fused.why_not);
        if (options->train->on_plan != NULL)
            options->train->on_plan(summary, "", options->train->user);
        gm_fused_run_destroy(&run->fused);
        return GEMLET_OK;
    }
    sink->perform = perform;
    GEMLET_TRY(gm_cpu32_backend_create(&run->shown));
    *device = run->shown;
    return GEMLET_OK;
}

static gemlet_status set_up(lockstep *run, const gemlet_model *model, gemlet_device *device,
                            const gemlet_dataset *dataset)
{
    gm_check_sink sink = {.user = run, .wants = wants, .take = take, .take_stray = take_stray};
    gm_backend *side = gm_device_backend(device);
    if (run->options->n_steps > 0)
        GEMLET_TRY(set_up_fused(run, &side, model, dataset, &sink));
    GEMLET_TRY(gm_cpu64_backend_create(&run->reference));
    GEMLET_TRY(gm_cpu32_backend_create(&run->cpu));
    GEMLET_TRY(gm_checked_backend_create(&run->checked, side, run->reference, run->cpu, &sink));
    if (run->options->n_steps == 0)
        return GEMLET_OK;
    run->train = *run->options->train;
    run->train.fused = GEMLET_FUSED_OFF;
    run->train.on_plan = NULL;
    GEMLET_TRY(gm_session_create(&run->session, run->checked, model, dataset, &run->train, 1, 0));
    return gm_tally_name_tensors(&run->tally, run->session->network);
}

static void tear_down(lockstep *run)
{
    gm_tally_free(&run->tally);
    gm_session_destroy(run->session);
    gm_backend_destroy(run->checked);
    gm_backend_destroy(run->cpu);
    gm_backend_destroy(run->reference);
    gm_backend_destroy(run->shown);
    gm_fused_run_destroy(&run->fused);
}

static gemlet_status run_step(lockstep *run)
{
    gm_lockstep_result *result = run->result;
    run->tally.step = result->steps + 1;
    if (run->fused.session != NULL)
        GEMLET_TRY(gm_fused_run_step(&run->fused));
    GEMLET_TRY(gm_session_enqueue(run->session, result->steps, 0));
    float loss;
    GEMLET_TRY(gm_session_read(run->session, 0, 1, &loss, NULL));
    if (result->steps == 0)
        result->first_loss = (double)loss;
    result->last_loss = (double)loss;
    ++result->steps;
    return GEMLET_OK;
}

/* What a batch of an evaluation needs of the device. */
typedef struct evaluation {
    gm_network *network;
    gm_device_data data;
    gm_buffer *loss;
    gm_buffer *correct;
    uint32_t *order;
} evaluation;

static void end_evaluation(lockstep *run, evaluation *e)
{
    free(e->order);
    gm_backend_free(run->checked, e->correct);
    gm_backend_free(run->checked, e->loss);
    gm_device_data_destroy(&e->data);
    gm_network_destroy(e->network);
}

/* Loss and count, or where there are no labels what the model predicts. */
static gemlet_status run_head(lockstep *run, const evaluation *e, gm_head head, gm_matrix outputs,
                              gm_vector labels)
{
    if (labels.buffer == NULL)
        return gm_head_predict(head, run->checked, outputs);
    return gm_head_run(head, run->checked,
                       &(gm_head_args){.outputs = outputs,
                                       .labels = labels,
                                       .doutputs = outputs,
                                       .loss = {e->loss, 0, 1},
                                       .correct = {e->correct, 0, 1}});
}

/* A batch of the first rows, as gemlet_evaluate() and gemlet_predict() do it. */
static gemlet_status evaluate(lockstep *run, const gemlet_model *model, evaluation *e)
{
    const gemlet_dim rows = run->options->test_rows;
    const gemlet_dim n_rows = gemlet_dataset_rows(run->dataset);
    const float scale = gemlet_model_input_scale(model);
    gm_matrix x;
    gm_vector labels;
    size_t place;
    GEMLET_TRY(gm_network_create(&e->network, run->checked, model, GM_NETWORK_TEST, rows, 0));
    gm_tally_free(&run->tally);
    GEMLET_TRY(gm_tally_name_tensors(&run->tally, e->network));
    GEMLET_TRY(gm_backend_alloc(run->checked, &e->loss, GM_REAL, 1, "loss"));
    GEMLET_TRY(gm_backend_alloc(run->checked, &e->correct, GM_U32, 1, "count"));
    GEMLET_TRY(gm_device_data_create(&e->data, run->checked, run->dataset, rows));
    GEMLET_TRY(GM_ALLOC(e->order, n_rows, "order of the rows"));
    for (gemlet_dim i = 0; i < n_rows; ++i)
        e->order[i] = i;
    GEMLET_TRY(gm_device_data_set_order(&e->data, e->order));
    GEMLET_TRY(gm_device_data_find(&e->data, &place, 0, rows));
    GEMLET_TRY(gm_device_data_gather(&e->data, place, rows, scale, &x, &labels));
    GEMLET_TRY(gm_network_forward_test(e->network, x));
    return run_head(run, e, gm_head_of(model), gm_network_logits(e->network, rows), labels);
}

/* Of the trained state, or without steps of the model as it is. */
static gemlet_status run_test(lockstep *run, const gemlet_model *model)
{
    gemlet_model *trained = NULL;
    evaluation e = {0};
    gemlet_status status = GEMLET_OK;
    run->tally.step = run->result->steps + 1;
    if (run->session != NULL) {
        GEMLET_TRY_CLEANUP(status, gm_model_allocate(&trained, gemlet_model_spec(model)));
        GEMLET_TRY_CLEANUP(status, gm_network_download(run->session->network, trained));
        GEMLET_TRY_CLEANUP(status,
                           gemlet_model_set_input_scale(trained, gemlet_model_input_scale(model)));
    }
    status = evaluate(run, trained != NULL ? trained : model, &e);
cleanup:
    end_evaluation(run, &e);
    gemlet_model_destroy(trained);
    return status;
}

static gemlet_status run_steps(lockstep *run, const gemlet_model *model)
{
    const volatile sig_atomic_t *stop = run->options->stop;
    const double started = gm_clock_seconds();
    int is_stopped = 0; /* looked at after a step, so that there is one to report */
    while (run->result->steps < run->options->n_steps && run->result->diverged_step == 0 &&
           isfinite(run->result->last_loss) && !is_stopped) {
        GEMLET_TRY(run_step(run));
        is_stopped = stop != NULL && *stop != 0;
    }
    if (run->fused.session != NULL)
        GEMLET_TRY(gm_fused_row_run(&run->fused, &run->tally, model));
    else if (run->options->test_rows > 0 && run->result->diverged_step == 0)
        GEMLET_TRY(run_test(run, model));
    run->result->seconds = gm_clock_seconds() - started;
    if (run->result->n_ops == 0)
        return gm_error(GEMLET_E_ARGUMENT, "no operation of this network contains '%s'",
                        run->options->op != NULL ? run->options->op : "");
    return GEMLET_OK;
}

int gm_lockstep_is_verified(const gm_lockstep_result *result)
{
    return !result->statistics.is_wrong && result->stray.n == 0;
}

int gm_lockstep_is_stray_first(const gm_lockstep_result *result)
{
    const gm_statistics *s = &result->statistics;
    return result->stray.n > 0 &&
           (!s->is_wrong || result->stray.step < s->lines[s->first_wrong_line].first_wrong.step);
}

const char *gm_lockstep_first_wrong(const gm_lockstep_result *result, uint64_t *step)
{
    const gm_statistics *s = &result->statistics;
    if (gm_lockstep_is_stray_first(result)) {
        *step = result->stray.step;
        return result->stray.label;
    }
    if (!s->is_wrong)
        return NULL;
    *step = s->lines[s->first_wrong_line].first_wrong.step;
    return s->lines[s->first_wrong_line].label;
}

gemlet_status gm_lockstep_run(gm_lockstep_result *result, const gemlet_model *model,
                              gemlet_device *device, const gemlet_dataset *dataset,
                              const gm_lockstep_options *options)
{
    *result = (gm_lockstep_result){0};
    lockstep run = {.options = options,
                    .result = result,
                    .dataset = dataset,
                    .tally = {.result = result, .op = options->op}};
    gemlet_status status = set_up(&run, model, device, dataset);
    if (status == GEMLET_OK)
        status = run_steps(&run, model);
    tear_down(&run);
    return status;
}

void gm_lockstep_result_free(gm_lockstep_result *result)
{
    gm_statistics_free(&result->statistics);
}

/* SPDX-License-Identifier: MIT
 * See lockstep.h. */
#include "verify/lockstep.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "backend/cpu/cpu_backend.h"
#include "backend/device.h"
#include "core/clock.h"
#include "model/network.h"
#include "train/device_data.h"
#include "train/step_plan.h"
#include "verify/checked_backend.h"
#include "verify/tensor_names.h"

typedef struct lockstep {
    const gm_lockstep_options *options;
    gm_lockstep_result *result;
    gm_backend *reference;
    gm_backend *cpu;
    gm_backend *checked;
    gm_network *network;
    gm_device_data data;
    gm_tensor_names names;
    gm_step_plan plan;
    gm_buffer *loss;
    gm_buffer *correct;
    uint64_t step; /* counted from 1 */
} lockstep;

/* ---- what the checked backend reports ------------------------------------------------------- */

static gm_family family_of(const gm_check_op *op)
{
    if (strncmp(op->name, "dense", 5) == 0)
        return GM_FAMILY_GEMM;
    if (strncmp(op->name, "bn", 2) == 0)
        return GM_FAMILY_BATCH_NORM;
    if (strncmp(op->name, "softmax", 7) == 0)
        return GM_FAMILY_SOFTMAX;
    if (strncmp(op->name, "act", 3) == 0)
        return GM_FAMILY_ACTIVATION;
    return strncmp(op->name, "sgd", 3) == 0 ? GM_FAMILY_UPDATE : GM_FAMILY_GATHER;
}

/* "layer 2 dense_fwd", or the name alone for what belongs to no layer. */
static void make_label(char label[GM_STATISTICS_LABEL], const lockstep *run,
                       const gm_check_call *call)
{
    const gm_named_tensor *tensor = NULL;
    if (call->op->anchor != GM_CHECK_NO_LAYER) {
        const gm_matrix *view = &call->operands[call->op->anchor].view;
        tensor = gm_tensor_names_find(&run->names, view->buffer, view->offset);
    }
    if (tensor == NULL)
        snprintf(label, GM_STATISTICS_LABEL, "%s", call->op->name);
    else
        snprintf(label, GM_STATISTICS_LABEL, "layer %u %s", tensor->layer, call->op->name);
}

static int wants(void *user, const gm_check_call *call)
{
    const lockstep *run = user;
    char label[GM_STATISTICS_LABEL];
    make_label(label, run, call);
    return run->options->op == NULL || strstr(label, run->options->op) != NULL;
}

static gemlet_status add(lockstep *run, const gm_check_call *call, const char *label,
                         const char *tensor, const gm_compared *values)
{
    uint64_t n_not_finite;
    GEMLET_TRY(gm_statistics_add(&run->result->statistics, label, tensor, family_of(call->op),
                                 values, run->step, &n_not_finite));
    if (n_not_finite > 0 && run->result->diverged_step == 0) {
        run->result->diverged_step = run->step;
        snprintf(run->result->diverged_label, sizeof run->result->diverged_label, "%s %s", label,
                 tensor);
    }
    return GEMLET_OK;
}

/* An arena counts as its tensors, each with the padding behind it. */
static gemlet_status add_arena(lockstep *run, const gm_check_call *call, const char *label,
                               const gm_check_operand *o)
{
    const size_t end = o->view.offset + o->n;
    for (size_t at = o->view.offset; at < end;) {
        const gm_named_tensor *t = gm_tensor_names_find(&run->names, o->view.buffer, at);
        if (t == NULL)
            return gm_error(GEMLET_E_ARGUMENT, "%s: element %zu of the arena belongs to no tensor",
                            label, at);
        const size_t first = at - o->view.offset;
        char tensor[GM_STATISTICS_LABEL];
        snprintf(tensor, sizeof tensor, "layer %u %s", t->layer, t->name);
        GEMLET_TRY(add(run, call, label, tensor,
                       &(gm_compared){
                           .rows = t->rows,
                           .cols = t->cols,
                           .ld = t->ld,
                           .length = t->length,
                           .got = o->got + first,
                           .ref = o->ref + first,
                           .cpu = o->cpu + first,
                           .bound = o->bound + first,
                       }));
        at += t->length;
    }
    return GEMLET_OK;
}

static gemlet_status take(void *user, const gm_check_call *call)
{
    lockstep *run = user;
    char label[GM_STATISTICS_LABEL];
    make_label(label, run, call);
    ++run->result->n_ops;
    for (unsigned i = 0; i < call->op->n_operands; ++i) {
        const gm_check_operand *o = &call->operands[i];
        if (o->got == NULL)
            continue;
        if (o->view.buffer == run->network->parameters) {
            GEMLET_TRY(add_arena(run, call, label, o));
            continue;
        }
        GEMLET_TRY(add(run, call, label, o->info->name,
                       &(gm_compared){
                           .rows = o->view.rows,
                           .cols = o->view.cols,
                           .ld = o->view.cols,
                           .length = o->n,
                           .got = o->got,
                           .ref = o->ref,
                           .cpu = o->cpu,
                           .bound = o->bound,
                       }));
    }
    return GEMLET_OK;
}

static void take_stray(void *user, const gm_check_call *call, const gm_check_stray *stray)
{
    lockstep *run = user;
    gm_stray_report *report = &run->result->stray;
    if (report->n++ > 0)
        return;
    report->step = run->step;
    make_label(report->label, run, call);
    snprintf(report->text, sizeof report->text, "%s %s at row %zu, column %zu: %.9g, was %.9g",
             stray->is_output ? "wrote beside its output" : "found a changed value in its input",
             stray->tensor, stray->row, stray->col, stray->found, stray->expected);
}

/* ---- the run -------------------------------------------------------------------------------- */

static gemlet_status set_up(lockstep *run, const gemlet_model *model, gemlet_device *device,
                            const gemlet_dataset *dataset)
{
    const gm_check_sink sink = {run, wants, take, take_stray};
    const gemlet_dim batch = run->options->train->batch;
    GEMLET_TRY(gm_check_data_fits_model(dataset, model, 1));
    GEMLET_TRY(gm_step_plan_create(&run->plan, run->options->train, dataset,
                                   gemlet_model_input_scale(model)));
    GEMLET_TRY(gm_cpu64_backend_create(&run->reference));
    GEMLET_TRY(gm_cpu32_backend_create(&run->cpu));
    GEMLET_TRY(gm_checked_backend_create(&run->checked, gm_device_backend(device), run->reference,
                                         run->cpu, &sink));
    GEMLET_TRY(gm_network_create(&run->network, run->checked, model, GM_NETWORK_TRAIN, batch));
    GEMLET_TRY(gm_tensor_names_create(&run->names, run->network));
    GEMLET_TRY(gm_backend_alloc(run->checked, &run->loss, GM_REAL, 1, "loss"));
    GEMLET_TRY(gm_backend_alloc(run->checked, &run->correct, GM_U32, 1, "count"));
    return gm_device_data_create(&run->data, run->checked, dataset, batch);
}

static void tear_down(lockstep *run)
{
    gm_device_data_destroy(&run->data);
    gm_backend_free(run->checked, run->correct);
    gm_backend_free(run->checked, run->loss);
    gm_tensor_names_free(&run->names);
    gm_network_destroy(run->network);
    gm_backend_destroy(run->checked);
    gm_backend_destroy(run->cpu);
    gm_backend_destroy(run->reference);
    gm_step_plan_free(&run->plan);
}

static gemlet_status run_step(lockstep *run)
{
    gm_lockstep_result *result = run->result;
    gm_step_args args;
    run->step = result->steps + 1;
    GEMLET_TRY(gm_step_plan_prepare(&run->plan, &run->data, result->steps, &args));
    args.loss = (gm_vector){run->loss, 0, 1};
    args.correct = (gm_vector){run->correct, 0, 1};
    GEMLET_TRY(gm_train_step(run->network, &run->data, &args));
    float loss;
    GEMLET_TRY(gm_backend_download(run->checked, run->loss, 0, 1, &loss));
    if (result->steps == 0)
        result->first_loss = (double)loss;
    result->last_loss = (double)loss;
    ++result->steps;
    return GEMLET_OK;
}

static gemlet_status run_steps(lockstep *run)
{
    const volatile sig_atomic_t *stop = run->options->stop;
    const double started = gm_clock_seconds();
    while (run->result->steps < run->options->n_steps && run->result->diverged_step == 0 &&
           isfinite(run->result->last_loss) && (stop == NULL || *stop == 0))
        GEMLET_TRY(run_step(run));
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

gemlet_status gm_lockstep_run(gm_lockstep_result *result, const gemlet_model *model,
                              gemlet_device *device, const gemlet_dataset *dataset,
                              const gm_lockstep_options *options)
{
    *result = (gm_lockstep_result){0};
    lockstep run = {.options = options, .result = result};
    gemlet_status status = set_up(&run, model, device, dataset);
    if (status == GEMLET_OK)
        status = run_steps(&run);
    tear_down(&run);
    return status;
}

void gm_lockstep_result_free(gm_lockstep_result *result)
{
    gm_statistics_free(&result->statistics);
}

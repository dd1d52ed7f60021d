/* SPDX-License-Identifier: MIT
 * See replay.h. */
#include "verify/replay.h"

#include <math.h>
#include <stdlib.h>

#include "backend/cpu/cpu_backend.h"
#include "backend/device.h"
#include "core/clock.h"
#include "core/memory.h"
#include "model/model.h"
#include "model/network.h"
#include "model/spec.h"
#include "train/step.h"
#include "verify/numeric.h"
#include "verify/tally.h"

typedef struct replay {
    gm_trace_reader *reader;
    const gm_replay_options *options;
    gm_lockstep_result *result;
    gemlet_spec spec;
    gm_tally tally;
    unsigned index; /* of this operation in its step, of those that the file holds */
    unsigned n_ops; /* of the step so far */

    gemlet_dataset *dataset; /* as many rows as a batch, all zero: the file has the batch */
    gemlet_model *model;     /* all zero: the file has the parameters */
    gm_backend *reference;
    gm_backend *cpu;
    gm_backend *checked;
    gm_network *network;
    gm_device_data data;
    gm_buffer *loss;
    gm_buffer *correct;
    double *expected; /* outputs of the file */
    size_t expected_capacity;
} replay;

/* ---- what the checked backend asks and reports ---------------------------------------------- */

static int wants(void *user, const gm_check_call *call)
{
    const replay *run = user;
    return gm_trace_holds(call->op) && gm_tally_wants(&run->tally, call);
}

/* A label of the file becomes an index on the device. */
static gemlet_status check_labels(const replay *run, const gm_check_operand *o, const char *label)
{
    const gemlet_dim classes = gm_spec_classes(&run->spec);
    for (size_t i = 0; o->view.buffer->element == GM_U32 && i < o->n; ++i) {
        if (o->before[i] >= (double)classes)
            return gm_error(GEMLET_E_FORMAT,
                            "%s: step %llu: %s %s: row %zu is %.0f, expected a class below %lu",
                            gm_trace_reader_path(run->reader), (unsigned long long)run->tally.step,
                            label, o->info->name, i, o->before[i], (unsigned long)classes);
    }
    return GEMLET_OK;
}

static gemlet_status supply(void *user, const gm_check_call *call)
{
    replay *run = user;
    if (!gm_trace_holds(call->op))
        return GEMLET_OK;
    run->index = run->n_ops++;
    char label[GM_STATISTICS_LABEL];
    gm_tally_label(&run->tally, call, label);
    for (unsigned i = 0; i < call->op->n_operands; ++i) {
        const gm_check_operand *o = &call->operands[i];
        if (o->before == NULL)
            continue;
        GEMLET_TRY(gm_trace_reader_values(run->reader, o->before, run->tally.step, run->index,
                                          label, o, GM_TRACE_BEFORE));
        GEMLET_TRY(check_labels(run, o, label));
    }
    return GEMLET_OK;
}

static gemlet_status make_room(replay *run, size_t n)
{
    if (n <= run->expected_capacity)
        return GEMLET_OK;
    free(run->expected);
    run->expected_capacity = 0;
    GEMLET_TRY(GM_ALLOC(run->expected, n, "outputs of a reference file"));
    run->expected_capacity = n;
    return GEMLET_OK;
}

/* How far the file's value may be off the exact one; `bound` is the operation's. Where only one
 * value is right the reference has rounded to it already. */
static double file_bound(const replay *run, double value, double bound)
{
    if (!gm_trace_reader_info(run->reader)->is_double)
        return bound;
    return bound == 0 ? 0 : GM_UNIT_ROUNDOFF * fabs(value) + 0x1p-150;
}

/* Not "> bound": that would accept NaN. */
static int is_outside(double value, double ref, double bound)
{
    return value != ref && !(fabs(value - ref) <= bound);
}

/* Where the reference of this machine stands between the device and the file. */
typedef struct sides {
    int device_is_off;
    int file_is_off;
} sides;

/* Puts the file's outputs in the place of the reference's, and the sum of both bounds in that of
 * the operation's. */
static gemlet_status take_expected(replay *run, const gm_check_operand *o, const char *label,
                                   sides *found)
{
    GEMLET_TRY(make_room(run, o->n));
    GEMLET_TRY(gm_trace_reader_values(run->reader, run->expected, run->tally.step, run->index,
                                      label, o, GM_TRACE_AFTER));
    for (size_t i = 0; i < o->n; ++i) {
        const double expected = run->expected[i];
        const double bound = file_bound(run, expected, o->bound[i]);
        found->device_is_off |= is_outside(o->got[i], o->ref[i], o->bound[i]);
        found->file_is_off |= is_outside(expected, o->ref[i], bound);
        o->ref[i] = expected;
        o->bound[i] += bound;
    }
    return GEMLET_OK;
}

static const char *blame(const sides *found)
{
    if (found->device_is_off && found->file_is_off)
        return "the double-precision reference of this machine agrees with neither";
    if (found->file_is_off)
        return "the double-precision reference of this machine agrees with the device, not with "
               "the file";
    return "the double-precision reference of this machine agrees with the file";
}

static gemlet_status take(void *user, const gm_check_call *call)
{
    replay *run = user;
    char label[GM_STATISTICS_LABEL];
    gm_tally_label(&run->tally, call, label);
    sides found = {0, 0};
    for (unsigned i = 0; i < call->op->n_operands; ++i) {
        if (call->operands[i].got != NULL)
            GEMLET_TRY(take_expected(run, &call->operands[i], label, &found));
    }
    const int was_wrong = run->result->statistics.is_wrong;
    GEMLET_TRY(gm_tally_take(&run->tally, call));
    if (!was_wrong && run->result->statistics.is_wrong)
        run->result->blame = blame(&found);
    return GEMLET_OK;
}

static void take_stray(void *user, const gm_check_call *call, const gm_check_stray *stray)
{
    gm_tally_take_stray(&((replay *)user)->tally, call, stray);
}

/* ---- the run -------------------------------------------------------------------------------- */

static gemlet_status create_dataset(replay *run, gemlet_dim n_rows)
{
    const gemlet_dim n_features = run->spec.n_inputs;
    unsigned char *values;
    uint32_t *labels;
    size_t n_values;
    GEMLET_TRY(gm_checked_mul(&n_values, n_rows, n_features, "batch"));
    GEMLET_TRY(GM_ALLOC(values, n_values, "batch"));
    gemlet_status status = GM_ALLOC(labels, n_rows, "labels of a batch");
    if (status == GEMLET_OK)
        status = gemlet_dataset_create(&run->dataset, n_rows, n_features, GEMLET_ELEMENT_U8, values,
                                       labels);
    free(labels);
    free(values);
    return status;
}

static gemlet_status upload_order(replay *run, gemlet_dim n_rows)
{
    uint32_t *order;
    GEMLET_TRY(GM_ALLOC(order, n_rows, "order of the rows"));
    for (gemlet_dim i = 0; i < n_rows; ++i)
        order[i] = i;
    const gemlet_status status = gm_device_data_set_order(&run->data, order);
    free(order);
    return status;
}

static gemlet_status set_up(replay *run, gemlet_device *device)
{
    const gm_check_sink sink = {
        .user = run,
        .wants = wants,
        .supply = supply,
        .take = take,
        .take_stray = take_stray,
    };
    const gemlet_dim batch = gm_trace_reader_info(run->reader)->batch;
    GEMLET_TRY(gm_trace_reader_spec(run->reader, &run->spec));
    GEMLET_TRY(gm_model_allocate(&run->model, &run->spec));
    GEMLET_TRY(create_dataset(run, batch));
    GEMLET_TRY(gm_cpu64_backend_create(&run->reference));
    GEMLET_TRY(gm_cpu32_backend_create(&run->cpu));
    GEMLET_TRY(gm_checked_backend_create(&run->checked, gm_device_backend(device), run->reference,
                                         run->cpu, &sink));
    GEMLET_TRY(gm_network_create(&run->network, run->checked, run->model, GM_NETWORK_TRAIN, batch));
    GEMLET_TRY(gm_tally_name_tensors(&run->tally, run->network));
    GEMLET_TRY(gm_backend_alloc(run->checked, &run->loss, GM_REAL, 1, "loss"));
    GEMLET_TRY(gm_backend_alloc(run->checked, &run->correct, GM_U32, 1, "count"));
    GEMLET_TRY(gm_device_data_create(&run->data, run->checked, run->dataset, batch));
    return upload_order(run, batch);
}

static void tear_down(replay *run)
{
    gm_device_data_destroy(&run->data);
    gm_backend_free(run->checked, run->correct);
    gm_backend_free(run->checked, run->loss);
    gm_tally_free(&run->tally);
    gm_network_destroy(run->network);
    gm_backend_destroy(run->checked);
    gm_backend_destroy(run->cpu);
    gm_backend_destroy(run->reference);
    gemlet_dataset_destroy(run->dataset);
    gemlet_model_destroy(run->model);
    free(run->expected);
}

static gemlet_status run_step(replay *run)
{
    const gm_trace_info *info = gm_trace_reader_info(run->reader);
    gm_lockstep_result *result = run->result;
    gm_step_args args = {
        .batch = info->batch,
        .input_scale = 1,
        .loss = {run->loss, 0, 1},
        .correct = {run->correct, 0, 1},
    };
    run->tally.step = info->steps[result->steps];
    run->n_ops = 0;
    GEMLET_TRY(gm_trace_reader_rates(run->reader, run->tally.step, &args.learning_rate,
                                     &args.weight_decay));
    GEMLET_TRY(gm_train_step(run->network, &run->data, &args));
    float loss;
    GEMLET_TRY(gm_backend_download(run->checked, run->loss, 0, 1, &loss));
    if (result->steps == 0)
        result->first_loss = (double)loss;
    result->last_loss = (double)loss;
    ++result->steps;
    return GEMLET_OK;
}

static gemlet_status run_steps(replay *run)
{
    const gm_trace_info *info = gm_trace_reader_info(run->reader);
    const volatile sig_atomic_t *stop = run->options->stop;
    const double started = gm_clock_seconds();
    while (run->result->steps < info->n_steps && (stop == NULL || *stop == 0))
        GEMLET_TRY(run_step(run));
    run->result->seconds = gm_clock_seconds() - started;
    if (run->result->n_ops == 0)
        return gm_error(GEMLET_E_ARGUMENT, "no operation of this network contains '%s'",
                        run->options->op != NULL ? run->options->op : "");
    return GEMLET_OK;
}

gemlet_status gm_replay_run(gm_lockstep_result *result, gm_trace_reader *reader,
                            gemlet_device *device, const gm_replay_options *options)
{
    *result = (gm_lockstep_result){0};
    replay run = {
        .reader = reader,
        .options = options,
        .result = result,
        .tally = {.result = result, .op = options->op},
    };
    gemlet_status status = set_up(&run, device);
    if (status == GEMLET_OK)
        status = run_steps(&run);
    tear_down(&run);
    return status;
}

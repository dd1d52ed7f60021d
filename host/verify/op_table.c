/* SPDX-License-Identifier: MIT
 * See op_table.h. */
#include "verify/op_table.h"

#include <stdio.h>
#include <string.h>

#include "backend/cpu/cpu_backend.h"
#include "backend/device.h"
#include "gemlet/gemlet.h"
#include "model/network.h"
#include "model/spec.h"
#include "train/session.h"
#include "verify/checked_backend.h"
#include "verify/op_table_data.h"
#include "verify/tally.h"

/* The second step sees running statistics and parameters that the device has written. */
#define N_STEPS 2u

/* ---- what else a training does -------------------------------------------------------------- */

static void change_rows(gemlet_train_options *options)
{
    options->momentum = 0.9;
    options->input_noise = 0.1;
    options->mixup = 0.4;
    options->clip_norm = 0.5;
    options->max_norm = 1.0;
}

static void change_images(gemlet_train_options *options)
{
    options->optimizer = GEMLET_OPTIMIZER_ADAMW;
    options->learning_rate = 1e-3;
    options->average_decay = 0.9;
    options->dropout = 0.25;
    options->hidden_noise = 0.1;
    options->input_dropout = 0.125;
    options->augment = (gemlet_augmentation){
        .rotate = 15, .scale = 0.15, .shear = 10, .shift = 2, .elastic = 36, .elastic_sigma = 6};
}

static void be_adversarial(gemlet_train_options *options)
{
    options->nesterov = 1;
    options->momentum = 0.9;
    options->adversarial = 0.1;
    options->virtual_adversarial = 2.0;
}

static void smooth_loss(gemlet_train_options *options)
{
    options->regression_loss = GEMLET_REGRESSION_LOSS_HUBER;
}

const gm_op_table_case gm_op_table_cases[] = {
    {"784-150bn-relu-150bn-relu-10", 64, NULL, 0},
    {"784-300-tanh-100-sigmoid-10bn", 100, NULL, 0},
    {"784-1000bn-relu-16-relu-10", 32, NULL, 0},
    {"33-17bn-tanh-65bn-sigmoid-7", 257, NULL, 0},
    {"63-31-relu-33-relu-3", 63, NULL, 0},
    {"5-1bn-relu-3-tanh-2", 2, NULL, 0},
    {"1-7-sigmoid-2", 1, NULL, 0},
    {"7-3bn-tanh-2", 1, NULL, 0},
    {"33-17bn-gelu-65-silu-31bn-mish-7", 63, NULL, 0},
    {"16-33-leaky_relu-15bn-elu-17-selu-5", 32, NULL, 0},
    {"33-17bn-relu-65-silu-7", 63, change_rows, 0},
    {"784-65-relu-10", 32, change_images, 0},
    {"17-31-tanh-5", 32, be_adversarial, 0},
    {"19-33-silu-7", 65, NULL, 1},
    {"19-33-silu-1-linear", 31, smooth_loss, 1},
};
const size_t gm_op_table_n_cases = sizeof gm_op_table_cases / sizeof gm_op_table_cases[0];

typedef struct case_run {
    gm_op_table *table;
    gm_backend *reference;
    gm_backend *cpu;
    gm_backend *checked;
    gemlet_model *model;
    gemlet_dataset *dataset;
    gemlet_train_options options;
    gm_session *session;
    gm_network *network; /* in test mode */
    uint64_t step;       /* counted from 1; the pass in test mode is the one after the last */
} case_run;

/* ---- what the checked backend reports ------------------------------------------------------- */

static int wants_all(void *user, const gm_check_call *call)
{
    (void)user;
    (void)call;
    return 1;
}

static void make_label(char label[GM_STATISTICS_LABEL], const gm_check_call *call)
{
    char shape[GM_OP_SHAPE_SIZE];
    gm_op_format_shape(shape, call->op, call->args);
    snprintf(label, GM_STATISTICS_LABEL, "%s %s", call->op->name, shape);
}

static gemlet_status take(void *user, const gm_check_call *call)
{
    case_run *run = user;
    char label[GM_STATISTICS_LABEL];
    make_label(label, call);
    for (unsigned i = 0; i < call->op->n_operands; ++i) {
        const gm_check_operand *o = &call->operands[i];
        uint64_t n_not_finite;
        if (o->got == NULL)
            continue;
        const gm_compared values = gm_tally_compared(o);
        GEMLET_TRY(gm_statistics_add(&run->table->lines, label, o->info->name, call->op->family,
                                     &values, run->step, &n_not_finite));
    }
    return GEMLET_OK;
}

static void take_stray(void *user, const gm_check_call *call, const gm_check_stray *stray)
{
    gm_op_table *table = ((case_run *)user)->table;
    char label[GM_STATISTICS_LABEL];
    if (table->n_strays++ > 0)
        return;
    make_label(label, call);
    snprintf(table->stray, sizeof table->stray, "%s: %s %s at row %zu, column %zu: %.9g, was %.9g",
             label,
             stray->is_output ? "wrote beside its output" : "found a changed value in its input",
             stray->tensor, stray->row, stray->col, stray->found, stray->expected);
}

/* ---- a case --------------------------------------------------------------------------------- */

static gemlet_status create_job(case_run *run, const gm_op_table_case *which)
{
    gemlet_spec spec;
    gemlet_init_options init;
    gemlet_init_options_init(&init);
    GEMLET_TRY(gemlet_spec_parse(&spec, which->network));
    GEMLET_TRY(
        gm_op_table_data_create(&run->dataset, &spec, N_STEPS * which->batch, which->is_encoded));
    GEMLET_TRY(gemlet_model_create(&run->model, &spec, &init));
    if (gemlet_dataset_element(run->dataset) == GEMLET_ELEMENT_U8)
        return gemlet_model_set_input_scale(run->model, 1.0f / 255.0f);
    return GEMLET_OK;
}

static gemlet_status train(case_run *run)
{
    GEMLET_TRY(gm_session_create(&run->session, run->checked, run->model, run->dataset,
                                 &run->options, 1, 0));
    for (run->step = 1; run->step <= N_STEPS; ++run->step)
        GEMLET_TRY(gm_session_enqueue(run->session, run->step - 1, 0));
    return gm_session_store(run->session, run->model);
}

/* As gemlet_predict() does it, on the last batch. */
static gemlet_status predict(case_run *run, gemlet_dim batch)
{
    GEMLET_TRY(
        gm_network_create(&run->network, run->checked, run->model, GM_NETWORK_TEST, batch, 0));
    GEMLET_TRY(gm_network_forward_test(run->network, run->session->data.x));
    const gm_matrix logits = gm_network_logits(run->network, batch);
    if (gemlet_model_spec(run->model)->task == GEMLET_TASK_REGRESSION)
        return GEMLET_OK;
    return gm_softmax(run->checked, &(gm_softmax_args){.logits = logits, .probabilities = logits});
}

static gemlet_status run_case(case_run *run, gm_backend *device, const gm_op_table_case *which)
{
    const gm_check_sink sink = {
        .user = run, .wants = wants_all, .take = take, .take_stray = take_stray};
    gemlet_train_options_init(&run->options);
    run->options.batch = which->batch;
    run->options.n_steps = N_STEPS;
    if (which->choose != NULL)
        which->choose(&run->options);
    GEMLET_TRY(create_job(run, which));
    GEMLET_TRY(gm_cpu64_backend_create(&run->reference));
    GEMLET_TRY(gm_cpu32_backend_create(&run->cpu));
    GEMLET_TRY(gm_checked_backend_create(&run->checked, device, run->reference, run->cpu, &sink));
    GEMLET_TRY(train(run));
    return predict(run, which->batch);
}

static void end_case(case_run *run)
{
    gm_network_destroy(run->network);
    gm_session_destroy(run->session);
    gm_backend_destroy(run->checked);
    gm_backend_destroy(run->cpu);
    gm_backend_destroy(run->reference);
    gemlet_model_destroy(run->model);
    gemlet_dataset_destroy(run->dataset);
}

gemlet_status gm_op_table_add(gm_op_table *table, gemlet_device *device,
                              const gm_op_table_case *which)
{
    gm_backend *backend = gm_device_backend(device);
    case_run run = {.table = table};
    const gemlet_status status = run_case(&run, backend, which);
    end_case(&run);
    return status;
}

int gm_op_table_is_right(const gm_op_table *table)
{
    return !table->lines.is_wrong && table->n_strays == 0;
}

void gm_op_table_free(gm_op_table *table)
{
    gm_statistics_free(&table->lines);
}

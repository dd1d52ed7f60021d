/* SPDX-License-Identifier: MIT
 * See op_table.h. */
#include "verify/op_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/cpu/cpu_backend.h"
#include "backend/device.h"
#include "core/memory.h"
#include "core/rng.h"
#include "gemlet/gemlet.h"
#include "model/network.h"
#include "model/spec.h"
#include "train/session.h"
#include "verify/checked_backend.h"
#include "verify/tally.h"

/* The second step sees running statistics and parameters that the device has written. */
#define N_STEPS 2u

const gm_op_table_case gm_op_table_cases[] = {
    {"784-150bn-relu-150bn-relu-10", 64},
    {"784-300-tanh-100-sigmoid-10bn", 100},
    {"784-1000bn-relu-16-relu-10", 32},
    {"33-17bn-tanh-65bn-sigmoid-7", 257},
    {"63-31-relu-33-relu-3", 63},
    {"5-1bn-relu-3-tanh-2", 2},
    {"1-7-sigmoid-2", 1},
    {"7-3bn-tanh-2", 1},
    {"33-17bn-gelu-65-silu-31bn-mish-7", 63},
    {"16-33-leaky_relu-15bn-elu-17-selu-5", 32},
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

/* Two batches of random rows: bytes where the network is made for images, else numbers. */
static gemlet_status create_dataset(gemlet_dataset **out, const gemlet_spec *spec, gemlet_dim batch)
{
    const gemlet_dim rows = 2 * batch;
    const size_t n = (size_t)rows * spec->n_inputs;
    const int is_bytes = spec->n_inputs == 784;
    float *reals = NULL;
    unsigned char *bytes = NULL;
    uint32_t *labels = NULL;
    gemlet_status status = GEMLET_OK;
    gm_rng rng;
    gm_rng_init(&rng, 1, GM_RNG_TEST, 0);
    GEMLET_TRY_CLEANUP(status, GM_ALLOC(reals, n, "made-up data"));
    GEMLET_TRY_CLEANUP(status, GM_ALLOC(bytes, n, "made-up data"));
    GEMLET_TRY_CLEANUP(status, GM_ALLOC(labels, rows, "made-up labels"));
    for (size_t i = 0; i < n; ++i) {
        reals[i] = (float)gm_rng_normal(&rng);
        bytes[i] = (unsigned char)gm_rng_below(&rng, 256);
    }
    for (size_t i = 0; i < rows; ++i)
        labels[i] = gm_rng_below(&rng, gm_spec_classes(spec));
    GEMLET_TRY_CLEANUP(status,
                       gemlet_dataset_create(out, rows, spec->n_inputs,
                                             is_bytes ? GEMLET_ELEMENT_U8 : GEMLET_ELEMENT_F32,
                                             is_bytes ? (const void *)bytes : reals, labels));
cleanup:
    free(labels);
    free(bytes);
    free(reals);
    return status;
}

static gemlet_status create_job(case_run *run, const gm_op_table_case *which)
{
    gemlet_spec spec;
    gemlet_init_options init;
    gemlet_init_options_init(&init);
    GEMLET_TRY(gemlet_spec_parse(&spec, which->network));
    GEMLET_TRY(create_dataset(&run->dataset, &spec, which->batch));
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
    return gm_softmax(run->checked, &(gm_softmax_args){.logits = logits, .probabilities = logits});
}

static gemlet_status run_case(case_run *run, gm_backend *device, const gm_op_table_case *which)
{
    const gm_check_sink sink = {
        .user = run, .wants = wants_all, .take = take, .take_stray = take_stray};
    gemlet_train_options_init(&run->options);
    run->options.batch = which->batch;
    run->options.n_steps = N_STEPS;
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
    if (backend->kernels_id != NULL)
        snprintf(table->kernels_id, sizeof table->kernels_id, "%s", backend->kernels_id);
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

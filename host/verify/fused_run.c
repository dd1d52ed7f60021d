/* SPDX-License-Identifier: MIT
 * See fused_run.h. A fused step writes the same tensors as the operations, but elsewhere: they are
 * found by the names that the network's tensors have. */
#include "verify/fused_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

/* ---- the run -------------------------------------------------------------------------------- */

gemlet_status gm_fused_run_create(gm_fused_run *run, gm_backend *backend, const gemlet_model *model,
                                  const gemlet_dataset *dataset,
                                  const gemlet_train_options *options, uint64_t max_steps,
                                  double density)
{
    gm_session *session;
    GEMLET_TRY(gm_session_create(&session, backend, model, dataset, options, max_steps, density));
    if (gm_stepper_is_fused(session->stepper)) {
        run->session = session;
        return GEMLET_OK;
    }
    snprintf(run->why_not, sizeof run->why_not, "%s", session->stepper->why_not_fused);
    gm_session_destroy(session);
    return GEMLET_OK;
}

gemlet_status gm_fused_run_step(gm_fused_run *run)
{
    gm_stepper *stepper = run->session->stepper;
    GEMLET_TRY(gm_session_enqueue(run->session, run->n_steps, run->n_steps));
    GEMLET_TRY(stepper->ops->store(stepper));
    GEMLET_TRY(gm_session_read(run->session, run->n_steps, 1, &run->loss, &run->correct));
    ++run->n_steps;
    return GEMLET_OK;
}

void gm_fused_run_destroy(gm_fused_run *run)
{
    gm_session_destroy(run->session);
    *run = (gm_fused_run){0};
}

/* ---- outputs -------------------------------------------------------------------------------- */

/* Fills the operand from a tensor of the step. `values` has room for it. */
static gemlet_status inspect(const gm_fused_run *run, gm_tally *tally, const gm_check_call *call,
                             gm_check_operand *o, unsigned tensor, unsigned layer, float *values)
{
    gm_fused_stray stray;
    GEMLET_TRY(run->session->stepper->fused->ops->inspect(run->session->stepper->fused, tensor,
                                                          layer, values, &stray));
    for (size_t i = 0; i < o->n; ++i) {
        uint32_t integer;
        memcpy(&integer, &values[i], sizeof integer);
        o->got[i] = o->view.buffer->element == GM_U32 ? (double)integer : (double)values[i];
    }
    if (stray.is_found)
        gm_tally_take_stray(tally, call,
                            &(gm_check_stray){
                                .tensor = o->info->name,
                                .row = stray.row,
                                .col = stray.col,
                                .found = (double)stray.value,
                                .is_output = 1,
                            });
    return GEMLET_OK;
}

/* From a buffer that the step has stored its state in, or that operations before it have filled. */
static gemlet_status download(const gm_fused_run *run, gm_check_operand *o, const gm_matrix *view,
                              float *values)
{
    for (size_t row = 0; row < o->view.rows; ++row)
        GEMLET_TRY(gm_backend_download(run->session->backend, view->buffer,
                                       view->offset + row * view->ld, o->view.cols,
                                       values + row * o->view.cols));
    for (size_t i = 0; i < o->n; ++i)
        o->got[i] = (double)values[i];
    return GEMLET_OK;
}

static void hide(gm_check_operand *o)
{
    o->n_hidden = o->n;
}

/* Whether the batch that `op` made is changed in its place by an operation behind it. */
static int is_changed_behind(const gm_policies *policies, const gm_op *op)
{
    const int by_dropout = policies->input_dropout;
    const int by_noise = policies->input_noise || by_dropout;
    if (op == &gm_op_dropout)
        return 0;
    if (op == &gm_op_noise)
        return by_dropout;
    return op == &gm_op_mix_rows ? by_noise : policies->mixup || by_noise;
}

/* The batch. What is changed in its place is not shown. */
static gemlet_status fill_inputs(const gm_fused_run *run, gm_tally *tally,
                                 const gm_check_call *call, gm_check_operand *o, float *values)
{
    if (!is_changed_behind(&run->session->plan.policies, call->op))
        return inspect(run, tally, call, o, GM_FUSED_X, 0, values);
    hide(o);
    return GEMLET_OK;
}

/* An output of elastic_noise or augment. */
static gemlet_status fill_augmented(const gm_fused_run *run, gm_tally *tally,
                                    const gm_check_call *call, gm_check_operand *o, float *values)
{
    const gm_device_data *data = &run->session->data;
    if (strcmp(o->info->name, "noise_0") == 0)
        return download(run, o, &data->augmenter.noise[0], values);
    if (strcmp(o->info->name, "noise_1") == 0)
        return download(run, o, &data->augmenter.noise[1], values);
    if (!run->session->stepper->fused->augments &&
        is_changed_behind(&run->session->plan.policies, call->op))
        return download(run, o, &data->x, values);
    return fill_inputs(run, tally, call, o, values);
}

/* An output of a layer. */
static gemlet_status fill_of_layer(const gm_fused_run *run, gm_tally *tally,
                                   const gm_check_call *call, gm_check_operand *o, float *values)
{
    const gm_named_tensor *t = gm_tensor_names_find(&tally->names, o->view.buffer, o->view.offset);
    if (t == NULL)
        return gm_error(GEMLET_E_ARGUMENT, "%s: %s belongs to no layer", call->op->name,
                        o->info->name);
    const gm_layer *layer = &run->session->network->layers[t->layer - 1];
    const gm_matrix view = gm_layer_view(layer, t->tensor);
    if ((int)t->tensor < (int)GM_N_MODEL_TENSORS)
        return download(run, o, &view, values);
    if (t->tensor == GM_TENSOR_dy && strcmp(o->info->name, "dz") == 0)
        return inspect(run, tally, call, o, GM_FUSED_DZ, t->layer - 1, values);
    const int is_changed = t->tensor == GM_TENSOR_a && layer->noise && call->op != &gm_op_noise;
    if (gm_fused_shows(t->tensor) && !is_changed)
        return inspect(run, tally, call, o, t->tensor, t->layer - 1, values);
    hide(o); /* the gradient of a weight, or what noise has taken the place of */
    return GEMLET_OK;
}

/* Of what an update writes, the first values that are weights. */
static size_t count_weights(const gm_network *network, const gm_check_operand *o)
{
    const size_t end = network->n_decayed;
    if (end <= o->view.offset)
        return 0;
    return end - o->view.offset < o->n ? end - o->view.offset : o->n;
}

/* What an update writes, all of an arena or a part: parameters, or a state of the optimizer.
 * Weights are shown behind norm_max only. */
static gemlet_status fill_arena(const gm_fused_run *run, const gm_tally *tally, gm_check_operand *o,
                                float *values)
{
    const gm_network *network = run->session->network;
    gm_vector arena = gm_network_parameters(network);
    int is_state = 0;
    for (unsigned s = 0; s < GM_N_STATES; ++s) {
        if (o->view.buffer == tally->network->state_arenas[s]) {
            arena = gm_network_state(network, s);
            is_state = 1;
        }
    }
    if (run->session->plan.policies.max_norm && !is_state)
        o->n_hidden = count_weights(network, o);
    return download(run, o,
                    &(gm_matrix){arena.buffer, arena.offset + o->view.offset, o->view.ld,
                                 o->view.rows, o->view.cols},
                    values);
}

/* An output of gather_batch or encode_batch. */
static gemlet_status fill_batch(const gm_fused_run *run, gm_tally *tally, const gm_check_call *call,
                                gm_check_operand *o, float *values)
{
    if (strcmp(o->info->name, "x") != 0)
        return inspect(run, tally, call, o, GM_FUSED_BATCH_LABELS, 0, values);
    if (run->session->data.augmenter.plain.buffer != NULL)
        return download(run, o, &run->session->data.augmenter.plain, values);
    return fill_inputs(run, tally, call, o, values);
}

static gemlet_status fill(const gm_fused_run *run, gm_tally *tally, const gm_check_call *call,
                          gm_check_operand *o, float *values)
{
    if (call->op->family == GM_FAMILY_GATHER)
        return fill_batch(run, tally, call, o, values);
    if (call->op == &gm_op_mix_rows ||
        (call->op == &gm_op_noise && ((const gm_noise_args *)call->args)->layer == 0) ||
        call->op == &gm_op_dropout)
        return fill_inputs(run, tally, call, o, values);
    if (call->op->family == GM_FAMILY_AUGMENT)
        return fill_augmented(run, tally, call, o, values);
    if (strcmp(o->info->name, "loss") == 0 || strcmp(o->info->name, "correct") == 0) {
        o->got[0] = strcmp(o->info->name, "loss") == 0 ? (double)run->loss : (double)run->correct;
        return GEMLET_OK;
    }
    if (call->op == &gm_op_norm_squares || call->op == &gm_op_norm_clip) {
        hide(o);
        return GEMLET_OK;
    }
    if (call->op->family == GM_FAMILY_UPDATE)
        return fill_arena(run, tally, o, values);
    return fill_of_layer(run, tally, call, o, values);
}

gemlet_status gm_fused_run_perform(const gm_fused_run *run, gm_tally *tally, gm_check_call *call)
{
    for (unsigned i = 0; i < call->op->n_operands; ++i) {
        gm_check_operand *o = &call->operands[i];
        float *values;
        if (o->got == NULL)
            continue;
        GEMLET_TRY(GM_ALLOC(values, o->n, "outputs of the fused step"));
        const gemlet_status status = fill(run, tally, call, o, values);
        free(values);
        GEMLET_TRY(status);
    }
    return GEMLET_OK;
}

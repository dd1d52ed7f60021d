/* SPDX-License-Identifier: MIT
 * See tally.h. */
#include "verify/tally.h"

#include <stdio.h>
#include <string.h>

gemlet_status gm_tally_name_tensors(gm_tally *tally, const gm_network *network)
{
    tally->network = network;
    return gm_tensor_names_create(&tally->names, network);
}

void gm_tally_free(gm_tally *tally)
{
    gm_tensor_names_free(&tally->names);
}

void gm_tally_label(const gm_tally *tally, const gm_check_call *call,
                    char label[GM_STATISTICS_LABEL])
{
    const gm_named_tensor *tensor = NULL;
    if (call->op->anchor != GM_OP_NONE) {
        const gm_matrix *view = &call->operands[call->op->anchor].view;
        tensor = gm_tensor_names_find(&tally->names, view->buffer, view->offset);
    }
    if (tensor == NULL)
        snprintf(label, GM_STATISTICS_LABEL, "%s", call->op->name);
    else
        snprintf(label, GM_STATISTICS_LABEL, "layer %u %s", tensor->layer, call->op->name);
}

int gm_tally_wants(const gm_tally *tally, const gm_check_call *call)
{
    char label[GM_STATISTICS_LABEL];
    gm_tally_label(tally, call, label);
    return tally->op == NULL || strstr(label, tally->op) != NULL;
}

static gemlet_status add(gm_tally *tally, const gm_check_call *call, const char *label,
                         const char *tensor, const gm_compared *values)
{
    uint64_t n_not_finite;
    GEMLET_TRY(gm_statistics_add(&tally->result->statistics, label, tensor, call->op->family,
                                 values, tally->step, &n_not_finite));
    if (n_not_finite > 0 && tally->result->diverged_step == 0) {
        tally->result->diverged_step = tally->step;
        snprintf(tally->result->diverged_label, sizeof tally->result->diverged_label, "%s %s",
                 label, tensor);
    }
    return GEMLET_OK;
}

/* An arena counts as its tensors, each with the padding behind it, but for those that are hidden.
 */
static gemlet_status add_arena(gm_tally *tally, const gm_check_call *call, const char *label,
                               const gm_check_operand *o)
{
    const size_t end = o->view.offset + o->n;
    for (size_t at = o->view.offset + o->n_hidden; at < end;) {
        const gm_named_tensor *t = gm_tensor_names_find(&tally->names, o->view.buffer, at);
        if (t == NULL)
            return gm_error(GEMLET_E_ARGUMENT, "%s: element %zu of the arena belongs to no tensor",
                            label, at);
        const size_t first = at - o->view.offset;
        char tensor[GM_STATISTICS_LABEL];
        snprintf(tensor, sizeof tensor, "layer %u %s", t->layer, t->name);
        GEMLET_TRY(add(tally, call, label, tensor,
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

gm_compared gm_tally_compared(const gm_check_operand *o)
{
    return (gm_compared){
        .rows = o->view.rows,
        .cols = o->view.cols,
        .ld = o->view.cols,
        .length = o->n,
        .got = o->got,
        .ref = o->ref,
        .cpu = o->cpu,
        .bound = o->bound,
    };
}

gemlet_status gm_tally_take(gm_tally *tally, const gm_check_call *call)
{
    char label[GM_STATISTICS_LABEL];
    int is_compared = 0;
    gm_tally_label(tally, call, label);
    for (unsigned i = 0; i < call->op->n_operands; ++i) {
        const gm_check_operand *o = &call->operands[i];
        if (o->got == NULL)
            continue;
        is_compared = 1;
        if (call->op->family == GM_FAMILY_UPDATE) { /* it writes whole arenas */
            GEMLET_TRY(add_arena(tally, call, label, o));
            continue;
        }
        const gm_compared values = gm_tally_compared(o);
        GEMLET_TRY(add(tally, call, label, o->info->name, &values));
    }
    tally->result->n_ops += (uint64_t)is_compared;
    return GEMLET_OK;
}

void gm_tally_take_stray(gm_tally *tally, const gm_check_call *call, const gm_check_stray *stray)
{
    gm_stray_report *report = &tally->result->stray;
    if (report->n++ > 0)
        return;
    report->step = tally->step;
    gm_tally_label(tally, call, report->label);
    snprintf(report->text, sizeof report->text, "%s %s at row %zu, column %zu: %.9g, was %.9g",
             stray->is_output ? "wrote beside its output" : "found a changed value in its input",
             stray->tensor, stray->row, stray->col, stray->found, stray->expected);
}

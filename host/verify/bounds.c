/* SPDX-License-Identifier: MIT
 * See bounds.h. */
#include "verify/bounds.h"

gm_check_operand *gm_check_find(gm_check_call *call, size_t position)
{
    unsigned i = 0;
    while (call->op->operands[i].position != position)
        ++i;
    return &call->operands[i];
}

void gm_check_describe(gm_check_call *call, const gm_op *op, const void *args)
{
    *call = (gm_check_call){.op = op, .args = args};
    for (unsigned i = 0; i < op->n_operands; ++i) {
        gm_check_operand *operand = &call->operands[i];
        operand->info = &op->operands[i];
        operand->view = gm_operand_view(operand->info, args);
        operand->n =
            operand->view.buffer == NULL ? 0 : (size_t)operand->view.rows * operand->view.cols;
    }
}

gemlet_status gm_bounds_set(gm_check_call *call)
{
#define ENTRY(op) gm_bounds_##op,
    static gemlet_status (*const bounds[GM_N_OPS])(gm_check_call *) = {GM_OPS(ENTRY)};
    return bounds[call->op->index](call);
}

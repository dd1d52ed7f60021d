/* SPDX-License-Identifier: MIT
 * Error bounds of dropout. The bits are exact, and so is the choice; a product is one rounding. */
#include <math.h>

#include "verify/bounds.h"
#include "verify/bounds_elementwise.h"

gemlet_status gm_bounds_dropout(gm_check_call *call)
{
    const gm_dropout_args *args = call->args;
    const gm_check_operand *x = GM_OPERAND(call, dropout, x);
    const gm_check_operand *y = GM_OPERAND(call, dropout, y);
    const double *record = GM_OPERAND(call, dropout, record)->before;
    const double scale =
        record[args->layer == 0 ? GM_RECORD_INPUT_DROPOUT_SCALE : GM_RECORD_HIDDEN_DROPOUT_SCALE];
    gm_bounds_rounded(y->bound, y->ref, y->n);
    for (size_t i = 0; x->doubt != NULL && i < y->n; ++i)
        y->bound[i] += fabs(scale) * x->doubt[i];
    return GEMLET_OK;
}

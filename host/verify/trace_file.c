/* SPDX-License-Identifier: MIT
 * See trace_file.h. */
#include "verify/trace_file.h"

#include <stdio.h>

void gm_trace_name(char name[GM_TRACE_NAME_SIZE], uint64_t step, unsigned index, const char *label,
                   const gm_check_operand_info *operand, gm_trace_when when)
{
    const char *suffix = "";
    if (operand->role == GM_CHECK_UPDATED)
        suffix = when == GM_TRACE_BEFORE ? " before" : " after";
    snprintf(name, GM_TRACE_NAME_SIZE, "step %llu/%02u %s/%s%s", (unsigned long long)step, index,
             label, operand->name, suffix);
}

int gm_trace_holds(const gm_check_op *op)
{
    for (unsigned i = 0; i < op->n_operands; ++i) {
        if (op->operands[i].role == GM_CHECK_SOURCE)
            return 0;
    }
    return 1;
}

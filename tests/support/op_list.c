/* SPDX-License-Identifier: MIT
 * All operations that are tested, which are all that there are. */
#include <string.h>

#include "support/op_case.h"

#define ENTRY(op) &op_##op,
const op_descriptor *const op_list[GM_N_OPS] = {GM_OPS(ENTRY)};

const op_descriptor *op_find(const char *name)
{
    for (size_t i = 0; i < GM_N_OPS; ++i) {
        if (strcmp(op_list[i]->op->name, name) == 0)
            return op_list[i];
    }
    return NULL;
}

/* SPDX-License-Identifier: MIT
 * All operations that are tested, in the order in which they build on one another. */
#include <string.h>

#include "support/op_case.h"
#include "support/op_descriptors.h"

const op_descriptor *const op_list[] = {
    &op_gather_batch, &op_dense_fwd,        &op_dense_bwd_w,     &op_dense_bwd_x,
    &op_act_bwd,      &op_bn_act_fwd_train, &op_bn_act_fwd_test, &op_bn_act_bwd,
    &op_softmax,      &op_softmax_xent,     &op_sgd_step,
};

const size_t op_list_size = sizeof op_list / sizeof op_list[0];

const op_descriptor *op_find(const char *name)
{
    for (size_t i = 0; i < op_list_size; ++i) {
        if (strcmp(op_list[i]->name, name) == 0)
            return op_list[i];
    }
    return NULL;
}

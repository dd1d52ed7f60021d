/* SPDX-License-Identifier: MIT
 * See checked_ops.h. In set_bounds operands are indexed in the order of the table. */
#include "verify/checked_ops.h"

#include <stddef.h>

#include "verify/bounds_batch_norm.h"
#include "verify/bounds_dense.h"
#include "verify/bounds_elementwise.h"
#include "verify/bounds_softmax.h"

#define OPERAND(op, member, role_, is_vector_)                                                     \
    {                                                                                              \
        .name = #member, .role = (role_), .is_vector = (is_vector_),                               \
        .position = offsetof(gm_##op##_args, member)                                               \
    }
#define MATRIX(op, member, role) OPERAND(op, member, role, 0)
#define VECTOR(op, member, role) OPERAND(op, member, role, 1)

/* Defines gm_check_<op> from <op>_operands and <op>_bounds; `anchor` as in gm_check_op. */
#define DEFINE_OP(op, anchor_)                                                                     \
    static gemlet_status op##_run(gm_backend *backend, const void *args)                           \
    {                                                                                              \
        return gm_##op(backend, args);                                                             \
    }                                                                                              \
    const gm_check_op gm_check_##op = {                                                            \
        .name = #op,                                                                               \
        .operands = op##_operands,                                                                 \
        .n_operands = sizeof op##_operands / sizeof op##_operands[0],                              \
        .anchor = (anchor_),                                                                       \
        .args_size = sizeof(gm_##op##_args),                                                       \
        .run = op##_run,                                                                           \
        .set_bounds = op##_bounds,                                                                 \
    }

/* ---- gather_batch --------------------------------------------------------------------------- */

static const gm_check_operand_info gather_batch_operands[] = {
    MATRIX(gather_batch, features, GM_CHECK_SOURCE),
    VECTOR(gather_batch, labels, GM_CHECK_SOURCE),
    VECTOR(gather_batch, order, GM_CHECK_SOURCE),
    MATRIX(gather_batch, x, GM_CHECK_OUTPUT),
    VECTOR(gather_batch, batch_labels, GM_CHECK_OUTPUT),
};

static gemlet_status gather_batch_bounds(gm_check_call *call)
{
    for (unsigned i = 3; i < 5; ++i) {
        if (call->operands[i].view.buffer != NULL)
            gm_bounds_rounded(call->operands[i].bound, call->operands[i].ref, call->operands[i].n);
    }
    return GEMLET_OK;
}

DEFINE_OP(gather_batch, GM_CHECK_NO_LAYER);

/* ---- dense layers --------------------------------------------------------------------------- */

static const gm_check_operand_info dense_fwd_operands[] = {
    MATRIX(dense_fwd, x, GM_CHECK_INPUT),
    MATRIX(dense_fwd, w, GM_CHECK_INPUT),
    VECTOR(dense_fwd, bias, GM_CHECK_INPUT),
    MATRIX(dense_fwd, y, GM_CHECK_OUTPUT),
};

static gemlet_status dense_fwd_bounds(gm_check_call *call)
{
    const gm_dense_fwd_args *args = call->args;
    const gm_check_operand *o = call->operands;
    const gm_dense_shape shape = {args->x.rows, args->x.cols, args->w.cols};
    return gm_bounds_dense_fwd(o[3].bound, o[0].before, o[1].before, o[2].before, o[3].ref, shape,
                               args->activation);
}

DEFINE_OP(dense_fwd, 1);

static const gm_check_operand_info dense_bwd_w_operands[] = {
    MATRIX(dense_bwd_w, x, GM_CHECK_INPUT),
    MATRIX(dense_bwd_w, dz, GM_CHECK_INPUT),
    MATRIX(dense_bwd_w, dw, GM_CHECK_OUTPUT),
    VECTOR(dense_bwd_w, dbias, GM_CHECK_OUTPUT),
};

static gemlet_status dense_bwd_w_bounds(gm_check_call *call)
{
    const gm_dense_bwd_w_args *args = call->args;
    const gm_check_operand *o = call->operands;
    const gm_dense_shape shape = {args->x.rows, args->x.cols, args->dz.cols};
    return gm_bounds_dense_bwd_w(o[2].bound, o[3].bound, o[0].before, o[1].before, shape);
}

DEFINE_OP(dense_bwd_w, 2);

static const gm_check_operand_info dense_bwd_x_operands[] = {
    MATRIX(dense_bwd_x, dz, GM_CHECK_INPUT),
    MATRIX(dense_bwd_x, w, GM_CHECK_INPUT),
    MATRIX(dense_bwd_x, dx, GM_CHECK_OUTPUT),
};

static gemlet_status dense_bwd_x_bounds(gm_check_call *call)
{
    const gm_dense_bwd_x_args *args = call->args;
    const gm_check_operand *o = call->operands;
    const gm_dense_shape shape = {args->dz.rows, args->w.rows, args->dz.cols};
    return gm_bounds_dense_bwd_x(o[2].bound, o[0].before, o[1].before, shape);
}

DEFINE_OP(dense_bwd_x, 1);

static const gm_check_operand_info act_bwd_operands[] = {
    MATRIX(act_bwd, y, GM_CHECK_INPUT),
    MATRIX(act_bwd, dy, GM_CHECK_INPUT),
    MATRIX(act_bwd, dz, GM_CHECK_OUTPUT),
};

static gemlet_status act_bwd_bounds(gm_check_call *call)
{
    const gm_act_bwd_args *args = call->args;
    const gm_check_operand *o = call->operands;
    gm_bounds_act_bwd(o[2].bound, o[1].before, o[2].ref, o[2].n, args->activation);
    return GEMLET_OK;
}

DEFINE_OP(act_bwd, 0);

/* ---- batch-norm ----------------------------------------------------------------------------- */

static const gm_check_operand_info bn_act_fwd_train_operands[] = {
    MATRIX(bn_act_fwd_train, z, GM_CHECK_INPUT),
    VECTOR(bn_act_fwd_train, gamma, GM_CHECK_INPUT),
    VECTOR(bn_act_fwd_train, beta, GM_CHECK_INPUT),
    VECTOR(bn_act_fwd_train, mean, GM_CHECK_OUTPUT),
    VECTOR(bn_act_fwd_train, var, GM_CHECK_OUTPUT),
    VECTOR(bn_act_fwd_train, running_mean, GM_CHECK_UPDATED),
    VECTOR(bn_act_fwd_train, running_var, GM_CHECK_UPDATED),
    MATRIX(bn_act_fwd_train, y, GM_CHECK_OUTPUT),
};

static gemlet_status bn_act_fwd_train_bounds(gm_check_call *call)
{
    const gm_bn_act_fwd_train_args *args = call->args;
    const gm_check_operand *o = call->operands;
    gm_bounds_bn_act_fwd_train(&(gm_bn_fwd_train_bounds){
        .batch = args->z.rows,
        .columns = args->z.cols,
        .eps = (double)args->eps,
        .momentum = (double)args->momentum,
        .activation = args->activation,
        .z = o[0].before,
        .gamma = o[1].before,
        .beta = o[2].before,
        .running_mean = o[5].before,
        .running_var = o[6].before,
        .mean_ref = o[3].ref,
        .var_ref = o[4].ref,
        .y_ref = o[7].ref,
        .mean_bound = o[3].bound,
        .var_bound = o[4].bound,
        .running_mean_bound = o[5].bound,
        .running_var_bound = o[6].bound,
        .y_bound = o[7].bound,
    });
    return GEMLET_OK;
}

DEFINE_OP(bn_act_fwd_train, 1);

static const gm_check_operand_info bn_act_fwd_test_operands[] = {
    MATRIX(bn_act_fwd_test, z, GM_CHECK_INPUT),
    VECTOR(bn_act_fwd_test, gamma, GM_CHECK_INPUT),
    VECTOR(bn_act_fwd_test, beta, GM_CHECK_INPUT),
    VECTOR(bn_act_fwd_test, running_mean, GM_CHECK_INPUT),
    VECTOR(bn_act_fwd_test, running_var, GM_CHECK_INPUT),
    MATRIX(bn_act_fwd_test, y, GM_CHECK_OUTPUT),
};

static gemlet_status bn_act_fwd_test_bounds(gm_check_call *call)
{
    const gm_bn_act_fwd_test_args *args = call->args;
    const gm_check_operand *o = call->operands;
    gm_bounds_bn_act_fwd_test(&(gm_bn_fwd_test_bounds){
        .batch = args->z.rows,
        .columns = args->z.cols,
        .eps = (double)args->eps,
        .activation = args->activation,
        .z = o[0].before,
        .gamma = o[1].before,
        .beta = o[2].before,
        .running_mean = o[3].before,
        .running_var = o[4].before,
        .y_ref = o[5].ref,
        .y_bound = o[5].bound,
    });
    return GEMLET_OK;
}

DEFINE_OP(bn_act_fwd_test, 1);

static const gm_check_operand_info bn_act_bwd_operands[] = {
    MATRIX(bn_act_bwd, z, GM_CHECK_INPUT),       MATRIX(bn_act_bwd, y, GM_CHECK_INPUT),
    MATRIX(bn_act_bwd, dy, GM_CHECK_INPUT),      VECTOR(bn_act_bwd, mean, GM_CHECK_INPUT),
    VECTOR(bn_act_bwd, var, GM_CHECK_INPUT),     VECTOR(bn_act_bwd, gamma, GM_CHECK_INPUT),
    VECTOR(bn_act_bwd, dgamma, GM_CHECK_OUTPUT), VECTOR(bn_act_bwd, dbeta, GM_CHECK_OUTPUT),
    MATRIX(bn_act_bwd, dz, GM_CHECK_OUTPUT),
};

static gemlet_status bn_act_bwd_bounds(gm_check_call *call)
{
    const gm_bn_act_bwd_args *args = call->args;
    const gm_check_operand *o = call->operands;
    gm_bounds_bn_act_bwd(&(gm_bn_bwd_bounds){
        .batch = args->z.rows,
        .columns = args->z.cols,
        .eps = (double)args->eps,
        .activation = args->activation,
        .z = o[0].before,
        .y = o[1].before,
        .dy = o[2].before,
        .mean = o[3].before,
        .var = o[4].before,
        .gamma = o[5].before,
        .dgamma_ref = o[6].ref,
        .dbeta_ref = o[7].ref,
        .dgamma_bound = o[6].bound,
        .dbeta_bound = o[7].bound,
        .dz_bound = o[8].bound,
    });
    return GEMLET_OK;
}

DEFINE_OP(bn_act_bwd, 5);

/* ---- softmax and update --------------------------------------------------------------------- */

static const gm_check_operand_info softmax_operands[] = {
    MATRIX(softmax, logits, GM_CHECK_INPUT),
    MATRIX(softmax, probabilities, GM_CHECK_OUTPUT),
};

static gemlet_status softmax_bounds(gm_check_call *call)
{
    const gm_softmax_args *args = call->args;
    gm_bounds_softmax(call->operands[1].bound, call->operands[0].before, args->logits.rows,
                      args->logits.cols);
    return GEMLET_OK;
}

DEFINE_OP(softmax, GM_CHECK_NO_LAYER);

static const gm_check_operand_info softmax_xent_operands[] = {
    MATRIX(softmax_xent, logits, GM_CHECK_INPUT),   VECTOR(softmax_xent, labels, GM_CHECK_INPUT),
    MATRIX(softmax_xent, dlogits, GM_CHECK_OUTPUT), VECTOR(softmax_xent, loss, GM_CHECK_OUTPUT),
    VECTOR(softmax_xent, correct, GM_CHECK_OUTPUT),
};

static gemlet_status softmax_xent_bounds(gm_check_call *call)
{
    const gm_softmax_xent_args *args = call->args;
    const gm_check_operand *o = call->operands;
    gm_bounds_softmax_xent(o[2].bound, o[3].bound, o[0].before, o[1].before, o[2].ref,
                           args->logits.rows, args->logits.cols);
    gm_bounds_rounded(o[4].bound, o[4].ref, 1); /* the logits are the same: so is the answer */
    return GEMLET_OK;
}

DEFINE_OP(softmax_xent, GM_CHECK_NO_LAYER);

static const gm_check_operand_info sgd_step_operands[] = {
    VECTOR(sgd_step, parameters, GM_CHECK_UPDATED),
    VECTOR(sgd_step, gradients, GM_CHECK_INPUT),
};

static gemlet_status sgd_step_bounds(gm_check_call *call)
{
    const gm_sgd_step_args *args = call->args;
    const gm_check_operand *o = call->operands;
    gm_bounds_sgd_step(o[0].bound, o[0].before, o[1].before, o[1].doubt, o[0].ref, o[0].n,
                       args->n_decayed, (double)args->learning_rate, (double)args->weight_decay);
    return GEMLET_OK;
}

DEFINE_OP(sgd_step, GM_CHECK_NO_LAYER);
